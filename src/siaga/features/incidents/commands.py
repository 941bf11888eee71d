"""The command line's verbs about incidents: what each would do, and the act."""

from __future__ import annotations

from siaga.domain.assignment import OPEN_STATES, Assignment
from siaga.domain.command import nearest
from siaga.domain.command_words import OUTCOME_WORDS, Verb
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import PRIORITIES, Incident, Outcome
from siaga.domain.incident_type import IncidentType
from siaga.domain.place import Place
from siaga.domain.roles import May
from siaga.domain.routing import agencies_for
from siaga.domain.type_match import match_types
from siaga.domain.unit import BUSY, Unit
from siaga.features.incidents import actions
from siaga.features.incidents.actions import Report
from siaga.features.incidents.labels import OUTCOME_LABELS
from siaga.records.archive import AnyOf, Transaction
from siaga.records.planned import Asked, Choice, Done, Plan, Said, Unclear
from siaga.records.resolving import full_title, incident_named


async def plan_note(tx: Transaction, asked: Asked) -> Plan:
    """``N 24 text``: one more line in the story, also after closing."""
    asked.by.must(May.OPEN_INCIDENTS)
    incident = await incident_named(tx, asked, asked.command.incident)
    text = asked.command.text

    async def act(tx: Transaction) -> None:
        await actions.add_note(tx, incident=incident.id, text=text, by=asked.by.person, now=asked.now)

    gaps = {"incident": full_title(asked, incident), "text": text}
    return Plan(says=(Said("Catat pada {incident}: {text}", gaps),), act=act, basis=(incident.id,))


async def plan_priority(tx: Transaction, asked: Asked) -> Plan:
    """``P 24 1``."""
    asked.by.must(May.OPEN_INCIDENTS)
    incident = await incident_named(tx, asked, asked.command.incident)
    word = asked.command.priority.removeprefix("P")
    if word not in {str(priority) for priority in PRIORITIES}:
        raise Unclear(
            "Prioritas harus 1 (kritis) sampai 4 (rendah).",
            choices=tuple(Choice(str(one)) for one in PRIORITIES),
        )
    priority = int(word)
    _must_be_open(incident)
    if incident.priority == priority:
        raise RuleBroken("Kejadian #{number} sudah P{priority}.", number=incident.number, priority=priority)
    gaps = {"incident": full_title(asked, incident), "before": incident.priority, "after": priority}

    async def act(tx: Transaction) -> None:
        await actions.amend_incident(
            tx, city=asked.city, incident=incident.id, by=asked.by.person, viewer=asked.by, priority=priority,
            now=asked.now,
        )  # fmt: skip

    return Plan(says=(Said("{incident}: P{before} menjadi P{after}.", gaps),), act=act, basis=(incident.id,))


async def plan_merge(tx: Transaction, asked: Asked) -> Plan:
    """``G 23 24``: the first is the same as the second and ends there."""
    return await _plan_closing(tx, asked, Outcome.DUPLICATE)


async def plan_close(tx: Transaction, asked: Asked) -> Plan:
    """``T 24 palsu``: it is over, for a reason."""
    return await _plan_closing(tx, asked, _outcome(asked.command.outcome))


async def plan_open(tx: Transaction, asked: Asked) -> Plan:
    """``K jenis; lokasi; catatan``: a new incident, apart from the sheet on the desk."""
    asked.by.must(May.OPEN_INCIDENTS)
    command, city = asked.command, asked.city
    kind, place = _type(asked, command.kind), _place(asked, command.where)
    report = Report(type=kind.code, place=place, notes=(command.text,) if command.text else ())
    routes = agencies_for(city, kind, place, kind.priority, asked.now)
    agencies = ", ".join(city.agency(route.agency).short for route in routes)
    area = city.kelurahan_by_code.get(place.kelurahan or "")
    gaps = {
        "type": kind.name_en if asked.by.language == "en" else kind.name,
        "priority": kind.priority,
        "where": f"{place.text}, {area.name}"
        if area is not None and area.name not in place.text
        else place.text,
        "agencies": agencies,
    }
    says = [Said("Kejadian baru: {type} P{priority}, {where}. Teruskan ke {agencies}.", gaps)]
    if not place.has_point:
        says.append(Said("Lokasi belum dipastikan."))
    if command.text:
        says.append(Said("Catatan: {text}", {"text": command.text}))

    async def act(tx: Transaction) -> Done:
        id = await actions.open_incident(tx, city=city, report=report, by=asked.by.person, now=asked.now)
        return Done(url=f"/kejadian/{id}")

    return Plan(says=tuple(says), act=act, basis=(kind.code, str(place.lat), str(place.lon)))


