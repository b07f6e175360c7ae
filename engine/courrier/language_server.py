"""Serve an editor: what is wrong as the author types, what can be written, what a name means and where it stands.

Texts that are not saved yet count in the place of the files; a new file counts once it is saved.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from courrier.checking import check_book
from courrier.diagnostics import Diagnostic, Report, Span
from courrier.document import LINE_BREAK
from courrier.files import read_file, unsaved
from courrier.names import Names, Spot, gap_at, spot_at
from courrier.schema import FACTS_FILE

try:
    from lsprotocol import types as lsp
    from pygls.lsp.server import LanguageServer
    from pygls.uris import to_fs_path
except ImportError as error:
    raise ImportError("serving editors needs a package that is not installed: pip install 'courrier[lsp]'") from error

MOST_OFFICES = 100
"""Offices that are all looked at while somebody types; of more, only those whose files are open."""

MOST_STEPS = 500_000
"""What is spent on proof while somebody types: a few seconds, where the shipped rules take some milliseconds."""

_PARTS = ("cascades.yaml", "mails.yaml", "refusals.yaml")
_FOLDERS = ("offices", "cases")
_INSTEAD = re.compile(r"did you mean `([^`…]+)`\?")
_SEVERITIES = {"error": lsp.DiagnosticSeverity.Error, "warning": lsp.DiagnosticSeverity.Warning}

_Answer = TypeVar("_Answer")
_Asked = lsp.CompletionParams | lsp.HoverParams | lsp.DefinitionParams
Texts = Mapping[Path, bytes]
"""What open files hold, saved or not."""


class File(NamedTuple):
    """A file of a rule book: the book's folder, and the file's name in it."""

    root: Path
    name: str

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.root / self.name


def serve(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Talk to an editor over two streams until it has had enough."""
    _server().start_io(stdin, stdout)


def _server() -> LanguageServer:
    # Whole texts, since pygls counts lines otherwise than YAML does.
    server = LanguageServer("courrier", "", text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
    session = _Session(server)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def changed(
        params: lsp.DidOpenTextDocumentParams
        | lsp.DidChangeTextDocumentParams
        | lsp.DidSaveTextDocumentParams
        | lsp.DidCloseTextDocumentParams,
    ) -> None:
        if file := _file(params.text_document.uri):
            await session.check(file.root)

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=[" ", "[", ","]))
    def completion(params: lsp.CompletionParams) -> list[lsp.CompletionItem] | None:
        return session.answer(session.completions, params)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        return session.answer(session.hover, params)

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(params: lsp.DefinitionParams) -> lsp.Location | None:
        return session.answer(session.definition, params)

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    def code_action(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return session.quick_fixes(params.text_document.uri, params.range)

    return server


class _Session:
    """What an editor has open, and what it has been told."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._shown: dict[Path, dict[str, list[lsp.Diagnostic]]] = {}
        self._names: dict[Path, Names] = {}
        self._checking: set[Path] = set()
        self._outdated: set[Path] = set()

    async def check(self, root: Path) -> None:
        """Show what is wrong in a rule book; what is found in texts that change meanwhile is not shown."""
        self._outdated.add(root)
        if root in self._checking:
            return
        self._checking.add(root)
        try:
            found: dict[Path, list[lsp.Diagnostic]] = {}
            while root in self._outdated:
                self._outdated.discard(root)
                found = await asyncio.to_thread(_found, root, self._texts())
        finally:
            self._checking.discard(root)
        self._show(root, found)

    def answer(self, ask: Callable[[File, lsp.Position], _Answer], params: _Asked) -> _Answer | None:
        """Return what is asked about a place in a rule book's file; None where it is in no such file."""
        file = _file(params.text_document.uri)
        if file is None:
            return None
        with unsaved(self._texts()):
            return ask(file, params.position)

    def completions(self, file: File, position: lsp.Position) -> list[lsp.CompletionItem]:
        """Return the names that can be written at a place."""
        lines = _lines(file)[: position.line + 1]
        line = _units(lines[-1])[: 2 * position.character].decode("utf-16-le", "surrogatepass")
        gap = gap_at(file.name, "\n".join([*lines[:-1], line]))
        if gap is None:
            return []
        begun = len(_units(gap.text)) // 2 if line.endswith(gap.text) else 0
        range = lsp.Range(lsp.Position(position.line, position.character - begun), position)
        return [
            lsp.CompletionItem(
                name,
                detail=words,
                kind=lsp.CompletionItemKind.Reference,
                sort_text=f"{number:05}",
                text_edit=lsp.TextEdit(range, name),
            )
            for number, (name, words) in enumerate(self._names_for(file).offered(gap).items())
        ]

    def hover(self, file: File, position: lsp.Position) -> lsp.Hover | None:
        """Return what the name at a place means."""
        spot = self._spot(file, position)
        text = self._names_for(file).hover(spot) if spot else ""
        if not spot or not text:
            return None
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text), _range(spot.span, _lines(file)))

    def definition(self, file: File, position: lsp.Position) -> lsp.Location | None:
        """Return where it stands what the name at a place stands for."""
        spot = self._spot(file, position)
        span = self._names_for(file).place(spot) if spot else None
        if span is None:
            return None
        target = File(file.root, span.file)
        return lsp.Location(self._uris([target.path])[target.path], _range(span, _lines(target)))

    def quick_fixes(self, uri: str, range: lsp.Range) -> list[lsp.CodeAction]:
        """Return the edits that write what was probably meant."""
        shown = [diagnostic for book in self._shown.values() for diagnostic in book.get(uri, [])]
        return [
            lsp.CodeAction(
                f"write `{instead[1]}`",
                kind=lsp.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                is_preferred=True,
                edit=lsp.WorkspaceEdit({uri: [lsp.TextEdit(diagnostic.range, instead[1])]}),
            )
            for diagnostic in shown
            if (instead := _INSTEAD.search(diagnostic.message))
            and diagnostic.range.start <= range.end
            and range.start <= diagnostic.range.end
        ]

    def _show(self, root: Path, found: Mapping[Path, list[lsp.Diagnostic]]) -> None:
        """Tell the editor what is wrong in each file, and in which files nothing is any more."""
        documents = self._server.workspace.text_documents
        ours = [file.path for uri in documents if (file := _file(uri)) and file.root == root]
        uris = self._uris([*found, *ours])
        now = {uris[path]: found.get(path, []) for path in uris}
        for uri in {**dict.fromkeys(self._shown.get(root, {})), **now}:
            version = documents[uri].version if uri in documents else None
            self._server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, now.get(uri, []), version))
        self._shown[root] = now

    def _spot(self, file: File, position: lsp.Position) -> Spot | None:
        lines = _lines(file)
        before = _units(lines[: position.line + 1][-1])[: 2 * position.character].decode("utf-16-le", "surrogatepass")
        text = "\n".join(lines).encode("utf-8", "surrogatepass")
        return spot_at(file.name, text, position.line + 1, len(before) + 1)

    def _names_for(self, file: File) -> Names:
        names = self._names[file.root] = Names(file.root, file.name, self._names.get(file.root))
        return names

    def _texts(self) -> Texts:
        documents = self._server.workspace.text_documents
        files = {uri: file for uri in documents if (file := _file(uri))}
        return {file.path: documents[uri].source.encode("utf-8", "surrogatepass") for uri, file in files.items()}

    def _uris(self, paths: Iterable[Path]) -> dict[Path, str]:
        """Return the addresses of files, as the editor writes them where they are open."""
        opened = {file.path: uri for uri in self._server.workspace.text_documents if (file := _file(uri))}
        return {path: opened.get(path) or path.as_uri() for path in paths}


