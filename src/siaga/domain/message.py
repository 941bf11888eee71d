"""A message to somebody outside the room: what, to whom, over which channel, and whether it arrived.

Rule 1: at least once, with a key the outside can check: the same message to the same contact over the same
channel always has the same ``id``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.event import MessageDelivered, MessageFailed

ATTEMPTS_MAX = 6
FIRST_RETRY_SECONDS = 2
RETRY_SECONDS_MAX = 30
# 2 + 4 + 8 + 16 + 30 s: a broken channel is given up within a minute, while escalation climbs on by itself.


class MessageState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


def message_key(position: int, recipient: str, channel: str) -> str:
    """The same journal entry to the same recipient over the same channel is always the same message."""
    return f"journal-{position}:{recipient}:{channel}"


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message on its way. ``to`` and ``text`` are erasable."""

    id: str
    channel: str
    to: str
    text: str
    created_at: datetime
    next_at: datetime
    state: MessageState = MessageState.PENDING
    attempts: int = 0
    assignment: str | None = None
    agency: str | None = None
    last_error: str | None = None
    done_at: datetime | None = None
    demo: bool = False

    def delivered(self, *, at: datetime) -> tuple[Message, MessageDelivered]:
        message = replace(self, state=MessageState.DELIVERED, attempts=self.attempts + 1, done_at=at)
        event = MessageDelivered(
            message=self.id, channel=self.channel, assignment=self.assignment, agency=self.agency, at=at
        )
        return message, event

    def failed(self, reason: str, *, at: datetime) -> tuple[Message, MessageFailed | None]:
        """Try again later, or, after the last attempt, say so once."""
        attempts = self.attempts + 1
        if attempts < ATTEMPTS_MAX:
            wait = min(FIRST_RETRY_SECONDS * 2 ** (attempts - 1), RETRY_SECONDS_MAX)
            again = at + timedelta(seconds=wait)
            return replace(self, attempts=attempts, last_error=reason, next_at=again), None
        message = replace(self, state=MessageState.FAILED, attempts=attempts, last_error=reason, done_at=at)
        event = MessageFailed(
            message=self.id,
            channel=self.channel,
            reason=reason,
            assignment=self.assignment,
            agency=self.agency,
            at=at,
        )
        return message, event
