"""Accounts and keys from the terminal, on a real database."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from siaga.adapters.web.tokens import TOKEN_PREFIX, device_of
from siaga.commands import build
from siaga.secret import installation_secret


@pytest.fixture(autouse=True)
def installation(postgres_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATABASE_URL", postgres_dsn)
    monkeypatch.setenv("SIAGA_HOME", str(tmp_path))
    monkeypatch.setenv("SIAGA_LANG", "id")
    return tmp_path


def said(*words: str) -> Result:
    return CliRunner().invoke(build(words[:1]), words)


def test_an_account_is_made_reset_listed_and_closed() -> None:
    made = said("person", "add", "rani", "--role", "taker", "--role", "dispatcher", "--name", "Rani W")
    assert made.exit_code == 0, made.output
    first = made.output.splitlines()[-1]
    assert len(first) == 14

    listed = said("person", "list").output
    assert "Rani W" in listed
    again = said("person", "reset", "rani")
    assert again.output.splitlines()[-1] not in ("", first)
    assert said("person", "close", "rani").exit_code == 0
    assert "ditutup" in said("person", "list").output


def test_what_the_rules_refuse_is_one_sentence_and_an_exit_code() -> None:
    for words in (
        ("person", "reset", "nobody"),
        ("person", "add", "x y", "--role", "taker"),
        ("person", "add", "op", "--role", "agency"),
        ("person", "add", "op", "--role", "agency", "--agency", "no-such-agency"),
        ("token", "add", "x", "--scope", "everything"),
        ("token", "revoke", "nobody"),
    ):
        refused = said(*words)
        assert refused.exit_code == 1, words
        assert "Traceback" not in refused.output


def test_a_token_is_shown_once_listed_and_revoked() -> None:
    made = said("token", "add", "cctv", "--scope", "incidents")
    secret = made.output.splitlines()[-1]
    assert secret.startswith(TOKEN_PREFIX)
    listed = said("token", "list").output
    assert "cctv" in listed
    assert secret not in listed
    assert said("token", "revoke", "cctv").exit_code == 0
    assert "cctv" not in said("token", "list").output


def test_a_device_key_opens_the_panic_path(installation: Path) -> None:
    header = said("token", "device", "halte-12").output.strip()
    assert header.startswith("Authorization: Device halte-12:")
    proven = device_of(installation_secret(installation), header.removeprefix("Authorization: "))
    assert proven == "halte-12"
