"""What this machine looks like from the office network, and who sits on a port."""

from __future__ import annotations

import contextlib
import errno
import socket
from dataclasses import dataclass
from typing import Literal

import psutil

Transport = Literal["tcp", "udp"]
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
