"""An honest stand-in for Asterisk as ARI shows it: channels, bridges, Stasis applications, and their voices.

What it keeps to, after the published ARI documentation: a channel that is not in Stasis takes no orders (409) and no
bridge (422); what is gone is 404; events go to the application's websocket only, and are lost while there is none; a
caller for an application nobody listens to goes on in the dialplan; an originated channel enters Stasis when it is
answered; an external-media channel enters Stasis a moment after it was made. Bridges carry real A-law RTP.
What it is not: it speaks no SIP, it has no codec but A-law, and it is no proof that Asterisk itself behaves so.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import secrets
import socket
import struct
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

import numpy as np
import uvicorn

from siaga.adapters.phone.sound.frames import FRAME_BYTES, FRAME_SECONDS, Samples, alaw_decoding, alaw_table
from siaga.adapters.phone.sound.mixer import mixed
from siaga.clock import monotonic
from tests.sip.caller import RECENT_SAMPLES_MIN, share_with_tone

USER, PASSWORD = "siaga", "rahasia-ari"
VERSION = "22.10.1"
ENTER_SECONDS = 0.02  # an external-media channel reports itself a moment after the order
CAUSES = {"busy": 17, "declines": 21, "unknown": 1}
REASONS = {"normal": 16, "busy": 17, "congestion": 34, "no_answer": 19}
RTP = struct.Struct("!BBHII")
_ENCODE, _DECODE = alaw_table(), alaw_decoding()


class Person:
    """Somebody at a telephone: says a tone, keeps what he hears and the keys pressed to him."""

    def __init__(self, sound: Samples, *, manner: str = "answers") -> None:
        whole = len(sound) // (FRAME_BYTES // 2) * FRAME_BYTES
        self._sound, self._at = sound.tobytes()[:whole], 0
        self.manner = manner
        self.frames: list[tuple[float, bytes]] = []
        self.keys = ""
        self.channel: FakeChannel | None = None

    def says(self) -> bytes:
        frame = self._sound[self._at : self._at + FRAME_BYTES]
        self._at = (self._at + FRAME_BYTES) % len(self._sound)
        return frame

    def hears_frame(self, frame: bytes) -> None:
        self.frames.append((monotonic(), frame))

    def heard(self, since: float = 0.0) -> Samples:
        return np.frombuffer(b"".join(frame for at, frame in self.frames if at >= since), np.int16)

    async def hears(self, hz: float, *, within: float = 8.0, share: float = 0.6) -> bool:
        until = monotonic() + within
        while monotonic() < until:
            await asyncio.sleep(0.1)
            recent = self.heard(monotonic() - 0.5)
            if len(recent) >= RECENT_SAMPLES_MIN and share_with_tone(recent, hz) >= share:
                return True
        return False


class UnicastRtp:
    """The exchange's half of an external-media channel: one UDP port, A-law out and in."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._target = target
        self._sequence, self._source = secrets.randbelow(1 << 16), secrets.randbelow(1 << 32)
        self._waiting: list[bytes] = []

    def says(self) -> bytes:
        while True:
            try:
                packet = self._socket.recv(2048)
            except OSError:
                break
            if packet[1] & 0x7F == 8:
                self._waiting.append(_DECODE[np.frombuffer(packet[RTP.size :], np.uint8)].tobytes())
        del self._waiting[:-5]
        return self._waiting.pop(0) if self._waiting else bytes(FRAME_BYTES)

    def hears_frame(self, frame: bytes) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = RTP.pack(0x80, 8, self._sequence, self._sequence * 160 & 0xFFFFFFFF, self._source)
        try:
            self._socket.sendto(head + _ENCODE[np.frombuffer(frame, np.uint16)].tobytes(), self._target)
        except OSError:
            return

    def close(self) -> None:
        self._socket.close()


