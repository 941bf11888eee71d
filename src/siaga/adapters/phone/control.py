"""The node's side door for the web process: connect a headset, drop it, ask how the line is.

Plain HTTP over a socket file only this account can open. It never listens on a network.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import uvicorn

from siaga.adapters.phone.engine import CallGone, OfferRefused, Quality, SeatGone, TelephonyEngine
from siaga.settings import NODE_DEFAULT

SOCKET_PATH_BYTES_MAX = 100  # the system allows 107; a longer home folder gets a short path of its own
BODY_BYTES_MAX = 256 * 1024

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _Refusal(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def control_socket(home: Path, node: str = NODE_DEFAULT) -> Path:
    """Where this node of the installation is asked. The folder is made, closed to other accounts."""
    file = (
        f"phone-{hashlib.sha256(node.encode()).hexdigest()[:16]}.sock"
        if node != NODE_DEFAULT
        else "phone.sock"
    )
    path = home / "run" / file
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES_MAX:
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"siaga-{os.geteuid()}-{name}" / file
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def is_dead(home: Path, node: str) -> bool:
    """Whether nobody is behind this node's door on this machine any more; False when that cannot be known.

    A paused process still has its door open; a node on another machine has none here. Only a refusal is proof.
    """
    place = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    place.setblocking(False)
    try:
        place.connect(os.fspath(control_socket(home, node)))
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    finally:
        place.close()
    return False


def listen(path: Path) -> socket.socket:
    """A listening socket at this path, in place of one a killed node left behind."""
    path.unlink(missing_ok=True)
    place = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    place.bind(os.fspath(path))
    path.chmod(0o600)
    place.listen()  # whoever asks between now and the server's first accept waits instead of being refused
    return place


class ControlApp:
    """ASGI application: POST /seats/{taker}/offer, /dial and /test, DELETE /seats/{taker}, GET
    /calls/{call}/quality, GET /seats/{taker}/quality and GET /health.
    """

    def __init__(self, engine: TelephonyEngine, facts: Callable[[], dict[str, Any]]) -> None:
        """``facts``: what the node adds to the engine's health."""
        self._engine = engine
        self._facts = facts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            status, answer = await self._answered(
                scope["method"], scope["raw_path"].decode("latin-1"), receive
            )
        except _Refusal as refused:
            status, answer = refused.status, {"error": str(refused)}
        except OfferRefused as refused:
            status, answer = 409, {"error": str(refused)}
        body = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answered(self, method: str, path: str, receive: Receive) -> tuple[int, dict[str, Any]]:
        match method, [unquote(part) for part in path.split("?")[0].strip("/").split("/")]:
            case "GET", ["health"]:
                return 200, {**dataclasses.asdict(self._engine.health()), **self._facts()}
            case "POST", ["seats", taker, "offer"] if taker:
                offer = await _field(receive, "sdp")
                return 200, {"sdp": await self._engine.connect_seat(taker, offer)}
            case "POST", ["seats", taker, "dial"] if taker:
                await self._engine.dial_seat(taker, await _field(receive, "uri"))
                return 200, {}
            case "POST", ["seats", taker, "test"] if taker:
                await self._test(taker)
                return 200, {}
            case "GET", ["calls", call, "quality"] if call:
                return 200, await self._quality(self._engine.quality(call))
            case "GET", ["seats", taker, "quality"] if taker:
                return 200, await self._quality(self._engine.seat_quality(taker))
            case "DELETE", ["seats", taker] if taker:
                await self._engine.disconnect_seat(taker)
                return 200, {}
        raise _Refusal(404, "there is no such door")

    async def _test(self, taker: str) -> None:
        try:
            await self._engine.test_sound(taker)
        except SeatGone as gone:
            raise _Refusal(409, f"{taker} cannot hear herself now: {type(gone).__name__}") from gone

    async def _quality(self, asked: Awaitable[Quality]) -> dict[str, Any]:
        try:
            return dataclasses.asdict(await asked)
        except (CallGone, SeatGone):
            return {}


async def _field(receive: Receive, name: str) -> str:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise _Refusal(413, "the request is too large")
        if not message.get("more_body"):
            break
    try:
        value = json.loads(body)[name]
    except (ValueError, KeyError, TypeError):
        raise _Refusal(400, f"a JSON object with {name!r} is needed") from None
    if not isinstance(value, str):
        raise _Refusal(400, f"{name!r} must be text")
    return value


class ControlServer(uvicorn.Server):
    """uvicorn without its own signal handling: the node's supervisor decides when to stop."""

    def __init__(self, app: ControlApp) -> None:
        super().__init__(
            uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
            )
        )

    def capture_signals(self) -> Any:
        """Leave the signals to the process."""
        return _Nothing()


class _Nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
