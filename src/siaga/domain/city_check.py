"""What is missing or contradictory in a city's data, said to the person who keeps it.

Each check is one function that looks at one thing; routing and the phone room have checks of their own in
`city_check_routing.py` and `city_check_room.py`.
A finding names the entry and what is wrong with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from siaga.domain.city import City
from siaga.domain.city_check_protection import PROTECTION_CHECKS
from siaga.domain.city_check_roads import check_roads
from siaga.domain.city_check_room import ROOM_CHECKS
from siaga.domain.city_check_routing import ROUTING_CHECKS
from siaga.domain.city_finding import Finding, Severity, contoh, error, names, warning
from siaga.domain.incident_type import (
    HAZARDS_PER_TYPE_MAX,
    SPOKEN_CHARACTERS_MAX,
    STATUTORY_KINDS,
    IncidentType,
)
from siaga.domain.place import metres_between, on_earth
from siaga.domain.response_plan_check import check_plans
from siaga.domain.spelling import folded
from siaga.domain.triage import LEAST_URGENT, MOST_URGENT

CITY_CODE = re.compile(r"\d{2}\.\d{2}")
KELURAHAN_CODE = re.compile(r"\d{2}\.\d{2}\.\d{2}\.[1-9]\d{3}")  # Kemendagri; a BPS code has another shape
CITY_METRES_MAX = 250_000.0  # from the middle; the widest regency with its islands is less than this


def check_city(city: City) -> tuple[Finding, ...]:
    """Everything worth saying about a city's data, the gravest first. Without ERROR the city can be served."""
    found = chain.from_iterable(check(city) for check in CHECKS)
    return tuple(sorted(found, key=lambda finding: list(Severity).index(finding.severity)))


def _head(city: City) -> Iterator[Finding]:
    if not CITY_CODE.fullmatch(city.code):
        yield error("city.toml", f"kode “{city.code}” bukan kode Kemendagri. Contoh: 12.34.")
    for label, text in (("nama", city.name), ("nama lengkap", city.full_name), ("provinsi", city.province)):
        if not text.strip():
            yield error("city.toml", f"{label} kota belum diisi.")
    if not city.greeting.strip():
        yield warning("city.toml", "salam pembuka belum diisi.")
    if "id" not in city.languages:
        yield error("city.toml", "bahasa harus memuat “id”.")
    if not on_earth(city.lat, city.lon):
        yield error("city.toml", "titik tengah kota tidak masuk akal.")
    if not 100 <= city.centroid_reach_m <= CITY_METRES_MAX:
        yield error("city.toml", "centroid_reach_m harus antara 100 dan 250000 meter.")


def _duplicates(city: City) -> Iterator[Finding]:
    tables: tuple[tuple[str, Iterable[str]], ...] = (
        ("kelompok laporan", (entry.code for entry in city.report_groups)),
        ("kind", (entry.code for entry in city.kinds)),
        ("jenis kejadian", (entry.code for entry in city.types)),
        ("bahaya", (entry.code for entry in city.hazards)),
        ("family", (entry.code for entry in city.families)),
        ("instansi", (entry.code for entry in city.agencies)),
        ("clock", (entry.code for entry in city.clocks)),
        ("kelurahan", (entry.code for entry in city.kelurahan)),
        ("unit", (entry.code for entry in city.units)),
        ("panel", (entry.code for entry in city.panels)),
        ("jalan atau patokan", (f"{entry.name} ({entry.kind})" for entry in city.landmarks)),
    )
    for what, codes in tables:
        for code, times in Counter(codes).items():
            if times > 1:
                yield error(f"{what} “{code}”", f"ditulis {times} kali.")
            if not code.strip():
                yield error(what, "ada kode yang kosong.")


