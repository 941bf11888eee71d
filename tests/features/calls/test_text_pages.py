"""Conversations by text, asked for as the desk asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest

from siaga import clock
from siaga.adapters.messages.channels import AppriseChannel, RecordedMessages, TextGateway
from siaga.adapters.messages.outgoing import Sender
from siaga.domain.message import Message, MessageState
from siaga.domain.roles import Role
from siaga.features.citizen.actions import text_arrived
from siaga.records.archive import Transaction
from tests.a_web_process import Web, open_web
from tests.room import Room, sample_city

HTMX = {"hx-request": "true", "accept": "text/html"}


async def test_she_reads_lays_aside_and_opens_again_and_is_told_that_nothing_can_be_sent(
    web: Web, room: Room
) -> None:
    browser = await web.signed_in(Role.TAKER)
    await room.on_duty(browser.headers["x-test-person"], headset=False)
    text = await room.do(text_arrived, number="081200000009", said="tolong <b>kami</b>")
    assert 'id="texts-body"' not in (await browser.get("/meja/pesan", headers=HTMX)).text
    assert (await browser.post("/meja/jawab", json={})).status_code == 200

    opened = (await browser.get("/meja/pesan", headers=HTMX)).text
    assert "tolong &lt;b&gt;kami" in opened
    assert "1 dari 3" in opened
    assert "Belum ada gerbang SMS" in opened
    refused = await browser.post(f"/meja/pesan/{text}/balas", json={"text": "ya"})
    assert (refused.status_code, "gerbang SMS" in refused.text) == (409, True)

    assert (await browser.post(f"/meja/pesan/{text}/sisihkan", json={})).status_code == 200
    room.later(5)
    await room.do(text_arrived, number="081200000009", said="cepat")
    aside = (await browser.get("/meja/pesan", headers=HTMX)).text
    assert 'data-text-act="buka"' in aside
    assert "pesan baru" in aside
    assert (await browser.post(f"/meja/pesan/{text}/buka", json={})).status_code == 200
    assert "cepat" in (await browser.get("/meja/pesan", headers=HTMX)).text
    assert 'id="texts"' in (await browser.get("/meja", headers={"accept": "text/html"})).text


@contextmanager
def post_box() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A gateway for texts on this machine: its address, and what was handed in as (number, text)."""
    taken: list[tuple[str, str]] = []

    class Box(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = msgspec.json.decode(self.rfile.read(int(self.headers["content-length"])))
            taken.append((self.path.rpartition("/")[2], body["message"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Box) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"json://127.0.0.1:{server.server_port}/{{number}}", taken
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.slow  # Apprise loads a hundred services it is not asked for
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # what Apprise loads
async def test_who_writes_is_answered_through_the_gateway_and_writes_back(
    postgres_dsn: str, tmp_path: Path
) -> None:
    """From the operator's request to the gateway's own door: the API, the desk, the record, the sender, HTTP."""
    number = "+6281200000010"
    with post_box() as (address, taken):
        async with open_web(postgres_dsn, tmp_path, city=sample_city(), sms_gateway=address) as web:
            network, desk = await web.signed_in(Role.ADMIN), await web.signed_in(Role.TAKER)
            await Room(web.archive).on_duty(desk.headers["x-test-person"], headset=False)
            hears = {"number": number, "text": "tolong, dia di luar pintu", "key": "gw-1"}
            assert (await network.post("/api/sms", json=hears)).status_code == 201
            text = (await desk.post("/meja/jawab", json={})).json()["call"]
            panel = (await desk.get("/meja/pesan", headers=HTMX)).text
            assert 'data-shortcut="text_canned_1"' in panel
            told = await desk.post(f"/meja/pesan/{text}/balas", json={"text": "Di mana? (ruang/pintu)"})
            assert told.status_code == 200, told.text
            gateway = TextGateway(AppriseChannel(), address)
            sender = Sender(web.archive, AppriseChannel(), RecordedMessages(), clock.now, gateway)
            await sender.send_due()
            await sender.send_due()
            assert taken == [(number, "Di mana? (ruang/pintu)")]
            [sent] = await web.archive.look(_messages)
            assert (sent.state, sent.to) == (MessageState.DELIVERED, number)
            answer = {"number": number, "text": "Jl. Contoh 3", "key": "gw-2"}
            assert (await network.post("/api/sms", json=answer)).json() == {"call": text}
            panel = (await desk.get("/meja/pesan", headers=HTMX)).text
            assert panel.index("dia di luar pintu") < panel.index("Di mana?") < panel.index("Jl. Contoh 3")


async def _messages(tx: Transaction) -> list[Message]:
    return await tx.find(Message)
