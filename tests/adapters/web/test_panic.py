"""The panic path proves its own key check, limits, words and figures, because nothing stands in front of it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from siaga import clock
from siaga.adapters.web import panic as panic_module
from siaga.adapters.web.panic import BODY_BYTES_MAX, CODE_LETTERS, PRESSES_PER_HOUR, code_of
from siaga.adapters.web.sessions import hashed
from siaga.adapters.web.tokens import device_key, new_token
from siaga.domain.call import Call, Channel
from siaga.domain.roles import Role
from siaga.features.calls.actions import answer_call, dispose_call, go_ready
from siaga.features.people.actions import add_token, revoke_token
from siaga.records.archive import Transaction
from siaga.records.change import Busy
from siaga.records.writer import DatabaseAway
from tests.a_web_process import Web

PRESS = {"key": "press-0001", "lat": -6.72, "lon": 108.55, "accuracy_m": 12.5, "number": "+628123456789"}


def device(web: Web, name: str = "phone-1") -> dict[str, str]:
    return {"authorization": f"Device {name}:{device_key(web.process.secret, name)}"}


async def press(web: Web, name: str = "phone-1", **changes: Any) -> httpx.Response:
    body = {**PRESS, **changes}
    return await web.browser().post("/api/panik", json=body, headers=device(web, name))


async def the_calls(tx: Transaction) -> list[Call]:
    return await tx.find(Call, order=("arrived_at",))


async def figures(web: Web) -> dict[str, float]:
    samples = next(iter(web.process.metrics.panic.collect())).samples
    refused = {sample.labels["answer"]: sample.value for sample in samples if sample.name.endswith("_total")}
    return {"recorded": web.process.metrics.panic_took.count, **refused}


async def test_a_press_is_a_call_with_a_place_and_answers_what_to_say_on_the_telephone(web: Web) -> None:
    answer = await press(web, said="tolong")
    assert answer.status_code == 201
    told = answer.json()
    assert set(told) == {"call", "received_at", "code"}
    assert len(told["code"]) == 4
    assert set(told["code"]) <= set(CODE_LETTERS)
    assert told["code"] == code_of(told["call"])

    [call] = await web.archive.look(the_calls)
    assert (call.id, call.channel, call.urgency, call.lat, call.lon) == (
        told["call"],
        Channel.PANIC,
        1,
        -6.72,
        108.55,
    )
    assert (call.device, call.number, call.said, call.accuracy_m) == (
        "phone-1",
        "+628123456789",
        "tolong",
        12.5,
    )
    assert told["received_at"][:19] == f"{call.arrived_at:%Y-%m-%dT%H:%M:%S}"
    assert await figures(web) == {"recorded": 1}


async def test_a_press_without_a_place_is_taken(web: Web) -> None:
    assert (await press(web, lat=None, lon=None, accuracy_m=None, number=None)).status_code == 201


async def test_a_retry_gets_the_same_bytes_and_makes_no_second_call(web: Web) -> None:
    answers = [await press(web) for _ in range(PRESSES_PER_HOUR + 3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    at_once = await asyncio.gather(*(press(web, name="phone-2", key="same-key-1") for _ in range(10)))
    assert len({answer.content for answer in at_once}) == 1
    assert len(await web.archive.look(the_calls)) == 2


async def test_the_same_key_of_another_device_is_another_press(web: Web) -> None:
    first, second = await press(web, name="phone-1"), await press(web, name="phone-2")
    assert first.json()["call"] != second.json()["call"]


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"lat": 91}, "lat: paling besar 90"),
        ({"lon": -181}, "lon: paling kecil -180"),
        ({"lat": "dekat"}, "lat: harus berupa angka"),
        ({"lon": None}, "Koordinat belum lengkap: perlu lintang dan bujur."),
        ({"accuracy_m": -1}, "accuracy_m: paling kecil 0"),
        ({"number": "bukan nomor"}, "number: bentuknya tidak sesuai"),
        ({"key": "short"}, "key: paling sedikit 8 huruf"),
        ({"said": "x" * 501}, "said: paling banyak 500 huruf"),
        ({"surprise": 1}, "surprise tidak dikenal"),
    ],
)
async def test_a_press_that_cannot_be_read_is_refused_in_words(
    web: Web, changes: dict[str, Any], detail: str
) -> None:
    answer = await press(web, **changes)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == detail
    assert await web.archive.look(the_calls) == []


async def test_an_english_telephone_is_told_in_english(web: Web) -> None:
    headers = {**device(web), "accept-language": "en-GB,en;q=0.8"}
    answer = await web.browser().post("/api/panik", json={**PRESS, "lat": 91}, headers=headers)
    assert answer.json()["detail"] == "lat: at most 90"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"lat": NaN}'])
async def test_what_is_not_json_is_refused(web: Web, body: bytes) -> None:
    answer = await web.browser().post("/api/panik", content=body, headers=device(web))
    assert answer.status_code == 400


async def test_a_body_over_the_limit_is_not_read_to_its_end(web: Web) -> None:
    assert (await press(web, said="x" * 300)).status_code == 201
    read: list[int] = []

    async def endless() -> Any:
        while True:
            read.append(1024)
            yield b"x" * 1024

    async with asyncio.timeout(5):
        answer = await _raw(web, endless())
    assert answer == 413
    assert sum(read) <= BODY_BYTES_MAX + 3 * 1024


async def _raw(web: Web, chunks: Any) -> int:
    """Send a request body piece by piece, as ASGI delivers it."""
    sent: list[dict[str, Any]] = []
    headers = [(name.encode(), value.encode()) for name, value in device(web).items()]
    scope = {"type": "http", "method": "POST", "path": "/api/panik", "headers": headers, "query_string": b""}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": await anext(chunks), "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await web.process.app(scope, receive, send)
    return int(sent[0]["status"])


async def test_a_body_that_never_ends_is_given_up(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panic_module, "BODY_SECONDS_MAX", 0.05)

    async def silent() -> Any:
        yield b"{"
        await asyncio.sleep(60)

    assert await _raw(web, silent()) == 408


async def test_only_a_known_device_may_press(web: Web) -> None:
    good = device(web)["authorization"]
    other = "Device phone-2" + good[len("Device phone-1") :]
    for wrong in (
        "",
        "Device ",
        "Device phone-1",
        "Device phone-1:",
        other,
        good[:-1],
        good + "0",
        "Basic eDp5",
        "Device :x",
    ):
        answer = await web.browser().post("/api/panik", json=PRESS, headers={"authorization": wrong})
        assert answer.status_code == 401, wrong
        assert answer.json()["status"] == 401
    assert await web.archive.look(the_calls) == []


async def test_a_gateway_presses_for_its_devices_with_a_token_of_that_scope(web: Web) -> None:
    tokens = {scope: new_token() for scope in ("panic", "incidents")}
    for scope, token in tokens.items():
        await web.archive.do(
            add_token, token=hashed(token), name=f"gw-{scope}", scope=scope, by="x", now=clock.now()
        )
    panic = {"authorization": f"Bearer {tokens['panic']}"}
    missing = await web.browser().post("/api/panik", json=PRESS, headers=panic)
    assert (missing.status_code, missing.json()["detail"]) == (
        400,
        "device: Perangkat yang menekan harus disebut.",
    )
    taken = await web.browser().post("/api/panik", json={**PRESS, "device": "cam-7"}, headers=panic)
    assert taken.status_code == 201
    [call] = await web.archive.look(the_calls)
    assert call.device == "gw-panic/cam-7"

    other = {"authorization": f"Bearer {tokens['incidents']}"}
    assert (await web.browser().post("/api/panik", json=PRESS, headers=other)).status_code == 403
    await web.archive.do(revoke_token, name="gw-panic", by="x", now=clock.now())
    assert (await web.browser().post("/api/panik", json=PRESS, headers=panic)).status_code == 401


async def test_an_enrolled_device_gets_a_key_that_works(web: Web) -> None:
    admin = await web.signed_in(Role.ADMIN)
    enrolled = (await admin.post("/api/perangkat", json={"device": "halte-12"})).json()
    answer = await web.browser().post(
        "/api/panik", json=PRESS, headers={"authorization": enrolled["authorization"]}
    )
    assert answer.status_code == 201
    taker = await web.signed_in(Role.TAKER)
    assert (await taker.post("/api/perangkat", json={"device": "halte-13"})).status_code == 403
    assert (await web.browser().post("/api/perangkat", json={"device": "halte-13"})).status_code == 401


async def test_over_its_limit_a_device_is_refused_only_while_a_press_of_its_own_is_open(web: Web) -> None:
    for n in range(PRESSES_PER_HOUR):
        assert (await press(web, key=f"press-{n:04}")).status_code == 201
    over = await press(web, key="press-over")
    assert over.status_code == 429
    assert over.headers["retry-after"] == "60"
    assert "sudah kami terima" in over.json()["detail"]
    assert (await press(web, name="phone-2", key="press-over")).status_code == 201, "others are not concerned"
    assert (await press(web, key=f"press-{PRESSES_PER_HOUR - 1:04}")).status_code == 201, (
        "a retry is answered"
    )

    await web.archive.do(go_ready, taker="rani", now=clock.now())
    for call in await web.archive.look(the_calls):
        if call.device == "phone-1":
            await web.archive.do(answer_call, taker="rani", call=call.id, now=clock.now())
            await web.archive.do(dispose_call, call=call.id, kind="prank", taker="rani", now=clock.now())
    web.process.panic._devices["phone-1"].refused_at -= panic_module.REFUSAL_SECONDS
    again = await press(web, key="press-again")
    assert again.status_code == 201, "nothing of this device is open: an emergency is never turned away"


async def test_a_new_hour_begins_at_nothing(web: Web) -> None:
    for n in range(PRESSES_PER_HOUR):
        await press(web, key=f"press-{n:04}")
    assert (await press(web, key="press-over")).status_code == 429
    web.process.panic._devices["phone-1"].since -= panic_module.WINDOW_SECONDS + 1
    assert (await press(web, key="press-later")).status_code == 201


async def test_what_is_remembered_of_devices_is_bounded(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panic_module, "DEVICES_REMEMBERED_MAX", 3)
    for n in range(6):
        assert (await press(web, name=f"phone-{n}")).status_code == 201
    assert list(web.process.panic._devices) == ["phone-3", "phone-4", "phone-5"]


@pytest.mark.parametrize("trouble", [Busy, DatabaseAway])
async def test_a_full_queue_or_an_absent_database_asks_to_try_again(
    web: Web, trouble: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(changes: object) -> None:
        raise trouble

    monkeypatch.setattr(web.archive.writer, "submit", refuse)
    answer = await press(web)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert (await figures(web)) == {"503": 1, "recorded": 0}


async def test_only_post(web: Web) -> None:
    assert (await web.browser().get("/api/panik", headers=device(web))).status_code == 405


async def test_what_nobody_expected_is_answered_with_a_reference(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object, **more: object) -> None:
        raise KeyError("081234567890")

    monkeypatch.setattr(web.archive, "receipt", broken)
    answer = await press(web)
    assert answer.status_code == 500
    assert len(answer.json()["reference"]) == 8
    assert "081234567890" not in answer.text


async def test_the_figures_count_every_kind_of_answer(web: Web) -> None:
    await press(web)
    await press(web, key="x")
    await web.browser().post("/api/panik", json=PRESS)
    assert await figures(web) == {"recorded": 1, "400": 1, "401": 1}
    text = (await web.browser(address="127.0.0.1").get("/metrics")).text
    assert "siaga_panic_seconds_count 1.0" in text


async def test_the_demonstration_marks_its_presses(web: Web) -> None:
    web.process.panic._demo = True
    await press(web)
    [call] = await web.archive.look(the_calls)
    assert call.demo
