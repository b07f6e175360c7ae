"""`courrier lsp`: help in editors while rules are written."""

from __future__ import annotations

import os

import click

_STDIN, _STDOUT = 0, 1
"""The descriptors of the process."""


@click.command(short_help="Help in editors while rules are written.", epilog="Example: courrier lsp --stdio")
@click.option("--stdio", is_flag=True, help="Talk over standard input and output, as it does in any case.")
def lsp(stdio: bool) -> int:  # noqa: ARG001  # editors add it, since other servers can talk otherwise
    """Serve an editor by the Language Server Protocol, over standard input and output.

    It shows what is wrong as the author types, completes names, says what a name means, leads to where it stands, and
    puts slips right. Editors start it; it ends when they do.

    A text that is not saved yet counts in the place of its file, and a new file counts once it is saved.
    """
    try:
        from courrier.language_server import serve
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    # The server closes its streams, and those of the command line are flushed at its end.
    with os.fdopen(os.dup(_STDIN), "rb") as stdin, os.fdopen(os.dup(_STDOUT), "wb") as stdout:
        serve(stdin, stdout)
    return 0
