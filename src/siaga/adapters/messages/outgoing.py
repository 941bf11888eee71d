"""Telling the agencies: a follower writes what must be said; a sender says it until it is heard or given up.

A message is the doorbell; the record is the assignment. Its key is the journal entry, the contact and the
channel, so a restart never rings twice where the far side can tell.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from siaga.adapters.messages.channels import Channel
from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.assignment import Assignment
from siaga.domain.call import Call, CallState
from siaga.domain.city import City
from siaga.domain.contact import Contact
from siaga.domain.errors import OutsideFailed
from siaga.domain.event import AssignmentEscalated, AssignmentSent, OnCallCalled
from siaga.domain.incident import Incident
from siaga.domain.message import Message, MessageState, message_key
from siaga.features.dispatch.links import make_link
from siaga.records.archive import AnyOf, Archive, Entry, Transaction, UpTo

log = logging.getLogger("siaga.messages")

TEXT_CHANNEL = "sms"  # what a message to a telephone carries as its channel (features/calls/owed/actions.py)
SENT_AT_ONCE_MAX = 16  # parallel deliveries; a room has a few dozen contacts, and threads are not free
SHAPES = {1: "◆ P1 KRITIS", 2: "▲ P2", 3: "● P3", 4: "○ P4"}


@dataclass(frozen=True)
class Composer:
    """The messages follower for one city: who on which rung is told what."""

    city: City
    secret: bytes
    public_url: str

    async def react(self, tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
        """A message for every contact on the rung that is asked now."""
        for entry in entries:
            match entry.event:
                case AssignmentSent(assignment=assignment):
                    await self._compose(tx, entry.position, assignment, 0, now)
                case AssignmentEscalated(assignment=assignment, rung=rung):
                    await self._compose(tx, entry.position, assignment, rung, now)
                case OnCallCalled(group=group, waiting=waiting):
                    await self._call_takers(tx, entry.position, group, waiting, now)

    async def _compose(
        self, tx: Transaction, position: int, assignment: str, rung: int, now: datetime
    ) -> None:
        asked = await tx.get(Assignment, assignment)
        incident = await tx.get(Incident, asked.incident)
        for contact in await tx.find(Contact, agency=asked.agency, rung=rung, active=True):
            tx.put(
                Message(
                    id=message_key(position, contact.id, contact.channel),
                    channel=contact.channel,
                    to=contact.address,
                    text=self.text(incident, asked, contact.id, now),
                    created_at=now,
                    next_at=now,
                    assignment=asked.id,
                    agency=asked.agency,
                    demo=asked.demo,
                )
            )

    async def _call_takers(
        self, tx: Transaction, position: int, group: str, waiting: int, now: datetime
    ) -> None:
        """Takers on call are told to come: the contacts kept under the group's name."""
        live = await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING))
        demo = bool(live) and all(call.demo for call in live)
        mark = "CONTOH - bukan keadaan nyata. " if demo else ""
        when = now.astimezone(self.city.zone).strftime("%H:%M")
        text = f"{mark}112: {waiting} penelepon menunggu pukul {when}. Petugas siaga: duduk di meja sekarang."
        for contact in await tx.find(Contact, agency=group, rung=0, active=True):
            key = message_key(position, contact.id, contact.channel)
            tx.put(
                Message(id=key, channel=contact.channel, to=contact.address, text=text, created_at=now, next_at=now,
                        demo=demo)
            )  # fmt: skip

    def text(self, incident: Incident, asked: Assignment, who: str, now: datetime) -> str:
        """What, where, until when, and the link. A protected case says nothing but that there is one."""
        link = f"{self.public_url}/t/{make_link(self.secret, assignment=asked.id, who=who, now=now)}"
        due = asked.due_at.astimezone(self.city.zone).strftime("%H:%M:%S")
        if incident.protected:
            return f"112: kejadian terbatas #{incident.number}. TERIMA sebelum {due}: {link}"
        kind = self.city.type_by_code.get(incident.type)
        what = kind.name if kind is not None else incident.type
        where = ", ".join(part for part in (incident.place.text, incident.landmark, incident.rt_rw) if part)
        mark = "CONTOH - bukan kejadian nyata. " if incident.demo else ""
        return f"{mark}112 {SHAPES[incident.priority]} #{incident.number} {what}. {where}. TERIMA sebelum {due}: {link}"


class Sender:
    """Delivers what is due. Drill and demo messages only ever reach the twin."""

    def __init__(
        self,
        archive: Archive,
        channel: Channel,
        twin: Channel,
        now: Callable[[], datetime],
        texts: Channel | None = None,
    ) -> None:
        """``texts``: the gateway to callers' telephones, where the installation has one."""
        self._texts = texts
        self._archive = archive
        self._channel = channel
        self._twin = twin
        self._now = now

    async def send_due(self) -> int:
        """Try every message whose time has come; returns how many were tried."""
        due = await self._archive.look(due_messages, now=self._now())
        if due:
            await asyncio.gather(*(self._send(message) for message in due))
        return len(due)

    async def _send(self, message: Message) -> None:
        channel = self._texts if message.channel == TEXT_CHANNEL else self._channel
        try:
            if message.demo:
                channel = self._twin
            if channel is None:
                raise OutsideFailed("belum ada saluran SMS")
            await channel.send(key=message.id, to=message.to, title="112", text=message.text)
        except OutsideFailed as failure:
            log.warning("message %s over %s: %s", message.id, message.channel, failure)
            await self._archive.do(note_failure, message=message.id, reason=str(failure), now=self._now())
            return
        await self._archive.do(note_delivery, message=message.id, now=self._now())


async def due_messages(tx: Transaction, *, now: datetime) -> list[Message]:
    """Messages to be tried now, oldest first."""
    return await tx.find(
        Message, state=MessageState.PENDING, next_at=UpTo(now), order=("next_at",), limit=SENT_AT_ONCE_MAX
    )


async def note_delivery(tx: Transaction, *, message: str, now: datetime) -> None:
    """The channel took it."""
    sent = await tx.get(Message, message)
    if sent.state is MessageState.PENDING:
        tx.keep(sent.delivered(at=now))


async def note_failure(tx: Transaction, *, message: str, reason: str, now: datetime) -> None:
    """The channel did not take it. When no channel has reached this agency, the room is alarmed (A11)."""
    tried = await tx.get(Message, message)
    if tried.state is not MessageState.PENDING:
        return
    failed = tx.keep(tried.failed(reason, at=now))
    if failed.state is not MessageState.FAILED or failed.assignment is None:
        return
    others = await tx.find(Message, assignment=failed.assignment)
    if any(one.state is not MessageState.FAILED for one in others if one.id != failed.id):
        return
    asked = await tx.get(Assignment, failed.assignment)
    id = f"{AlarmKind.ALL_CHANNELS_FAILED}:{asked.id}"
    if await tx.seek(Alarm, id) is None:
        alarm = Alarm(
            id=id,
            kind=AlarmKind.ALL_CHANNELS_FAILED,
            priority=2,
            raised_at=now,
            incident=asked.incident,
            assignment=asked.id,
            agency=asked.agency,
        )
        tx.put(alarm)
        tx.record(alarm.fact())
