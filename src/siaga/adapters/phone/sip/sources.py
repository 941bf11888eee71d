"""From where a call came: kept out when the office names the addresses its trunk calls from.

The stack does not tell an application the sender of an INVITE, and a Via header is the sender's own claim; the
stack's trace of messages is the only place where the real address stands. It is read here, never logged.
"""

from __future__ import annotations

import asyncio
import collections
import logging
import re
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network

TRACE = logging.getLogger("baresip.native.sip")
INVITES_REMEMBERED = 1000  # more than can be waiting for their event in the same moment
WAIT_SECONDS_MAX = 0.5  # the trace comes on another thread than the call, within milliseconds
LOOK_SECONDS = 0.01

_INVITE = re.compile(r"RX \w+ ([\d.]+):\d+ -> \S+\s+INVITE ")
_CALL_ID = re.compile(r"^(?:Call-ID|i)\s*:\s*(\S+)\s*$", re.IGNORECASE | re.MULTILINE)


class Sources(logging.Handler):
    """Remembers which address sent which INVITE. `emit` runs on the stack's log thread."""

    def __init__(self, allowed: Sequence[IPv4Network]) -> None:
        """``allowed``: nothing means everywhere, because no emergency call is refused unless somebody asked."""
        super().__init__(logging.DEBUG)
        self._allowed = tuple(allowed)
        self._seen: collections.OrderedDict[str, str] = collections.OrderedDict()

    def begin(self) -> None:
        """Read the trace from now on; it goes nowhere else."""
        if self._allowed:
            TRACE.setLevel(logging.DEBUG)
            TRACE.propagate = False
            TRACE.addHandler(self)

    def end(self) -> None:
        """Read no more."""
        TRACE.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the sender of an INVITE."""
        text = record.getMessage()
        sender = _INVITE.match(text)
        name = _CALL_ID.search(text) if sender else None
        if sender and name and name[1] not in self._seen:
            self._seen[name[1]] = sender[1]
            while len(self._seen) > INVITES_REMEMBERED:
                self._seen.popitem(last=False)

    async def lets_in(self, sip_call_id: str | None) -> bool:
        """Whether the call with this SIP Call-ID came from an allowed address. Unknown is no."""
        if not self._allowed:
            return True
        for _ in range(int(WAIT_SECONDS_MAX / LOOK_SECONDS)):
            if sip_call_id in self._seen:
                break
            await asyncio.sleep(LOOK_SECONDS)
        try:
            sender = IPv4Address(self._seen.pop(sip_call_id or "", ""))
        except AddressValueError:
            return False
        return any(sender in network for network in self._allowed)
