"""Reading a city's folder of TOML and CSV into the City the rest of the house works with.

A mistake in a file is answered with the file, the entry and what may stand there, because the people who edit these
files are not programmers. Whether the entries make sense together is another question: `domain/city_check.py`.
"""

from __future__ import annotations

import csv
import difflib
import io
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from siaga.domain.city import Agency, City, CityUnit, Clock, Kelurahan, Landmark, Panel, RoutingRule
from siaga.domain.incident_type import Family, Hazard, IncidentType, Kind, ReportGroup
from siaga.domain.kilometre_road import KilometreRoad
from siaga.domain.local_speech import GlossaryWord, Language, LocalSpeech
from siaga.domain.protection_rules import LegalDuty, ProtectionClass, ProtectionRules, ReportChannel
from siaga.domain.response_plan import PlanBook, ResponsePlan
from siaga.domain.room_rules import LISTS, RoomRules

CITY_FILE_BYTES_MAX = 8 * 1024 * 1024  # a gazetteer of 100,000 names; more is a map, not a list for the desk
REQUIRED_FILES = ("city.toml", "types.toml", "agencies.toml", "routing.toml", "kelurahan.csv")

Entry = TypeVar("Entry")


class CityUnreadable(Exception):
    """The city's folder cannot be read. ``problems`` are Indonesian sentences, each naming its file."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Reader:
    """Collects every problem of a folder, so that one look shows all that must be mended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        path = self.folder / name
        try:
            if path.stat().st_size > CITY_FILE_BYTES_MAX:
                self.problems.append(
                    f"{name}: terlalu besar, paling banyak {CITY_FILE_BYTES_MAX // 1_048_576} MiB."
                )
                return ""
            return path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            if name in REQUIRED_FILES:
                self.problems.append(f"{name}: berkas tidak ada di {self.folder}.")
        except UnicodeDecodeError:
            self.problems.append(f"{name}: bukan teks UTF-8. Simpan ulang sebagai UTF-8.")
        except OSError as error:
            self.problems.append(f"{name}: tidak bisa dibaca ({error.strerror}).")
        return ""

    def toml(self, name: str, *tables: str) -> dict[str, Any]:
        """The file as tables; every list of tables it may hold is named, so that a slip is not passed over."""
        try:
            content = tomllib.loads(self.text(name))
        except tomllib.TOMLDecodeError as error:
            self.problems.append(f"{name}: bukan TOML yang sah: {error}.")
            return {}
        if tables:
            self._unknown_keys(content, tables, name)
        return content

    def entries(
        self, kind: type[Entry], content: Mapping[str, Any], table: str, name: str
    ) -> tuple[Entry, ...]:
        """Every ``[[table]]`` of a file as ``kind``; entries with a mistake are left out and reported."""
        rows = content.get(table, [])
        if not isinstance(rows, list):
            self.problems.append(f"{name}: tulis [[{table}]] dengan dua kurung siku.")
            return ()
        made = []
        for number, row in enumerate(rows, start=1):
            where = f"{name}: [[{table}]] ke-{number}"
            for key in ("code", "type"):
                if isinstance(row, dict) and isinstance(row.get(key), str):
                    where = f"{name}: {table} “{row[key]}”"
                    break
            if (entry := self.entry(kind, row, where)) is not None:
                made.append(entry)
        return tuple(made)

    def entry(self, kind: type[Entry], row: object, where: str) -> Entry | None:
        if not isinstance(row, dict):
            self.problems.append(f"{where}: harus berupa tabel.")
            return None
        known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
        if self._unknown_keys(row, known, where):
            return None
        try:
            return msgspec.convert(row, kind)
        except msgspec.ValidationError as error:
            self.problems.append(f"{where}: {_in_words(str(error))}.")
            return None

    def csv_entries(self, kind: type[Entry], name: str) -> tuple[Entry, ...]:
        """Every row of a CSV file with a header, comma or semicolon separated, as ``kind``."""
        text = self.text(name)
        if not text.strip():
            return ()
        header = text.lstrip().splitlines()[0]
        delimiter = ";" if header.count(";") > header.count(",") else ","
        reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
        required = {field.name for field in fields(kind) if field.default is MISSING}  # type: ignore[arg-type]
        columns = [column.strip() for column in reader.fieldnames or ()]
        reader.fieldnames = columns
        if missing := sorted(required - set(columns)):
            self.problems.append(f"{name}: kolom {', '.join(missing)} tidak ada.")
            return ()
        made = []
        try:
            for row in reader:
                where = f"{name}: baris {reader.line_num}"
                if None in row or None in row.values():
                    self.problems.append(f"{where}: jumlah kolom tidak sama dengan judulnya.")
                elif (entry := self.csv_entry(kind, row, where, decimal_comma=delimiter == ";")) is not None:
                    made.append(entry)
        except csv.Error as error:
            self.problems.append(f"{name}: baris {reader.line_num}: {error}.")
        return tuple(made)

    def csv_entry(
        self, kind: type[Entry], row: Mapping[str, str], where: str, *, decimal_comma: bool
    ) -> Entry | None:
        values: dict[str, Any] = {}
        numeric = {field.name for field in fields(kind) if "float" in str(field.type)}  # type: ignore[arg-type]
        for key, text in row.items():
            text = text.strip()
            if not text:
                continue
            if key in numeric and decimal_comma:
                text = text.replace(",", ".")
            values[key] = [part.strip() for part in text.split("|")] if key == "aliases" else text
        if self._unknown_keys(values, [field.name for field in fields(kind)], where):  # type: ignore[arg-type]
            return None
        try:
            return msgspec.convert(values, kind, strict=False)
        except msgspec.ValidationError as error:
            self.problems.append(f"{where}: {_in_words(str(error))}.")
            return None

    def _unknown_keys(self, row: Mapping[str, Any], known: list[str] | tuple[str, ...], where: str) -> bool:
        unknown = [key for key in row if key not in known]
        for key in unknown:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f" Maksudnya “{near[0]}”?" if near else f" Yang dikenal: {', '.join(known)}."
            self.problems.append(f"{where}: “{key}” tidak dikenal.{hint}")
        return bool(unknown)