def _kinds(city: City) -> Iterator[Finding]:
    used = {entry.kind for entry in city.types}
    covered = {kind.statutory for kind in city.kinds if kind.code in used}
    for statutory in STATUTORY_KINDS:
        if statutory not in covered:
            yield error("types.toml", f"jenis wajib “{statutory}” (Permenkominfo 10/2016) belum ada.")
    for kind in city.kinds:
        where = f"kind “{kind.code}”"
        yield from _named(where, kind.name, kind.name_en)
        if kind.statutory is not None and kind.statutory not in STATUTORY_KINDS:
            yield error(where, f"“{kind.statutory}” bukan salah satu dari tujuh jenis wajib.")
        if kind.clock not in city.clock_by_code:
            yield error(where, f"batas waktu “{kind.clock}” tidak ada di routing.toml.")
        if kind.code not in used:
            yield warning(where, "belum punya satu pun jenis kejadian.")
        default = city.type_by_code.get(kind.default_type)
        if default is None or default.kind != kind.code:
            yield error(where, f"default_type “{kind.default_type}” bukan jenis kejadian miliknya.")


def _types(city: City) -> Iterator[Finding]:
    if not city.types:
        yield error("types.toml", "belum ada satu pun jenis kejadian.")
    groups = {group.code for group in city.report_groups}
    for entry in city.types:
        where = f"jenis “{entry.code}”"
        yield from _named(where, entry.name, entry.name_en)
        if entry.kind not in city.kind_by_code:
            yield error(where, f"kind “{entry.kind}” tidak ada.")
        if not MOST_URGENT <= entry.priority <= LEAST_URGENT:
            yield error(where, f"prioritas {entry.priority} harus 1 sampai 4.")
        if entry.report_group not in groups:
            yield error(where, f"kelompok laporan “{entry.report_group}” tidak ada.")
        if entry.family is not None and entry.family not in city.family_by_code:
            yield error(where, f"family “{entry.family}” tidak ada.")
        yield from _type_hazards(city, entry, where)
        for spoken in (*entry.questions, *entry.instructions):
            if len(spoken) > SPOKEN_CHARACTERS_MAX:
                yield warning(where, f"terlalu panjang untuk diucapkan sekali napas: “{spoken}”")
        if entry.on_scene_minutes_max is not None and entry.on_scene_minutes_max <= 0:
            yield error(where, "on_scene_minutes_max harus lebih dari 0.")


def _type_hazards(city: City, entry: IncidentType, where: str) -> Iterator[Finding]:
    if len(entry.hazards) > HAZARDS_PER_TYPE_MAX:
        yield error(where, f"{len(entry.hazards)} bahaya; tombolnya hanya {HAZARDS_PER_TYPE_MAX}.")
    for code in entry.hazards:
        if code not in city.hazard_by_code:
            yield error(where, f"bahaya “{code}” tidak ada.")


def _hazards(city: City) -> Iterator[Finding]:
    used = {code for entry in city.types for code in entry.hazards}
    for hazard in city.hazards:
        where = f"bahaya “{hazard.code}”"
        yield from _named(where, hazard.name, hazard.name_en)
        if hazard.raises_to is not None and not MOST_URGENT <= hazard.raises_to <= LEAST_URGENT:
            yield error(where, f"raises_to {hazard.raises_to} harus 1 sampai 4.")
        if hazard.code not in used:
            yield warning(where, "tidak dipakai jenis kejadian mana pun.")
    for family in city.families:
        if family.radius_m <= 0 or family.minutes <= 0:
            yield error(f"family “{family.code}”", "radius_m dan minutes harus lebih dari 0.")


def _report_groups(city: City) -> Iterator[Finding]:
    for group in city.report_groups:
        where = f"kelompok laporan “{group.code}”"
        yield from _named(where, group.name, group.name_en)
        default = city.type_by_code.get(group.default_type)
        if default is None or default.report_group != group.code:
            yield error(where, f"default_type “{group.default_type}” bukan jenis kejadian miliknya.")


