"""The recipe for an office's exchange says what the code expects; and, where there is one, Asterisk itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from siaga.adapters.phone.engine import CallerLeft, CallerRang
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from siaga.settings import Settings
from tests.sip.conftest import GREETING_HZ, tone_prompts
from tests.sip.real_asterisk import PROGRAM, RECIPE, WHY_NOT, RealAsterisk, real_asterisk_world, recipe
from tests.sip.worlds import heard


def test_the_recipe_and_the_settings_agree() -> None:
    settings, files = Settings.from_env({}), recipe()

    assert set(files) == {"http.conf", "ari.conf", "pjsip.conf", "extensions.conf"}
    assert f"Stasis({settings.ari_app},in)" in files["extensions.conf"]
    assert f"[{settings.ari_user}]\n" in files["ari.conf"]
    address = re.findall(r"bind(?:addr|port) = (\S+)", files["http.conf"])
    assert settings.ari_url == f"http://{':'.join(address)}"
    named = set(re.findall(r"SIAGA_[A-Z_]+[A-Z]", RECIPE.read_text(encoding="utf-8")))
    known = {item.metadata["env"] for item in Settings.__dataclass_fields__.values()}
    assert named - known <= {"SIAGA_TRUNK", "SIAGA_SIP"}


def test_after_our_application_the_dialplan_goes_on_with_telephones_of_the_office() -> None:
    steps = [line.split(",", 2)[2] if "exten" in line else line.split(",", 1)[1] for line in
             recipe()["extensions.conf"].splitlines() if "=>" in line]  # fmt: skip
    assert [step.split("(")[0] for step in steps] == ["Set", "Stasis", "Dial", "Hangup"]


def test_the_files_for_a_test_are_those_of_the_recipe(tmp_path: Path) -> None:
    asterisk = RealAsterisk(tmp_path / "asterisk")
    etc = tmp_path / "asterisk" / "etc"

    written = {file.name: file.read_text(encoding="utf-8") for file in etc.iterdir()}
    assert set(written) == {*recipe(), "modules.conf", "asterisk.conf"}
    assert f"bindport = {asterisk.http_port}" in written["http.conf"]
    assert f"password = {asterisk.password}" in written["ari.conf"]
    assert f"bind = 127.0.0.1:{asterisk.sip_port}" in written["pjsip.conf"]
    assert "192.0.2.1" not in written["pjsip.conf"]


@pytest.mark.sip
@pytest.mark.skipif(not PROGRAM, reason=WHY_NOT)
async def test_a_call_through_asterisk_itself(tmp_path: Path) -> None:
    world = await real_asterisk_world(tone_prompts(tmp_path / "prompts"), tmp_path)
    await world.ring("0811")
    rang = await heard(world, CallerRang)
    await world.engine.answer(rang.call)
    await world.engine.play(rang.call, ANNOUNCEMENTS["waiting"])

    assert (rang.number, rang.dialled) == ("0811", "112")
    assert await world._end("0811").hears(GREETING_HZ)
    await world.leave("0811")
    assert await heard(world, CallerLeft) == CallerLeft(rang.call, "hung_up")
    await world.close()
