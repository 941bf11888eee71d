"""The SIP side: one baresip stack, listening on UDP and TCP, answering to any user name.

What the stack needs to be told, learnt the hard way (docs/decisions/0003):
- one user agent per transport, or a call over the other transport gets 404; `catchall` lets any user part in;
- no video, or every answer is followed by a re-INVITE that plain peers do not expect;
- `call_hold_other_calls no`, or each new conversation puts another caller on hold;
- a fast peer may be established before `dial` has returned, so its events are kept and replayed.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable
from typing import Literal

import ifaddr
from baresip import Account, Config, Runtime, UserAgent
from baresip.call import Call
from baresip.errors import BaresipError
from baresip.events import Event, StackEvent

from siaga.adapters.phone.engine import EngineDown, OfferRefused
from siaga.adapters.phone.identity import EXPOSED_HEADERS
from siaga.adapters.phone.options import JITTER_BUFFER_MS, PhoneOptions

log = logging.getLogger(__name__)

DIAL_SECONDS_MAX = 20.0  # a desk telephone that has not been picked up by then is not staffed
COMMAND_SECONDS_MAX = 5.0

Transport = Literal["udp", "tcp", "tls"]
TRANSPORTS: tuple[Transport, ...] = (
    "udp",
    "tcp",
    "tls",
)  # TLS listens one port above, with a certificate only

SIP_ADDRESS = re.compile(r"sips?:[\w.+*#%-]+@[\w.-]+(:\d{1,5})?(;transport=(udp|tcp|tls))?", re.ASCII)
URI_CHARACTERS_MAX = 200
# Checked by us, because the stack corrupts its memory on an address it cannot parse (docs/decisions/0003).

CLOSED_BY_PEER = "Connection reset by peer"  # the stack's words for an ordinary BYE or CANCEL
CLOSED_BY_SILENCE = "rtp stream error"


class Trunk:
    """The running stack. Every method belongs to the event loop; the stack's own threads never call out."""

    def __init__(
        self, options: PhoneOptions, incoming: Callable[[Call], None], died: Callable[[], None]
    ) -> None:
        self._options = options
        self._incoming = incoming
        self._died = died
        self._runtime: Runtime | None = None
        self._agents: list[UserAgent] = []

    async def start(self) -> None:
        """Listen. Raises EngineDown when the port is taken or no address is there to listen on."""
        runtime = Runtime(command_timeout=COMMAND_SECONDS_MAX)
        runtime.on_dead = self._died
        try:
            await runtime.start(self._config())
            self._runtime = runtime
            for transport in TRANSPORTS if self._options.certificate else TRANSPORTS[:2]:
                agent = await UserAgent.create(runtime, self._account(transport))
                agent.on_incoming(self._incoming)
                self._agents.append(agent)
        except BaresipError as failed:
            where = f"{self._options.host}:{self._options.port}"
            raise EngineDown(f"the telephone cannot listen on {where}: {failed}") from failed

    async def stop(self) -> None:
        """Hang up everything and end the stack."""
        if self._runtime is not None:
            runtime, self._runtime = self._runtime, None
            self._agents = []
            await runtime.close()

    async def dial(self, uri: str) -> Call:
        """Call a telephone; returns when it has answered. Raises OfferRefused when it does not."""
        assert self._runtime is not None
        if len(uri) > URI_CHARACTERS_MAX or not SIP_ADDRESS.fullmatch(uri):
            raise OfferRefused(f"{uri[:URI_CHARACTERS_MAX]!r} did not answer: it is not a SIP address")
        early: dict[int, list[StackEvent]] = {}

        def keep(event: StackEvent) -> None:
            if event.event in (Event.CALL_ESTABLISHED, Event.CALL_CLOSED):
                early.setdefault(event.call, []).append(event)

        self._runtime.subscribe(keep)
        call: Call | None = None
        answered = False
        try:
            call = await self._agent_for(uri).dial(uri)
            for event in early.get(call.handle, ()):
                call._on_stack_event(event)  # the stack told it before the Call existed
            await call.wait_established(DIAL_SECONDS_MAX)
            answered = True
        except (BaresipError, ValueError) as refused:
            raise OfferRefused(f"{uri} did not answer: {refused}") from refused
        finally:
            self._runtime.unsubscribe(keep)
            if call is not None and not answered:
                with contextlib.suppress(BaresipError):
                    await call.hangup()
        return call

    def _agent_for(self, uri: str) -> UserAgent:
        wanted = 1 if "transport=tcp" in uri.lower() else 0
        return self._agents[wanted]

    def _account(self, transport: Transport) -> Account:
        extra = ["catchall=yes", "video_codecs=none"]
        if transport == "tls":
            extra.append("mediaenc=srtp")  # encrypts the voice when the peer offers it
        return Account(
            user=self._options.user,
            domain=f"127.0.0.1:{self._options.port}",
            password="",
            reg_interval=0,
            transport=transport,
            audio_codecs=("pcma", "pcmu"),
            dtmf_mode="auto",
            extra_params=tuple(extra),
        )

    def _config(self) -> Config:
        options = self._options
        lines = [
            f"sip_listen {options.host}:{options.port}",
            f"rtp_ports {options.rtp_port_first}-{options.rtp_port_last}",
            "call_hold_other_calls no",
            "audio_jitter_buffer_type adaptive",
            f"audio_jitter_buffer_ms {JITTER_BUFFER_MS}",
            "rtp_stats no",
        ]
        if options.certificate:
            lines.append(f"sip_certificate {options.certificate}")
        else:
            lines.append("sip_transports udp,tcp")
        every_address = options.host in {"0.0.0.0", "::"}  # noqa: S104
        return Config(
            net_interface=None if every_address and own_addresses() else _pinned(options.host),
            max_concurrent_calls=options.calls_max,
            rtp_timeout=options.voice_seconds_max,
            expose_headers=EXPOSED_HEADERS,
            native_log_level="warning",
            extra_config_text="\n".join(lines),
        )


def _pinned(host: str) -> str:
    """The one address the stack binds; loopback when the machine has no other."""
    return "127.0.0.1" if host in {"0.0.0.0", "::", "localhost"} else host  # noqa: S104


def own_addresses() -> tuple[str, ...]:
    """IPv4 addresses other machines can reach this one at, in the order the system names them."""
    return tuple(
        ip.ip
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str) and not ip.ip.startswith(("127.", "169.254."))
    )


def cause_of(text: str | None, *, answered: bool) -> str:
    """The stack's reason for a closed call, as one of engine.LEFT_CAUSES."""
    reason = text or ""
    if reason.startswith(CLOSED_BY_SILENCE):
        return "voice_stopped"
    if not reason or reason.startswith(CLOSED_BY_PEER):
        return "hung_up" if answered else "cancelled"
    if reason.startswith("487"):
        return "cancelled"
    return "network"
