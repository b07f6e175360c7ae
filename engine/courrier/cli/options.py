"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from courrier import resources

RULES_VARIABLE = "COURRIER_RULES"

_Command = TypeVar("_Command", bound=Callable[..., Any])


def rules_argument(command: _Command) -> _Command:
    """Add the argument RULES: a rule book's folder, else `COURRIER_RULES`, else the shipped rules."""
    return click.argument("rules", required=False, **_RULES)(command)


def rules_option(command: _Command) -> _Command:
    """Add the option `--rules`, with the defaults of the argument."""
    help = f"The rule book to decide by.  [default: {RULES_VARIABLE}, else the shipped rules]"
    return click.option("--rules", metavar="FOLDER", help=help, **_RULES)(command)


def lang_option(command: _Command) -> _Command:
    """Add the option `--lang`."""
    help = "The language of messages and remedies.  [default: the user's, else en]"
    return click.option("--lang", metavar="CODE", help=help)(command)


def format_option(*formats: str) -> Callable[[_Command], _Command]:
    """Add the option `--format` with some formats, the first being the default."""
    kind = click.Choice(formats)
    return click.option("--format", "format_", type=kind, default=formats[0], show_default=True, help="How to print.")


def _folder(context: click.Context, parameter: click.Parameter, path: Path) -> Path:
    """Return the path of a folder; complain of anything else, and of the variable if that is where it comes from."""
    if path.is_dir():
        return path
    what = "is no folder" if path.exists() else "is not there"
    source = context.get_parameter_source(str(parameter.name))
    where = f", which {RULES_VARIABLE} names," if source is click.core.ParameterSource.ENVIRONMENT else ""
    raise click.ClickException(f"`{path}`{where} {what}; name a rule book's folder, or make one by `courrier init`")


_RULES: dict[str, Any] = {
    "type": click.Path(path_type=Path),
    "envvar": RULES_VARIABLE,
    "default": resources.rules,
    "callback": _folder,
}
