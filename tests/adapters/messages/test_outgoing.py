"""Agencies are told on every channel they have, once per channel, and a dead channel is said aloud."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from siaga.adapters.messages.channels import RecordedMessages, check_address
from siaga.adapters.messages.outgoing import Composer, Sender
from siaga.city_files import load_city
from siaga.domain.alarm import Alarm
from siaga.domain.contact import Contact
from siaga.domain.errors import RuleBroken
from siaga.domain.message import ATTEMPTS_MAX, Message, MessageState
from siaga.domain.place import Place
from siaga.domain.roles import Role, Viewer
from siaga.features.dispatch.actions import Dispatching, acknowledge, escalate_overdue
from siaga.features.incidents.actions import Report, open_incident
from siaga.records.archive import Transaction
from siaga.records.followers import Follower, catch_up
from siaga.records.memory import MemoryArchive

# One of Apprise's plugins still imports imghdr where Python has it (3.11, 3.12); the code is theirs, not ours.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
CITY = load_city(Path(__file__).parents[3] / "cities" / "cirebon")
SECRET = b"s" * 32


class Room:
    """A city with one fire, its agencies asked, and a clock that can be moved."""

    def __init__(self) -> None:
        self.archive = MemoryArchive(CITY.code)
        self.now = NINE
        self.channel, self.twin = RecordedMessages(), RecordedMessages()
        self.sender = Sender(self.archive, self.channel, self.twin, lambda: self.now)
        self.followers = [
            Follower("dispatch", Dispatching(CITY).react),
            Follower("messages", Composer(CITY, SECRET, "https://112.contoh").react),
        ]

    async def follow(self) -> None:
        for follower in self.followers:
            await catch_up(self.archive, follower, lambda: self.now)

    async def contact(self, rung: int, address: str) -> None:
        async def add(tx: Transaction) -> None:
            tx.put(
                Contact(id=f"c-{rung}-{address}", agency="damkar", rung=rung, name="Piket", address=address)
            )

        await self.archive.do(add)

    async def fire(self, type: str = "kebakaran_rumah", demo: bool = False) -> str:
        report = Report(type=type, place=Place(text="Jl. Contoh 1"))
        incident = await self.archive.do(
            open_incident, city=CITY, report=report, by=None, now=self.now, demo=demo
        )
        await self.follow()
        return incident

    async def all(self, entity: type) -> list:
        async def find(tx: Transaction) -> list:
            return await tx.find(entity)

        return await self.archive.look(find)


def a_fire_type() -> str:
    return next(one.code for one in CITY.types if one.kind == "kebakaran")


async def test_every_contact_on_the_first_rung_is_told_once_and_the_next_rung_only_when_time_is_up() -> None:
    room = Room()
    await room.contact(0, "tgram://1:a/2")
    await room.contact(0, "ntfy://topic")
    await room.contact(1, "ntfy://boss")
    await room.fire(a_fire_type())

    assert await room.sender.send_due() == 2
    assert await room.sender.send_due() == 0
    assert sorted(to for to, _, _ in room.channel.sent.values()) == ["ntfy://topic", "tgram://1:a/2"]

    room.now = NINE + timedelta(seconds=60)
    assert await room.archive.do(escalate_overdue, city=CITY, now=room.now) >= 1
    await room.follow()
    assert await room.sender.send_due() == 1
    assert "ntfy://boss" in [to for to, _, _ in room.channel.sent.values()]


async def test_the_message_says_what_where_until_when_and_carries_the_link() -> None:
    room = Room()
    await room.contact(0, "ntfy://topic")
    await room.fire(a_fire_type())
    await room.sender.send_due()

    (_, _, text) = next(iter(room.channel.sent.values()))
    for part in ("#1 ", "Jl. Contoh 1", "TERIMA sebelum 16:01:00", "https://112.contoh/t/"):
        assert part in text


async def test_a_protected_case_is_never_described_in_a_message() -> None:
    room = Room()
    protected = next(one for one in CITY.types if one.protected)
    report = Report(type=protected.code, place=Place(text="Rumah Contoh"))
    incident = await room.archive.do(open_incident, city=CITY, report=report, by=None, now=NINE)
    await room.follow()
    asked = (await room.archive.read(0))[1:]
    agency = next(entry.event.agency for entry in asked if entry.event.name == "assignment.sent.v1")
    assignment = next(entry.event.assignment for entry in asked if entry.event.name == "assignment.sent.v1")

    text = room.followers[1].react.__self__.text  # type: ignore[attr-defined]

    async def both(tx: Transaction) -> str:
        from siaga.domain.assignment import Assignment
        from siaga.domain.incident import Incident

        return text(await tx.get(Incident, incident), await tx.get(Assignment, assignment), agency, NINE)

    said = await room.archive.look(both)
    assert "terbatas" in said
    assert "Rumah Contoh" not in said
    assert protected.name not in said


async def test_a_demo_never_reaches_a_real_channel() -> None:
    room = Room()
    await room.contact(0, "ntfy://topic")
    await room.fire(a_fire_type(), demo=True)
    await room.sender.send_due()

    assert room.channel.sent == {}
    assert [text.startswith("CONTOH") for _, _, text in room.twin.sent.values()] == [True]


async def test_a_dead_channel_is_tried_again_then_given_up_with_an_alarm() -> None:
    room = Room()
    await room.contact(0, "ntfy://topic")
    room.channel.broken = True
    await room.fire(a_fire_type())

    tries = 0
    for second in range(120):
        room.now = NINE + timedelta(seconds=second)
        tries += await room.sender.send_due()
    assert tries == ATTEMPTS_MAX
    assert [message.state for message in await room.all(Message)] == [MessageState.FAILED]
    assert [alarm.kind for alarm in await room.all(Alarm)] == ["A11"]


async def test_one_channel_that_works_is_enough_to_raise_no_alarm() -> None:
    room = Room()
    await room.contact(0, "ntfy://topic")
    await room.fire(a_fire_type())
    (message,) = await room.all(Message)

    async def second_channel(tx: Transaction) -> None:
        failed = replace(message, id="other", state=MessageState.FAILED)
        tx.put(failed)

    await room.archive.do(second_channel)
    await room.sender.send_due()
    assert await room.all(Alarm) == []


async def test_an_acknowledged_assignment_clears_its_alarm() -> None:
    room = Room()
    incident = await room.fire(a_fire_type())
    room.now = NINE + timedelta(minutes=5)
    await room.archive.do(escalate_overdue, city=CITY, now=room.now)
    operator = Viewer(person="p", name="Piket", roles=(Role.AGENCY,), agency="damkar")
    await room.archive.do(acknowledge, assignment=f"{incident}:damkar:1", by=operator, now=room.now)

    standing = [alarm for alarm in await room.all(Alarm) if alarm.cleared_at is None]
    assert "damkar" not in [alarm.agency for alarm in standing]


@pytest.mark.parametrize(
    "address", ["syslog://", "file:///etc/passwd", "dbus://", "exec://x", "tgram://", "abc"]
)
def test_addresses_that_could_touch_this_server_or_are_unfinished_are_refused(address: str) -> None:
    with pytest.raises(RuleBroken):
        check_address(address)


def test_a_complete_address_is_taken() -> None:
    assert check_address("ntfy://topik-damkar") == "ntfy://topik-damkar"
