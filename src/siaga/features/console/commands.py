"""The command line's own verbs: show on the map, remind me, take back, list."""

from __future__ import annotations

from siaga.domain.command_words import Verb
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident
from siaga.domain.protection import may_see
from siaga.domain.reminder import MINUTES_MAX
from siaga.domain.roles import May
from siaga.domain.unit import Unit
from siaga.features.console.reminders import set_reminder
from siaga.features.console.undo import Kinds, offered, undo_last
from siaga.records.archive import Transaction
from siaga.records.planned import Asked, Done, Plan, Planner, Said
from siaga.records.resolving import full_title, incident_named, unit_named


async def plan_show(tx: Transaction, asked: Asked) -> Plan:
    """``L DMK1``, ``L 24``: the map goes there. A unit is where its incident is; elsewhere nobody reports it."""
    asked.by.must(May.SEE_ALL_INCIDENTS)
    word = asked.command.subject
    unit = None if word.isdigit() else await unit_named(tx, asked, word)
    if unit is not None and unit.incident is None:
        raise RuleBroken("Unit {unit} tidak di kejadian; posisinya tidak dilaporkan.", unit=unit.code)
    if unit is not None:
        incident = await tx.get(Incident, unit.incident)
        if not may_see(asked.by, incident):
            raise RuleBroken("Unit {unit} sedang bertugas di kejadian terlindung.", unit=unit.code)
    else:
        incident = await incident_named(tx, asked, word)
    if not incident.place.has_point:
        raise RuleBroken("Kejadian #{number} belum punya titik di peta.", number=incident.number)

    async def act(tx: Transaction) -> Done:
        return Done(show=_point(asked, incident, unit))

    gaps = {"subject": unit.code if unit else full_title(asked, incident)}
    return Plan(says=(Said("Lihat {subject} di peta.", gaps),), act=act, basis=(incident.id,))


def _point(asked: Asked, incident: Incident, unit: Unit | None) -> dict[str, object]:
    title = full_title(asked, incident)
    return {
        "incident": incident.id,
        "lat": incident.place.lat,
        "lon": incident.place.lon,
        "label": f"{unit.code} · {title}" if unit is not None else title,
    }


async def plan_remind(tx: Transaction, asked: Asked) -> Plan:
    """``W 5 text``: the words come back to this person's screens in five minutes."""
    asked.by.must(May.SEE_ALL_INCIDENTS)
    minutes, text = asked.command.minutes, asked.command.text
    if not (minutes.isascii() and minutes.isdigit()) or not 1 <= int(minutes) <= MINUTES_MAX:
        raise RuleBroken("Pengingat: 1 sampai {max} menit.", max=MINUTES_MAX)

    async def act(tx: Transaction) -> None:
        await set_reminder(tx, minutes=int(minutes), text=text, by=asked.by, now=asked.now)

    gaps = {"minutes": int(minutes), "text": text}
    return Plan(says=(Said("Ingatkan saya {minutes} menit lagi: {text}", gaps),), act=act)


def plan_undo(kinds: Kinds) -> Planner:
    """``Z``: the last act is taken back."""

    async def plan(tx: Transaction, asked: Asked) -> Plan:
        found = await offered(tx, kinds=kinds, by=asked.by, now=asked.now)
        if found is None:
            raise RuleBroken("Tidak ada yang dapat dibatalkan.")
        steps = tuple(Said(text, gaps) for text, gaps in found[1])

        async def act(tx: Transaction) -> None:
            await undo_last(tx, kinds=kinds, city=asked.city, by=asked.by, now=asked.now)

        return Plan(says=(Said("Batalkan:"), *steps), act=act)

    return plan


PLANNERS = {Verb.SHOW: plan_show, Verb.REMIND: plan_remind}
