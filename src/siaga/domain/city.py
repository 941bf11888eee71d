"""A city as the system knows it: its places, agencies, incident types and rules, all of them data.

Rule 1: no code asks which city this is.
Rule 2: a City never changes; a new edition of the data is a new City.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from functools import cached_property

from siaga.domain.errors import NotFound
from siaga.domain.incident_type import Family, Hazard, IncidentType, Kind, ReportGroup
from siaga.domain.kilometre_road import KilometreRoad
from siaga.domain.local_speech import NO_LOCAL_SPEECH, LocalSpeech
from siaga.domain.protection_rules import STANDARD_PROTECTION, ProtectionRules
from siaga.domain.response_plan import NO_PLANS, PlanBook, planned_type, raised_by
from siaga.domain.room_rules import STANDARD_ROOM, RoomRules


@dataclass(frozen=True, kw_only=True)
class Kelurahan:
    """The smallest area with a Kemendagri code, and the centre we fall back on when no outline is imported."""

    code: str
    name: str
    kecamatan: str
    kecamatan_name: str
    lat: float
    lon: float
    postal_code: str = ""


@dataclass(frozen=True, kw_only=True)
class Landmark:
    """A street, building or other name people say. Without a point it still helps to spell the name."""

    name: str
    kind: str
    lat: float | None = None
    lon: float | None = None
    kelurahan: str | None = None
    aliases: tuple[str, ...] = ()
    verified: bool = False


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One step of an agency's ladder: who is called next when the one before has not answered."""

    role: str
    name: str = ""
    contact: str = ""


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """Local hours in which an agency is not rung for matters of ``from_priority`` and less urgent."""

    starts: time
    ends: time
    from_priority: int

    def seconds_left(self, at: datetime, zone: tzinfo) -> int:
        """Seconds from ``at`` until quiet is over; 0 when it is not quiet then."""
        local = at.astimezone(zone)
        now = local.time()
        if self.starts <= self.ends:
            quiet = self.starts <= now < self.ends
        else:
            quiet = now >= self.starts or now < self.ends
        if not quiet:
            return 0
        over = local.replace(hour=self.ends.hour, minute=self.ends.minute, second=0, microsecond=0)
        if over <= local:
            over += timedelta(days=1)
        return int((over - local).total_seconds())


@dataclass(frozen=True, kw_only=True)
class Agency:
    """An agency (OPD) or partner that can be asked. ``sample`` until the city has confirmed the entry.

    ``phone``: the duty telephone the room may bring into a conversation, a number or a sip: address.
    ``sees_protected``: when asked about a protected case it belongs to its circle. Asked without that, it is told only
    that there is one, with ``protected_place`` "kelurahan" the kelurahan as well, and with "exact" (a rescue service
    that must find the door) the place, but no type, name, number or word of the story.
    """

    code: str
    name: str
    name_en: str
    short: str
    duties: tuple[str, ...] = ()
    ladder: tuple[Rung, ...] = ()
    quiet: QuietHours | None = None
    phone: str = ""
    sees_protected: bool = False
    protected_place: str = "none"
    active: bool = True
    sample: bool = False


@dataclass(frozen=True, kw_only=True)
class CityUnit:
    """A vehicle or team as the city lists it; its status is a row, not part of the city."""

    code: str
    agency: str
    what: str
    station: str = ""
    sample: bool = False


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How many seconds an agency has to answer, for each priority."""

    code: str
    name: str
    p1: int
    p2: int
    p3: int
    p4: int

    @cached_property
    def seconds(self) -> Mapping[int, int]:
        return {1: self.p1, 2: self.p2, 3: self.p3, 4: self.p4}


@dataclass(frozen=True, kw_only=True)
class RoutingRule:
    """One line of the city's table: when all of its conditions hold, these agencies are asked.

    The most exact rule decides; a rule with ``add`` adds its agencies to whatever was decided. Conditions left out
    hold always. ``priority_at_least`` 2 means priority 1 or 2. ``because`` is shown to the taker.
    """

    agencies: tuple[str, ...]
    type: str | None = None
    kind: str | None = None
    hazard: str | None = None
    kelurahan: str | None = None
    kecamatan: str | None = None
    outside: bool = False
    priority_at_least: int | None = None
    clock: str | None = None
    add: bool = False
    because: str = ""

    @property
    def conditions(self) -> tuple[object, ...]:
        """What makes two rules the same rule."""
        return (self.outside, self.type, self.kind, self.hazard, self.kelurahan, self.kecamatan,
                self.priority_at_least)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A panel of the command centre's wall. After ``stale_seconds`` its data are shown as old."""

    code: str
    title: str
    title_en: str
    owner: str
    refresh_seconds: int
    stale_seconds: int