def _file(uri: str) -> File | None:
    """Return the file of a rule book at an address; None where it is none."""
    path = Path(to_fs_path(uri) or "")
    if path.name in {*_PARTS, FACTS_FILE}:
        file = File(path.parent, path.name)
    elif path.parent.name in _FOLDERS:
        file = File(path.parents[1], f"{path.parent.name}/{path.name}")
    else:
        return None
    return file if any((file.root / part).is_file() for part in _PARTS) else None


def _found(root: Path, texts: Texts) -> dict[Path, list[lsp.Diagnostic]]:
    """Return what is wrong in a rule book, by file."""

    def few(offices: Sequence[str]) -> Sequence[str]:
        opened = {path.stem for path in texts if path.parent == root / "offices"}
        return offices if len(offices) <= MOST_OFFICES else [office for office in offices if office in opened]

    found: dict[Path, list[lsp.Diagnostic]] = {}
    with unsaved(texts):
        for diagnostic in check_book(root, few, most_steps=MOST_STEPS):
            file = File(root, diagnostic.span.file)
            found.setdefault(file.path, []).append(_as_lsp(diagnostic, _lines(file)))
    return found


def _as_lsp(diagnostic: Diagnostic, lines: Sequence[str]) -> lsp.Diagnostic:
    return lsp.Diagnostic(
        _range(diagnostic.span, lines),
        diagnostic.text,
        severity=_SEVERITIES[diagnostic.severity],
        code=diagnostic.code,
        source="courrier",
    )


def _lines(file: File) -> list[str]:
    """Return the lines of a file; one that is empty where it cannot be read."""
    data = read_file(file.path, file.name, Report()) or b""
    return LINE_BREAK.split(data.decode("utf-8-sig", "replace"))


def _range(span: Span, lines: Sequence[str]) -> lsp.Range:
    return lsp.Range(_position(span.line, span.column, lines), _position(span.end_line, span.end_column, lines))


def _position(line: int, column: int, lines: Sequence[str]) -> lsp.Position:
    """Return a place as editors count: from 0, and on a line in units of UTF-16."""
    before = lines[line - 1][: column - 1] if line <= len(lines) else ""
    return lsp.Position(line - 1, len(_units(before)) // 2)


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")
