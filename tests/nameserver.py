"""A name server on the loopback that answers from a table."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENT = None
"""Stands for a name about which the server never answers."""
FAILING: Sequence[str] = ("failing",)
"""Stands for a name at which the server fails."""
ALIAS = "CNAME "

Table = Mapping[str, str | Sequence[str] | None]
"""The TXT records at names; one that starts with `CNAME ` is the name that stands there in their place."""


@contextmanager
def nameserver(table: Table) -> Iterator[int]:
    """Run a server in a thread of its own, and yield its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(server, table))
        thread.start()
        port = server.getsockname()[1]
        yield port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
            stop.sendto(b"", ("127.0.0.1", port))
        thread.join()


def _serve(server: socket.socket, table: Table) -> None:
    while True:
        data, client = server.recvfrom(4096)
        if not data:
            return
        answer = _answer(dns.message.from_wire(data), table)
        if answer is not None:
            server.sendto(answer.to_wire(), client)


def _answer(query: dns.message.Message, table: Table) -> dns.message.Message | None:
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    name = query.question[0].name
    for _ in range(20):
        records = table.get(name.to_text(omit_final_dot=True).lower(), ())
        if records is SILENT:
            return None
        if records is FAILING:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        records = [records] if isinstance(records, str) else list(records)
        if not records:
            break
        if records[0].startswith(ALIAS):
            target = records[0].removeprefix(ALIAS)
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", target + "."))
            name = dns.name.from_text(target)
            continue
        quoted = [" ".join(f'"{text[i : i + 200]}"' for i in range(0, len(text), 200)) for text in records]
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *quoted))
        return answer
    if not answer.answer:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer
