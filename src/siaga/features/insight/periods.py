"""The days a report is about: whole days of the city's calendar, both ends included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from siaga.domain.errors import RuleBroken

PERIOD_DAYS_MAX = 3660  # ten years: longer than any 112 register, short enough that a typing slip is noticed


class Choice(StrEnum):
    """The periods on offer; the values stand in addresses."""

    TODAY = "hari-ini"
    WEEK = "7-hari"
    MONTH = "30-hari"
    THIS_MONTH = "bulan-ini"
    CUSTOM = "pilih"


@dataclass(frozen=True, kw_only=True)
class Period:
    """From the first moment of ``first`` to the last moment of ``last``, in the city's zone.

    Raises RuleBroken when the days are the wrong way round or too far apart.
    """

    first: date
    last: date
    zone: tzinfo

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise RuleBroken("Tanggal akhir lebih awal daripada tanggal mulai.")
        if self.days > PERIOD_DAYS_MAX:
            raise RuleBroken("Periode paling lama {max} hari.", max=PERIOD_DAYS_MAX)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def starts_at(self) -> datetime:
        """The first moment that counts, aware UTC."""
        return _midnight(self.first, self.zone)

    @property
    def ends_before(self) -> datetime:
        """The first moment that no longer counts, aware UTC."""
        return _midnight(self.last + timedelta(days=1), self.zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def chosen_period(
    choice: Choice, *, now: datetime, zone: tzinfo, first: date | None = None, last: date | None = None
) -> Period:
    """The days of a choice. A custom period without an end goes up to today. Raises RuleBroken."""
    today = now.astimezone(zone).date()
    match choice:
        case Choice.TODAY:
            return Period(first=today, last=today, zone=zone)
        case Choice.WEEK:
            return Period(first=today - timedelta(days=6), last=today, zone=zone)
        case Choice.MONTH:
            return Period(first=today - timedelta(days=29), last=today, zone=zone)
        case Choice.THIS_MONTH:
            return Period(first=today.replace(day=1), last=today, zone=zone)
        case Choice.CUSTOM:
            if first is None:
                raise RuleBroken("Isi tanggal mulai.")
            return Period(first=first, last=last or max(today, first), zone=zone)
