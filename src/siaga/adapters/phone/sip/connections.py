"""Too many TCP connections to the telephone: those that say nothing are closed, so that calls find their sockets.

The stack can hold some 1,000 sockets in all and asks nobody whom it accepts. A thousand connections with half a
message each leave none for a voice: every caller is then answered 500 (measured; docs/decisions/0003). The stack has
no limit of its own, so this looks at the sockets of this process and shuts down the idlest of whoever has most.
Shutting down is what a far end does when it goes away: the stack closes the socket itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import stat
import struct
from collections import Counter
from dataclasses import dataclass

from siaga.clock import monotonic

log = logging.getLogger(__name__)

CONNECTIONS_MAX = 300
# A city's trunk needs one or two, softphones one each. With the two sockets each of 220 calls (CALLS_MAX and the
# newcomers) this stays far below the stack's 1,000.
CONNECTIONS_KEPT = 200  # what is left after closing some: room for honest newcomers until the next look
SAID_SECONDS = 60.0
LOOK_SECONDS = 0.25  # at most so long can a sudden thousand keep a caller out
_IDLE_AT = 52  # where `tcpi_last_data_recv` (ms) stands in Linux's struct tcp_info
_INFO_BYTES = 56


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection to our port. ``idle_ms``: since its far end last said anything."""

    descriptor: int
    source: str
    idle_ms: int


def to_close(open_now: list[Connection]) -> list[Connection]:
    """Those to end: the idlest of the address with most connections, until few enough are left."""
    if len(open_now) <= CONNECTIONS_MAX:
        return []
    by_source: dict[str, list[Connection]] = {}
    for one in sorted(open_now, key=lambda one: one.idle_ms):
        by_source.setdefault(one.source, []).append(one)
    ended: list[Connection] = []
    while len(open_now) - len(ended) > CONNECTIONS_KEPT:
        ended.append(max(by_source.values(), key=len).pop())
    return ended


async def guard(ports: tuple[int, ...]) -> None:
    """Look for ever at the connections to these ports of this process; said once a minute, however many come."""
    closed, said_at = 0, -SAID_SECONDS
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if len(os.listdir("/proc/self/fd")) <= CONNECTIONS_MAX:
            continue
        ended = to_close(connections_to(ports))
        for connection in ended:
            _shut_down(connection.descriptor)
        closed += len(ended)
        if closed and monotonic() - said_at >= SAID_SECONDS:
            most = Counter(one.source for one in ended).most_common(1)
            log.error(
                "more than %d TCP connections to the telephone: since this was last said %d idle ones were closed,"
                " now most from %s", CONNECTIONS_MAX, closed, most[0][0] if most else "nobody",
            )  # fmt: skip
            closed, said_at = 0, monotonic()


def connections_to(ports: tuple[int, ...]) -> list[Connection]:
    """The accepted connections of this process whose own end is one of these ports."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError), _borrowed(int(name)) as place:
            if place.family != socket.AF_INET or place.type != socket.SOCK_STREAM:
                continue
            if place.getsockname()[1] not in ports:
                continue
            peer = place.getpeername()[0]  # raises for the listening socket
            info = place.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
            found.append(Connection(int(name), peer, struct.unpack_from("I", info, _IDLE_AT)[0]))
    return found


def _shut_down(descriptor: int) -> None:
    with contextlib.suppress(OSError), _borrowed(descriptor) as place:
        place.shutdown(socket.SHUT_RDWR)


def _borrowed(descriptor: int) -> socket.socket:
    """The socket behind a descriptor that belongs to somebody else. Raises OSError for what is none."""
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        raise OSError("not a socket")
    return socket.socket(fileno=os.dup(descriptor))