def load_city(folder: Path) -> City:
    """The city described by ``folder``. Raises CityUnreadable with everything that cannot be read.

    A City that loads may still contradict itself; ask `siaga.domain.city_check.check_city`.
    """
    reader = _Reader(folder)
    head = reader.toml("city.toml", *_HEAD_KEYS)
    zone_name, zone = _zone(reader, head)
    types = reader.toml("types.toml", "protocol", "report_group", "kind", "hazard", "family", "type")
    agencies = reader.toml("agencies.toml", "agency")
    routing = reader.toml("routing.toml", "default_clock", "clock", "rule")
    panels = reader.toml("panels.toml", "panel")
    values = {key: head[key] for key in _HEAD_KEYS if key in head and key != "timezone"}
    values |= {
        "zone_name": zone_name,
        "protocol_approved_by": _protocol_approved_by(types),
        "default_clock": routing.get("default_clock", ""),
        "kinds": reader.entries(Kind, types, "kind", "types.toml"),
        "types": reader.entries(IncidentType, types, "type", "types.toml"),
        "hazards": reader.entries(Hazard, types, "hazard", "types.toml"),
        "families": reader.entries(Family, types, "family", "types.toml"),
        "report_groups": reader.entries(ReportGroup, types, "report_group", "types.toml"),
        "agencies": reader.entries(Agency, agencies, "agency", "agencies.toml"),
        "clocks": reader.entries(Clock, routing, "clock", "routing.toml"),
        "rules": reader.entries(RoutingRule, routing, "rule", "routing.toml"),
        "kelurahan": reader.csv_entries(Kelurahan, "kelurahan.csv"),
        "landmarks": reader.csv_entries(Landmark, "gazetteer.csv"),
        "units": reader.csv_entries(CityUnit, "units.csv"),
        "panels": reader.entries(Panel, panels, "panel", "panels.toml"),
        "room": _room(reader),
        "kilometre_roads": reader.entries(
            KilometreRoad, reader.toml("kilometres.toml", "road"), "road", "kilometres.toml"
        ),
        "protection": _protection(reader),
        "speech": _speech(reader),
        "plans": PlanBook(
            plans=reader.entries(ResponsePlan, reader.toml("plans.toml", "plan"), "plan", "plans.toml")
        ),
    }
    _check_head(reader, head)
    if reader.problems or zone is None:
        raise CityUnreadable(tuple(reader.problems))
    city = City(zone=zone, **_with_tuples(values))
    return city.with_plans(city.plans)


