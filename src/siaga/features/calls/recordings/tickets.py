"""The proof a browser shows for every piece of sound: that its person opened this player a while ago."""

from __future__ import annotations

import hmac
from datetime import datetime

from siaga.secret import signature

TICKET_SECONDS = 4 * 3600  # longer than anybody listens to one call; a copied address is worthless after it
PURPOSE = "hear recording"


class NotForThis(Exception):
    """The ticket is of another person, another call, or too old."""


def ticket_for(secret: bytes, person: str, call: str, sound_bytes: int, now: datetime) -> str:
    """A ticket for ``sound_bytes`` of one call, for one person. A growing call is heard as far as it was then."""
    ends = int(now.timestamp()) + TICKET_SECONDS
    return f"{ends}.{sound_bytes}.{_signed(secret, person, call, ends, sound_bytes)}"


def check_ticket(secret: bytes, ticket: str, person: str, call: str, now: datetime) -> int:
    """How many bytes of sound it is for. Raises NotForThis."""
    ends, _, rest = ticket.partition(".")
    size, _, signed = rest.partition(".")
    if not (ends.isascii() and ends.isdecimal() and size.isascii() and size.isdecimal()):
        raise NotForThis
    expected = _signed(secret, person, call, int(ends), int(size))
    if not hmac.compare_digest(signed.encode(), expected.encode()) or int(ends) < now.timestamp():
        raise NotForThis
    return int(size)


def _signed(secret: bytes, person: str, call: str, ends: int, sound_bytes: int) -> str:
    return signature(secret, PURPOSE, f"{person}\n{call}\n{ends}\n{sound_bytes}")
