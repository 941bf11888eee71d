"""The open ports: plain HTTP and HTTPS, the same application, one loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from siaga.adapters.web.joined_writes import JoiningProtocol
from siaga.adapters.web.short_way import Shortcut, ShortWay

BACKLOG = 4096  # connections waiting to be accepted: a whole city's telephones may press in the same second
KEEP_ALIVE_SECONDS = 65  # longer than the minute most proxies keep theirs, so that they close first
STOP_SECONDS = 3
# Requests under way may finish, idle connections may say goodbye; the supervisor insists after five seconds.


@dataclass(frozen=True)
class Port:
    """Where to listen. ``certificate`` and ``key`` make it HTTPS. ``number`` 0: a free port is chosen."""

    host: str
    number: int
    certificate: Path | None = None
    key: Path | None = None


class PortTaken(OSError):
    """Somebody else listens there, or the address is not ours."""

    def __init__(self, port: Port, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror, f"{port.host}:{port.number}")
        self.port = port


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: it would re-raise SIGTERM after stopping, before we have tidied up."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(port: Port) -> socket.socket:
    """Take the port. Raises PortTaken."""
    try:
        family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
        taken = socket.socket(family, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((port.host, port.number))
        taken.setblocking(False)
    except OSError as cause:
        raise PortTaken(port, cause) from cause
    return taken


async def serve(
    app: Any,
    ports: Sequence[tuple[Port, socket.socket]],
    stopping: asyncio.Event,
    *,
    on_ready: Callable[[], None],
    on_stopping: Callable[[], None],
    shortcut: Shortcut | None = None,
) -> None:
    """Serve until ``stopping`` is set. ``on_stopping`` ends what would never end by itself (live streams).

    ``shortcut`` answers its own small requests before the application is asked (short_way.py).
    """
    servers = [_Server(_config(app, port, shortcut)) for port, _ in ports]
    tasks = [
        asyncio.create_task(server.serve(sockets=[taken]), name=f"port {port.number}")
        for server, (port, taken) in zip(servers, ports, strict=True)
    ]
    stop = asyncio.create_task(stopping.wait())
    try:
        while not _are_up(servers) and not any(task.done() for task in tasks):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # uvicorn has no event to wait for
        if _are_up(servers):
            on_ready()
        await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        on_stopping()
        for server in servers:
            server.should_exit = True
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, BaseException):
            raise outcome


def _are_up(servers: Sequence[_Server]) -> bool:
    return all(server.started for server in servers)


def _config(app: Any, port: Port, shortcut: Shortcut | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        # uvicorn only calls what it is given here; its annotation knows no partial.
        http=JoiningProtocol if shortcut is None else partial(ShortWay, shortcut),  # type: ignore[arg-type]
        ws="none",
        lifespan="off",  # app.py starts and stops everything itself, once for all ports
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,  # addresses of callers are personal data; counts are in /metrics
        server_header=False,
        proxy_headers=False,  # server.py trusts a proxy on this machine only, and not on the panic path
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        ssl_certfile=str(port.certificate) if port.certificate else None,
        ssl_keyfile=str(port.key) if port.key else None,
    )
