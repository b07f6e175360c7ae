"""Options that several commands share."""

from __future__ import annotations

import os
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


def rules_before(command: _Command) -> _Command:
    """Add the argument RULES where another one follows that has to be there."""
    return click.argument("rules", nargs=-1, metavar="[RULES]", type=_RULES["type"], callback=_at_most_one)(command)


def rules_option(command: _Command) -> _Command:
    """Add the option `--rules`, with the defaults of the argument; a file that `courrier build` made will do, too."""
    help = f"The rule book to decide by.  [default: {RULES_VARIABLE}, else the shipped rules]"
    settings = {**_RULES, "callback": _folder_or_file}
    return click.option("--rules", metavar="FOLDER", help=help, **settings)(command)


def lang_option(command: _Command) -> _Command:
    """Add the option `--lang`."""
    help = "The language of messages and remedies.  [default: the user's, else en]"
    return click.option("--lang", metavar="CODE", help=help)(command)


def words_option(command: _Command) -> _Command:
    """Add the option `--lang` of commands that explain in words, where they are asked to."""
    default = "the tests as they are written, messages in the user's language"
    help = f"Explain in words: en, fr or nl.  [default: {default}]"
    return click.option("--lang", metavar="CODE", help=help)(command)


def format_option(*formats: str) -> Callable[[_Command], _Command]:
    """Add the option `--format` with some formats, the first being the default."""
    kind = click.Choice(formats)
    return click.option("--format", "format_", type=kind, default=formats[0], show_default=True, help="How to print.")


def _folder(context: click.Context, parameter: click.Parameter, path: Path) -> Path:
    """Return the path of a folder; complain of anything else, and of the variable if that is where it comes from."""
    source = context.get_parameter_source(str(parameter.name))
    return _a_folder(path, named_by_variable=source is click.core.ParameterSource.ENVIRONMENT)


def _a_folder(path: Path, *, named_by_variable: bool) -> Path:
    if path.is_dir():
        return path
    what = "is no folder" if path.exists() else "is not there"
    where = f", which {RULES_VARIABLE} names," if named_by_variable else ""
    raise click.ClickException(f"`{path}`{where} {what}; name a rule book's folder, or make one by `courrier init`")


def _at_most_one(context: click.Context, parameter: click.Parameter, paths: tuple[Path, ...]) -> Path:
    """Return the one folder that is given, else what would be taken if the argument stood alone."""
    if len(paths) > 1:
        raise click.UsageError(f"got unexpected extra argument ({paths[-1]})", context)
    if paths:
        return _folder(context, parameter, paths[0])
    named = os.environ.get(RULES_VARIABLE)
    return _a_folder(Path(named), named_by_variable=True) if named else resources.rules()


def _folder_or_file(context: click.Context, parameter: click.Parameter, path: Path) -> Path:
    """Return the path of a folder, or of a file that `courrier build` made."""
    return path if path.is_file() else _folder(context, parameter, path)


_RULES: dict[str, Any] = {
    "type": click.Path(path_type=Path),
    "envvar": RULES_VARIABLE,
    "default": resources.rules,
    "callback": _folder,
}
