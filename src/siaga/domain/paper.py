"""A call that was written on paper while everything was dark: its own times, and what cannot be true of them.

Rule 1: the paper's times are the truth; when it was typed is kept beside them, never instead.
Rule 2: nothing that is over is asked, told or escalated again.
Rule 3: what cannot be true is refused in words that name the field; the typist keeps what she typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from siaga.domain.errors import RuleBroken
from siaga.domain.event import PaperUndone

FUTURE_SECONDS_MAX = 120  # a wall clock and ours may differ by this much; a later time is a typing slip
BACK_DAYS_MAX = 31  # paper older than a month belongs into the import of history
UNDO_DAYS_MAX = 7  # later its figures have been reported; then an incident is corrected, not taken back
FORM_CHARACTERS_MAX = 40


@dataclass(frozen=True, kw_only=True)
class PaperEntry:
    """One sheet of paper that was typed in. ``form``: what is printed or written on it, to find it again."""

    id: str
    call: str
    incident: str | None
    form: str
    still_going: bool
    by: str
    at: datetime
    undone_at: datetime | None = None
    undone_by: str | None = None

    def undone(self, *, by: str, at: datetime) -> tuple[PaperEntry, PaperUndone]:
        """Taken back. Once; within a week; and never what has been passed on to agencies meanwhile."""
        if self.undone_at is not None:
            raise RuleBroken("Lembar kertas ini sudah dibatalkan.")
        if at - self.at > timedelta(days=UNDO_DAYS_MAX):
            raise RuleBroken(
                "Sudah lebih dari tujuh hari: angkanya sudah dilaporkan. Perbaiki di kejadiannya."
            )
        if self.still_going:
            raise RuleBroken(
                "Kejadian ini diketik sebagai masih berlangsung dan sudah berjalan. Tutup kejadiannya saja."
            )
        taken_back = replace(self, undone_at=at, undone_by=by)
        return taken_back, PaperUndone(entry=self.id, call=self.call, incident=self.incident, by=by, at=at)


@dataclass(frozen=True, kw_only=True)
class PaperAgency:
    """What the paper says of one agency: when it was told, when it was there, when it had done."""

    agency: str
    told_at: datetime
    on_scene_at: datetime | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PaperTimes:
    """When things happened, as written on the sheet."""

    arrived_at: datetime
    answered_at: datetime
    ended_at: datetime | None = None
    closed_at: datetime | None = None


def check_times(times: PaperTimes, agencies: Sequence[PaperAgency], *, now: datetime) -> None:
    """Refuse, naming the field, what cannot have been. Raises RuleBroken."""
    named = [
        ("masuk", times.arrived_at), ("dijawab", times.answered_at), ("telepon ditutup", times.ended_at),
        ("kejadian selesai", times.closed_at),
    ]  # fmt: skip
    for one in agencies:
        named += [
            (f"{one.agency}: dihubungi", one.told_at),
            (f"{one.agency}: tiba", one.on_scene_at),
            (f"{one.agency}: selesai", one.done_at),
        ]
    for field, moment in named:
        if moment is not None and moment > now + timedelta(seconds=FUTURE_SECONDS_MAX):
            raise RuleBroken("Jam “{field}” belum terjadi. Periksa jam dan tanggalnya.", field=field)
    if now - times.arrived_at > timedelta(days=BACK_DAYS_MAX):
        raise RuleBroken("Kertas ini lebih dari sebulan. Masukkan lewat impor riwayat.")
    _in_order(
        ("masuk", times.arrived_at), ("dijawab", times.answered_at), ("telepon ditutup", times.ended_at)
    )
    _in_order(("dijawab", times.answered_at), ("kejadian selesai", times.closed_at))
    for one in agencies:
        _in_order(
            ("dijawab", times.answered_at),
            (f"{one.agency}: dihubungi", one.told_at),
            (f"{one.agency}: tiba", one.on_scene_at),
            (f"{one.agency}: selesai", one.done_at),
            ("kejadian selesai", times.closed_at),
        )


def _in_order(*named: tuple[str, datetime | None]) -> None:
    known = [(field, moment) for field, moment in named if moment is not None]
    for (before, earlier), (after, later) in pairwise(known):
        if later < earlier:
            raise RuleBroken(
                "Jam “{after}” lebih awal daripada jam “{before}”. Mana yang salah tulis?",
                after=after,
                before=before,
            )
