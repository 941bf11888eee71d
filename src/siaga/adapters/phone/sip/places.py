"""Who gives way when a node is full: a call nobody has completed, never one somebody is on.

A caller's telephone confirms our answer (ACK) within a second, or his voice comes. A flood does neither: its calls
stay half open until the stack gives them up after 32 s. Such a call is nobody's conversation, so its place is given
to the next caller; without this, a hundred messages from one machine would keep everybody else out.
Rule 1: while one place is free, nobody is refused and nobody gives way.
Rule 2: a confirmed call, or one whose voice was heard, never gives way.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from dataclasses import dataclass

log = logging.getLogger(__name__)

HALF_OPEN_SECONDS = 2.0
# So long after our answer a call without any word may have to give way: ten times the way to the farthest mobile
# network and back, and longer than a slow record may hold our answer up.

HEAVY_SHARE = 4
# A sender with more than this part (a quarter) of all places half open is no trunk in a bad second: its half-open
# calls give way at once to a caller from elsewhere, however fast it refills them.

SAID_SECONDS = 60.0  # a flood must not fill the disk with words: a full node says so once a minute

_SENT_BY = re.compile(r"SIP\s*/\s*2\.0\s*/\s*\w+\s+([^\s;,]+)", re.IGNORECASE)
_PORT = re.compile(r":\d+$")


@dataclass(slots=True)
class _HalfOpen:
    source: str
    arrived_at: float
    answered_at: float | None = None


class Places:
    """The half-open calls of one node. Times are monotonic seconds."""

    def __init__(self, calls_max: int) -> None:
        self._calls_max = calls_max
        self._half_open: dict[str, _HalfOpen] = {}
        self._gave_way = self._turned_away = 0
        self._say_at = 0.0

    def arrived(self, call: str, source: str, at: float) -> None:
        """An INVITE has come. ``source``: see `source_of`."""
        self._half_open[call] = _HalfOpen(source, at)

    def answered(self, call: str, at: float) -> None:
        """We have said 200."""
        if (known := self._half_open.get(call)) is not None:
            known.answered_at = at

    def settled(self, call: str) -> bool:
        """The far end has confirmed, or was heard, or the call is gone. Whether it was half open until now."""
        return self._half_open.pop(call, None) is not None

    def who_gives_way(self, source: str, at: float) -> str | None:
        """The call whose place a caller from ``source`` gets now that all are taken; ``None``: everybody is real."""
        call = self._chosen(source, at)
        self._gave_way += call is not None
        self._turned_away += call is None
        if at >= self._say_at:
            self._say_at = at + SAID_SECONDS
            log.error(
                "all %d places are taken; since this was last said %d callers were told to try elsewhere (486) and"
                " %d calls nobody had completed gave way", self._calls_max, self._turned_away, self._gave_way,
            )  # fmt: skip
            self._gave_way = self._turned_away = 0
        return call

    def _chosen(self, source: str, at: float) -> str | None:
        heavy, count = self._heaviest()
        if count > self._calls_max // HEAVY_SHARE and heavy != source:
            return self._oldest(of=heavy)
        return self._oldest(answered_before=at - HALF_OPEN_SECONDS)

    def _heaviest(self) -> tuple[str, int]:
        counts = Counter(one.source for one in self._half_open.values()).most_common(1)
        return counts[0] if counts else ("", 0)

    def _oldest(self, *, of: str | None = None, answered_before: float | None = None) -> str | None:
        found = [
            (one.answered_at is None, one.arrived_at, call)
            for call, one in self._half_open.items()
            if of in (None, one.source)
            and (
                answered_before is None
                or (one.answered_at is not None and one.answered_at <= answered_before)
            )
        ]
        return min(found)[2] if found else None


def source_of(via: str) -> str:
    """Where an INVITE says it was sent from: the host of its topmost Via.

    It is the sender's own claim (docs/decisions/0003). Who lies with every message is many sources, and only the
    time limit holds for him.
    """
    found = _SENT_BY.search(via)
    return _PORT.sub("", found[1]).lower() if found else ""
