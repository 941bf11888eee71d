"""What may be dialled, and what becomes of it: a number goes to the trunk, a SIP address where it says.

Checked by us, because the stack corrupts its memory on an address it cannot parse (docs/decisions/0003).
"""

from __future__ import annotations

import re

from siaga.adapters.phone.engine import CannotDial

SIP_ADDRESS = re.compile(r"sips?:[\w.+*#%-]+@[\w.-]+(:\d{1,5})?(;transport=(udp|tcp|tls))?", re.ASCII)
URI_CHARACTERS_MAX = 200
NUMBER = re.compile(r"\+?[0-9*#]{2,20}", re.ASCII)  # E.164 has 15 digits; service codes have * and #
SEPARATORS = re.compile(r"[-.() ]")  # what people write between digits
CALLER_ID = re.compile(r"\+?[\w.-]{1,32}", re.ASCII)


def is_sip_address(text: str) -> bool:
    """Whether this can be dialled as it stands."""
    return len(text) <= URI_CHARACTERS_MAX and SIP_ADDRESS.fullmatch(text) is not None


def uri_of(address: str, trunk: str | None) -> str:
    """The SIP address to dial. ``trunk`` is ``host[:port][;transport=...]``, or ``None`` when there is none.

    Raises CannotDial, in words, for what cannot be dialled.
    """
    if address.lower().startswith(("sip:", "sips:")):
        if is_sip_address(address):
            return address
        raise CannotDial(f"{address[:URI_CHARACTERS_MAX]!r} is not a SIP address")
    number = SEPARATORS.sub("", address)
    if not NUMBER.fullmatch(number):
        raise CannotDial(f"{address[:URI_CHARACTERS_MAX]!r} is not a telephone number")
    if trunk is None:
        raise CannotDial(f"{number} cannot be dialled: no trunk is configured (SIAGA_TRUNK)")
    return f"sip:{number.replace('#', '%23')}@{trunk}"


def checked_caller_id(text: str) -> str:
    """The number a callee is to see. Raises CannotDial for what cannot stand in a SIP address."""
    if not CALLER_ID.fullmatch(text):
        raise CannotDial(f"{text[:URI_CHARACTERS_MAX]!r} cannot be shown as a caller's number")
    return text


def cause_of_failure(status: int | None) -> str:
    """Why somebody we dialled did not answer, by the SIP status of the answer, as one of engine.LEFT_CAUSES.

    After RFC 3261, section 21: 486 and 600 are busy; 408, 480 and 487 nobody there, or not in time; any other 4xx
    or 6xx is a refusal (declined, no such number, not allowed); 5xx and no status at all are the network's.
    """
    if status in (486, 600):
        return "busy"
    if status in (408, 480, 487):
        return "no_answer"
    if status is not None and (400 <= status < 500 or 600 <= status < 700):
        return "refused"
    return "network"
