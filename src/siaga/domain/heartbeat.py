"""Signs of life: a call node counts up while it lives, and somebody else decides what its silence means.

Rule 1: counts are compared, never clocks: two machines need not agree what time it is.
Rule 2: silence is measured only while the record was seen to take writes; an absent database is nobody's death.
Rule 3: silence alone never ends a conversation quickly: the callers are listed at once, and ended late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from siaga.domain.event import NodeBack, NodeGone, NodeSilent

PHONE = "phone"
WORKER = "worker"

BEAT_SECONDS = 1.0  # one small row a second: a thousandth of what the record can write
DEAD_SECONDS = 2.0
# When the node's own door on this machine refuses us there is no process behind it. Two missed beats beside that keep
# a door that alone has broken from costing anybody a conversation.
SILENT_SECONDS = 3.0
# Three missed beats. With a look a second and one commit the callers are on the list within five seconds, which is the
# promise; a node that is only paused is back before anybody has been rung for nothing.
GONE_SECONDS = 30.0
# A node on another machine can be cut off from the record while its callers and takers go on talking. Nobody keeps
# talking into a dead line for half a minute, and nobody who talks on should find her call ended in less.


class Life(StrEnum):
    """What we believe of a node."""

    UP = "up"
    SILENT = "silent"  # its callers are listed; their calls go on
    GONE = "gone"  # its calls are ended as lost


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """One process's sign of life. ``life`` names the process, new after each start. ``beat_at``: by its own clock."""

    kind: str
    name: str
    life: str
    beats: int
    beat_at: datetime
    state: Life = Life.UP
    silent_since: datetime | None = None

    def beaten(self, life: str, *, at: datetime) -> tuple[Heartbeat, NodeBack | None]:
        """It lives, or the next process of this name does. An event only when we had thought otherwise."""
        back = self.state is not Life.UP
        beating = replace(self, life=life, beats=self.beats + 1, beat_at=at, state=Life.UP, silent_since=None)
        return beating, NodeBack(node=self.name, at=at) if back else None

    def fallen_silent(self, *, at: datetime) -> tuple[Heartbeat, NodeSilent | None]:
        """It has not been heard for ``SILENT_SECONDS``."""
        if self.state is not Life.UP:
            return self, None
        return replace(self, state=Life.SILENT, silent_since=at), NodeSilent(node=self.name, at=at)

    def given_up(self, *, at: datetime) -> tuple[Heartbeat, NodeGone | None]:
        """It is dead, or has been silent too long."""
        if self.state is Life.GONE:
            return self, None
        gone = replace(self, state=Life.GONE, silent_since=self.silent_since or at)
        return gone, NodeGone(node=self.name, at=at)


def first_beat(kind: str, name: str, life: str, *, at: datetime) -> Heartbeat:
    """A process nobody has heard of yet."""
    return Heartbeat(kind=kind, name=name, life=life, beats=1, beat_at=at)
