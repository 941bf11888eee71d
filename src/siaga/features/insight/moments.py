"""Reading the times people type into registers: "29/10/2018 14.05", "29 Okt 2018 pukul 14:05 WIB", 43402.58680.

Rule 1: the day stands before the month, as everywhere in the country; 11/29/2018 is refused, not guessed.
Rule 2: a time without a zone is the city's own time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from siaga.domain.errors import RuleBroken

YEAR_MAX = 9998  # one less than a datetime can hold, so that rounding up never overflows
YEAR_MIN = 2000  # the first 112 rooms opened long after; an older year is a typing slip
FUTURE_SLACK = timedelta(hours=1)  # clocks of two computers may differ; tomorrow's incidents may not exist
SERIAL_MIN, SERIAL_MAX = 36_526, 73_050  # 2000-01-01 and 2099-12-31 as days since EXCEL_EPOCH
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  (Excel's day 0; its serials carry no zone)
SECONDS_PER_DAY = 86_400

MONTH_NAMES = (
    "januari jan january", "februari feb pebruari peb february", "maret mar march", "april apr", "mei may",
    "juni jun june", "juli jul july", "agustus agu agt ags aug august", "september sep sept",
    "oktober okt oct october", "november nov nop nopember", "desember des dec december",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(MONTH_NAMES, start=1) for name in names.split()}
ZONES = {name: timezone(timedelta(hours=hours)) for name, hours in (("wib", 7), ("wita", 8), ("wit", 9))}

_WEEKDAY = re.compile(
    r"^(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad|mon|tue|wed|thu|fri|sat|sun)\w*[,\s]+", re.I
)
_YEAR_FIRST = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s,]+|$)")
_DAY_FIRST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[T\s,]+|$)")
_MONTH_NAMED = re.compile(r"^(\d{1,2})[-/\s.]+([a-z]{3,9})[-/\s.,]+(\d{4}|\d{2})(?:[\s,]+|$)", re.I)
_CLOCK = re.compile(
    r"^(?:pukul|pkl|jam|at)?[.\s]*(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*(z|wib|wita|wit|[+-]\d{2}:?\d{2})?$",
    re.I,
)
_SERIAL = re.compile(r"^\d{5}(?:[.,]\d+)?$")


@dataclass(frozen=True)
class TimeOfDay:
    """Hours, minutes, seconds and, when it was written, the zone. ``next_day`` for 24:00."""

    clock: time
    zone: tzinfo | None = None
    next_day: bool = False


def moment(day: object, clock: object = None, *, zone: tzinfo, now: datetime) -> datetime:
    """The moment in UTC that a cell, or a cell for the day and one for the time, mean. Raises RuleBroken.

    A day without a time is the first moment of that day.
    """
    at_day, at_clock = _day_and_clock(day)
    if at_clock is None and not is_blank(clock):
        at_clock = time_of_day(clock)
    if at_day is None:
        raise RuleBroken("Ada jam, tetapi tanggalnya belum ada.")
    at_clock = at_clock or TimeOfDay(time())
    if not YEAR_MIN <= at_day.year <= now.year + 1:
        raise RuleBroken("Tahun {year} tidak masuk akal.", year=at_day.year)
    local = datetime.combine(at_day, at_clock.clock, tzinfo=at_clock.zone or zone)
    if at_clock.next_day:
        local += timedelta(days=1)
    if local > now + FUTURE_SLACK:
        raise RuleBroken("Waktu ini belum terjadi.")
    return local.astimezone(UTC)


def calendar_day(text: str) -> date:
    """The day a person or a browser's date box names, without a zone. Raises RuleBroken."""
    day, _ = _from_text(text)
    if day is None:
        raise RuleBroken("Tanggal tidak terbaca. Contoh: 29/10/2018.")
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise RuleBroken("Tahun {year} tidak masuk akal.", year=day.year)
    return day


def is_blank(cell: object) -> bool:
    """Nothing was typed there."""
    return cell is None or (isinstance(cell, str) and not cell.strip(" \t\r\n\u00a0-"))


def is_clock_only(cell: object) -> bool:
    """The cell holds a time of day and no day."""
    if isinstance(cell, str):
        return _CLOCK.match(" ".join(cell.split())) is not None
    return isinstance(cell, time | timedelta)


