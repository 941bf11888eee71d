from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from siaga.domain.city import City, CityUnit, Clock, Landmark, Panel, QuietHours, RoutingRule
from siaga.domain.city_check import check_city
from siaga.domain.city_finding import Severity
from siaga.domain.incident_type import LocalWord
from tests.a_city import CITY, FIRE, a_city, a_kind, a_type, an_agency


def said(city: City, severity: Severity = Severity.ERROR) -> list[str]:
    return [f"{entry.where} {entry.message}" for entry in check_city(city) if entry.severity is severity]


def with_agency(code: str, **changes: object) -> City:
    return a_city(
        agencies=tuple(replace(entry, **changes) if entry.code == code else entry for entry in CITY.agencies)  # type: ignore[arg-type]
    )


def with_type(**changes: object) -> City:
    return a_city(types=(replace(FIRE, **changes), *CITY.types[1:]))  # type: ignore[arg-type]


def with_rule(**changes: object) -> City:
    return a_city(rules=(*CITY.rules, RoutingRule(**changes)))  # type: ignore[arg-type]


def with_area(**changes: object) -> City:
    return a_city(kelurahan=(replace(CITY.kelurahan[0], **changes), *CITY.kelurahan[1:]))  # type: ignore[arg-type]


def test_a_city_in_order_has_nothing_to_mend():
    assert said(CITY) == []
    assert said(CITY, Severity.WARNING) == []


