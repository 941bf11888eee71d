"""What the SIP stack is told: its configuration text, and the accounts it answers and calls as.

What it needs to be told, learnt the hard way (docs/decisions/0003):
- one user agent per transport, or a call over the other transport gets 404; `catchall` lets any user part in;
- no video, or every answer is followed by a re-INVITE that plain peers do not expect;
- `call_hold_other_calls no`, or each new conversation puts another caller on hold.
"""

from __future__ import annotations

import ssl

import ifaddr
from baresip import Account, Config

from siaga.adapters.phone.sip.identity import EXPOSED_HEADERS
from siaga.adapters.phone.sip.options import (
    JITTER_BUFFER_MS,
    NEWCOMERS_MAX,
    PhoneOptions,
    Transport,
    TrunkOptions,
)

CODECS = ("pcma", "pcmu")
REGISTER_SECONDS = 300  # how long a registration lives: a registrar that restarted knows us again within it
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104


def account(options: PhoneOptions, transport: Transport, user: str = "") -> Account:
    """Who answers callers on this transport, and calls telephones of the office as ``user``."""
    return Account(
        user=user or options.user,
        domain=f"{_reachable(options.host)}:{options.port}",
        password="",
        reg_interval=0,
        transport=transport,
        audio_codecs=CODECS,
        dtmf_mode="auto",
        extra_params=_extra(options, transport),
    )


def trunk_account(options: PhoneOptions, trunk: TrunkOptions) -> Account:
    """Who we are at the operator. A challenge is answered with the password, at sign-in and at every call."""
    return Account(
        user=trunk.user or options.user,
        domain=trunk.host + (f":{trunk.port}" if trunk.port else ""),
        password=trunk.password,
        auth_user=trunk.auth_user or None,
        registrar=trunk.proxy or None,
        reg_interval=REGISTER_SECONDS if trunk.register else 0,
        transport=trunk.transport,
        audio_codecs=CODECS,
        dtmf_mode="auto",
        extra_params=_extra(options, trunk.transport),
    )


def _extra(options: PhoneOptions, transport: Transport) -> tuple[str, ...]:
    extra = ["catchall=yes", "video_codecs=none"]
    if options.encrypted_only:
        extra.append("mediaenc=srtp-mand")
    elif transport == "tls":
        extra.append("mediaenc=srtp")  # encrypts the voice when the peer offers it
    return tuple(extra)


def config(options: PhoneOptions) -> Config:
    """The stack's configuration."""
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
    if _speaks_tls(options):
        lines.append("sip_transports udp,tcp,tls")
    else:
        lines.append("sip_transports udp,tcp")
    if options.trunk is not None and options.trunk.transport == "tls":
        authorities = options.trunk.authorities or ssl.get_default_verify_paths().cafile
        lines.append("sip_verify_server yes")
        if authorities:
            lines.append(f"sip_cafile {authorities}")
    return Config(
        net_interface=None if options.host in EVERY_ADDRESS and own_addresses() else _pinned(options.host),
        max_concurrent_calls=options.calls_max + NEWCOMERS_MAX,
        rtp_timeout=options.voice_seconds_max,
        expose_headers=(*EXPOSED_HEADERS, *options.location_headers),
        sip_trace=bool(options.sources),
        native_log_level="warning",
        extra_config_text="\n".join(lines),
    )


def transports(options: PhoneOptions) -> tuple[Transport, ...]:
    """What callers may come over; TLS, one port above, with a certificate only."""
    return ("udp", "tcp", "tls") if options.certificate else ("udp", "tcp")


def _speaks_tls(options: PhoneOptions) -> bool:
    return options.certificate is not None or (options.trunk is not None and options.trunk.transport == "tls")


def _pinned(host: str) -> str:
    """The one address the stack binds; loopback when the machine has no other."""
    return "127.0.0.1" if host in {*EVERY_ADDRESS, "localhost"} else host


def _reachable(host: str) -> str:
    """The address of ours that a telephone we call is shown."""
    if host in EVERY_ADDRESS and (own := own_addresses()):
        return own[0]
    return _pinned(host)


def own_addresses() -> tuple[str, ...]:
    """IPv4 addresses other machines can reach this one at, in the order the system names them."""
    return tuple(
        ip.ip
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str) and not ip.ip.startswith(("127.", "169.254."))
    )
