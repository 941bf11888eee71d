"""What the installation's settings mean for the telephone. Raises SettingInvalid, naming the variable."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from pathlib import Path

from siaga.adapters.phone.sip.dialling import CALLER_ID
from siaga.adapters.phone.sip.options import PhoneOptions, Transport, TrunkOptions
from siaga.settings import PORT_MAX, SettingInvalid, Settings

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
_PLACE = re.compile(rf"(?:sips?:)?({_HOST})(?::(\d{{1,5}}))?(?:;transport=(udp|tcp|tls))?", re.IGNORECASE)
_USER = re.compile(r"[\w.+*#@%=~-]{1,64}", re.ASCII)


def options_of(settings: Settings) -> PhoneOptions:
    """Everything the telephone node is told."""
    if not CALLER_ID.fullmatch(settings.caller_id):
        raise SettingInvalid(f"SIAGA_CALLER_ID={settings.caller_id}: use a telephone number")
    if settings.sip_srtp == "required" and not settings.sip_certificate:
        raise SettingInvalid(
            "SIAGA_SIP_SRTP=required: set SIAGA_SIP_CERTIFICATE too, or the keys travel in clear"
        )
    return PhoneOptions(
        host=settings.sip_host,
        port=settings.sip_port,
        user=settings.caller_id,
        node=settings.node,
        rtp_port_first=settings.rtp_port_first,
        rtp_port_last=settings.rtp_port_last,
        certificate=Path(settings.sip_certificate) if settings.sip_certificate else None,
        encrypted_only=settings.sip_srtp == "required",
        trunk=trunk_of(settings),
        sources=sources_of(settings),
        recording_keys=settings.recording_key_folder,
        ice_addresses=_words(settings.ice_addresses),
    )


def trunk_of(settings: Settings) -> TrunkOptions | None:
    """The operator, or none."""
    if not settings.trunk:
        return None
    host, port, transport = _place("SIAGA_TRUNK", settings.trunk)
    for name, user in (
        ("SIAGA_TRUNK_USER", settings.trunk_user),
        ("SIAGA_TRUNK_AUTH_USER", settings.trunk_auth_user),
    ):
        if user and not _USER.fullmatch(user):
            raise SettingInvalid(f"{name}={user}: a user name has no spaces, quotes or semicolons")
    return TrunkOptions(
        host=host,
        port=port,
        transport=transport,
        user=settings.trunk_user,
        auth_user=settings.trunk_auth_user,
        password=_password(settings),
        register=settings.trunk_register,
        proxy=_proxy(settings.trunk_proxy),
        authorities=Path(settings.trunk_authorities) if settings.trunk_authorities else None,
    )


def sources_of(settings: Settings) -> tuple[IPv4Network, ...]:
    """From where calls may come; nothing: from everywhere."""
    found = []
    for word in _words(settings.trunk_sources):
        try:
            found.append(IPv4Network(word, strict=False))
        except (AddressValueError, NetmaskValueError) as wrong:
            raise SettingInvalid(f"SIAGA_TRUNK_SOURCES: {word} is no IPv4 address or network") from wrong
    return tuple(found)


def _password(settings: Settings) -> str:
    """The password itself is in no message, whatever is wrong with it."""
    password = settings.trunk_password
    if settings.trunk_password_file:
        try:
            lines = Path(settings.trunk_password_file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as failed:
            raise SettingInvalid(
                f"SIAGA_TRUNK_PASSWORD_FILE cannot be read: {type(failed).__name__}"
            ) from None
        password = lines[0] if lines else ""
    if any(sign in '"\\' or not sign.isprintable() for sign in password):
        raise SettingInvalid("the trunk's password must not hold a quote, a backslash or a control character")
    return password


def _proxy(text: str) -> str:
    if not text:
        return ""
    host, port, transport = _place("SIAGA_TRUNK_PROXY", text)
    return host + (f":{port}" if port else "") + (f";transport={transport}" if transport != "udp" else "")


def _place(name: str, text: str) -> tuple[str, int, Transport]:
    found = _PLACE.fullmatch(text)
    if found is None or int(found[2] or 0) > PORT_MAX:
        raise SettingInvalid(f"{name}={text}: use host or host:port, perhaps with ;transport=udp, tcp or tls")
    asked = (found[3] or "").lower()
    transport: Transport = "tcp" if asked == "tcp" else "tls" if asked == "tls" else "udp"
    return found[1], int(found[2] or 0), transport


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
