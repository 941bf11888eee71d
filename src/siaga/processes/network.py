"""What this machine looks like from the office network, and who sits on a port."""

from __future__ import annotations

import contextlib
import errno
import socket
from dataclasses import dataclass
from typing import Literal

import psutil

from siaga.settings import Settings

Transport = Literal["tcp", "udp"]
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  (compared with, not bound to)
ELSEWHERE = "192.0.2.1"
# An address of the documentation range. Connecting a UDP socket to it sends nothing; it only makes the kernel choose.


@dataclass(frozen=True)
class Sitter:
    """Who holds a port. `pid` and `name` are unknown when it belongs to another account."""

    pid: int | None
    name: str | None


def lan_address() -> str:
    """The IPv4 address other machines of the office most likely reach us at; 127.0.0.1 without a network."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((ELSEWHERE, 9))
        return str(probe.getsockname()[0])
    others = [address for address in addresses() if not address.startswith("127.")]
    return others[0] if others else "127.0.0.1"


def reachable(host: str) -> str:
    """An address others can use for something that listens on `host`."""
    return lan_address() if host in EVERYWHERE else host


def local_url(settings: Settings) -> str:
    """The address for a browser on this machine."""
    if settings.http_port:
        host = "localhost" if settings.web_host in {"127.0.0.1", *EVERYWHERE} else settings.web_host
        return f"http://{host}:{settings.http_port}"
    return f"https://localhost:{settings.https_port}"


def public_url(settings: Settings) -> str:
    """Where people reach this installation from outside, without a slash at the end."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    if settings.https_port:
        return f"https://{reachable(settings.https_host)}:{settings.https_port}"
    return local_url(settings)


def addresses() -> list[str]:
    """Every IPv4 address of this machine."""
    return sorted(
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family == socket.AF_INET
    )


def port_is_free(host: str, port: int, transport: Transport) -> bool:
    """Whether we could listen there now. Raises OSError when the host is not an address of this machine."""
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, kind)) as probe:
        if transport == "tcp":  # connections that only wait for their last packet do not count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def who_sits_on(port: int, transport: Transport) -> Sitter:
    """The process that holds a port, as far as the operating system tells us."""
    with contextlib.suppress(psutil.Error):
        for line in psutil.net_connections(kind=transport):
            listening = transport == "udp" or line.status == psutil.CONN_LISTEN
            if line.laddr and line.laddr.port == port and listening and line.pid:
                return Sitter(line.pid, psutil.Process(line.pid).name())
    return Sitter(None, None)
