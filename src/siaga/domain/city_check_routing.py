"""What is missing or contradictory in a city's routing table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from siaga.domain.city import City, RoutingRule
from siaga.domain.city_finding import Finding, error, names, warning
from siaga.domain.incident_type import IncidentType
from siaga.domain.place import Place, PlaceMethod
from siaga.domain.routing import agencies_for
from siaga.domain.triage import LEAST_URGENT, MOST_URGENT

_ANY_DAY = datetime(2025, 1, 1, 5, tzinfo=UTC)  # which agencies are asked does not depend on the hour


def _rules(city: City) -> Iterator[Finding]:
    if not city.rules:
        yield warning("routing.toml", "belum ada aturan: semua laporan pergi ke petugas piket.")
    for number, rule in enumerate(city.rules, start=1):
        where = _name(number, rule)
        if not rule.agencies:
            yield error(where, "tidak menyebut satu instansi pun.")
        for code in rule.agencies:
            agency = city.agency_by_code.get(code)
            if agency is None:
                yield error(where, f"instansi “{code}” tidak ada di agencies.toml.")
            elif not agency.active:
                yield warning(where, f"instansi “{code}” sedang tidak aktif dan dilewati.")
        if len(set(rule.agencies)) < len(rule.agencies):
            yield warning(where, "menyebut instansi yang sama dua kali.")
        yield from _unknown_codes(city, rule, where)
        if rule.clock is not None and rule.clock not in city.clock_by_code:
            yield error(where, f"batas waktu “{rule.clock}” tidak ada.")
        if rule.hazard is not None and not rule.add:
            yield warning(where, "aturan bahaya tanpa add = true menggantikan instansi yang biasa.")


def _unknown_codes(city: City, rule: RoutingRule, where: str) -> Iterator[Finding]:
    places = {entry.kecamatan for entry in city.kelurahan}
    for label, code, known in (
        ("jenis kejadian", rule.type, city.type_by_code),
        ("kind", rule.kind, city.kind_by_code),
        ("bahaya", rule.hazard, city.hazard_by_code),
        ("kelurahan", rule.kelurahan, city.kelurahan_by_code),
        ("kecamatan", rule.kecamatan, places),
    ):
        if code is not None and code not in known:
            yield error(where, f"{label} “{code}” tidak ada: aturan ini tidak pernah berlaku.")
    entry = city.type_by_code.get(rule.type) if rule.type else None
    if entry is not None and rule.kind is not None and rule.kind != entry.kind:
        yield error(where, f"jenis “{entry.code}” bukan bagian dari kind “{rule.kind}”.")
    if entry is not None and rule.hazard is not None and rule.hazard not in entry.hazards:
        yield warning(where, f"jenis “{entry.code}” tidak punya tombol bahaya “{rule.hazard}”.")
    if rule.outside and (rule.kelurahan or rule.kecamatan):
        yield error(where, "di luar wilayah tidak mungkin sekaligus di satu kelurahan atau kecamatan.")
    if rule.kelurahan and rule.kecamatan and not rule.kelurahan.startswith(f"{rule.kecamatan}."):
        yield error(where, "kelurahan itu tidak berada di kecamatan itu.")
    if rule.priority_at_least is not None and not MOST_URGENT <= rule.priority_at_least <= LEAST_URGENT:
        yield error(where, "priority_at_least harus 1 sampai 4.")


def _conflicts(city: City) -> Iterator[Finding]:
    """Two deciding rules with the same conditions: nobody can say which one the city means."""
    seen: dict[tuple[object, ...], tuple[int, RoutingRule]] = {}
    for number, rule in enumerate(city.rules, start=1):
        if rule.add:
            continue
        earlier = seen.setdefault(rule.conditions, (number, rule))
        if earlier[0] == number:
            continue
        if (earlier[1].agencies, earlier[1].clock) == (rule.agencies, rule.clock):
            yield warning(_name(number, rule), f"sama dengan aturan ke-{earlier[0]}.")
        else:
            yield error(
                _name(number, rule),
                f"bertentangan dengan aturan ke-{earlier[0]}: "
                f"{names(earlier[1].agencies)} atau {names(rule.agencies)}?",
            )


def _unrouted_types(city: City) -> Iterator[Finding]:
    """Types no rule covers still reach the duty officer; the city should know that they do."""
    ruled_types = {rule.type for rule in city.rules if not rule.add}
    ruled_kinds = {rule.kind for rule in city.rules if not rule.add and rule.type is None}
    for_all = any(
        rule.type is None and rule.kind is None and not rule.add and not rule.outside for rule in city.rules
    )
    missing = [
        entry.code
        for entry in city.types
        if not for_all and entry.code not in ruled_types and entry.kind not in ruled_kinds
    ]
    if missing:
        yield warning("routing.toml", f"tanpa aturan, jadi ke petugas piket: {names(missing)}.")
    if not any(rule.outside for rule in city.rules):
        yield warning("routing.toml", "belum ada aturan untuk lokasi di luar wilayah (outside = true).")


def _protected_leaks(city: City) -> Iterator[Finding]:
    """A protected case must never reach an agency outside its circle, whatever else was reported.

    A rescue service that is told the place and nothing else (``protected_place``) is no leak: somebody on a roof needs
    it.
    """
    for entry in city.types:
        if not entry.protected:
            continue
        leaks = sorted(
            code
            for code in _everybody_asked(city, entry)
            if (agency := city.agency_by_code.get(code)) is not None
            and not agency.sees_protected
            and agency.protected_place != "exact"
        )
        if leaks:
            yield error(
                f"jenis “{entry.code}”",
                f"kasus terlindung dikirim ke instansi yang tidak berwenang melihatnya: {names(leaks)}.",
            )


def _everybody_asked(city: City, entry: IncidentType) -> set[str]:
    places = [Place(), Place(method=PlaceMethod.OUTSIDE)]
    places += [
        Place(kelurahan=rule.kelurahan, kecamatan=rule.kecamatan or (rule.kelurahan or "")[:8] or None)
        for rule in city.rules
        if rule.kelurahan or rule.kecamatan
    ]
    hazards = [(), *((code,) for code in city.hazard_by_code), tuple(city.hazard_by_code)]
    return {
        route.agency
        for place in dict.fromkeys(places)
        for priority in range(MOST_URGENT, LEAST_URGENT + 1)
        for ticked in hazards
        for route in agencies_for(city, entry, place, priority, _ANY_DAY, hazards=ticked)
    }


def _name(number: int, rule: RoutingRule) -> str:
    said = [
        str(part)
        for part in (rule.type, rule.kind, rule.hazard, rule.kelurahan, rule.kecamatan)
        if part is not None
    ]
    if rule.outside:
        said.append("luar wilayah")
    return f"aturan ke-{number} ({', '.join(said) or 'selalu'})"


ROUTING_CHECKS: tuple[Callable[[City], Iterator[Finding]], ...] = (
    _rules,
    _conflicts,
    _unrouted_types,
    _protected_leaks,
)
