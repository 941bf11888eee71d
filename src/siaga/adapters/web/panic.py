"""`POST /api/panik`: somebody presses the button. The shortest way from a telephone to the durable record.

Raw ASGI in front of everything else, so it brings its own key check, limits, words and figures; tests prove each.
An emergency is never turned away: a device over its limit is refused only while a press of its own is still open.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from siaga import clock
from siaga.adapters.web.answers import (
    BodyTooLarge,
    ClientLeft,
    Receive,
    Scope,
    Send,
    answer,
    as_json,
    read_body,
)
from siaga.adapters.web.metrics import Metrics
from siaga.adapters.web.problems import PROBLEM_JSON, Problem, Problems, sentence_of
from siaga.adapters.web.short_way import Headers
from siaga.adapters.web.tokens import NotSignedIn, Tokens, device_of
from siaga.adapters.web.words import SOURCE_LANGUAGE, Words
from siaga.domain.errors import RuleBroken, TooBusy
from siaga.features.citizen.actions import press_panic
from siaga.records.change import Receipt
from siaga.records.postgres import PostgresArchive

BODY_BYTES_MAX = 4096  # the longest valid press is under 1 kB
BODY_SECONDS_MAX = 10.0  # a telephone at the edge of its network; slower is a held-open connection
PRESSES_PER_HOUR = 6  # more than one in ten minutes from one device says nothing new while the first is open
WINDOW_SECONDS = 3600.0
DEVICES_REMEMBERED_MAX = 100_000  # some 25 MB; the least recently seen is forgotten, in the device's favour
REFUSAL_SECONDS = 5.0  # a refused device's next press asks the database again after this long

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: nothing that sounds or looks like another
_PAIRS = tuple(first + second for first in CODE_LETTERS for second in CODE_LETTERS)
# Two pairs: a million codes, enough to tell today's presses apart on the telephone.

Meta = msgspec.Meta


class Press(msgspec.Struct, forbid_unknown_fields=True):
    """What a device sends. ``key`` is chosen once per press and sent again with every retry."""

    key: Annotated[str, Meta(min_length=8, max_length=64)]
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    number: Annotated[str, Meta(pattern=r"^\+?[0-9]{3,16}$")] | None = None
    said: Annotated[str, Meta(max_length=500)] | None = None
    device: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class Unreadable(RuleBroken):
    """The press cannot be understood. ``part``: which part of it."""

    status = 400

    def __init__(self, message: str, *, part: str = "", **words: object) -> None:
        super().__init__(message, **words)
        self.part = part


class StillOpen(TooBusy):
    """The device presses often, and its last press is still being dealt with."""

    status = 429
    retry_after_seconds = 60

    def __init__(self) -> None:
        super().__init__(
            "Laporan Anda sudah kami terima dan sedang menunggu petugas. Bila bisa bicara, telepon 112."
        )


class _Device:
    """What is remembered of a device: its presses in the present hour."""

    __slots__ = ("count", "last_key", "refused_at", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.count = 0
        self.last_key = ""
        self.refused_at = -REFUSAL_SECONDS


class PanicPath:
    """Answers /api/panik: as a `Shortcut` what is ordinary, as an ASGI application everything."""

    line = b"POST /api/panik HTTP/1.1\r\n"

    def __init__(
        self,
        archive: PostgresArchive,
        tokens: Tokens,
        metrics: Metrics,
        secret: bytes,
        words: Words,
        *,
        now: Callable[[], datetime],
        demo: bool = False,
    ) -> None:
        self._archive = archive
        self._tokens = tokens
        self._secret = secret
        self._words = words
        self._problems = Problems(words, None)
        self._now = now
        self._demo = demo
        self._decode = msgspec.json.Decoder(Press).decode
        self._devices: OrderedDict[str, _Device] = OrderedDict()
        self._counts = metrics.panic
        self._took = metrics.panic_took

    def begin(self, headers: Headers, body: bytes) -> asyncio.Future[Receipt] | None:
        """A press like nearly all of them: known device, readable, under its limit. Anything else is declined."""
        authorization = _authorization(headers)
        if len(body) > BODY_BYTES_MAX or not authorization.startswith("Device "):
            return None
        device = device_of(self._secret, authorization)
        if device is None:
            return None
        try:
            press = self._understood(body)
            if self._counted(device, press.key) is not None:
                return None
            return self._archive.begin(
                press_panic, key=f"panik:{device}:{press.key}", **self._given(press, device)
            )
        except (RuleBroken, TooBusy):
            return None  # the long way refuses it in words

    def answered(self, outcome: Receipt, began: float) -> bytes:
        """What a recorded press is told."""
        self._took.observe(clock.monotonic() - began)
        return _answered(outcome.result)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One press."""
        began = clock.monotonic()
        try:
            body = await self._press(scope, receive)
        except ClientLeft:
            self._counts.labels("left").inc()
            return
        except Exception as problem:  # noqa: BLE001  the outermost door of this path: it must answer, and it logs
            await self._refuse(scope, send, problem)
            return
        self._took.observe(clock.monotonic() - began)
        await send(
            {
                "type": "http.response.start",
                "status": 201,
                "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _press(self, scope: Scope, receive: Receive) -> bytes:
        """Check, record, and say what was recorded."""
        if scope["method"] != "POST":
            raise _WrongMethod
        body = await self._body(receive)
        authorization = _authorization(scope["headers"])
        device = device_of(self._secret, authorization) if authorization.startswith("Device ") else None
        if device is None:
            gateway = await self._gateway(authorization)
            press = self._understood(body)
            if press.device is None:
                raise Unreadable("Perangkat yang menekan harus disebut.", part="device")
            device = f"{gateway}/{press.device}"
        else:
            press = self._understood(body)
        known = self._counted(device, press.key)
        if known is not None:
            await self._check_limit(device, press.key, known)
        receipt = await self._archive.receipt(
            press_panic, key=f"panik:{device}:{press.key}", **self._given(press, device)
        )
        return _answered(receipt.result)

    def _given(self, press: Press, device: str) -> dict[str, Any]:
        return {
            "lat": press.lat,
            "lon": press.lon,
            "accuracy_m": press.accuracy_m,
            "number": press.number,
            "device": device,
            "said": press.said,
            "now": self._now(),
            "demo": self._demo,
        }

    async def _body(self, receive: Receive) -> bytes:
        """The body, which almost always is there in one piece."""
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            body: bytes = message.get("body", b"")
            if len(body) > BODY_BYTES_MAX:
                raise BodyTooLarge
            return body
        async with asyncio.timeout(BODY_SECONDS_MAX):
            return await read_body(receive, BODY_BYTES_MAX, message)

    async def _gateway(self, authorization: str) -> str:
        """Another system that passes presses on, by its token's name."""
        if not authorization.startswith("Bearer "):
            raise NotSignedIn("Perlu kunci perangkat atau token dengan lingkup panic.")
        return (await self._tokens.of_header(authorization, "panic", self._now())).name

    def _understood(self, body: bytes) -> Press:
        try:
            press = self._decode(body)
        except msgspec.ValidationError as wrong:
            message, _, where = str(wrong).partition(" - at `$.")
            sentence, gaps = sentence_of(message)
            raise Unreadable(sentence, part=where.rstrip("`"), **gaps) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unreadable("Kiriman bukan JSON yang sah.") from None
        if (press.lat is None) != (press.lon is None):
            raise Unreadable("Koordinat belum lengkap: perlu lintang dan bujur.")
        return press

    def _counted(self, device: str, key: str) -> _Device | None:
        """Count the press. Answers the device when it is over its limit."""
        now = clock.monotonic()
        known = self._devices.get(device)
        if known is None or now - known.since > WINDOW_SECONDS:
            known = self._devices[device] = _Device(now)
            if len(self._devices) > DEVICES_REMEMBERED_MAX:
                self._devices.popitem(last=False)
        self._devices.move_to_end(device)
        if key == known.last_key:
            return None  # a retry of the same press is the same press
        if known.count >= PRESSES_PER_HOUR:
            return known
        known.count += 1
        known.last_key = key
        return None

    async def _check_limit(self, device: str, key: str, known: _Device) -> None:
        """A press over the limit is taken unless one of the same device is still open. Raises StillOpen."""
        now = clock.monotonic()
        if now - known.refused_at < REFUSAL_SECONDS:
            raise StillOpen
        if await self._has_open_press(device):
            known.refused_at = now
            raise StillOpen
        known.last_key = key

    async def _has_open_press(self, device: str) -> bool:
        sql = "select 1 from call where city_id = $1 and device = $2 and state <> 'ended' limit 1"
        return await self._archive.value(sql, device) is not None

    async def _refuse(self, scope: Scope, send: Send, exception: BaseException) -> None:
        language = (
            "en" if _header(scope["headers"], b"accept-language").startswith(b"en") else SOURCE_LANGUAGE
        )
        if isinstance(exception, BodyTooLarge):
            detail = self._words.translate(language, "Kiriman melebihi {max} byte.", max=BODY_BYTES_MAX)
            problem = Problem(413, self._words.translate(language, "Kiriman terlalu besar"), detail)
        elif isinstance(exception, TimeoutError):
            problem = Problem(
                408, "Request Timeout", self._words.translate(language, "Kiriman tidak lengkap.")
            )
        else:
            problem = self._problems.of(exception, language, "/api/panik")
            if isinstance(exception, Unreadable) and exception.part:
                problem = replace(problem, detail=f"{exception.part}: {problem.detail}")
        self._counts.labels(str(problem.status)).inc()
        headers: list[tuple[bytes, bytes]] = []
        if problem.retry_after_seconds is not None:
            headers.append((b"retry-after", b"%d" % problem.retry_after_seconds))
        if problem.status in (408, 413):
            headers.append((b"connection", b"close"))  # the rest of the body is not read
        await answer(send, problem.status, as_json(problem.as_document()), PROBLEM_JSON, headers)


class _WrongMethod(RuleBroken):
    status = 405

    def __init__(self) -> None:
        super().__init__("Alamat ini tidak menerima cara meminta itu.")


def code_of(call: str) -> str:
    """What the caller can say on the telephone to be found: four letters made from the call's identity."""
    number = int(call[-5:], 16)
    return _PAIRS[number >> 10] + _PAIRS[number & 1023]


def _answered(call: str) -> bytes:
    """The answer depends on the call alone, so a retry gets the same bytes. UUIDv7 begins with its milliseconds."""
    seconds, milliseconds = divmod(int(call[:8] + call[9:13], 16), 1000)
    received = f"{_second(seconds)}.{milliseconds:03d}+00:00"
    return f'{{"call":"{call}","received_at":"{received}","code":"{code_of(call)}"}}'.encode()


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    """A second since 1970 in words; thousands of presses share one."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def _authorization(headers: Any) -> str:
    return _header(headers, b"authorization").decode("latin-1")


def _header(headers: Any, wanted: bytes) -> bytes:
    for name, value in headers:
        if name == wanted:
            return bytes(value)
    return b""