def _words(city: City) -> Iterator[Finding]:
    """A word claimed by two types sends the same report to two places, depending on luck."""
    owners: dict[str, list[str]] = {}
    for entry in city.types:
        claimed = list({folded(entry.name), folded(entry.name_en)})  # some words are the same in English
        claimed += [folded(word) for word in entry.names[2:]]
        for word, times in Counter(claimed).items():
            owners.setdefault(word, []).append(entry.code)
            if times > 1:
                yield warning(f"jenis “{entry.code}”", f"kata “{word}” ditulis {times} kali.")
            if not word:
                yield error(f"jenis “{entry.code}”", "ada sinonim yang kosong.")
    for word, codes in owners.items():
        if word and len(codes) > 1:
            yield error(f"kata “{word}”", f"dipakai dua jenis atau lebih: {names(codes)}.")


def _agencies(city: City) -> Iterator[Finding]:
    asked = {code for rule in city.rules for code in rule.agencies} | {city.duty_officer}
    for agency in city.agencies:
        where = f"instansi “{agency.code}”"
        yield from _named(where, agency.name, agency.name_en)
        if not agency.short.strip():
            yield error(where, "nama pendek belum diisi.")
        if not agency.ladder:
            yield error(where, "tangga eskalasi kosong: tidak ada yang dihubungi bila tidak dijawab.")
        for number, rung in enumerate(agency.ladder, start=1):
            if not rung.role.strip():
                yield error(where, f"anak tangga ke-{number} tidak punya peran.")
        if len(agency.ladder) == 1:
            yield warning(where, "tangga eskalasi hanya satu orang: bila ia diam, tidak ada yang lain.")
        if not agency.duties:
            yield warning(where, "tugasnya belum ditulis.")
        if agency.quiet is not None and agency.quiet.from_priority <= 2:
            yield error(where, "jam tenang tidak boleh menahan prioritas 1 dan 2.")
        if agency.quiet is not None and agency.quiet.starts == agency.quiet.ends:
            yield error(where, "jam tenang mulai dan selesai pada jam yang sama.")
        if agency.code not in asked:
            yield warning(where, "tidak disebut satu aturan pun di routing.toml.")


def _duty_officer(city: City) -> Iterator[Finding]:
    officer = city.agency_by_code.get(city.duty_officer)
    if officer is None:
        yield error("city.toml", f"petugas piket “{city.duty_officer}” tidak ada di agencies.toml.")
        return
    if not officer.active:
        yield error(
            "city.toml", "petugas piket sedang tidak aktif: laporan tanpa aturan tidak sampai ke siapa pun."
        )
    if officer.quiet is not None:
        yield error("city.toml", "petugas piket tidak boleh punya jam tenang.")


def _clocks(city: City) -> Iterator[Finding]:
    if city.default_clock not in city.clock_by_code:
        yield error("routing.toml", f"default_clock “{city.default_clock}” tidak ada.")
    for clock in city.clocks:
        where = f"batas waktu “{clock.code}”"
        seconds = [clock.p1, clock.p2, clock.p3, clock.p4]
        if min(seconds) <= 0:
            yield error(where, "setiap prioritas butuh batas lebih dari 0 detik.")
        if seconds != sorted(seconds):
            yield error(where, "prioritas yang lebih gawat mendapat waktu lebih lama.")


def _areas(city: City) -> Iterator[Finding]:
    if not city.kelurahan:
        yield error("kelurahan.csv", "belum ada satu pun kelurahan.")
    kecamatan_names: dict[str, set[str]] = {}
    for area in city.kelurahan:
        where = f"kelurahan “{area.code}”"
        kecamatan_names.setdefault(area.kecamatan, set()).add(area.kecamatan_name)
        if not KELURAHAN_CODE.fullmatch(area.code):
            yield error(where, "bukan kode Kemendagri. Contoh: 12.34.56.1001.")
        elif not area.code.startswith(f"{city.code}."):
            yield error(where, f"bukan bagian dari kota {city.code}.")
        elif area.kecamatan != area.code[:8]:
            yield error(where, f"kecamatannya harus {area.code[:8]}, tertulis {area.kecamatan}.")
        if not area.name.strip() or not area.kecamatan_name.strip():
            yield error(where, "nama kelurahan atau kecamatan kosong.")
        if not on_earth(area.lat, area.lon):
            yield error(where, "titik tengahnya tidak masuk akal.")
        elif on_earth(city.lat, city.lon) and (
            metres_between(area.lat, area.lon, city.lat, city.lon) > CITY_METRES_MAX
        ):
            yield error(where, "titik tengahnya jauh dari kota. Lintang dan bujur tertukar?")
    for code, said in kecamatan_names.items():
        if len(said) > 1:
            yield error(f"kecamatan “{code}”", f"punya lebih dari satu nama: {names(said)}.")


