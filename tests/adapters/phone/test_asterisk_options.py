"""What the office writes about its exchange is understood, or refused by the name of the variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from siaga.adapters.phone.asterisk.asterisk_engine import AsteriskEngine
from siaga.adapters.phone.asterisk.options import AsteriskOptions, asterisk_options_of, way_to
from siaga.adapters.phone.engine import CannotDial
from siaga.adapters.phone.node import engine_of
from siaga.adapters.phone.sip.baresip_engine import BaresipEngine
from siaga.adapters.phone.sound.prompts import PromptBook
from siaga.settings import SettingInvalid, Settings


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "ari-password"
    file.write_text("rahasia-ari\nsecond line\n", encoding="utf-8")
    return file


def options(password: Path, **given: str) -> AsteriskOptions:
    return asterisk_options_of(Settings.from_env({"SIAGA_ARI_PASSWORD_FILE": str(password), **given}))


def test_the_first_line_of_the_file_is_the_password_and_is_not_shown(password: Path) -> None:
    made = options(password, SIAGA_ARI_URL="https://pbx.example:8089/")

    assert made.password == "rahasia-ari"
    assert "rahasia" not in repr(made)
    assert (made.url, made.host, made.events_url) == (
        "https://pbx.example:8089", "pbx.example", "wss://pbx.example:8089/ari/events",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SIAGA_ARI_URL", "pbx.example"), ("SIAGA_ARI_URL", "ftp://pbx"), ("SIAGA_ARI_URL", "http://"),
        ("SIAGA_ARI_URL", "http://siaga:rahasia@pbx:8088"), ("SIAGA_ARI_URL", "http://pbx:8088/ari"),
        ("SIAGA_ARI_URL", "http://pbx:x"), ("SIAGA_ARI_APP", "two words"), ("SIAGA_ARI_APP", "a&b"),
        ("SIAGA_ARI_USER", "a:b"), ("SIAGA_ARI_NUMBERS", "PJSIP/operator"), ("SIAGA_ARI_NUMBERS", "{number}"),
        ("SIAGA_ARI_NUMBERS", "PJSIP/{number}@{x}"), ("SIAGA_ARI_NUMBERS", "PJSIP/{number}@op&PJSIP/9"),
        ("SIAGA_ARI_NUMBERS", "PJSIP/{number.x}@op"), ("SIAGA_ARI_PHONES", "PJSIP/{"),
        ("SIAGA_ARI_PHONES", "PJSIP/{user}{0}"), ("SIAGA_ARI_SOUND_HOST", "pbx"),
        ("SIAGA_ARI_PASSWORD_FILE", "/no/such/file"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(password: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=variable) as refused:
        options(password, **{variable: value})
    assert "rahasia" not in str(refused.value)


def test_an_empty_password_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    with pytest.raises(SettingInvalid, match="SIAGA_ARI_PASSWORD_FILE"):
        options(tmp_path / "empty")


def test_numbers_go_out_through_the_exchange_and_addresses_are_its_own_telephones(password: Path) -> None:
    made = options(password, SIAGA_ARI_NUMBERS="PJSIP/{number}@operator")
    assert made.endpoint_of("0812-3456 789") == "PJSIP/08123456789@operator"
    assert made.endpoint_of("sip:201@kantor.example") == "PJSIP/201"
    whole = options(password, SIAGA_ARI_PHONES="PJSIP/out/{address}")
    assert whole.endpoint_of("sip:201@10.0.0.5:5062") == "PJSIP/out/sip:201@10.0.0.5:5062"


@pytest.mark.parametrize(
    "address", ["", "nonsense", "sip:", "sip:a/b@c", "sip:a&PJSIP/9@c", "0812&0813", "sip:a@b,1", "0812"]
)
def test_nothing_else_reaches_the_exchange(password: Path, address: str) -> None:
    with pytest.raises(CannotDial):
        options(password).endpoint_of(address)


def test_the_settings_choose_the_engine(password: Path, tmp_path: Path) -> None:
    env = {"SIAGA_HOME": str(tmp_path), "SIAGA_ARI_PASSWORD_FILE": str(password)}
    prompts = PromptBook([])
    assert isinstance(engine_of(Settings.from_env(env), prompts), BaresipEngine)
    chosen = Settings.from_env({**env, "SIAGA_PHONE_ENGINE": "asterisk"})
    assert isinstance(engine_of(chosen, prompts), AsteriskEngine)
    with pytest.raises(SettingInvalid, match="SIAGA_PHONE_ENGINE"):
        Settings.from_env({"SIAGA_PHONE_ENGINE": "freeswitch"})


def test_the_way_to_this_machine_is_this_machine() -> None:
    assert way_to("127.0.0.1") == "127.0.0.1"
