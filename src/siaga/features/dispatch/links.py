"""The one-tap link: an agency accepts from a message, without signing in.

A link names one assignment and the moment it expires, and is signed. Opening it changes nothing (message
programs open links by themselves); only the button does.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from siaga.domain.errors import NotAllowed
from siaga.secret import signature

LINK_MINUTES = 15
# Long enough to wake up and find the glasses; an older message must not be able to accept somebody's emergency.

PURPOSE = "accept"


@dataclass(frozen=True)
class OneTap:
    """What a valid link allows: to answer for this assignment, as the contact ``who``."""

    assignment: str
    who: str
    expires: datetime


def make_link(secret: bytes, *, assignment: str, who: str, now: datetime) -> str:
    """The last part of the address: ``/t/<this>``."""
    expires = int((now + timedelta(minutes=LINK_MINUTES)).timestamp())
    text = f"{assignment}|{who}|{expires}"
    signed = f"{text}|{signature(secret, PURPOSE, text)}"
    return base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")


def read_link(secret: bytes, link: str, *, now: datetime) -> OneTap:
    """Raises NotAllowed for a link that was altered or is too old."""
    try:
        signed = base64.urlsafe_b64decode(link + "=" * (-len(link) % 4)).decode()
        text, given = signed.rsplit("|", 1)
        assignment, who, expires = text.split("|")
        until = datetime.fromtimestamp(int(expires), UTC)
    except (binascii.Error, ValueError, OverflowError, OSError):
        raise NotAllowed("Tautan ini tidak sah. Buka aplikasi, atau telepon 112.") from None
    if not hmac.compare_digest(given.encode(), signature(secret, PURPOSE, text).encode()):
        raise NotAllowed("Tautan ini tidak sah. Buka aplikasi, atau telepon 112.")
    if now > until:
        raise NotAllowed("Tautan ini sudah kedaluwarsa. Buka aplikasi, atau telepon 112.")
    return OneTap(assignment=assignment, who=who, expires=until)
