"""One afternoon at a desk, as data: what the templates are drawn with in tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader

from siaga.adapters.web.rendering import Assets, Frame, make_environment
from siaga.adapters.web.words import Words
from siaga.domain.roles import Role, Viewer

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 21, 7, 7, 31, tzinfo=UTC)
HAZARDS = [
    {"code": "trapped", "name": "Ada orang terjebak"},
    {"code": "injured", "name": "Ada luka"},
    {"code": "gas", "name": "Tabung gas"},
    {"code": "power", "name": "Listrik"},
]
FIRE = {
    "code": "building_fire",
    "name": "Kebakaran bangunan",
    "priority": 1,
    "why": "cocok: kebakaran",
    "agencies": ["Pemadam", "Ambulans", "Listrik"],
    "hazards": HAZARDS,
    "ask": ["Apakah semua orang sudah keluar dari rumah?", "Apa yang terbakar?"],
    "tell": ["Keluar sekarang. Jangan kembali masuk."],
}
SNAKE = {
    "code": "snake",
    "name": "Ular di rumah",
    "priority": 3,
    "why": "cocok: ular",
    "agencies": ["Pemadam"],
}
PLACES = [
    {
        "text": "Jl. Kesambi Dalam",
        "lat": -6.7301,
        "lon": 108.5512,
        "kelurahan": "Drajat",
        "kecamatan": "Kesambi",
        "kind": "jalan",
        "note": "140 m dari lingkaran",
    },
    {
        "text": "Gg. Kesambi Dalam II",
        "lat": -6.7311,
        "lon": 108.5522,
        "kelurahan": "Drajat",
        "kecamatan": "Kesambi",
        "kind": "gang",
    },
    {
        "text": "Masjid Kesambi Dalam",
        "lat": -6.7305,
        "lon": 108.5505,
        "kelurahan": "Drajat",
        "kecamatan": "Kesambi",
        "kind": "patokan",
    },
]
CITY_MAP = {
    "points": [
        {"name": "Drajat", "lat": -6.7282, "lon": 108.5505},
        {"name": "Kesambi", "lat": -6.7302, "lon": 108.5450},
        {"name": "Pekiringan", "lat": -6.7190, "lon": 108.5570},
        {"name": "Larangan", "lat": -6.7420, "lon": 108.5560},
        {"name": "Argasunya", "lat": -6.7700, "lon": 108.5450},
        {"name": "Kejaksan", "lat": -6.7060, "lon": 108.5560},
    ],
    "outlines": [],
}


def frame(now: datetime = NOW, **given: Any) -> Frame:
    viewer = Viewer(person="p-septi", name="Septi", roles=(Role.TAKER,))
    return Frame(
        place_name="112 Kota", timezone="Asia/Jakarta", now=now, viewer=viewer, csrf_token="tok", **given
    )


def environment(static: Path, words: Words | None = None) -> Environment:
    """The real environment, plus the specimen pages of this folder."""
    made = make_environment(words=words or Words.load(), assets=Assets.load(static))
    assert made.loader is not None
    made.loader = ChoiceLoader(
        [made.loader, PrefixLoader({"specimens": FileSystemLoader(HERE / "specimens")})]
    )
    return made


def queue_part(now: datetime = NOW, *, offered: bool = True) -> dict[str, Any]:
    return {
        "answer_seconds_target": 8,
        "calls": [
            {
                "id": "c-2",
                "channel": "voice",
                "priority": 1,
                "number": "0857…4417",
                "place": "Lemahwungkuk",
                "since": now - timedelta(seconds=6),
                "offered_to_me": offered,
                "offered_to": "Septi" if offered else "",
                "facts": ["2 iseng, 0 asli, 9 hari"],
                "states": [],
            },
            {
                "id": "c-3",
                "channel": "panic",
                "priority": 2,
                "number": "",
                "place": "±14 m · Jl. Pekiringan",
                "since": now - timedelta(seconds=2),
                "offered_to_me": False,
                "offered_to": "",
                "facts": [],
                "states": [],
            },
        ],
    }


def call_part(now: datetime = NOW, **given: Any) -> dict[str, Any]:
    call = {
        "id": "c-1",
        "channel": "voice",
        "number": "0813 2411 0982",
        "no_way_back": "",
        "times_today": 2,
        "facts": [],
        "states": [],
        "answered_at": now - timedelta(seconds=38),
        "ended_at": None,
        "end_words": "Penelepon menutup",
        "called_back": False,
    }
    return {"call": {**call, **given}, "send_seconds_target": 60, "sent": False}


OWED: dict[str, Any] = {
    "kind": "left", "times": 1, "unreachable": "", "attempts": 0, "last_attempt": "", "texts": 0, "again_at": None,
    "again_incident": None, "reasons": [("spoken", "Sudah dibicarakan")],
}  # fmt: skip


def desk(now: datetime = NOW, **given: Any) -> dict[str, Any]:
    """Everything desk.html needs; an open sheet with the fire in Kesambi half typed."""
    fields = {
        "what": "kebakaran rumah",
        "type": "building_fire",
        "type_is_chosen": True,
        "where": "Jl. Kesambi Dalam",
        "place": PLACES[0],
        "landmark": "sebelah masjid",
        "rt_rw": "3/5",
        "caller_name": "",
        "hazards": ["trapped"],
        "notes": "14:07 api di dapur, 1 anak di dalam, pelapor tetangga",
        "notes_sent": [],
    }
    parts: dict[str, Any] = {
        "seat": {"state": "talking", "since": now, "desk": "Meja 2", "by_phone": False, "phone": None},
        "queue_count": 1,
        "modes": [],
        "queue_oldest": now - timedelta(seconds=6),
        "missed": [
            {
                **OWED,
                "id": "m-1",
                "priority": 2,
                "number": "0812…0093",
                "reason": "Putus 4 dtk · telepon balik",
                "can_be_called": True,
                "at": now - timedelta(seconds=72),
            },
            {
                **OWED,
                "id": "m-2",
                "priority": 4,
                "number": "0838…7710",
                "reason": "Senyap · 3× hari ini",
                "can_be_called": True,
                "at": now - timedelta(seconds=280),
            },
            {
                **OWED,
                "id": "m-3",
                "priority": 4,
                "number": "",
                "reason": "Tidak bisa ditelepon balik",
                "can_be_called": False,
                "at": now - timedelta(seconds=362),
            },
        ],
        "missed_count": 3,
        "rule_note": "",
        "call_back_seconds_target": 120,
        "sheet": {"id": "s-1", "version": 3, "fields": fields, "incident": None},
        "chosen": FIRE,
        "hazards": HAZARDS,
        "glossary": [],
        "last_call": now - timedelta(minutes=15),
        "incident": None,
        "assignments": [],
        "city_map": CITY_MAP,
        "circle": {"lat": -6.7285, "lon": 108.5520, "radius_m": 410, "note": "BTS ±410 m (90%)"},
        "same": [
            {
                "id": "i-23",
                "number": 23,
                "type": "Asap tebal",
                "place": "Jl. Kesambi",
                "priority": 1,
                "distance_m": 210,
                "opened_at": now - timedelta(minutes=3),
                "callers": 2,
                "because": ["210 m", "3 mnt lalu", "jenis mirip"],
                "told": ["asap hitam dari dapur"],
                "units": [{"code": "DMK-1", "status": "JL"}],
                "units_more": 0,
                "progress": "DMK-1 menuju",
            }
        ],
        "history": [
            {"text": "Gudang tabung gas – 60 m (Damkar, 2025)", "hazard": True},
            {"text": "2 kejadian 12 bulan · hidran terdekat 85 m", "hazard": False},
        ],
    }
    return {**parts, **queue_part(now, offered=False), **call_part(now), **given}


def idle(now: datetime = NOW, **given: Any) -> dict[str, Any]:
    quiet: dict[str, Any] = {
        "sheet": None,
        "call": None,
        "calls": [],
        "missed": [],
        "missed_count": 0,
        "queue_count": 0,
        "modes": [],
        "queue_oldest": None,
        "same": [],
        "history": [],
        "circle": None,
        "seat": {"state": "ready", "since": now, "desk": "Meja 2", "by_phone": False, "phone": None},
    }
    return {**desk(now), **quiet, **given}


def board(now: datetime = NOW) -> dict[str, Any]:
    rows = [
        (1, 24, "Kebakaran bangunan", "Jl. Kesambi Dalam RT 3/5", "Drajat", None, 91, 60, "Belum ada unit"),
        (
            1,
            23,
            "Asap tebal",
            "Jl. Kesambi, seberang SPBU",
            "Kesambi",
            ("DMK1", "JL"),
            192,
            None,
            "Menuju TKP",
        ),
        (
            1,
            21,
            "Tidak sadarkan diri",
            "Ps. Pagi, lantai 2",
            "Pekiringan",
            ("PSC1", "TB"),
            700,
            None,
            "Di TKP",
        ),
        (
            2,
            22,
            "Laka lantas",
            "Jl. By Pass, depan GSP",
            "Larangan",
            ("PSC2", "BW"),
            1445,
            None,
            "Menuju RSD GJ",
        ),
        (2, 20, "Pohon tumbang", "Jl. Ciremai Raya", "Larangan", ("BPB1", "DT"), 170, 180, "Belum berangkat"),
        (3, 19, "Ular di rumah", "Gg. Melati RT 2/4", "Argasunya", ("DMK3", "JL"), 562, None, "Menuju TKP"),
        (4, 18, "Lampu APILL mati", "Sp. Pemuda", "Sunyaragi", None, 2470, None, "Diteruskan OPD"),
    ]
    names = ("priority", "number", "type", "place", "kelurahan", "unit", "age", "limit", "step")
    return {
        "rows": [dict(zip(names, row, strict=True)) for row in rows],
        "units": [
            ("SD", "DMK2", 41, "Pos Kesambi · 1,6 km"),
            ("JL", "DMK1", 182, "#23 Kesambi"),
            ("TB", "PSC1", 1120, "#21 Ps. Pagi"),
            ("BW", "PSC2", 240, "#22 → RSD GJ"),
            ("DT", "BPB1", 170, "#20 belum konfirmasi"),
            ("KB", "SAT1", 390, "kembali ke pos"),
            ("TS", "DMK5", 7300, "perbaikan pompa"),
            ("RS", "PSC3", 31, "RSD GJ"),
        ],
        "ago": lambda seconds: now - timedelta(seconds=seconds),
    }


def wall() -> dict[str, Any]:
    tiles = [
        ("Info Pajak", "Rp 41,8 M", "realisasi 67% · target Rp 62 M", "live"),
        ("BPHTB", "14", "3 menunggu", "live"),
        ("Kamar RSD", "18", "angka 13:02", "stale"),
        ("CCTV", "", "✕ Putus sejak 13:41", "error"),
    ]
    return {"tiles": [tiles[n % 4] for n in range(13)]}
