"""Times as people type them into registers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.errors import RuleBroken
from siaga.features.insight.moments import moment
from siaga.features.insight.periods import Choice, Period, chosen_period

ZONE = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
FIVE_PAST_TWO = datetime(2018, 10, 29, 7, 5, tzinfo=UTC)
MIDNIGHT = datetime(2018, 10, 28, 17, 0, tzinfo=UTC)


def read(day: object, clock: object = None) -> datetime:
    return moment(day, clock, zone=ZONE, now=NOW)


@pytest.mark.parametrize(
    "typed",
    [
        "2018-10-29T14:05", "2018-10-29 14:05:00", "2018-10-29T07:05:00Z", "2018-10-29T14:05:00+07:00",
        "2018-10-29T14:05:00.000+0700", "2018/10/29 14:05", "29/10/2018 14:05", "29/10/2018 14.05", "29-10-2018 14:05",
        "29.10.2018 14.05", "29/10/18 14:05", "29 Oktober 2018 14:05", "29 Okt 2018, 14.05 WIB", "29-Okt-18 14:05",
        "Senin, 29 Oktober 2018 pukul 14.05 WIB", "29/10/2018 15:05 WITA", "29 October 2018 at 14:05",
        " 29/10/2018  14:05 ",
        "29/10/2018\u00a014:05", "43402.586805555555", "43402,586805555555", 43402.586805555555,
        datetime(2018, 10, 29, 14, 4, 59, 999_700), datetime(2018, 10, 29, 7, 5, tzinfo=UTC),
    ],
)  # fmt: skip
def test_many_hands_write_the_same_moment(typed: object) -> None:
    assert read(typed) == FIVE_PAST_TWO


@pytest.mark.parametrize("clock", ["14:05", "14.05", "pukul 14.05", "14:05:00", "14:05 WIB", time(14, 5), 0.586805555,
                                   timedelta(hours=14, minutes=5), datetime(1899, 12, 30, 14, 5)])  # fmt: skip
@pytest.mark.parametrize("day", ["29/10/2018", date(2018, 10, 29), datetime(2018, 10, 29), 43402])
def test_a_column_for_the_day_and_one_for_the_time(day: object, clock: object) -> None:
    assert read(day, clock) == FIVE_PAST_TWO


@pytest.mark.parametrize("typed", ["29/10/2018", "2018-10-29", date(2018, 10, 29), 43402, "29/10/2018 00:00"])
def test_a_day_without_a_time_is_its_first_moment(typed: object) -> None:
    assert read(typed) == MIDNIGHT


def test_the_end_of_a_day_is_the_start_of_the_next() -> None:
    assert read("28/10/2018 24:00") == MIDNIGHT


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("10/29/2018", "hari/bulan/tahun"), ("31/02/2018", "tidak ada"), ("kemarin", "tidak terbaca"),
        ("", "tidak terbaca"),
        (None, "belum diisi"), (True, "bukan tanggal"), (12, "bukan tanggal Excel"), ("14:05", "tanggalnya belum ada"),
        ("29/10/1918", "tidak masuk akal"), ("31/12/9999 24:00", "tidak masuk akal"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999), "tidak masuk akal"),
        ("22/11/2026", "belum terjadi"), ("29/10/2018 25:00", "Jam ini tidak ada"),
        ("29/10/2018 sore", "Jam tidak terbaca"), ("29 Foo 2018", "tidak terbaca"),
        ("2018-10-29T14:05+99:99", "Jam tidak"),
        (float("nan"), "bukan tanggal Excel"), (float("inf"), "bukan tanggal Excel"), (10**40, "bukan tanggal Excel"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(typed: object, words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        read(typed)


@given(
    st.text(max_size=40)
    | st.floats()
    | st.integers()
    | st.datetimes()
    | st.timedeltas()
    | st.times()
    | st.dates()
)
def test_nothing_typed_breaks_it(typed: object) -> None:
    try:
        found = read(typed, "12:00")
    except RuleBroken:
        return
    assert found.tzinfo is UTC
    assert found.year >= 1999


def test_a_period_holds_both_its_end_days_whole() -> None:
    period = Period(first=date(2018, 10, 29), last=date(2018, 12, 11), zone=ZONE)

    assert period.starts_at == MIDNIGHT
    assert period.ends_before == datetime(2018, 12, 11, 17, 0, tzinfo=UTC)
    assert period.days == 44


@pytest.mark.parametrize(
    ("choice", "first", "last"),
    [
        (Choice.TODAY, date(2026, 11, 22), date(2026, 11, 22)),
        (Choice.WEEK, date(2026, 11, 16), date(2026, 11, 22)),
        (Choice.MONTH, date(2026, 10, 24), date(2026, 11, 22)),
        (Choice.THIS_MONTH, date(2026, 11, 1), date(2026, 11, 22)),
    ],
)
def test_today_is_the_city_s_today(choice: Choice, first: date, last: date) -> None:
    after_local_midnight = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)

    period = chosen_period(choice, now=after_local_midnight, zone=ZONE)

    assert (period.first, period.last) == (first, last)


def test_a_period_the_wrong_way_round_or_endless_is_refused() -> None:
    with pytest.raises(RuleBroken, match="lebih awal"):
        Period(first=date(2018, 12, 11), last=date(2018, 10, 29), zone=ZONE)
    with pytest.raises(RuleBroken, match="3660"):
        Period(first=date(2001, 1, 1), last=date(2026, 1, 1), zone=ZONE)
    with pytest.raises(RuleBroken, match="tanggal mulai"):
        chosen_period(Choice.CUSTOM, now=NOW, zone=ZONE)
