"""`courrier init`: a rule book of one's own to start from."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from courrier import resources
from courrier.diagnostics import printable

_SCHEMAS = {
    "cascades": "cascades.yaml",
    "mails": "mails.yaml",
    "refusals": "refusals.yaml",
    "office": "offices/*.yaml",
    "cases": "cases/*.yaml",
}
_EDITOR_SETTINGS = {
    "extensions.json": {"recommendations": ["redhat.vscode-yaml"]},
    "settings.json": {
        "yaml.schemas": {f"./schemas/{name}.schema.json": files for name, files in _SCHEMAS.items()},
        "[yaml]": {"editor.insertSpaces": True, "editor.tabSize": 2},
    },
}


@click.command(short_help="Write a rule book to start from.", epilog="Example: courrier init my-rules")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> int:
    """Write a rule book to start from into the new or empty folder DIR.

    It has the standard rules, an office, cases to try them on, and what an editor needs to help with them.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise click.ClickException(f"`{folder}` is there already and is not an empty folder; name another")
        with _made(folder):
            _write_book(folder)
    except OSError as error:
        raise click.ClickException(f"`{folder}` cannot be written: {str(error.strerror).lower()}") from error
    shown = printable(str(folder))
    click.echo(f"wrote a rule book into `{shown}`; next:")
    click.echo(f"  courrier check {shown}    say what is wrong in it, should you break it")
    click.echo(f"  courrier test {shown}     try it on its cases")
    return 0


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder, with those above it, for what is written under way; should that fail, leave nothing behind."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for path in made[-1:] or list(folder.iterdir()):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise


def _write_book(book: Path) -> None:
    texts = {}
    for name in ("rules", "schemas"):
        shipped = resources.folder(name)
        for path in shipped.rglob("*.*"):
            texts[path.relative_to(shipped if name == "rules" else shipped.parent)] = path.read_text(encoding="utf-8")
    for path, text in texts.items():
        # The schemas stand beside the shipped rules, and inside a book of one's own.
        texts[path] = text.replace("$schema=../", "$schema=", 1) if path.suffix == ".yaml" else text
    for name, settings in _EDITOR_SETTINGS.items():
        texts[Path(".vscode", name)] = json.dumps(settings, indent=2) + "\n"
    for path, text in texts.items():
        (book / path).parent.mkdir(parents=True, exist_ok=True)
        (book / path).write_text(text, encoding="utf-8")
