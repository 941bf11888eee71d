"""The operator's trunk: signing in with a password, calling out, who may call in, and what is never told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from siaga.adapters.phone.engine import CalleeAnswered, CallerLeft, CallerRang, CannotDial
from siaga.adapters.phone.sip.options import TrunkOptions
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import Line, open_line
from tests.sip.desk_phone import FakeDeskPhone
from tests.sip.fake_operator import FakeOperator

pytestmark = pytest.mark.sip

USER, PASSWORD = "+6223100112", "rahasia; sekali"
OPERATOR_HZ = 2500.0
NewLine = Callable[..., Awaitable[Line]]


@pytest.fixture
async def operator() -> AsyncIterator[FakeOperator]:
    made = FakeOperator(tones(OPERATOR_HZ), user=USER, password=PASSWORD)
    await made.open()
    yield made
    made.close()


@pytest.fixture
async def new_line(tmp_path: Path) -> AsyncIterator[NewLine]:
    """Opens a line with options of its own, and closes it."""
    lines: list[Line] = []

    async def opened(**given: object) -> Line:
        lines.append(await open_line(tmp_path, **given))  # type: ignore[arg-type]
        return lines[-1]

    yield opened
    for line in lines:
        await line.close()


def trunk_to(operator: FakeOperator, *, password: str = PASSWORD, register: bool = True) -> TrunkOptions:
    return TrunkOptions(
        host=operator.host, port=operator.port, user=USER, password=password, register=register
    )


async def until(line: Line, state: str) -> None:
    for _ in range(400):
        if line.engine.health().trunk.startswith(state):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"the trunk is {line.engine.health().trunk!r}, not {state!r}")


async def test_we_sign_in_with_the_password_and_leave_in_order(
    operator: FakeOperator, new_line: NewLine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    line = await new_line(trunk=trunk_to(operator))
    await until(line, "registered")

    contact = operator.registered[f"sip:{USER}@{operator.address}"]
    assert contact.startswith("sip:")
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(trunk_to(operator))


async def test_a_wrong_password_is_said_and_nobody_is_kept_from_calling(
    operator: FakeOperator, new_line: NewLine, caplog: pytest.LogCaptureFixture
) -> None:
    line = await new_line(trunk=trunk_to(operator, password="falsch-1234"))
    await until(line, "not registered")

    assert operator.registered == {}
    assert "falsch-1234" not in caplog.text + line.engine.health().trunk
    caller = FakeCaller(line.target, "0811")
    assert await caller.start() == 200
    await caller.hang_up()


async def test_a_number_goes_out_through_the_operator_who_asks_for_the_password(
    operator: FakeOperator, new_line: NewLine
) -> None:
    line = await new_line(trunk=trunk_to(operator, register=False))

    await line.engine.dial("out-1", "0231-20-51-13", caller_id=None)
    await line.event(CalleeAnswered)
    await line.engine.dial("out-2", "+62812345678", caller_id="119")
    await line.event(CalleeAnswered, matching=lambda event: event.call == "out-2")

    asked = [request for request in operator.requests if request.header("proxy-authorization")]
    assert [request.uri_in("to") for request in asked] == [
        f"sip:0231205113@{operator.address};transport=udp",
        f"sip:+62812345678@{operator.address};transport=udp",
    ]
    assert all(f"sip:{USER}@" in request.header("from") for request in asked)
    assert [request.uri_in("p-asserted-identity") for request in asked] == [
        "sip:112@127.0.0.1",
        "sip:119@127.0.0.1",
    ]
    assert line.engine.health().trunk == ""


async def test_the_operator_calls_us_where_we_signed_in(operator: FakeOperator, new_line: NewLine) -> None:
    line = await new_line(trunk=trunk_to(operator))
    await until(line, "registered")
    contact = operator.registered[f"sip:{USER}@{operator.address}"]
    user = contact.removeprefix("sip:").partition("@")[0]

    caller = FakeCaller(line.target, "0811", dialled=user)

    assert await caller.start() == 200
    assert (await line.event(CallerRang)).number == "0811"
    await caller.hang_up()


async def test_everything_to_the_operator_goes_through_his_proxy(
    operator: FakeOperator, new_line: NewLine
) -> None:
    trunk = TrunkOptions(host="operator.invalid", user=USER, password=PASSWORD, proxy=operator.address)
    line = await new_line(trunk=trunk)

    await line.engine.dial("out-1", "112", caller_id=None)
    await line.event(CalleeAnswered)

    assert operator.requests[0].uri_in("to") == "sip:112@operator.invalid;transport=udp"


async def test_a_telephone_of_the_office_sees_the_number_the_city_shows(new_line: NewLine) -> None:
    line = await new_line()
    phone = FakeDeskPhone(tones(OPERATOR_HZ), manner="busy")
    await phone.open()

    for call, caller_id in (("out-1", None), ("out-2", "119")):
        await line.engine.dial(call, phone.uri, caller_id=caller_id)
        await line.event(CallerLeft, matching=lambda event, call=call: event.call == call)  # type: ignore[misc]

    shown = [request.header("from") for request in phone.requests if request.method == "INVITE"]
    assert ["112@" in shown[0], "119@" in shown[1]] == [True, True]
    caller = FakeCaller(line.target, "0811", dialled="119")
    assert await caller.start() == 200
    phone.close()
    await caller.hang_up()


async def test_an_operator_that_cannot_be_reached_is_a_network_fault(new_line: NewLine) -> None:
    gone = FakeOperator(tones(OPERATOR_HZ), user=USER, password=PASSWORD)
    await gone.open()
    gone.close()
    line = await new_line(trunk=trunk_to(gone, register=False), ring_seconds_max=2.0)

    try:
        await line.engine.dial("out-1", "112", caller_id=None)
    except CannotDial:
        pass
    else:
        assert (await line.event(CallerLeft)).cause in {"network", "no_answer"}
    assert line.engine.health().calls == 0


@pytest.mark.parametrize(
    ("allowed", "status"), [("127.0.0.0/8", 200), ("192.0.2.0/24", 486)], ids=["named", "elsewhere"]
)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_once_addresses_are_named_nobody_else_gets_in(
    new_line: NewLine, allowed: str, status: int, transport: str
) -> None:
    line = await new_line(sources=(IPv4Network(allowed),))
    caller = FakeCaller(line.target, "0811", transport=transport)

    assert await caller.start() == status

    if status == 200:
        await line.event(CallerRang)
    assert line.engine.health().calls == (status == 200)
    await caller.hang_up()
