"""The side door: what the web process may ask of the node."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from siaga.adapters.phone.client import PhoneClient, PhoneDown
from siaga.adapters.phone.control import BODY_BYTES_MAX, ControlApp, ControlServer, control_socket, listen
from siaga.adapters.phone.engine import OfferRefused
from siaga.adapters.phone.twin.engine import TwinEngine

SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8\r\n"


@dataclass
class Door:
    engine: TwinEngine
    client: PhoneClient
    path: Path


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    engine = TwinEngine(lambda: "call-1")
    await engine.start()
    path = control_socket(tmp_path)
    server = ControlServer(ControlApp(engine, lambda: {"node": "node-1"}))
    serving = asyncio.create_task(server.serve(sockets=[listen(path)]))
    for _ in range(500):
        if server.started:
            break
        await asyncio.sleep(0.01)
    client = PhoneClient(path)
    yield Door(engine, client, path)
    await client.close()
    server.should_exit = True
    await serving


async def test_a_headset_is_connected_and_dropped(door: Door) -> None:
    audio = door.client

    assert "m=audio" in await audio.connect("sari/k", SDP)
    assert door.engine.seats == {"sari/k"}
    assert (await audio.health())["seats"] == ["sari/k"]
    await audio.disconnect("sari/k")

    assert door.engine.seats == set()


async def test_an_offer_without_sound_is_refused_with_the_reason(door: Door) -> None:
    with pytest.raises(OfferRefused, match="no sound"):
        await door.client.connect("sari", "v=0\r\n")
    with pytest.raises(OfferRefused, match="not a SIP address"):
        await door.client.dial("sari", "http://example.com")


async def test_a_node_that_is_down_is_said_in_words(tmp_path: Path) -> None:
    client = PhoneClient(control_socket(tmp_path))
    with pytest.raises(PhoneDown, match="does not answer"):
        await client.health()
    await client.close()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", b"", 404),
        ("POST", "/seats//offer", b"{}", 404),
        ("POST", "/seats/sari/offer", b"not json", 400),
        ("POST", "/seats/sari/offer", b'["sdp"]', 400),
        ("POST", "/seats/sari/offer", b'{"sdp": 5}', 400),
        ("POST", "/seats/sari/offer", b"x" * (BODY_BYTES_MAX + 1), 413),
        ("PUT", "/seats/sari", b"", 404),
    ],
)
async def test_nonsense_is_refused(door: Door, method: str, path: str, body: bytes, status: int) -> None:
    transport = httpx.AsyncHTTPTransport(uds=str(door.path))
    async with httpx.AsyncClient(transport=transport, base_url="http://phone") as client:
        response = await client.request(method, path, content=body)

    assert response.status_code == status
    assert response.json()["error"]


def test_only_this_account_can_open_the_door(tmp_path: Path) -> None:
    path = control_socket(tmp_path)
    with listen(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with listen(path):
        assert path.is_socket()


def test_a_home_with_a_long_name_still_gets_a_door(tmp_path: Path) -> None:
    home = tmp_path / ("a-very-long-folder-name-" * 6)

    assert control_socket(home) == control_socket(home)
    assert len(str(control_socket(home))) <= 100
