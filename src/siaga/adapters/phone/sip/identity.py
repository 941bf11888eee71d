"""Who calls, as the SIP headers say it. Every string here came from the network and is bounded and cleaned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

EXPOSED_HEADERS = (
    "From", "To", "Via", "P-Asserted-Identity", "Diversion", "User-Agent",
    "P-Access-Network-Info", "Geolocation", "Priority", "X-Siaga-Demo",
)  # fmt: skip
# What the carrier may tell us: who is calling (asserted), who sent him on, and from which mobile cell.

NUMBER_CHARACTERS_MAX = 32  # E.164 has 15 digits; a SIP user name may be longer, and is cut
NAME_CHARACTERS_MAX = 64
WITHHELD = frozenset({"", "anonymous", "unknown", "unavailable", "restricted", "private"})

_URI = re.compile(r"(?:sips?|tel):([^@;>?\s]*)(@)?", re.IGNORECASE)
_QUOTED_NAME = re.compile(r'^\s*"((?:[^"\\]|\\.)*)"\s*<')
_PLAIN_NAME = re.compile(r"^\s*([^<\"]*?)\s*<")
_SEPARATORS = re.compile(r"[-.()\s]")
_TRANSPORT = re.compile(r"SIP/2\.0/([A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller. ``number`` is ``None`` when he withholds it."""

    number: str | None
    display_name: str | None
    dialled: str
    transport: str


def identity_of(headers: Mapping[str, str], peer: str) -> Identity:
    """Read the caller from an INVITE's headers; ``peer`` is the stack's own idea of the From address."""
    sender = headers.get("From") or f"<{peer}>"
    asserted = headers.get("P-Asserted-Identity", "")
    transport = _TRANSPORT.search(headers.get("Via", ""))
    return Identity(
        number=_number_in(asserted) or _number_in(sender),
        display_name=_name_in(asserted) or _name_in(sender),
        dialled=_number_in(headers.get("To", "")) or "",
        transport=transport[1].lower() if transport else "udp",
    )


def _number_in(value: str) -> str | None:
    found = _URI.search(value)
    if found is None:
        return None
    user = unquote(found[1])
    if found[2] is None and not value.lower().lstrip(" <").startswith("tel:") and "tel:" not in value.lower():
        return None  # "sip:192.0.2.1": a host without a user is no number
    user = _printable(user)
    if re.fullmatch(r"[+\d\-.()\s]+", user):
        user = _SEPARATORS.sub("", user)
    return None if user.lower() in WITHHELD else user[:NUMBER_CHARACTERS_MAX]


def _name_in(value: str) -> str | None:
    found = _QUOTED_NAME.match(value) or _PLAIN_NAME.match(value)
    if found is None:
        return None
    name = _printable(found[1].replace('\\"', '"').replace("\\\\", "\\")).strip()
    return None if name.lower() in WITHHELD else name[:NAME_CHARACTERS_MAX]


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable())
