"""The short way answers plain requests at once; whatever is not plain goes the long way, with nothing lost between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from siaga.adapters.web import listen, short_way
from siaga.adapters.web.listen import Port, bind, serve
from siaga.adapters.web.short_way import Headers
from siaga.records.change import Moved
from tests.a_web_process import Web

from .test_panic import PRESS, device, the_calls

LONG, SHORT = "long", "short"
PATIENCE_SECONDS = 10.0


class Counter:
    """A shortcut that answers how often it was asked."""

    line = b"POST /count HTTP/1.1\r\n"

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.declines = False
        self.fails = False
        self.held: asyncio.Future[Any] | None = None
        self.begun = asyncio.Event()

    def begin(self, headers: Headers, body: bytes) -> asyncio.Future[Any] | None:
        if self.declines:
            return None
        self.asked.append(body)
        self.begun.set()
        outcome = asyncio.get_running_loop().create_future()
        if self.fails:
            outcome.set_exception(Moved("somebody was first"))
        elif self.held is None:
            outcome.set_result(len(self.asked))
        else:
            self.held = outcome
        return outcome

    def answered(self, outcome: Any, began: float) -> bytes:
        return b"short %d" % outcome


async def long_way(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    said = f"long {scope['method']} {scope['path']} ".encode() + body
    headers = [(b"content-length", b"%d" % len(said))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": said})


@asynccontextmanager
async def served(app: Any, shortcut: Any) -> AsyncIterator[tuple[int, asyncio.Event]]:
    taken = bind(Port("127.0.0.1", 0))
    number, stopping, ready = taken.getsockname()[1], asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(
        serve(
            app,
            [(Port("127.0.0.1", number), taken)],
            stopping,
            on_ready=ready.set,
            on_stopping=lambda: None,
            shortcut=shortcut,
        )
    )
    await asyncio.wait_for(ready.wait(), PATIENCE_SECONDS)
    try:
        yield number, stopping
    finally:
        stopping.set()
        await asyncio.wait_for(serving, PATIENCE_SECONDS)
        taken.close()


def post(body: bytes = b"x", path: str = "/count", more: str = "") -> bytes:
    return f"POST {path} HTTP/1.1\r\nhost: here\r\n{more}content-length: {len(body)}\r\n\r\n".encode() + body


async def answers(number: int, *pieces: bytes, count: int) -> list[str]:
    """What one connection is told for what it sends in these pieces."""
    reader, writer = await asyncio.open_connection("127.0.0.1", number)
    async with asyncio.timeout(PATIENCE_SECONDS):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)  # a piece of its own
        told = [await one_answer(reader) for _ in range(count)]
    writer.close()
    await writer.wait_closed()
    return told


async def one_answer(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    assert "\r\ndate: " in head
    length = int(head.split("content-length: ")[1].split("\r\n")[0])
    return (await reader.readexactly(length)).decode()


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        ([post()], ["short 1"]),
        ([post(b"a"), post(b"b")], ["short 1", "short 2"]),
        ([post(path="/other")], ["long POST /other x"]),
        ([b"GET /count HTTP/1.1\r\nhost: here\r\n\r\n"], ["long GET /count "]),
        ([post()[:9], post()[9:]], ["long POST /count x"]),
        ([post(b"abc")[:-2], b"bc"], ["long POST /count abc"]),
        ([post(b"a") + post(b"b")], ["long POST /count a", "long POST /count b"]),
        ([post(), post(path="/other"), post()], ["short 1", "long POST /other x", "long POST /count x"]),
        ([post(more="Connection: close\r\n")], ["long POST /count x"]),
        (
            [b"POST /count HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n"],
            ["long POST /count z"],
        ),
    ],
)
async def test_only_whole_plain_requests_go_the_short_way(pieces: list[bytes], told: list[str]) -> None:
    shortcut = Counter()
    async with served(long_way, shortcut) as (number, _):
        assert await answers(number, *pieces, count=len(told)) == told
    assert len(shortcut.asked) == sum(one.startswith(SHORT) for one in told)


async def test_what_is_malformed_is_refused_by_uvicorn() -> None:
    shortcut = Counter()
    async with served(long_way, shortcut) as (number, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(b"POST /count HTTP/1.1\r\nhost: here\r\ncontent-length: no\r\n\r\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert (await reader.readline()).startswith(b"HTTP/1.1 400")
        writer.close()
    assert shortcut.asked == []


@pytest.mark.parametrize("trait", ["declines", "fails"])
async def test_what_the_shortcut_cannot_answer_is_asked_the_long_way(trait: str) -> None:
    shortcut = Counter()
    setattr(shortcut, trait, True)
    async with served(long_way, shortcut) as (number, _):
        assert await answers(number, post(b"1"), post(b"2"), count=2) == [
            "long POST /count 1",
            "long POST /count 2",
        ]


async def test_what_comes_behind_a_request_under_way_waits_for_its_turn() -> None:
    shortcut = Counter()
    shortcut.held = asyncio.get_running_loop().create_future()
    async with served(long_way, shortcut) as (number, _):
        asking = asyncio.create_task(answers(number, post(b"a"), post(b"b", path="/other"), count=2))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await shortcut.begun.wait()
        await asyncio.sleep(0.1)
        assert not asking.done()
        shortcut.held.set_result(7)
        assert await asking == ["short 7", "long POST /other b"]


async def test_a_flood_behind_a_request_under_way_is_not_read_into_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shortcut = Counter()
    shortcut.held = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(short_way, "WAITING_BYTES_MAX", 10)
    async with served(long_way, shortcut) as (number, _):
        asking = asyncio.create_task(answers(number, post(b"a"), post(b"b" * 100, path="/other"), count=2))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await shortcut.begun.wait()
        await asyncio.sleep(0.1)
        shortcut.held.set_result(1)
        assert await asking == ["short 1", "long POST /other " + "b" * 100]


async def test_stopping_answers_what_is_under_way() -> None:
    shortcut = Counter()
    shortcut.held = asyncio.get_running_loop().create_future()
    async with served(long_way, shortcut) as (number, stopping):
        asking = asyncio.create_task(answers(number, post(), count=1))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await shortcut.begun.wait()
        stopping.set()
        await asyncio.sleep(0.05)
        shortcut.held.set_result(3)
        assert await asking == ["short 3"]


async def test_who_leaves_before_his_answer_harms_nobody() -> None:
    shortcut = Counter()
    shortcut.held = asyncio.get_running_loop().create_future()
    async with served(long_way, shortcut) as (number, _):
        _, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(post())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await shortcut.begun.wait()
        writer.transport.abort()
        await asyncio.sleep(0.05)
        shortcut.held.set_exception(Moved("nobody listens"))
        shortcut.held = None
        assert await answers(number, post(), count=1) == ["short 2"]


async def test_a_connection_that_says_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "KEEP_ALIVE_SECONDS", 0)
    async with served(long_way, Counter()) as (number, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await reader.read() == b""
        writer.close()


async def test_a_press_is_told_the_same_whichever_way_it_goes(web: Web) -> None:
    app = web.process.app
    async with (
        served(app, web.process.panic) as (number, _),
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{number}", headers={"connection": "keep-alive"}
        ) as slow,
    ):
        known = device(web)["authorization"]
        body = b'{"key":"press-0001","lat":-6.72,"lon":108.55,"accuracy_m":12.5,"number":"+628123456789"}'
        quick = await answers(number, post(body, "/api/panik", f"authorization: {known}\r\n"), count=1)
        same = await slow.post("/api/panik", json=PRESS, headers=device(web))
        assert same.status_code == 201
        assert quick == [same.text]
        bad = await answers(number, post(b"{}", "/api/panik", f"authorization: {known}\r\n"), count=1)
        unknown = await answers(number, post(body, "/api/panik", "authorization: Device a:b\r\n"), count=1)
    assert "key" in bad[0]
    assert "401" in unknown[0]
    assert len(await web.archive.look(the_calls)) == 1
