"""Look now and then whether rules have changed, and have them read anew when their files have come to rest."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from types import TracebackType
from typing import Protocol, Self

from courrier.diagnostics import RulesError
from courrier.folder import Stamps
from courrier.offices import OnFault

_logger = logging.getLogger(__name__)


class Watched(Protocol):
    """Rules that can be read anew."""

    on_fault: OnFault

    def changes(self) -> Stamps:
        """Return the present stamps of the files that are no longer as they were read."""

    def reload(self) -> None:
        """Read the rules anew, or raise a `RulesError`."""


class Watch:
    """Has rules read anew in a thread of its own, until it is stopped; as a context manager it stops at the end.

    The thread ends with the process and with the rules. A process that is forked goes on watching.
    """

    def __init__(self, rules: Watched, interval: float) -> None:
        """Start to look every `interval` seconds."""
        if not interval > 0:
            raise ValueError(f"the interval is {interval}: give seconds, more than none")
        self._rules = weakref.ref(rules)
        self._interval = interval
        self._seen: Stamps = {}
        self._tried: Stamps = {}
        self._start()
        _running.add(self)

    def stop(self) -> None:
        """Stop looking, and wait until a reading that is under way is done."""
        _running.discard(self)
        self._stopped.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> Self:
        """Return the watch."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop looking."""
        self.stop()

    def poll(self) -> None:
        """Look once: have rules read that have changed, and not since the last look; faulty ones are read once."""
        rules = self._rules()
        if rules is None:
            self._stopped.set()
            return
        seen, self._seen = self._seen, rules.changes()
        if not self._seen or self._seen != seen or self._seen == self._tried:
            return
        self._tried = self._seen
        try:
            rules.reload()
        except RulesError as error:
            rules.on_fault(error)

    def _start(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courrier-watch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped.wait(self._interval):
            try:
                self.poll()
            except Exception:
                _logger.exception("the rules could not be looked at; the next try is in %s s", self._interval)


_running: weakref.WeakSet[Watch] = weakref.WeakSet()


def _go_on() -> None:
    """Start the threads that a fork did not take along."""
    for watch in list(_running):
        watch._start()


os.register_at_fork(after_in_child=_go_on)
