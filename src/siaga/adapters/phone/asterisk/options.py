"""What the Asterisk engine may be told, and the limits it keeps, each with its reason."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from urllib.parse import urlsplit

from siaga.adapters.phone.engine import CannotDial
from siaga.adapters.phone.sip.dialling import NUMBER, SEPARATORS, URI_CHARACTERS_MAX, is_sip_address
from siaga.settings import SettingInvalid, Settings

ASK_SECONDS_MAX = 4.0
# One order over ARI takes 1 to 3 ms. An exchange that has not answered by then is treated as away for this order,
# which is then repeated where repeating does no harm.

AWAY_SECONDS_MAX = 20.0
# How long the exchange may be away before the engine says it has failed. A restart of Asterisk takes 5 to 10 s. While
# any voice still arrives the engine waits on: only the line of orders is broken, and people are talking.

PING_SECONDS = 5.0  # a line of events that died without a word is noticed within twice this time
RETRY_SECONDS = 0.5  # between two attempts to reach the exchange
START_SECONDS_MAX = 10.0

HEADER_SECONDS_MAX = 0.3
# What else the operator says of a caller is asked for one by one; nobody waits longer than this for it.

HEADERS = ("X-Siaga-Demo", "P-Access-Network-Info", "Geolocation", "X-Siaga-Pidf", "Diversion")

SOUND_TRIES_MAX = 3  # attempts to connect a channel's voice before the call is given back to the exchange
ENTER_SECONDS_MAX = 2.0  # a voice channel reports itself within milliseconds; after this its report was lost
DESK_SECONDS_MAX = 20.0  # a desk telephone that has not been picked up by then is not staffed
KEY_MS = 100  # length of a telephone key we press, and of the pause after it: what every network understands

MEASURED_PACKETS_MIN = 250
# Five seconds of voice. Loss counted over less jumps with every single packet.

_APP = re.compile(r"[\w.-]{1,40}", re.ASCII)
_ENDPOINT = re.compile(r"[A-Za-z]+/[\w.@{}:/-]+", re.ASCII)
_USER = re.compile(r"[\w.-]{1,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class AsteriskOptions:
    """Where the exchange is, who we are there, and how it is asked to dial.

    ``numbers`` and ``phones`` are endpoints of the exchange with a place to fill: ``PJSIP/{number}@operator``, and
    ``PJSIP/{user}`` or ``PJSIP/out/{address}``. ``sound_host``: our IPv4 address as the exchange sees it.
    """

    url: str
    user: str
    password: str = field(repr=False)
    app: str = "siaga"
    numbers: str = ""
    phones: str = "PJSIP/{user}"
    sound_host: str = ""
    away_seconds_max: float = AWAY_SECONDS_MAX
    retry_seconds: float = RETRY_SECONDS
    ask_seconds_max: float = ASK_SECONDS_MAX

    @property
    def host(self) -> str:
        """The exchange's host name or address."""
        return urlsplit(self.url).hostname or ""

    @property
    def events_url(self) -> str:
        """Where its events are listened to."""
        scheme, rest = self.url.split("://", 1)
        return f"{'wss' if scheme == 'https' else 'ws'}://{rest}/ari/events"

    def endpoint_of(self, address: str) -> str:
        """What the exchange is asked to dial. Raises CannotDial, in words."""
        if address.lower().startswith(("sip:", "sips:")):
            if not is_sip_address(address):
                raise CannotDial(f"{address[:URI_CHARACTERS_MAX]!r} is not a SIP address")
            user = address.split(":", 1)[1].split("@", 1)[0]
            return self.phones.format(user=user, address=address)
        number = SEPARATORS.sub("", address)
        if not NUMBER.fullmatch(number):
            raise CannotDial(f"{address[:URI_CHARACTERS_MAX]!r} is not a telephone number")
        if not self.numbers:
            raise CannotDial("a number cannot be dialled: no way out is configured (SIAGA_ARI_NUMBERS)")
        return self.numbers.format(number=number)


def asterisk_options_of(settings: Settings) -> AsteriskOptions:
    """What the settings say of the exchange. Raises SettingInvalid, naming the variable."""
    return AsteriskOptions(
        url=_url(settings.ari_url),
        user=_matching(_USER, "SIAGA_ARI_USER", settings.ari_user),
        password=_password(settings.ari_password_file),
        app=_matching(_APP, "SIAGA_ARI_APP", settings.ari_app),
        numbers=_endpoint("SIAGA_ARI_NUMBERS", settings.ari_numbers, "number"),
        phones=_endpoint("SIAGA_ARI_PHONES", settings.ari_phones, "user", "address"),
        sound_host=_sound_host(settings.ari_sound_host),
    )


def way_to(host: str) -> str:
    """Our IPv4 address on the way to this host. Raises OSError when there is no way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, 9))  # sends nothing: the system only looks up the way
        address: str = probe.getsockname()[0]
        return address


def _url(text: str) -> str:
    parts = urlsplit(text)
    try:
        wrong = parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0
    except ValueError:
        wrong = True
    if wrong or parts.username or parts.path.strip("/") or parts.query:
        raise SettingInvalid(
            "SIAGA_ARI_URL: use http://host:8088, without a path, a user or a password in it"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _matching(shape: re.Pattern[str], name: str, text: str) -> str:
    if not shape.fullmatch(text):
        raise SettingInvalid(f"{name}={text}: use letters, digits, dots and dashes")
    return text


def _endpoint(name: str, text: str, *places: str) -> str:
    if text and not (_ENDPOINT.fullmatch(text) and any(f"{{{place}}}" in text for place in places)):
        known = " or ".join(f"{{{place}}}" for place in places)
        raise SettingInvalid(f"{name}={text}: use Technology/name with {known} in it, e.g. PJSIP/{known}")
    try:
        text.format(**dict.fromkeys(places, ""))
    except (KeyError, ValueError, IndexError, AttributeError):
        raise SettingInvalid(f"{name}={text}: only {', '.join(places)} may stand in braces") from None
    return text


def _sound_host(text: str) -> str:
    try:
        return str(IPv4Address(text)) if text else ""
    except AddressValueError:
        raise SettingInvalid(f"SIAGA_ARI_SOUND_HOST={text}: use an IPv4 address") from None


def _password(file: str) -> str:
    """The password itself is in no message, whatever is wrong with it."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as failed:
        raise SettingInvalid(f"SIAGA_ARI_PASSWORD_FILE cannot be read: {type(failed).__name__}") from None
    if not lines or not lines[0].strip():
        raise SettingInvalid("SIAGA_ARI_PASSWORD_FILE is empty")
    return lines[0].strip()
