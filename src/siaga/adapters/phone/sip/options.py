"""What the telephone node may be told, and the limits it keeps, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Literal

CALLS_MAX = 160
# Calls and desk telephones together; two nodes hold the 300 callers of a city's worst minute, with 20 places over.
# With NEWCOMERS_MAX it stays below 255, where the stack stops dead and answers nothing. One more caller gets 486, and
# the carrier or Kamailio tries the next node, while everybody already here keeps a clear voice.
# Measured with callers who hear the queue and are recorded, two cores shared with the load itself: 60 cost 42 % of a
# core, 120 58 to 64 %, 180 93 %. 160 were run three times: 95, 98 and 104 % of a core, the third time on a busy machine
# and with three gaps of at most 140 ms, otherwise with none. Two thirds of it are the stack's own threads, one a call,
# on all cores; the mixer, the one thread everybody shares, takes 19 % of a core at 160.

NEWCOMERS_MAX = 60
# Calls beyond CALLS_MAX the stack shows us for the moment in which we decide who gives way (places.py). Those it does
# not show us it answers 486 by itself, so that a thousand INVITEs a second cost us no thousand decisions.

SEATS_PER_MEDIA_PROCESS = 12
# A browser's encrypted leg costs 3 to 5 % of a core; above twelve in one process, frames begin to come late.

MEDIA_PROCESSES_MAX = 8
# 96 browser seats on one node: more takers than any Indonesian 112 room has.

VOICE_SECONDS_MAX = 60
# A caller whose sound stops this long without a word of goodbye is gone (battery, tunnel). Longer than any
# pause a mobile network makes, because dropping a frightened, silent person is the worse mistake.

RECORD_SECONDS_MAX = 2.0
# An arrival is written down before it is answered, but a caller does not wait for a sick database: after
# this, the arrival goes to a file on this disk and the call is answered.

RING_SECONDS_MAX = 60
# Somebody we dialled who has not picked up by then will not. Indonesian networks themselves give up after 45 to
# 60 s; a duty telephone may need nearly as long.

JITTER_BUFFER_MS = "20-160"
# Least and most delay of the adaptive jitter buffer in ms: 29-47 ms through the node, measured, against
# 120-138 ms with the stack's default.


Transport = Literal["udp", "tcp", "tls"]


@dataclass(frozen=True, kw_only=True)
class TrunkOptions:
    """The operator numbers are dialled through. ``proxy`` stands before ``host`` when he wants it."""

    host: str
    port: int = 0
    transport: Transport = "udp"
    user: str = ""
    auth_user: str = ""
    password: str = field(default="", repr=False)
    register: bool = False
    proxy: str = ""
    authorities: Path | None = None

    @property
    def address(self) -> str:
        """``host[:port][;transport=...]``, what stands behind the @."""
        port = f":{self.port}" if self.port else ""
        return f"{self.host}{port}" + (f";transport={self.transport}" if self.transport != "udp" else "")


@dataclass(frozen=True, kw_only=True)
class PhoneOptions:
    """How one call node listens. Times in seconds, ports inclusive."""

    host: str = "0.0.0.0"  # noqa: S104  (callers come from outside; that is the point)
    port: int = 5060
    user: str = "112"
    node: str = "node-1"
    rtp_port_first: int = 20_000
    rtp_port_last: int = 20_999
    calls_max: int = CALLS_MAX
    voice_seconds_max: int = VOICE_SECONDS_MAX
    ring_seconds_max: float = RING_SECONDS_MAX
    certificate: Path | None = None
    encrypted_only: bool = False
    trunk: TrunkOptions | None = None
    sources: tuple[IPv4Network, ...] = ()
    location_headers: tuple[str, ...] = ()  # what else the operator says of where a caller is
    ice_addresses: tuple[str, ...] = ()
    loopback_calls: bool = True
    recording_keys: Path | None = (
        None  # folder; without keys nothing is recorded, because nothing is kept in clear
    )

    @property
    def on_loopback(self) -> bool:
        """Only this machine can call: tests, and a machine without a network."""
        return self.host.startswith("127.") or self.host == "localhost"
