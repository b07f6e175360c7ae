"""A client of language servers, over the standard input and output of a process of its own."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from commands import LONGEST_WAIT

CAPABILITIES: Mapping[str, Any] = {
    "workspace": {"configuration": True, "workspaceFolders": True, "applyEdit": True},
    "textDocument": {
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
        "publishDiagnostics": {"versionSupport": True},
    },
}


class Place(NamedTuple):
    """Where the cursor stands in a file."""

    file: str
    line: int
    character: int


class Client:
    """An editor that has a folder open: it asks and tells, and keeps what it is told."""

    def __init__(
        self,
        command: Sequence[str | Path],
        folder: Path,
        *,
        settings: Mapping[str, Any] | None = None,
        capabilities: Mapping[str, Any] = CAPABILITIES,
    ) -> None:
        """Start a server on a folder; `settings` has the sections that it may ask for."""
        self.folder = folder
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        """What the server has said last of each file that it has said something of."""
        self.messages: list[dict[str, Any]] = []
        """All that the server has told without being asked, but for diagnostics."""
        self._settings, self._asked = settings or {}, 0
        self._versions: dict[str, int] = {}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([*map(str, command)], stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder)
        self._watchdog = threading.Timer(LONGEST_WAIT, self._process.kill)
        self._watchdog.start()
        uri = folder.as_uri()
        folders = [{"uri": uri, "name": folder.name}]
        self.server: dict[str, Any] = self.ask(
            "initialize", processId=os.getpid(), rootUri=uri, workspaceFolders=folders, capabilities=capabilities
        )
        self.tell("initialized")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """End the server, as an editor does that is closed."""
        try:
            if error[0] is None:
                assert self.ask("shutdown") is None
                self.tell("exit")
        finally:
            if error[0] is not None:
                self._process.kill()
            _, self.complaints = self._process.communicate()
            self._watchdog.cancel()

    def ask(self, method: str, **params: Any) -> Any:
        """Return the answer to a request."""
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params or None})
        answer = self._until(lambda message: message.get("id") == self._asked and "method" not in message)
        assert "error" not in answer, answer
        return answer["result"]

    def tell(self, method: str, **params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def write(self, file: str, text: str) -> list[dict[str, Any]]:
        """Open a file or change its text, unsaved; return what the server then says is wrong with it."""
        version = self.change(file, text)
        self._until(lambda message: self._is_said_of(message, file) and version == _version(message, version))
        return self.diagnostics[file]

    def change(self, file: str, text: str) -> int:
        """Open a file or change its text, unsaved, and do not wait; return the version of the text."""
        version = self._versions.get(file, 0) + 1
        if version == 1:
            self.tell("textDocument/didOpen", textDocument=self.document(file, text))
        else:
            document = {"uri": self.uri(file), "version": version}
            self.tell("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])
        self._versions[file] = version
        return version

    def close_all(self) -> None:
        """Close the files without saving them, and take in what the server then says of them."""
        while self._versions:
            file, _ = self._versions.popitem()
            self.tell("textDocument/didClose", textDocument={"uri": self.uri(file)})
            self._until(lambda message, file=file: self._is_said_of(message, file) and not _version(message, 0))  # type: ignore[misc]
            self.hover(Place(file, 0, 0))  # what it says of other files comes before this

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Take in what the server says until something holds."""
        while not holds():
            self._until(_is_diagnostics)

    def write_at_cursor(self, file: str, text: str) -> Place:
        """Write a text in which `|` stands for the cursor; return where that is."""
        before, _, after = text.partition("|")
        self.write(file, before + after)
        line = before.rpartition("\n")[2]
        return Place(file, before.count("\n"), len(line.encode("utf-16-le")) // 2)

    def ask_at(self, place: Place, method: str, **params: Any) -> Any:
        """Return the answer to a request about what stands at a place."""
        position = {"line": place.line, "character": place.character}
        document = {"uri": self.uri(place.file)}
        return self.ask(f"textDocument/{method}", textDocument=document, position=position, **params)

    def completions(self, place: Place) -> dict[str, dict[str, Any]]:
        """Return what can be written at a place, by its label."""
        answer = self.ask_at(place, "completion")
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return {item["label"]: item for item in items}

    def hover(self, place: Place) -> str:
        """Return what is shown of what stands at a place."""
        answer = self.ask_at(place, "hover")
        return answer["contents"]["value"] if answer else ""

    def definition(self, place: Place) -> str:
        """Return where it stands what is named at a place, as `file:line`."""
        answer = self.ask_at(place, "definition")
        return f"{self._name(answer['uri'])}:{answer['range']['start']['line'] + 1}" if answer else ""

    def fixes(self, file: str, range: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what can be done about what is wrong in a range."""
        document, context = {"uri": self.uri(file)}, {"diagnostics": self.diagnostics[file]}
        answer: list[dict[str, Any]] = self.ask(
            "textDocument/codeAction", textDocument=document, range=range, context=context
        )
        return answer

    def applied(self, file: str, text: str, edit: Mapping[str, Any]) -> str:
        """Return a file's text with an edit of one place on one line applied."""
        (change,) = edit["changes"][self.uri(file)]
        start, end = change["range"]["start"], change["range"]["end"]
        lines = text.split("\n")
        line = lines[start["line"]].encode("utf-16-le")
        before, after = line[: 2 * start["character"]], line[2 * end["character"] :]
        lines[start["line"]] = before.decode("utf-16-le") + change["newText"] + after.decode("utf-16-le")
        return "\n".join(lines)

    def document(self, file: str, text: str) -> dict[str, Any]:
        """Return a file as it is opened."""
        return {"uri": self.uri(file), "languageId": "yaml", "version": 1, "text": text}

    def uri(self, file: str) -> str:
        """Return the address of a file in the folder."""
        return (self.folder / file).as_uri()

    def _is_said_of(self, message: Mapping[str, Any], file: str) -> bool:
        return _is_diagnostics(message) and self._name(message["params"]["uri"]) == file

    def _name(self, uri: str) -> str:
        return uri.removeprefix(f"{self.folder.as_uri()}/")

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Take in messages up to the one that is waited for, and return it."""
        while True:
            message = self._receive()
            if "id" in message and "method" in message:
                self._send({"id": message["id"], "result": self._answer(message)})
            elif _is_diagnostics(message):
                self.diagnostics[self._name(message["params"]["uri"])] = message["params"]["diagnostics"]
            elif "method" in message:
                self.messages.append(message)
            if is_it(message):
                return message

    def _answer(self, message: Mapping[str, Any]) -> Any:
        """Return the answer to a request of the server's: the settings that it asks for."""
        if message["method"] == "workspace/configuration":
            return [self._settings.get(item["section"]) for item in message["params"]["items"]]
        return None

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b": ")
            length = int(value) if name == b"Content-Length" else length
        assert length, f"the server has ended:\n{self._process.communicate()[1].decode()}"
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message


def _is_diagnostics(message: Mapping[str, Any]) -> bool:
    return message.get("method") == "textDocument/publishDiagnostics"


def _version(message: Mapping[str, Any], else_: int) -> int:
    """Return the version of the text that diagnostics are of, where the server says it."""
    version: int = message["params"].get("version", else_)
    return version