ERRORS = [
    # what is wrong                                                        what the person reads
    (a_city(code="Contoh"), "bukan kode Kemendagri"),
    (a_city(full_name=" "), "nama lengkap kota belum diisi"),
    (a_city(languages=("en",)), "bahasa harus memuat"),
    (a_city(lat=200.0), "titik tengah kota"),
    (a_city(centroid_reach_m=1.0), "centroid_reach_m"),
    (a_city(duty_officer="entah"), "petugas piket “entah” tidak ada"),
    (with_agency("piket", active=False), "petugas piket sedang tidak aktif"),
    (with_agency("piket", quiet=QuietHours(starts=time(22), ends=time(6), from_priority=4)), "jam tenang"),
    (with_agency("kantor", quiet=QuietHours(starts=time(22), ends=time(6), from_priority=2)), "prioritas 1 dan 2"),
    (with_agency("api", ladder=()), "tangga eskalasi kosong"),
    (with_agency("api", name=""), "nama belum diisi"),
    (a_city(agencies=(*CITY.agencies, an_agency("api"))), "ditulis 2 kali"),
    (a_city(kinds=tuple(kind for kind in CITY.kinds if kind.code != "kesehatan")), "jenis wajib “kesehatan”"),
    (a_city(kinds=(*CITY.kinds, a_kind("aneh"))), "“aneh” bukan salah satu dari tujuh"),
    (a_city(types=()), "belum ada satu pun jenis kejadian"),
    (with_type(kind="entah"), "kind “entah” tidak ada"),
    (with_type(priority=0), "prioritas 0 harus 1 sampai 4"),
    (with_type(report_group="entah"), "kelompok laporan “entah” tidak ada"),
    (with_type(family="entah"), "family “entah” tidak ada"),
    (with_type(hazards=("entah",)), "bahaya “entah” tidak ada"),
    (with_type(hazards=("luka", "terjebak", "luka", "terjebak", "luka")), "tombolnya hanya 4"),
    (with_type(name_en=""), "name_en"),
    (with_type(synonyms=("kesehatan lain",)), "dipakai dua jenis atau lebih"),
    (with_type(on_scene_minutes_max=0), "on_scene_minutes_max"),
    (a_city(default_clock="entah"), "default_clock"),
    (a_city(clocks=(Clock(code="darurat", name="x", p1=0, p2=1, p3=2, p4=3),)), "lebih dari 0 detik"),
    (a_city(clocks=(Clock(code="darurat", name="x", p1=90, p2=60, p3=60, p4=60),)), "waktu lebih lama"),
    (with_rule(kind="kebakaran", hazard="luka", add=True, agencies=("entah",)), "instansi “entah” tidak ada"),
    (with_rule(type="entah", agencies=("api",)), "jenis kejadian “entah” tidak ada"),
    (with_rule(kelurahan="entah", agencies=("api",)), "kelurahan “entah” tidak ada"),
    (with_rule(kecamatan="entah", agencies=("api",)), "kecamatan “entah” tidak ada"),
    (with_rule(type=FIRE.code, kind="kesehatan", agencies=("api",)), "bukan bagian dari kind"),
    (with_rule(type=FIRE.code, agencies=()), "tidak menyebut satu instansi pun"),
    (with_rule(type=FIRE.code, agencies=("api",), clock="entah"), "batas waktu “entah”"),
    (with_rule(kind="kebakaran", agencies=("polisi",)), "bertentangan dengan aturan ke-7: api atau polisi?"),
    (with_rule(outside=True, kecamatan="99.01.01", agencies=("piket",)), "tidak mungkin sekaligus"),
    (with_rule(kecamatan="99.01.02", kelurahan="99.01.01.1001", agencies=("api",)), "tidak berada di kecamatan itu"),
    (with_rule(type=FIRE.code, agencies=("api",), priority_at_least=9), "priority_at_least"),
    (a_city(kelurahan=()), "belum ada satu pun kelurahan"),
    (with_area(code="9901010001"), "bukan kode Kemendagri"),
    (with_area(code="98.01.01.1001"), "bukan bagian dari kota"),
    (with_area(kecamatan="99.01.02"), "kecamatannya harus 99.01.01"),
    (with_area(kecamatan_name="Lain"), "lebih dari satu nama"),
    (with_area(lat=110.0, lon=-7.0), "titik tengahnya tidak masuk akal"),
    (with_area(lat=-1.0), "jauh dari kota"),
    (a_city(landmarks=(Landmark(name="Pasar", kind="pasar", lat=-7.0),)), "hanya separuh"),
    (a_city(landmarks=(Landmark(name="Pasar", kind="pasar", lat=110.0, lon=-7.0),)), "tertukar"),
    (a_city(landmarks=(Landmark(name="Pasar", kind="pasar", kelurahan="entah"),)), "kelurahan “entah” tidak ada"),
    (a_city(units=(CityUnit(code="U1", agency="entah", what="mobil"),)), "instansi “entah” tidak ada"),
    (
        a_city(panels=(Panel(code="p", title="P", title_en="P", owner="x", refresh_seconds=9, stale_seconds=3),)),
        "refresh_seconds",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("city", "words"), ERRORS, ids=[words for _, words in ERRORS])
def test_what_is_wrong_is_said_in_words(city: City, words: str):
    assert any(words in sentence for sentence in said(city)), said(city)


WARNINGS = [
    (with_agency("api", ladder=CITY.agencies[0].ladder[:1]), "hanya satu orang"),
    (with_agency("api", active=False), "sedang tidak aktif dan dilewati"),
    (a_city(agencies=(*CITY.agencies, an_agency("sepi"))), "tidak disebut satu aturan pun"),
    (a_city(rules=tuple(rule for rule in CITY.rules if rule.kind != "kerusuhan")), "tanpa aturan"),
    (a_city(rules=tuple(rule for rule in CITY.rules if not rule.outside)), "di luar wilayah"),
    (with_rule(kind="kebakaran", agencies=("api",)), "sama dengan aturan ke-7"),
    (with_rule(kind="kebakaran", hazard="terjebak", agencies=("api",)), "menggantikan instansi yang biasa"),
    (with_type(questions=("a" * 91,)), "terlalu panjang untuk diucapkan"),
    (with_type(synonyms=("api", "api")), "ditulis 2 kali"),
]  # fmt: skip


@pytest.mark.parametrize(("city", "words"), WARNINGS, ids=[words for _, words in WARNINGS])
def test_what_is_doubtful_is_said_too(city: City, words: str):
    assert any(words in sentence for sentence in said(city, Severity.WARNING)), said(city, Severity.WARNING)


def test_a_protected_case_may_reach_nobody_outside_its_circle_whatever_else_is_reported():
    secret = a_type("kesehatan.rahasia", protected=True)
    safe = a_city(types=(*CITY.types, secret))
    leaking = a_city(
        types=(*CITY.types, secret),
        rules=(*CITY.rules, RoutingRule(kind="kesehatan", hazard="luka", agencies=("api",), add=True)),
    )
    leaking_in_one_place = a_city(
        types=(*CITY.types, secret),
        rules=(*CITY.rules, RoutingRule(kind="kesehatan", kelurahan="99.01.01.1001", agencies=("kantor",))),
    )

    assert said(safe) == []
    assert any("tidak berwenang melihatnya: api" in sentence for sentence in said(leaking))
    assert any("tidak berwenang melihatnya: kantor" in sentence for sentence in said(leaking_in_one_place))


def test_sample_entries_are_named_but_forbid_nothing():
    city = replace(
        with_type(local_words=(LocalWord(text="geni", languages=("jv",)),)),
        sample=True,
        protocol_approved_by="",
        agencies=(*CITY.agencies[:-1], replace(CITY.agencies[-1], sample=True)),
        landmarks=(Landmark(name="Pasar", kind="pasar"),),
    )

    assert said(city) == []
    assert [entry.where for entry in check_city(city) if entry.severity is Severity.CONTOH] == [
        "agencies.toml",
        "gazetteer.csv",
        "types.toml",
        "types.toml",
        "city.toml",
    ]


def test_the_gravest_comes_first():
    severities = [entry.severity for entry in check_city(replace(with_type(priority=0), sample=True))]

    assert severities == sorted(severities, key=list(Severity).index)
