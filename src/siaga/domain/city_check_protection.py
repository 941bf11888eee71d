"""What is missing or contradictory in a city's rules for protected cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from siaga.domain.city import City
from siaga.domain.city_finding import Finding, error, warning
from siaga.domain.protection_rules import LAW_HOURS_MAX

PLACES = ("none", "kelurahan", "exact")


def _classes(city: City) -> Iterator[Finding]:
    known = {duty.code for duty in city.protection.duties}
    for one in city.protection.classes:
        for code in one.duties:
            if code not in known:
                yield error(f"protection.toml: class “{one.code}”", f"duty “{code}” tidak ada di daftar.")
        if one.keeper and one.keeper not in city.agency_by_code:
            yield error(f"protection.toml: class “{one.code}”", f"keeper “{one.keeper}” bukan kode instansi.")
    classes = {one.code for one in city.protection.classes}
    for kind in city.types:
        if kind.protected_class is not None and kind.protected_class not in classes:
            yield error(
                f"jenis “{kind.code}”",
                f"protected_class “{kind.protected_class}” tidak ada di protection.toml.",
            )
        if kind.protected_class is not None and not kind.protected:
            yield error(f"jenis “{kind.code}”", "punya protected_class tetapi protected belum true.")


def _duties(city: City) -> Iterator[Finding]:
    for duty in city.protection.duties:
        where = f"protection.toml: duty “{duty.code}”"
        if not 1 <= duty.hours <= LAW_HOURS_MAX:
            yield error(where, f"hours harus 1 sampai {LAW_HOURS_MAX}: undang-undang tidak memberi lebih.")
        if not 0 <= duty.warn_hours < duty.hours:
            yield error(where, "warn_hours harus kurang dari hours.")
        if not duty.law:
            yield warning(where, "law kosong: tulis pasal yang mewajibkannya.")


def _channels(city: City) -> Iterator[Finding]:
    for one in city.protection.channels:
        kind = city.type_by_code.get(one.type)
        if kind is None or not kind.protected:
            yield error(
                f"protection.toml: channel “{one.code}”", f"type “{one.type}” bukan jenis yang terlindung."
            )


def _agencies(city: City) -> Iterator[Finding]:
    for agency in city.agencies:
        if agency.protected_place not in PLACES:
            yield error(
                f"instansi “{agency.code}”", f"protected_place harus salah satu dari {', '.join(PLACES)}."
            )


PROTECTION_CHECKS: tuple[Callable[[City], Iterator[Finding]], ...] = (_classes, _duties, _channels, _agencies)
