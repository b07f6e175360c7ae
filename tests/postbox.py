"""A mail server on the loopback that keeps what it receives."""

import asyncio
import email
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from typing import NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session


class Received(NamedTuple):
    """A mail as it arrived: the envelope's sender and recipients, and the message."""

    sender: str
    recipients: list[str]
    message: Message

    def text(self, header: str) -> str:
        """Return what a header says."""
        return decoded(self.message[header])

    def people(self, header: str) -> list[tuple[str, str]]:
        """Return the names and addresses in a header."""
        # The newer parser of the standard library leaves the white space between encoded words in names.
        return [(decoded(name), address) for name, address in getaddresses(self.message.get_all(header, []))]


def decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


class Postbox:
    """What has been received, and the port to send to."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.port = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        assert isinstance(envelope.content, bytes)
        message = email.message_from_string(envelope.content.decode())
        self.received.append(Received(str(envelope.mail_from), envelope.rcpt_tos, message))
        return "250 OK"


@contextmanager
def postbox() -> Iterator[Postbox]:
    """Run a mail server in a thread of its own, on a free port."""
    box, started = Postbox(), threading.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        server = await loop.create_server(lambda: SMTP(box, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0)
        async with server:
            box.port = server.sockets[0].getsockname()[1]
            started.set()
            await stopped.wait()

    stopped = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    started.wait()
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()