def _landmarks(city: City) -> Iterator[Finding]:
    for landmark in city.landmarks:
        where = f"patokan “{landmark.name}”"
        if (landmark.lat is None) != (landmark.lon is None):
            yield error(where, "koordinatnya hanya separuh.")
        elif landmark.lat is not None and landmark.lon is not None:
            if not on_earth(landmark.lat, landmark.lon):
                yield error(where, "koordinatnya tidak masuk akal. Lintang dan bujur tertukar?")
            elif metres_between(landmark.lat, landmark.lon, city.lat, city.lon) > CITY_METRES_MAX:
                yield warning(where, "koordinatnya jauh dari kota. Lintang dan bujur tertukar?")
        if landmark.kelurahan is not None and landmark.kelurahan not in city.kelurahan_by_code:
            yield error(where, f"kelurahan “{landmark.kelurahan}” tidak ada.")


def _units_and_panels(city: City) -> Iterator[Finding]:
    for unit in city.units:
        if unit.agency not in city.agency_by_code:
            yield error(f"unit “{unit.code}”", f"instansi “{unit.agency}” tidak ada.")
    for panel in city.panels:
        if not 0 < panel.refresh_seconds <= panel.stale_seconds:
            yield error(
                f"panel “{panel.code}”", "refresh_seconds harus lebih dari 0 dan paling lama stale_seconds."
            )


def _unconfirmed(city: City) -> Iterator[Finding]:
    """What is still a sample, one line per kind of thing, so that the list stays short enough to read."""
    samples = [agency.short for agency in city.agencies if agency.sample]
    if samples:
        yield contoh("agencies.toml", f"{len(samples)} instansi belum dipastikan: {names(samples)}.")
    if units := [unit.code for unit in city.units if unit.sample]:
        yield contoh("units.csv", f"{len(units)} unit hanya contoh.")
    if unverified := [entry.name for entry in city.landmarks if not entry.verified]:
        yield contoh("gazetteer.csv", f"{len(unverified)} jalan dan patokan belum diperiksa kota.")
    if words := [word.text for entry in city.types for word in entry.local_words if not word.confirmed]:
        yield contoh("types.toml", f"{len(words)} kata bahasa daerah belum dipastikan penutur aslinya.")
    if meanings := [word.text for word in city.speech.words if not word.confirmed]:
        yield contoh("glossary.toml", f"{len(meanings)} arti kata belum dipastikan penutur aslinya.")
    if not city.protocol_approved_by.strip():
        yield contoh(
            "types.toml", "prioritas, pertanyaan, dan panduan belum disahkan (protocol.approved_by)."
        )
    if city.sample:
        yield contoh("city.toml", "ini kota contoh (sample = true).")


def _named(where: str, name: str, name_en: str) -> Iterator[Finding]:
    if not name.strip():
        yield error(where, "nama belum diisi.")
    if not name_en.strip():
        yield error(where, "nama bahasa Inggris (name_en) belum diisi.")


CHECKS: tuple[Callable[[City], Iterator[Finding]], ...] = (
    _head,
    _duplicates,
    _kinds,
    _types,
    _hazards,
    _report_groups,
    _words,
    _agencies,
    _duty_officer,
    _clocks,
    _areas,
    *ROUTING_CHECKS,
    check_roads,
    *ROOM_CHECKS,
    *PROTECTION_CHECKS,
    _landmarks,
    _units_and_panels,
    check_plans,
    _unconfirmed,
)