def _day_and_clock(cell: object) -> tuple[date | None, TimeOfDay | None]:
    """What one cell says about the day and the time."""
    match cell:
        case datetime():
            return _from_datetime(cell)
        case date():
            return cell, None
        case time() | timedelta():
            return None, time_of_day(cell)
        case bool():
            raise RuleBroken("Ini bukan tanggal.")
        case int() | float():
            return _from_serial(float(cell))
        case str():
            return _from_text(cell)
        case _:
            raise RuleBroken("Tanggal belum diisi.")


def _from_datetime(cell: datetime) -> tuple[date, TimeOfDay | None]:
    if not YEAR_MIN <= cell.year <= YEAR_MAX:
        raise RuleBroken("Tahun {year} tidak masuk akal.", year=cell.year)
    rounded = cell + timedelta(milliseconds=500)  # Excel keeps days as floats: 13:59:59.999 was typed 14:00
    rounded = rounded.replace(microsecond=0)
    if cell.tzinfo is None and rounded.time() == time():
        return rounded.date(), None
    return rounded.date(), TimeOfDay(rounded.time(), cell.tzinfo)


def _from_serial(serial: float) -> tuple[date, TimeOfDay | None]:
    if not SERIAL_MIN <= serial < SERIAL_MAX + 1:
        raise RuleBroken("Angka ini bukan tanggal Excel.")
    return _from_datetime(EXCEL_EPOCH + timedelta(seconds=round(serial * SECONDS_PER_DAY)))


def _from_text(text: str) -> tuple[date | None, TimeOfDay | None]:
    text = " ".join(text.replace("\u00a0", " ").split())
    if _SERIAL.match(text):
        return _from_serial(float(text.replace(",", ".")))
    text = _WEEKDAY.sub("", text)
    if found := _YEAR_FIRST.match(text):
        day = _date(int(found[1]), int(found[2]), int(found[3]))
    elif found := _DAY_FIRST.match(text):
        day = _date(_full_year(found[3]), int(found[2]), int(found[1]))
    elif (found := _MONTH_NAMED.match(text)) and found[2].lower() in MONTHS:
        day = _date(_full_year(found[3]), MONTHS[found[2].lower()], int(found[1]))
    elif _CLOCK.match(text):
        return None, time_of_day(text)
    else:
        raise RuleBroken("Tanggal tidak terbaca. Contoh: 29/10/2018 14:05.")
    rest = text[found.end() :].strip()
    return day, time_of_day(rest) if rest else None


def _full_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise RuleBroken("Tanggal ini tidak ada. Urutannya hari/bulan/tahun, contoh 29/10/2018.") from None


def time_of_day(cell: object) -> TimeOfDay:
    """A time of day as Excel or a person writes it. Raises RuleBroken."""
    match cell:
        case datetime():
            return TimeOfDay(cell.time().replace(microsecond=0), cell.tzinfo)
        case time():
            return TimeOfDay(cell.replace(microsecond=0, tzinfo=None), cell.tzinfo)
        case timedelta():
            return _from_day_share(cell / timedelta(days=1))
        case int() | float() if not isinstance(cell, bool):
            return _from_day_share(float(cell))
        case str() if found := _CLOCK.match(" ".join(cell.split())):
            return _from_match(found)
        case _:
            raise RuleBroken("Jam tidak terbaca. Contoh: 14:05.")


def _from_day_share(share: float) -> TimeOfDay:
    """Excel's time of day: a part of 1."""
    seconds = round(share * SECONDS_PER_DAY)
    if not 0 <= seconds < SECONDS_PER_DAY:
        raise RuleBroken("Jam tidak terbaca. Contoh: 14:05.")
    return TimeOfDay((EXCEL_EPOCH + timedelta(seconds=seconds)).time())


def _from_match(found: re.Match[str]) -> TimeOfDay:
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    end_of_day = (hour, minute, second) == (24, 0, 0)
    try:
        clock = time(0 if end_of_day else hour, minute, second)
    except ValueError:
        raise RuleBroken("Jam ini tidak ada. Contoh: 14:05.") from None
    return TimeOfDay(clock, _zone(found[4]), end_of_day)


def _zone(written: str | None) -> tzinfo | None:
    if not written:
        return None
    if written.lower() == "z":
        return UTC
    if named := ZONES.get(written.lower()):
        return named
    digits = written.replace(":", "")
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    if offset >= timedelta(days=1):
        raise RuleBroken("Jam tidak terbaca. Contoh: 14:05.")
    return timezone(-offset if digits[0] == "-" else offset)