def _speech(reader: _Reader) -> LocalSpeech:
    """What is spoken around here; a city without glossary.toml has only its synonyms."""
    content = reader.toml("glossary.toml", "language", "word")
    return LocalSpeech(
        languages=reader.entries(Language, content, "language", "glossary.toml"),
        words=reader.entries(GlossaryWord, content, "word", "glossary.toml"),
    )


def _protection(reader: _Reader) -> ProtectionRules:
    """The rules for protected cases: a list left out means the statutory one."""
    content = reader.toml("protection.toml", "class", "duty", "channel")
    given = {
        "classes": reader.entries(ProtectionClass, content, "class", "protection.toml"),
        "duties": reader.entries(LegalDuty, content, "duty", "protection.toml"),
        "channels": reader.entries(ReportChannel, content, "channel", "protection.toml"),
    }
    return ProtectionRules(**{name: entries for name, entries in given.items() if entries})  # type: ignore[arg-type]


def load_room(folder: Path) -> RoomRules:
    """Only the rules of the phone room. Raises CityUnreadable."""
    reader = _Reader(folder)
    room = _room(reader)
    if reader.problems:
        raise CityUnreadable(tuple(reader.problems))
    return room


def _room(reader: _Reader) -> RoomRules:
    """The rules of the phone room: a section left out, or the whole file, means the defaults."""
    kinds = get_type_hints(RoomRules)
    tables = {LISTS.get(name, name): name for name in kinds}
    content = reader.toml("room.toml", *tables)
    sections: dict[str, Any] = {}
    for table in content.keys() & tables.keys():
        name = tables[table]
        if name in LISTS:
            sections[name] = reader.entries(kinds[name].__args__[0], content, table, "room.toml")
        elif (section := reader.entry(kinds[name], content[table], f"room.toml: [{table}]")) is not None:
            sections[name] = section
    return RoomRules(**sections)


_HEAD_TYPES: dict[str, tuple[type, ...]] = {
    "code": (str,),
    "name": (str,),
    "full_name": (str,),
    "province": (str,),
    "timezone": (str,),
    "languages": (list,),
    "greeting": (str,),
    "sample": (bool,),
    "lat": (float, int),
    "lon": (float, int),
    "centroid_reach_m": (float, int),
    "duty_officer": (str,),
}
_HEAD_KEYS = tuple(_HEAD_TYPES)


def _check_head(reader: _Reader, head: Mapping[str, Any]) -> None:
    if not head:
        return  # the missing or broken file has been reported already
    for key, kinds in _HEAD_TYPES.items():
        if key not in head:
            reader.problems.append(f"city.toml: “{key}” belum diisi.")
        elif not isinstance(head[key], kinds) or (isinstance(head[key], bool) and bool not in kinds):
            reader.problems.append(f"city.toml: “{key}” harus berupa {_TYPE_WORDS[kinds[0]]}.")
    languages = head.get("languages")
    if isinstance(languages, list) and not all(isinstance(language, str) for language in languages):
        reader.problems.append("city.toml: “languages” harus berupa daftar teks.")


def _zone(reader: _Reader, head: Mapping[str, Any]) -> tuple[str, ZoneInfo | None]:
    name = head.get("timezone")
    if not isinstance(name, str):
        return "", None
    try:
        return name, ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reader.problems.append(f"city.toml: zona waktu “{name}” tidak dikenal. Contoh: Asia/Jakarta.")
        return name, None


def _protocol_approved_by(types: Mapping[str, Any]) -> str:
    protocol = types.get("protocol")
    return str(protocol.get("approved_by", "")) if isinstance(protocol, dict) else ""


def _with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


_TYPE_WORDS = {str: "teks", list: "daftar", bool: "true atau false", float: "angka"}
_ERROR_WORDS = (
    ("Object missing required field", "belum ada"),
    ("Expected `", "seharusnya `"),
    ("`, got `", "`, tertulis `"),
    (" - at `$.", " pada `"),
    (" - at `$[", " pada `["),
    ("Invalid value", "nilai tidak sah"),
)


def _in_words(error: str) -> str:
    """msgspec's sentence in Indonesian; the names in it stay as they are."""
    for english, indonesian in _ERROR_WORDS:
        error = error.replace(english, indonesian)
    return error


def city_folders(cities: Path) -> Iterator[Path]:
    """The folders below ``cities`` that describe a city, by name."""
    return iter(sorted(entry for entry in cities.glob("*") if (entry / "city.toml").is_file()))
