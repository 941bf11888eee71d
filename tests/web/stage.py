"""A stage for the browser's side alone: the real templates and bundles, and a server that only plays the addresses
of web/README.md from memory. What it was told is kept in `heard`, so that a test can ask."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment

from . import samples

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'"
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}
PULSE_SECONDS = 1.0


@dataclass
class Story:
    """What the played server knows. Tests set it up before opening a page."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    language: str = "id"
    sheet: dict[str, Any] | None = None
    call: dict[str, Any] | None = None
    offered: bool = True
    seat: str = "ringing"
    incident: dict[str, Any] | None = None
    position: int = 10
    pulsing: bool = True
    signed_out: bool = False
    refuse: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    drop: int = 0  # so many sends go unanswered, as on a broken network
    rows: list[dict[str, Any]] = field(default_factory=lambda: samples.board()["rows"])
    heard: list[tuple[str, str, Any, str]] = field(default_factory=list)

    @property
    def is_streaming(self) -> bool:
        return self.pulsing and not self.signed_out

    def told(self, method: str, start: str = "") -> list[Any]:
        """Bodies of the requests to addresses that begin with ``start``."""
        return [body for verb, path, body, _ in self.heard if verb == method and path.startswith(start)]


class Stage:
    """The server. Use as a context manager; `url` is its address."""

    def __init__(self, static: Path, story: Story) -> None:
        self.story = story
        self.static = static
        self.environment: Environment = samples.environment(static)
        self.listeners: list[queue.Queue[str]] = []
        stage = self

        class Handler(_Handler):
            pass

        Handler.stage = stage
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def __enter__(self) -> Stage:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def change(self, *topics: str, **refs: str) -> None:
        """Something happened: tell every open stream."""
        self.story.position += 1
        body = {"position": self.story.position, "name": "x.v1", "topics": topics, "refs": refs}
        self.send(f"id: {self.story.position}\nevent: change\ndata: {json.dumps(body)}\n\n")

    def send(self, text: str) -> None:
        for listener in list(self.listeners):
            listener.put(text)

    def render(self, name: str, context: dict[str, Any]) -> str:
        frame = samples.frame(
            datetime.now(UTC), language=self.story.language, position=self.story.position, version="1"
        )
        return self.environment.get_template(name).render(frame=frame, **context)

    def context(self) -> dict[str, Any]:
        """The desk as the story has it."""
        story = self.story
        call = samples.call_part(story.now, **(story.call or {})) if story.call else {"call": None}
        waiting = samples.queue_part(story.now)["calls"] if story.offered else []
        return {
            **samples.idle(story.now),
            **call,
            "calls": waiting,
            "seat": {"state": story.seat, "since": story.now, "desk": "Meja 2", "by_phone": False, "phone": None},
            "sheet": {**story.sheet, "incident": story.incident} if story.sheet else None,
            "chosen": None,
            "incident": story.incident,
            "send_seconds_target": 60,
            "sent": story.incident is not None,
            "names": [], "rows": [], "reminders": [], "held": 0, "silent": None,  # nothing there
            "earlier": [], "notes": [], "circles": [], "reason": "", "can_ask": False,
            "last_put_away": None, "pending_count": 0, "neighbours": [],
            "assignments": [
                {"id": "a-1", "agency": "Pemadam", "state": "diteruskan", "since": story.now, "due_seconds": 60,
                 "done": False}
            ] if story.incident else [],
        }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    stage: Stage

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path.startswith("/static/"):
            self._file(self.stage.static / Path(path).name)
        elif path == "/siaran":
            self._stream()
        elif path in READINGS:
            READINGS[path](self, query)
        elif path.startswith("/meja/lembar/"):
            part = {"pita": "strip", "kemajuan": "progress", "bersama": "company"}[path.rsplit("/", 1)[1]]
            self._html(self.stage.render(f"incidents/{part}.html", self.stage.context()))
        else:
            self._answer(404, {"detail": "Tidak ada."})

    def do_POST(self) -> None:
        self._act("POST")

    def do_PUT(self) -> None:
        self._act("PUT")

    def do_PATCH(self) -> None:
        self._act("PATCH")

    def do_DELETE(self) -> None:
        self._act("DELETE")

    def _act(self, method: str) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.loads(raw) if self.headers.get("content-type") == "application/json" else raw.decode()
        path, story = urlsplit(self.path).path, self.stage.story
        story.heard.append((method, path, body, self.headers.get("idempotency-key", "")))
        if self.headers.get("x-csrftoken") != "tok":
            self._answer(403, {"detail": "CSRF"})
            return
        for start, (status, answer) in story.refuse.items():
            if path.startswith(start):
                self._answer(status, answer)
                return
        if path.endswith("/kirim") and story.drop:
            story.drop -= 1
            self.connection.close()
            return
        self._answer(200, _play(story, method, path, body))

    def _answer(self, status: int, body: Any) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _html(self, text: str) -> None:
        self._send(200, "text/html; charset=utf-8", text.encode())

    def _file(self, file: Path) -> None:
        if not file.is_file():
            self._answer(404, {})
            return
        self._send(200, TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        story = self.stage.story
        story.heard.append(("GET", "/siaran", self.headers.get("last-event-id"), ""))
        if not story.is_streaming:
            self._answer(401 if story.signed_out else 503, {})
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        mine: queue.Queue[str] = queue.Queue()
        self.stage.listeners.append(mine)
        try:
            while story.is_streaming:
                pulse = {"now": datetime.now(UTC).isoformat(), "position": story.position, "version": "1"}
                self.wfile.write(f"event: pulse\ndata: {json.dumps(pulse)}\n\n".encode())
                try:
                    self.wfile.write(mine.get(timeout=PULSE_SECONDS).encode())
                except queue.Empty:
                    continue
        except OSError:
            pass
        finally:
            self.stage.listeners.remove(mine)


def _play(story: Story, method: str, path: str, body: Any) -> Any:
    """What the answer to an act would be, and what it changes in the story."""
    if path == "/meja/jawab":
        story.call, story.offered, story.seat = {"id": "c-2"}, False, "talking"
        story.now = datetime.now(UTC)
        story.call["answered_at"] = story.now - timedelta(seconds=1)
        story.sheet = {"id": "s-9", "version": 0, "fields": {}}
        return {"call": "c-2", "sheet": "s-9"}
    if path.endswith("/hadir"):
        return {"version": body["version"], "others": [], "owner": True}
    if path == "/perintah/lihat":
        return {"state": "empty", "says": "", "seen": "", "choices": []}
    if path == "/meja/lembar":
        story.sheet = {"id": "s-8", "version": 0, "fields": {}}
        return {"sheet": "s-8"}
    if method == "PUT" and story.sheet:
        story.sheet = {**story.sheet, "version": body["version"] + 1, "fields": body["fields"]}
        return {"version": story.sheet["version"]}
    if path.endswith(("/kirim", "/gabung")):
        story.incident = {"id": "i-24", "number": 24, "url": "/kejadian/i-24"}
        return {"incident": "i-24", "number": 24, "url": "/kejadian/i-24", "agencies": ["Pemadam"]}
    if path.endswith("/tutup") and story.call:
        story.call = {**story.call, "ended_at": datetime.now(UTC)}
    if path.endswith(("/selesai", "/bukan")):
        story.sheet = story.call = story.incident = None
        story.seat = "ready"
    return {}


def _desk(handler: _Handler, _: Any) -> None:
    handler._html(handler.stage.render("incidents/desk.html", handler.stage.context()))


def _fragment(name: str, feature: str = "incidents") -> Callable[[_Handler, Any], None]:
    def draw(handler: _Handler, _: Any) -> None:
        context = {
            **handler.stage.context(),
            **{"same": samples.desk()["same"], "history": samples.desk()["history"]},
        }
        handler._html(handler.stage.render(f"{feature}/{name}.html", context))

    return draw


def _call_bar(handler: _Handler, _: Any) -> None:
    """The bar of a taker who talks with her caller, or with nobody."""
    story = handler.stage.story
    talking = story.seat == "talking"
    call = story.call["id"] if story.call else "call-1"
    seat = {
        "state": story.seat,
        "muted": False,
        "by_phone": False,
        "held_at": None,
        "call": call,
        "leg": None,
    }
    context = {
        "seat": seat, "talk": seat if talking else None, "has_voice": talking, "leg": None, "last": None,
        "rules": {"hold_seconds": 60}, "over_limit": False, "asked": None, "colleague": None,
    }  # fmt: skip
    handler._html(handler.stage.render("calls/call_bar.html", context))


def _apa(handler: _Handler, query: Any) -> None:
    text = query["q"][0].lower()
    known = ((samples.FIRE, "kebakaran kobongan"), (samples.SNAKE, "ular"))
    handler._answer(200, [item for item, words in known if text.split()[0] in words])


def _dimana(handler: _Handler, query: Any) -> None:
    text = query["q"][0].lower()
    handler._answer(200, [place for place in samples.PLACES if text in str(place["text"]).lower()])


def _board(handler: _Handler, name: str) -> None:
    context = {**samples.board(handler.stage.story.now), "rows": handler.stage.story.rows}
    handler._html(handler.stage.render(name, context))


READINGS: dict[str, Callable[[_Handler, Any], None]] = {
    "/meja": _desk,
    "/meja/bar": _fragment("bar"),
    "/meja/kendali": _call_bar,
    "/meja/antrean": _fragment("queue"),
    "/meja/terlewat": _fragment("missed"),
    "/meja/pesan": _fragment("texts", "calls"),
    "/meja/lokasi": _fragment("locations", "locating"),
    "/meja/senyap": _fragment("silent", "calls"),
    "/meja/bukan/terakhir": _fragment("put_away", "calls"),
    "/meja/diambil": _fragment("takings"),
    "/pengingat": _fragment("reminders", "console"),
    "/meja/lembar": _fragment("sheet"),
    "/meja/sama": _fragment("same"),
    "/meja/mungkin": _fragment("same"),
    "/meja/riwayat": _fragment("history"),
    "/meja/apa": _apa,
    "/meja/dimana": _dimana,
    "/papan": lambda handler, _: _board(handler, "specimens/board.html"),
    "/papan/kejadian": lambda handler, _: _board(handler, "specimens/rows.html"),
    "/tugas": lambda handler, _: _board(handler, "specimens/task.html"),
}
