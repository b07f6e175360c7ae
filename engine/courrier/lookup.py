"""Look TXT records up in the DNS."""

from __future__ import annotations

from typing import NamedTuple

try:
    import dns.exception
    import dns.resolver
except ImportError as error:
    raise ImportError(
        "looking domains up needs a package that is not installed: pip install 'courrier[prepared]'"
    ) from error

PORT = 53


class Unanswered(Exception):
    """Nobody can say now what stands at a name: no server answers, or one fails."""

    def __init__(self, name: str) -> None:
        """Keep the name."""
        self.name = name
        super().__init__(name)


class Server(NamedTuple):
    """A name server."""

    host: str
    port: int = PORT


class Lookup:
    """Answers what stands at names, each asked for once."""

    def __init__(self, server: Server | None = None, timeout: float = 5.0) -> None:
        """Take the name server to ask, by its IP address, else those of the system; and how many seconds to wait.

        Raises:
            ValueError: the address of the server is none, or the system names no server.
        """
        try:
            self._resolver = dns.resolver.Resolver(configure=server is None)
        except dns.resolver.NoResolverConfiguration as error:
            raise ValueError("this system names no server to ask") from error
        if server:
            self._resolver.nameservers = [server.host]
            self._resolver.port = server.port
        self._resolver.lifetime = timeout
        self._known: dict[str, list[str]] = {}

    def txt(self, name: str) -> list[str]:
        """Return the TXT records at a name; none where there is no such name.

        Raises:
            Unanswered: nobody can say now.
        """
        name = name.lower().rstrip(".")
        if name not in self._known:
            self._known[name] = self._ask(name)
        return self._known[name]

    def _ask(self, name: str) -> list[str]:
        try:
            answer = self._resolver.resolve(f"{name}.", "TXT")
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise Unanswered(name) from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