async def plan_page(tx: Transaction, asked: Asked) -> Plan:
    """``VI 24``: the incident's page."""
    incident = await incident_named(tx, asked, asked.command.incident)

    async def act(tx: Transaction) -> Done:
        return Done(url=f"/kejadian/{incident.id}")

    said = Said("Buka halaman {incident}.", {"incident": full_title(asked, incident)})
    return Plan(says=(said,), act=act, basis=(incident.id,))


async def _plan_closing(tx: Transaction, asked: Asked, outcome: Outcome) -> Plan:
    asked.by.must(May.CLOSE_INCIDENTS)
    incident = await incident_named(tx, asked, asked.command.incident)
    _must_be_open(incident)
    same = None
    if outcome is Outcome.DUPLICATE:
        if not asked.command.other:
            raise RuleBroken("Sebutkan kejadian yang sama.")
        same = await incident_named(tx, asked, asked.command.other)
        if same.id == incident.id:
            raise RuleBroken("Kejadian tidak bisa sama dengan dirinya sendiri.")
    says = [
        Said("Gabung {incident} ke {other}.", {
            "incident": full_title(asked, incident), "other": full_title(asked, same)})
        if same is not None
        else Said("Tutup {incident}: {outcome}.", {"incident": full_title(asked, incident)},
                  {"outcome": OUTCOME_LABELS[outcome.value]})
    ]  # fmt: skip
    if freed := await _freed(tx, asked, incident):
        says.append(Said("Dibebaskan: {names}.", {"names": ", ".join(freed)}))

    async def act(tx: Transaction) -> None:
        await actions.close_incident(
            tx, incident=incident.id, outcome=outcome, by=asked.by.person, now=asked.now,
            duplicate_of=same.id if same is not None else None,
        )  # fmt: skip

    return Plan(says=tuple(says), act=act, basis=(incident.id, same.id if same is not None else ""))


async def _freed(tx: Transaction, asked: Asked, incident: Incident) -> list[str]:
    """Who is still at work on it and will no longer be: units and agencies by name."""
    units = await tx.find(Unit, incident=incident.id, status=AnyOf(*BUSY))
    at_work = await tx.find(Assignment, incident=incident.id, state=AnyOf(*OPEN_STATES))
    shorts = dict.fromkeys(asked.city.agency(one.agency).short for one in at_work)
    return [*sorted(unit.code for unit in units), *sorted(shorts)]


def _must_be_open(incident: Incident) -> None:
    if not incident.is_open:
        raise RuleBroken("Kejadian #{number} sudah ditutup.", number=incident.number)


def _outcome(word: str) -> Outcome:
    exact = OUTCOME_WORDS.get(word)
    begun = {outcome for known, outcome in OUTCOME_WORDS.items() if known.startswith(word)}
    if exact is None and len(begun) != 1:
        choices = tuple(Choice(one.lower()) for one in nearest(word, OUTCOME_WORDS))
        raise Unclear("Akibat {word} tidak dikenal.", choices=choices, word=word.lower())
    return exact if exact is not None else begun.pop()


def _type(asked: Asked, text: str) -> IncidentType:
    """The best match, as in the box *Apa*. Raises Unclear with the nearest names when nothing fits."""
    found = match_types(asked.city, text, 1)
    if found:
        return found[0].type
    names = {one.name: one for one in asked.city.types}
    choices = tuple(Choice(f"{name};") for name in nearest(text, names))
    raise Unclear("Jenis {word} tidak dikenal.", choices=choices, word=text)


def _place(asked: Asked, text: str) -> Place:
    """The finder's best answer with the words as they were said; a place it does not know is kept as words."""
    found = asked.finder.suggest(text, 1)
    if not found:
        return Place(text=text)
    return found[0].place if found[0].place.text.strip() else Place(text=text)


PLANNERS = {
    Verb.NOTE: plan_note,
    Verb.PRIORITY: plan_priority,
    Verb.MERGE: plan_merge,
    Verb.CLOSE: plan_close,
    Verb.OPEN: plan_open,
    Verb.PAGE: plan_page,
}
