"""A small invented city for tests: two kecamatan, four kelurahan, five agencies. `replace` what a test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from siaga.domain.city import Agency, City, Clock, Kelurahan, Landmark, QuietHours, RoutingRule, Rung
from siaga.domain.incident_type import (
    STATUTORY_KINDS,
    Family,
    Hazard,
    IncidentType,
    Kind,
    LocalWord,
    ReportGroup,
)
from siaga.domain.room_rules import OverflowKind, OverflowStep, RoomRules

LADDER = (Rung(role="Piket"), Rung(role="Kepala"))


def an_agency(code: str, **changes: Any) -> Agency:
    agency = Agency(
        code=code,
        name=f"Dinas {code}",
        name_en=f"{code} office",
        short=code,
        duties=("tugas",),
        ladder=LADDER,
    )
    return replace(agency, **changes)


def a_type(code: str, **changes: Any) -> IncidentType:
    entry = IncidentType(
        code=code,
        name=code.replace(".", " "),
        name_en=f"{code} in English",
        kind=code.split(".")[0],
        priority=2,
        report_group="semua",
    )
    return replace(entry, **changes)


def a_kind(code: str, **changes: Any) -> Kind:
    kind = Kind(
        code=code,
        name=code,
        name_en=f"{code} kind",
        statutory=code,
        clock="darurat",
        default_type=f"{code}.lain",
    )
    return replace(kind, **changes)


FIRE = a_type(
    "kebakaran.rumah",
    name="Kebakaran rumah",
    name_en="House fire",
    priority=2,
    hazards=("terjebak", "luka"),
    synonyms=("rumah terbakar",),
    local_words=(LocalWord(text="kobongan", languages=("jv",)),),
    family="api",
)

CITY = City(
    code="99.01",
    name="Contoh",
    full_name="Kota Contoh",
    province="Provinsi Contoh",
    zone=ZoneInfo("Asia/Jakarta"),
    zone_name="Asia/Jakarta",
    languages=("id", "en"),
    greeting="Halo, 112.",
    sample=False,
    lat=-7.0,
    lon=110.0,
    centroid_reach_m=3000.0,
    duty_officer="piket",
    default_clock="darurat",
    protocol_approved_by="dokter",
    kinds=tuple(a_kind(code) for code in STATUTORY_KINDS),
    types=(FIRE, *(a_type(f"{code}.lain") for code in STATUTORY_KINDS)),
    hazards=(
        Hazard(code="terjebak", name="Terjebak", name_en="Trapped", raises_to=1),
        Hazard(code="luka", name="Luka", name_en="Injured"),
    ),
    families=(Family(code="api", name="Api", radius_m=500, minutes=60),),
    report_groups=(ReportGroup(code="semua", name="Semua", name_en="All", default_type="kebakaran.lain"),),
    agencies=(
        an_agency("piket", sees_protected=True),
        an_agency("api"),
        an_agency("medis", sees_protected=True),
        an_agency("polisi", sees_protected=True),
        an_agency("kantor", quiet=QuietHours(starts=time(20), ends=time(7), from_priority=4)),
    ),
    clocks=(Clock(code="darurat", name="Darurat", p1=60, p2=180, p3=900, p4=3600),),
    rules=(
        *(RoutingRule(kind=code, agencies=("polisi",)) for code in STATUTORY_KINDS if code != "kebakaran"),
        RoutingRule(kind="kebakaran", agencies=("api",)),
        RoutingRule(kind="kebakaran", hazard="luka", agencies=("medis",), add=True, because="ada yang luka"),
        RoutingRule(type="lainnya.lain", agencies=("kantor",)),
        RoutingRule(outside=True, agencies=("piket",)),
    ),
    room=RoomRules(
        overflow=(
            OverflowStep(
                code="posko", name="Posko", kind=OverflowKind.PHONE, target="0990001", after_seconds=60
            ),
        )
    ),
    kelurahan=(
        Kelurahan(
            code="99.01.01.1001",
            name="Utara",
            kecamatan="99.01.01",
            kecamatan_name="Atas",
            lat=-6.99,
            lon=110.0,
        ),
        Kelurahan(
            code="99.01.01.1002",
            name="Timur",
            kecamatan="99.01.01",
            kecamatan_name="Atas",
            lat=-7.0,
            lon=110.01,
        ),
        Kelurahan(
            code="99.01.02.1001",
            name="Selatan",
            kecamatan="99.01.02",
            kecamatan_name="Bawah",
            lat=-7.01,
            lon=110.0,
        ),
        Kelurahan(
            code="99.01.02.1002",
            name="Barat",
            kecamatan="99.01.02",
            kecamatan_name="Bawah",
            lat=-7.0,
            lon=109.99,
        ),
    ),
    landmarks=(
        Landmark(name="Jalan Melati Raya", kind="jalan", aliases=("Jalan By Pass",), verified=True),
        Landmark(name="Masjid Agung", kind="tempat ibadah", lat=-6.99, lon=110.0, verified=True),
    ),
)


def a_city(**changes: Any) -> City:
    """The invented city with some of its parts exchanged."""
    return replace(CITY, **changes)
