"""From the office's settings to what the telephone is told."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from siaga.adapters.phone.setup import options_of
from siaga.adapters.phone.sip.accounts import account, config, trunk_account
from siaga.adapters.phone.sip.options import TrunkOptions
from siaga.settings import SettingInvalid, Settings

SECRET = "rahasia; 99%"


def settings(**env: str) -> Settings:
    return Settings.from_env({"SIAGA_HOME": "/nonexistent", "SIAGA_CITY": "/nonexistent", **env})


def test_without_a_trunk_everybody_may_call_and_nobody_is_dialled() -> None:
    options = options_of(settings())

    assert (options.trunk, options.sources, options.user, options.encrypted_only) == (None, (), "112", False)


def test_a_trunk_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(SECRET + "\nanother line\n", encoding="utf-8")
    options = options_of(
        settings(
            SIAGA_TRUNK="sip.operator.example:5061;transport=tls",
            SIAGA_TRUNK_USER="+6223100112",
            SIAGA_TRUNK_AUTH_USER="user-7",
            SIAGA_TRUNK_PASSWORD="not this one",
            SIAGA_TRUNK_PASSWORD_FILE=str(tmp_path / "password"),
            SIAGA_TRUNK_REGISTER="1",
            SIAGA_TRUNK_PROXY="sbc.operator.example:5061;transport=tls",
            SIAGA_TRUNK_SOURCES="192.0.2.7, 198.51.100.0/24",
            SIAGA_CALLER_ID="119",
        )
    )

    assert options.user == "119"
    assert options.sources == (IPv4Network("192.0.2.7/32"), IPv4Network("198.51.100.0/24"))
    assert options.trunk == TrunkOptions(
        host="sip.operator.example",
        port=5061,
        transport="tls",
        user="+6223100112",
        auth_user="user-7",
        password=SECRET,
        register=True,
        proxy="sbc.operator.example:5061;transport=tls",
    )
    assert options.trunk.address == "sip.operator.example:5061;transport=tls"
    assert "sip_verify_server yes" in config(options).render()
    assert f'auth_pass="{SECRET}"' in trunk_account(options, options.trunk).aor()


def test_a_password_is_never_printed() -> None:
    chosen = settings(SIAGA_TRUNK="operator.example", SIAGA_TRUNK_PASSWORD=SECRET)
    options = options_of(chosen)
    assert options.trunk is not None

    assert options.trunk.password == SECRET
    for printed in (chosen, options, options.trunk, trunk_account(options, options.trunk)):
        assert SECRET not in repr(printed)
        assert SECRET not in str(printed)


def test_a_required_encryption_is_asked_of_everybody(tmp_path: Path) -> None:
    options = options_of(settings(SIAGA_SIP_SRTP="required", SIAGA_SIP_CERTIFICATE=str(tmp_path / "sip.pem")))

    for transport in ("udp", "tcp", "tls"):
        assert "mediaenc=srtp-mand" in account(options, transport).aor()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "env",
    [
        {"SIAGA_TRUNK": "operator example"},
        {"SIAGA_TRUNK": "operator.example:99999"},
        {"SIAGA_TRUNK": "operator.example;transport=smoke"},
        {"SIAGA_TRUNK": "operator.example", "SIAGA_TRUNK_PROXY": "<sbc>"},
        {"SIAGA_TRUNK": "operator.example", "SIAGA_TRUNK_USER": 'a"b'},
        {"SIAGA_TRUNK": "operator.example", "SIAGA_TRUNK_PASSWORD_FILE": "/nonexistent/password"},
        {"SIAGA_TRUNK_SOURCES": "192.0.2.7, elsewhere"},
        {"SIAGA_TRUNK_SOURCES": "192.0.2.0/99"},
        {"SIAGA_SIP_SRTP": "perhaps"},
        {"SIAGA_SIP_SRTP": "required"},
        {"SIAGA_CALLER_ID": "one one two"},
    ],
)
def test_what_cannot_be_used_is_said_with_its_name(env: dict[str, str]) -> None:
    with pytest.raises(SettingInvalid, match=list(env)[-1]):
        options_of(settings(**env))


def test_a_password_that_cannot_be_used_is_refused_without_being_told() -> None:
    with pytest.raises(SettingInvalid, match="quote") as refused:
        options_of(settings(SIAGA_TRUNK="operator.example", SIAGA_TRUNK_PASSWORD='open"sesame'))

    assert "sesame" not in str(refused.value)
