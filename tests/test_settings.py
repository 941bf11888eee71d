"""What the office chooses arrives as it was meant, and a slip of the pen is named."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from siaga.settings import SettingInvalid, Settings
from tests.architecture.source import ROOT


def test_without_any_choice_there_is_a_city_and_a_home_and_only_this_machine_hears_http() -> None:
    settings = Settings.from_env({"HOME": "/nowhere"})

    assert (settings.city / "city.toml").is_file()
    assert settings.home == (Path("/var/lib/siaga") if os.geteuid() == 0 else Path.cwd() / ".siaga")
    assert settings.web_host == "127.0.0.1"
    assert settings.database_url is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SIAGA_HTTP_PORT", "eighty"),
        ("SIAGA_HTTP_PORT", "65536"),
        ("SIAGA_HTTP_PORT", "-1"),
        ("SIAGA_DEMO", "maybe"),
        ("SIAGA_LANG", "jv"),
        ("DATABASE_URL", "mysql://x"),
    ],
)
def test_a_value_we_cannot_use_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=variable):
        Settings.from_env({variable: value})


def test_a_child_process_receives_exactly_the_same_settings() -> None:
    chosen = Settings.from_env(
        {
            "SIAGA_HOME": "/srv/siaga",
            "SIAGA_DEMO": "1",
            "SIAGA_SIP_PORT": "5070",
            "DATABASE_URL": "postgresql://h/d",
        }
    )

    assert Settings.from_env(chosen.as_env()) == chosen


def test_a_wrong_password_in_the_database_url_is_not_repeated_to_the_screen() -> None:
    with pytest.raises(SettingInvalid) as refused:
        Settings.from_env({"DATABASE_URL": "mysql://siaga:rahasia@host/x"})

    assert "rahasia" not in str(refused.value)


def test_several_cities_and_none_chosen_is_not_a_guess(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "src" / "siaga"
    for name in ("utara", "selatan"):
        (tmp_path / "cities" / name).mkdir(parents=True)
        (tmp_path / "cities" / name / "city.toml").write_text("")
    monkeypatch.setattr("siaga.settings.__file__", str(package / "settings.py"))

    with pytest.raises(SettingInvalid, match="selatan, utara"):
        Settings.from_env({})


def test_every_setting_has_a_name_of_its_own_and_says_what_it_means() -> None:
    names = [item.metadata["env"] for item in fields(Settings)]

    assert len(set(names)) == len(names)
    assert all(item.metadata["meaning"].endswith(".") for item in fields(Settings))


def test_the_settings_page_is_what_the_settings_say() -> None:
    made = subprocess.run(
        [sys.executable, "tools/settings_page.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    saved = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert saved == made.stdout, "run: python tools/settings_page.py > docs/settings.md"
