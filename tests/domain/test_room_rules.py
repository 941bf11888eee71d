from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from siaga.domain.city_check_room import ROOM_CHECKS
from siaga.domain.link_rules import LinkRules
from siaga.domain.room_rules import (
    BurstRules,
    CallBackRules,
    FloodRules,
    Neighbour,
    NightRules,
    OnCallRules,
    OverflowKind,
    OverflowStep,
    PrankRules,
    QueueRules,
    RoomRules,
    Skill,
)
from tests.a_city import CITY

PHONE = OverflowStep(code="a", name="A", kind=OverflowKind.PHONE, target="02310", after_seconds=60)


def found(room: RoomRules) -> list[str]:
    city = replace(CITY, room=room)
    return [f"{finding.severity}: {finding.message}" for check in ROOM_CHECKS for finding in check(city)]


def test_the_defaults_are_sound_but_say_that_no_telephone_takes_over():
    assert found(RoomRules()) == [
        "warning: belum ada telepon limpahan: bila semua meja sibuk, penelepon hanya menunggu."
    ]
    assert found(RoomRules(overflow=(PHONE,))) == []


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (RoomRules(queue=QueueRules(offer_seconds=40)), "offer_seconds harus 5 sampai 15"),
        (RoomRules(queue=QueueRules(skill_wait_seconds=300)), "skill_wait_seconds"),
        (RoomRules(skills=(Skill(code="x", name="X", name_en="X", digit="5"),)), "tidak bisa berbicara"),
        (RoomRules(skills=(Skill(code="x", name="X", name_en="X", digit="x"),)), "bukan tombol"),
        (RoomRules(skills=(Skill(code="x", name="X", name_en="X"),) * 2), "2 kali"),
        (RoomRules(overflow=(PHONE, replace(PHONE, code="b", after_seconds=1))), "urutkan"),
        (RoomRules(overflow=(replace(PHONE, sample=True),)), "contoh"),
        (RoomRules(overflow=(replace(PHONE, target=" "),)), "target"),
        (RoomRules(night=NightRules(seats=0)), "seats"),
        (RoomRules(on_call=OnCallRules(waiting_at=0)), "ambang"),
        (RoomRules(flood=FloodRules(calm_waiting=99)), "calm_waiting"),
        (RoomRules(flood=FloodRules(wrapup_seconds=600)), "wrapup_seconds"),
        (RoomRules(burst=BurstRules(radius_m=50_000)), "radius_m"),
        (RoomRules(pranks=PrankRules(delay_seconds=60)), "delay_seconds harus 0 sampai 15"),
        (RoomRules(pranks=PrankRules(restriction_days_max=365)), "restriction_days_max harus 1 sampai 30"),
        (RoomRules(pranks=PrankRules(blind_percent=0.0)), "blind_percent"),
        (RoomRules(link=LinkRules(propose_above=50.0)), "propose_above harus -5 sampai 10"),
        (RoomRules(link=LinkRules(same_type=0.9, same_family=0.2)), "jumlahnya kurang dari 1"),
        (RoomRules(link=LinkRules(extent_share=0.0)), "lebih dari 0"),
        (RoomRules(link=LinkRules(same_address_m=5000.0)), "same_address_m harus 0 sampai 100"),
        (RoomRules(call_back=CallBackRules(texts_per_day=20)), "texts_per_day harus 1 sampai 3"),
        (
            RoomRules(neighbours=(Neighbour(code="a", name="A", number="1", usual=True),) * 2),
            "hanya satu tetangga",
        ),
    ],
)
def test_a_number_that_would_hurt_a_caller_is_named(room: RoomRules, words: str):
    assert any(words in line for line in found(room))


@pytest.mark.parametrize(
    ("local", "night"),
    [("22:59", False), ("23:00", True), ("02:00", True), ("04:59", True), ("05:00", False)],
)
def test_night_crosses_midnight_on_the_citys_clock(local: str, night: bool):
    zone = ZoneInfo("Asia/Jakarta")
    hour, minute = map(int, local.split(":"))
    at = datetime(2026, 3, 1, hour, minute, tzinfo=zone).astimezone(UTC)
    assert NightRules(starts=time(23), ends=time(5)).is_night(at, zone) is night


def test_without_hours_it_is_never_night_by_itself():
    assert not NightRules().is_night(datetime(2026, 3, 1, 17, tzinfo=UTC), ZoneInfo("Asia/Jakarta"))