@dataclass(frozen=True, kw_only=True, eq=False)
class City:
    """One city, complete. ``code`` (Kemendagri, "PP.KK") is also the ``city_id`` of every record."""

    code: str
    name: str
    full_name: str
    province: str
    zone: tzinfo
    zone_name: str
    languages: tuple[str, ...]
    greeting: str
    sample: bool
    lat: float
    lon: float
    centroid_reach_m: float  # without outlines, a point farther than this from every centre is outside
    duty_officer: str
    default_clock: str
    protocol_approved_by: str  # who approved the questions and instructions; empty: nobody yet
    kinds: tuple[Kind, ...]
    types: tuple[IncidentType, ...]
    hazards: tuple[Hazard, ...]
    families: tuple[Family, ...]
    report_groups: tuple[ReportGroup, ...]
    agencies: tuple[Agency, ...]
    clocks: tuple[Clock, ...]
    rules: tuple[RoutingRule, ...]
    kelurahan: tuple[Kelurahan, ...]
    landmarks: tuple[Landmark, ...] = ()
    units: tuple[CityUnit, ...] = ()
    panels: tuple[Panel, ...] = ()
    room: RoomRules = STANDARD_ROOM
    kilometre_roads: tuple[KilometreRoad, ...] = ()
    speech: LocalSpeech = NO_LOCAL_SPEECH
    plans: PlanBook = NO_PLANS
    protection: ProtectionRules = STANDARD_PROTECTION

    @cached_property
    def type_by_code(self) -> Mapping[str, IncidentType]:
        return {entry.code: entry for entry in self.types}

    @cached_property
    def kind_by_code(self) -> Mapping[str, Kind]:
        return {entry.code: entry for entry in self.kinds}

    @cached_property
    def hazard_by_code(self) -> Mapping[str, Hazard]:
        return {entry.code: entry for entry in self.hazards}

    @cached_property
    def family_by_code(self) -> Mapping[str, Family]:
        return {entry.code: entry for entry in self.families}

    @cached_property
    def agency_by_code(self) -> Mapping[str, Agency]:
        return {entry.code: entry for entry in self.agencies}

    @cached_property
    def clock_by_code(self) -> Mapping[str, Clock]:
        return {entry.code: entry for entry in self.clocks}

    @cached_property
    def kelurahan_by_code(self) -> Mapping[str, Kelurahan]:
        return {entry.code: entry for entry in self.kelurahan}

    @cached_property
    def kecamatan_names(self) -> Mapping[str, str]:
        """Name of each kecamatan by its code, in the order of the kelurahan table."""
        return {entry.kecamatan: entry.kecamatan_name for entry in self.kelurahan}

    @cached_property
    def report_group_of_type(self) -> Mapping[str, str]:
        return {entry.code: entry.report_group for entry in self.types}

    def type(self, code: str) -> IncidentType:
        """The incident type with this code. Raises NotFound."""
        found = self.type_by_code.get(code)
        if found is None:
            raise NotFound("Jenis kejadian {code} tidak ada di daftar kota.", code=code)
        return found

    def agency(self, code: str) -> Agency:
        """The agency with this code. Raises NotFound."""
        found = self.agency_by_code.get(code)
        if found is None:
            raise NotFound("Instansi {code} tidak ada di daftar kota.", code=code)
        return found

    def hazards_of(self, type: str, codes: Iterable[str]) -> list[Hazard]:
        """The known ones of these hazards, each as the type's plan takes it."""
        plan = self.plans.for_type(type)
        return [raised_by(plan, self.hazard_by_code[code]) for code in codes if code in self.hazard_by_code]

    def with_plans(self, plans: PlanBook) -> City:
        """The city with these response plans in force: a new edition of its data."""
        types = tuple(planned_type(entry, plans.for_type(entry.code)) for entry in self.types)
        return replace(self, plans=plans, types=types)

    def area_name(self, kelurahan: str | None, kecamatan: str | None) -> str:
        """Kelurahan and kecamatan in words, such as "Utara, Atas"; empty when neither is known."""
        if kelurahan is not None and (found := self.kelurahan_by_code.get(kelurahan)):
            return f"{found.name}, {found.kecamatan_name}"
        return self.kecamatan_names.get(kecamatan, "") if kecamatan is not None else ""