@dataclass(eq=False)
class FakeChannel:
    id: str
    name: str
    state: str
    end: Person | UnicastRtp
    app: str
    number: str = ""
    display_name: str = ""
    exten: str = "112"
    in_stasis: bool = False
    bridge: str | None = None
    gone: bool = False
    variables: dict[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        return {
            "id": self.id, "name": self.name, "state": self.state, "protocol_id": "", "accountcode": "",
            "caller": {"number": self.number, "name": self.display_name}, "connected": {"number": "", "name": ""},
            "dialplan": {"context": "from-operator", "exten": self.exten, "priority": 2, "app_name": "Stasis",
                         "app_data": f"{self.app},in"},
            "creationtime": "2026-11-22T03:00:00.000+0700", "language": "id",
        }  # fmt: skip


class Refusal(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class FakeAsterisk:
    """`await start()`, then `url`. People call with `rings`; `phones` may be dialled as PJSIP/name."""

    def __init__(self, *, answers_media: bool = True) -> None:
        self.channels: dict[str, FakeChannel] = {}
        self.bridges: dict[str, list[str]] = {}
        self.phones: dict[str, Person] = {}
        self.lines: dict[str, asyncio.Queue[Any]] = {}
        self.given_back: list[str] = []
        self.hung_up: list[tuple[str, str]] = []
        self.requests: list[str] = []
        self.modules = {"chan_rtp.so"} if answers_media else set()
        self.mute = False  # the lines of events stay open and say nothing
        self.down = False  # as while it starts: every request is 503
        self.delay = 0.0  # seconds before every answer
        self.refuse_media = False
        self.forgotten: set[str] = set()  # channels the application is told nothing of
        self.statistics: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Future[None] | None = None
        self.url = ""

    # --- life ---

    async def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        config = uvicorn.Config(
            self._app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="off",
            interface="asgi3", ws="websockets-sansio", timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._server.capture_signals = _NoSignals  # type: ignore[method-assign, assignment]
        self._serving = asyncio.ensure_future(self._server.serve())
        while not self._server.started:  # noqa: ASYNC110  (uvicorn offers no event)
            await asyncio.sleep(0.01)
        self._spawn(self._carry_voices())
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        self.break_lines()
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        for channel in self.channels.values():
            if isinstance(channel.end, UnicastRtp):
                channel.end.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- the outside world ---

    def rings(
        self, person: Person, number: str, *, name: str = "", app: str = "siaga", tech: str = "PJSIP",
        headers: dict[str, str] | None = None,
    ) -> FakeChannel:  # fmt: skip
        """Somebody calls 112 and the dialplan says Stasis(app,in)."""
        serial = next(self._numbers)
        channel = FakeChannel(
            f"1763750000.{serial}", f"{tech}/operator-{serial:08x}", "Ring", person, app, number, name
        )
        channel.variables.update(
            {f"{tech}_HEADER(read,{key})": value for key, value in (headers or {}).items()}
        )
        person.channel = channel
        self.channels[channel.id] = channel
        self._enter(channel, ["in"])
        return channel

    def leaves(self, channel: FakeChannel, cause: int = 16) -> None:
        """The far end hangs up."""
        self.say(channel.app, {"type": "ChannelHangupRequest", "cause": cause, "channel": channel.told()})
        self._destroy(channel, cause)

    def presses(self, channel: FakeChannel, digit: str) -> None:
        self.say(
            channel.app,
            {"type": "ChannelDtmfReceived", "digit": digit, "duration_ms": 100, "channel": channel.told()},
        )

    def picks_up(self, channel: FakeChannel) -> None:
        """A dialled telephone is answered."""
        channel.state = "Up"
        self._state(channel)
        self._enter(channel, ["dialled"])

    def break_lines(self) -> None:
        """Every line of events breaks."""
        for line in self.lines.values():
            line.put_nowait(None)

    def say(self, app: str, event: dict[str, Any]) -> None:
        """An event, lost when nobody listens, or for who is not subscribed."""
        if event.get("channel", {}).get("id") in self.forgotten:
            return
        self.say_raw(
            app, json.dumps({"application": app, "timestamp": "2026-11-22T03:00:00.000+0700", **event})
        )

    def say_raw(self, app: str, text: str) -> None:
        if app in self.lines and not self.mute:
            self.lines[app].put_nowait(text)

    # --- the state machine ---

    def _enter(self, channel: FakeChannel, args: list[str]) -> None:
        if channel.gone:
            return
        if channel.app not in self.lines:
            self._go_on(channel)
            return
        channel.in_stasis = True
        self.say(channel.app, {"type": "StasisStart", "args": args, "channel": channel.told()})

    def _go_on(self, channel: FakeChannel) -> None:
        """The next step of the dialplan: the office's own fallback. Here it is the end."""
        channel.in_stasis = False
        self._leave_bridge(channel)
        self.given_back.append(channel.id)
        self._destroy(channel, 16)

    def _state(self, channel: FakeChannel) -> None:
        self.say(channel.app, {"type": "ChannelStateChange", "channel": channel.told()})

    def _leave_bridge(self, channel: FakeChannel) -> None:
        if channel.bridge is not None:
            self.bridges[channel.bridge].remove(channel.id)
            channel.bridge = None

    def _destroy(self, channel: FakeChannel, cause: int) -> None:
        if channel.gone:
            return
        channel.gone = True
        self._leave_bridge(channel)
        del self.channels[channel.id]
        if channel.in_stasis:
            self.say(channel.app, {"type": "StasisEnd", "channel": channel.told()})
        self.say(
            channel.app,
            {"type": "ChannelDestroyed", "cause": cause, "cause_txt": "", "channel": channel.told()},
        )
        if isinstance(channel.end, UnicastRtp):
            channel.end.close()

    async def _carry_voices(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for members in self.bridges.values():
                here = [self.channels[name] for name in members]
                said = {channel.id: channel.end.says() for channel in here}
                for channel in here:
                    others = [said[other.id] for other in here if other is not channel]
                    if others:
                        channel.end.hears_frame(others[0] if len(others) == 1 else mixed(others))
            due = max(due + FRAME_SECONDS, loop.time() - 0.5)
            await asyncio.sleep(max(0.0, due - loop.time()))

    # --- ARI ---

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        query = dict(parse_qsl(scope.get("query_string", b"").decode()))
        known = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
        allowed = dict(scope.get("headers", ())).get(b"authorization", b"").decode() == known
        if scope["type"] == "websocket":
            await self._line(query["app"], allowed, receive, send)
        elif scope["type"] == "http":
            path = [unquote(part) for part in scope["raw_path"].decode().split("?")[0].split("/")[2:]]
            self.requests.append(f"{scope['method']} {'/'.join(path)}")
            if self.delay:
                await asyncio.sleep(self.delay)
            try:
                if self.down:
                    raise Refusal(503, "Asterisk not booted")
                if not allowed:
                    raise Refusal(401, "Authentication required")
                status, said = 200, self._answer(scope["method"], path, query)
            except Refusal as refusal:
                status, said = refusal.status, {"message": str(refusal)}
            body = b"" if said is None else json.dumps(said).encode()
            status = 204 if said is None else status
            head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": body})

    async def _line(self, app: str, allowed: bool, receive: Any, send: Any) -> None:
        await receive()
        if self.down or not allowed:
            status = 503 if self.down else 401
            await send({"type": "websocket.http.response.start", "status": status, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b""})
            return
        await send({"type": "websocket.accept"})
        if app in self.lines:
            self.say(app, {"type": "ApplicationReplaced"})
            self.lines[app].put_nowait(None)
        line = self.lines[app] = asyncio.Queue()
        closing = asyncio.ensure_future(_closed(receive))
        try:
            while True:
                getting = asyncio.ensure_future(line.get())
                await asyncio.wait({getting, closing}, return_when=asyncio.FIRST_COMPLETED)
                text = getting.result() if getting.done() else None
                getting.cancel()
                if text is None:
                    break
                if closing.done():
                    break
                await send({"type": "websocket.send", "text": text})
            if not closing.done():
                await send({"type": "websocket.close", "code": 1012})
        finally:
            closing.cancel()
            if self.lines.get(app) is line:
                del self.lines[app]

    def _answer(self, method: str, path: list[str], query: dict[str, str]) -> Any:
        match method, path:
            case "GET", ["asterisk", "info"]:
                return {"system": {"version": VERSION, "entity_id": "00:00:00:00:00:00"}}
            case "GET", ["asterisk", "modules", name]:
                if name not in self.modules:
                    raise Refusal(404, "Module could not be found in running modules")
                return {"name": name, "description": "", "use_count": 0, "status": "Running"}
            case "GET", ["applications", name]:
                if name not in self.lines:
                    raise Refusal(404, "Application not found")
                ids = [
                    one.id
                    for one in self.channels.values()
                    if one.app == name and one.id not in self.forgotten
                ]
                return {"name": name, "channel_ids": ids, "bridge_ids": [], "endpoint_ids": []}
            case "POST", ["applications", name, "subscription"] if name in self.lines:
                self.forgotten.discard(query["eventSource"].removeprefix("channel:"))
                return {"name": name, "channel_ids": []}
            case "GET", ["channels"]:
                return [channel.told() for channel in self.channels.values()]
            case "GET", ["bridges"]:
                return [{"id": name, "channels": members} for name, members in self.bridges.items()]
            case "POST", ["bridges"]:
                self.bridges.setdefault(query["bridgeId"], [])
                return {"id": query["bridgeId"], "channels": []}
            case _, ["bridges", name, *rest] if name in self.bridges:
                return self._bridge(method, name, rest, query)
            case "POST", ["channels", "externalMedia"]:
                return self._external_media(query)
            case "POST", ["channels", name] if name not in self.channels:
                return self._originate(name, query)
            case "POST", ["channels", _]:
                raise Refusal(409, "Channel with given unique ID already exists")
            case _, ["channels", name, *rest] if name in self.channels:
                return self._channel(method, self.channels[name], rest, query)
        raise Refusal(404, "Not found")

    def _bridge(self, method: str, name: str, rest: list[str], query: dict[str, str]) -> None:
        if method == "DELETE":
            for member in list(self.bridges[name]):
                self._leave_bridge(self.channels[member])
            del self.bridges[name]
        elif rest == ["addChannel"]:
            members = query["channel"].split(",")
            for member in members:
                if member not in self.channels:
                    raise Refusal(400, "Channel not found")
                if not self.channels[member].in_stasis:
                    raise Refusal(422, "Channel not in Stasis application")
            for member in members:
                self._leave_bridge(self.channels[member])
                self.channels[member].bridge = name
                self.bridges[name].append(member)

    def _external_media(self, query: dict[str, str]) -> Any:
        if self.refuse_media:
            raise Refusal(500, "An internal error prevented this request from being handled")
        assert (query["format"], query["encapsulation"]) == ("alaw", "rtp")
        host, port = query["external_host"].rsplit(":", 1)
        rtp = UnicastRtp((host, int(port)))
        channel = FakeChannel(
            query["channelId"], f"UnicastRTP/{query['external_host']}", "Up", rtp, query["app"],
            variables={"UNICASTRTP_LOCAL_ADDRESS": "127.0.0.1", "UNICASTRTP_LOCAL_PORT": str(rtp.port)},
        )  # fmt: skip
        self.channels[channel.id] = channel
        asyncio.get_running_loop().call_later(ENTER_SECONDS, self._enter, channel, [])
        return channel.told()

    def _originate(self, name: str, query: dict[str, str]) -> Any:
        endpoint = query["endpoint"].removeprefix("PJSIP/")
        person = self.phones.get(endpoint)
        if person is None:
            raise Refusal(500, "Allocation failed")
        channel = FakeChannel(
            name, f"PJSIP/{endpoint}-{next(self._numbers):08x}", "Down", person, query["app"], exten="s"
        )
        channel.number = query["callerId"]
        person.channel = channel
        self.channels[name] = channel
        asyncio.get_running_loop().call_later(ENTER_SECONDS, self._is_rung, channel)
        return channel.told()

    def _is_rung(self, channel: FakeChannel) -> None:
        person = channel.end
        assert isinstance(person, Person)
        if channel.gone:
            return
        if person.manner in CAUSES:
            self._destroy(channel, CAUSES[person.manner])
            return
        channel.state = "Ringing"
        self._state(channel)
        if person.manner == "answers":
            self.picks_up(channel)

    def _channel(self, method: str, channel: FakeChannel, rest: list[str], query: dict[str, str]) -> Any:
        match method, rest:
            case "DELETE", []:
                self.hung_up.append((channel.id, query.get("reason", "normal")))
                self._destroy(channel, REASONS[query.get("reason", "normal")])
            case "GET", ["variable"]:
                name = query["variable"]
                if name not in channel.variables:
                    raise Refusal(500 if name.endswith(")") else 404, "Provided variable was not found")
                return {"value": channel.variables[name]}
            case "GET", ["rtp_statistics"]:
                return {"channel_uniqueid": channel.id, "rxcount": 3, "rxploss": 0, **self.statistics}
            case "POST", [order]:
                if not channel.in_stasis:
                    raise Refusal(409, "Channel not in Stasis application")
                if channel.state in ("Down", "Ringing"):
                    raise Refusal(412, "Channel in invalid state")
                self._order(channel, order, query)
            case _:
                raise Refusal(404, "Not found")
        return None

    def _order(self, channel: FakeChannel, order: str, query: dict[str, str]) -> None:
        match order:
            case "answer" if channel.state != "Up":
                channel.state = "Up"
                self._state(channel)
            case "answer":
                pass
            case "continue":
                self._go_on(channel)
            case "dtmf":
                assert isinstance(channel.end, Person)
                channel.end.keys += query["dtmf"]
            case _:
                raise Refusal(404, "Not found")


async def _closed(receive: Any) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


class _NoSignals:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
