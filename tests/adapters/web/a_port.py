"""An open port on the loopback, and a bare reader of server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from siaga.adapters.web.listen import Port, bind, serve
from tests.a_web_process import Web

PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Sse:
    """One event of the stream."""

    event: str
    id: int | None
    data: Any


class Stream:
    """An open connection to /siaran."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}
        self._text = ""
        self._last = False

    async def begin(self) -> None:
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)).decode()
        first, *lines = head.split("\r\n")
        self.status = int(first.split()[1])
        self.headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)

    async def next(self, *wanted: str) -> Sse:
        """The next event, of the ``wanted`` kinds if any are named. Raises EOFError when the stream has ended."""
        while True:
            while "\n\n" not in self._text:
                await asyncio.wait_for(self._read_chunk(), PATIENCE_SECONDS)
            block, self._text = self._text.split("\n\n", 1)
            fields = dict(line.split(": ", 1) for line in block.split("\n"))
            id = int(fields["id"]) if "id" in fields else None
            found = Sse(fields.get("event", "message"), id, json.loads(fields.get("data", "null")))
            if not wanted or found.event in wanted:
                return found

    async def changes(self, count: int) -> list[Sse]:
        return [await self.next("change") for _ in range(count)]

    async def _read_chunk(self) -> None:
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        if size == 0:
            raise EOFError
        self._text += (await self.reader.readexactly(size)).decode()
        await self.reader.readexactly(2)

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


@dataclass
class OpenPort:
    """A served web process."""

    number: int
    stopping: asyncio.Event
    streams: list[Stream] = field(default_factory=list)

    async def stream(self, cookie: str, after: int | None = None) -> Stream:
        """Open /siaran as the browser with this session cookie."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.number)
        last = f"last-event-id: {after}\r\n" if after is not None else ""
        writer.write(
            f"GET /siaran HTTP/1.1\r\nhost: x\r\ncookie: a=b; siaga_session={cookie}\r\n{last}\r\n".encode()
        )
        stream = Stream(reader, writer)
        self.streams.append(stream)
        await stream.begin()
        return stream


@asynccontextmanager
async def open_port(web: Web) -> AsyncIterator[OpenPort]:
    """Serve ``web`` on a free port of the loopback until the block ends."""
    port = Port("127.0.0.1", 0)
    taken = bind(port)
    ready, stopping = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(
        serve(
            web.process.app,
            [(port, taken)],
            stopping,
            on_ready=ready.set,
            on_stopping=web.process.hub.stop_listeners,
        )
    )
    await asyncio.wait_for(ready.wait(), PATIENCE_SECONDS)
    port_opened = OpenPort(taken.getsockname()[1], stopping)
    try:
        yield port_opened
    finally:
        for stream in port_opened.streams:
            await stream.close()
        stopping.set()
        await asyncio.wait_for(task, 10)
        taken.close()
