"""Whether a number may be rung or written to. The telephone of a victim is often in the hand of somebody else.

Rule 1: the reporter's number of a protected case counts as *unknown* until somebody has asked: no machine rings it and
no text is written to it; a person may, who hears who answers.
Rule 2: *no* and *outside the hours* hold for people too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from enum import StrEnum

from siaga.domain.errors import RuleBroken


class Verdict(StrEnum):
    """What the reporter said, or that nobody has asked."""

    YES = "yes"
    NO = "no"
    HOURS = "hours"  # only between two times of the day
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class CallSafety:
    """What is known of one number; the newest row of a number decides. ``number`` and ``reason`` are personal data.

    ``from_hour`` and ``until_hour`` are local times; the span may cross midnight.
    """

    id: str
    number: str
    incident: str
    verdict: Verdict
    from_hour: time | None = None
    until_hour: time | None = None
    reason: str | None = None
    by: str | None = None
    at: datetime

    def __post_init__(self) -> None:
        if self.verdict is Verdict.HOURS and (
            self.from_hour is None or self.until_hour is None or self.from_hour == self.until_hour
        ):
            raise RuleBroken("Isi dari jam berapa sampai jam berapa nomor ini aman ditelepon.")

    def person_may_call(self, now: datetime, zone: tzinfo) -> bool:
        """Whether a taker may ring this number now."""
        if self.verdict is Verdict.HOURS:
            return self._within(now.astimezone(zone).time())
        return self.verdict is not Verdict.NO

    def machine_may_call(self, now: datetime, zone: tzinfo) -> bool:
        """Whether it may be rung by itself now."""
        return self.verdict is not Verdict.UNKNOWN and self.person_may_call(now, zone)

    def machine_may_text(self) -> bool:
        """Whether a text may be written by itself. Hours do not help: a text lies there when the hour is over."""
        return self.verdict is Verdict.YES

    def _within(self, local: time) -> bool:
        assert self.from_hour is not None  # __post_init__ saw to it
        assert self.until_hour is not None
        if self.from_hour < self.until_hour:
            return self.from_hour <= local < self.until_hour
        return local >= self.from_hour or local < self.until_hour


def digits_of(number: str) -> str:
    """A number as it is compared: digits only, the country's prefix as the trunk prefix 0."""
    digits = "".join(letter for letter in number if letter.isdigit())
    if number.strip().startswith("+62") or (digits.startswith("62") and len(digits) >= 10):
        return "0" + digits[2:]
    return digits
