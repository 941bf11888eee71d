"""`siaga recordings` and what `siaga doctor` says about them, on a real database and real files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from siaga import clock
from siaga.city_files import city_folders
from siaga.commands import build, recording_checks
from siaga.domain.sound_shape import BYTES_PER_SECOND, WAV_HEADER_BYTES
from siaga.features.calls import actions as calls
from siaga.processes.finding import Level
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from siaga.records.recording_keys import KeyRing
from siaga.records.sealed_sound import key_of
from siaga.settings import Settings
from tests.a_recording import sealed, stereo
from tests.room import CITIES, Room, sample_city

SOUND = bytes(range(256)) * 400
Run = Callable[..., Result]


@pytest.fixture
def settings(postgres_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in (
        ("SIAGA_HOME", tmp_path), ("DATABASE_URL", postgres_dsn), ("SIAGA_CITY", next(city_folders(CITIES))),
        ("SIAGA_LANG", "en"),
    ):  # fmt: skip
        monkeypatch.setenv(name, os.fspath(value))
    return Settings.from_env()


@pytest.fixture
def siaga(settings: Settings) -> Run:
    def run(*words: str) -> Result:
        return CliRunner().invoke(build(words), words)

    return run


async def record(settings: Settings, call: str) -> Path:
    await migrate(settings.database_url or "")
    archive = await PostgresArchive.open(settings.database_url or "", sample_city().code)
    try:
        room = Room(archive=archive, now=clock.now())
        await room.talking(call=call)
        await room.do(calls.end_call, call=call, taker="rani")
        path = settings.recordings / "2026-08-17" / f"{call}.rec"
        digest = sealed(path, SOUND, settings.recording_key_folder)
        await room.do(
            calls.recording_saved, call=call, file=f"2026-08-17/{call}.rec",
            seconds=len(SOUND) / BYTES_PER_SECOND, sha256=digest,
        )  # fmt: skip
    finally:
        await archive.close()
    return path


def test_one_recording_from_listing_to_a_new_key(settings: Settings, siaga: Run, tmp_path: Path) -> None:
    path = asyncio.run(record(settings, "call-one"))
    whole = path.read_bytes()
    assert "call-one" in siaga("recordings", "list").output
    assert siaga("recordings", "verify").exit_code == 0

    path.write_bytes(whole[:-40] + b"\0" + whole[-39:])
    (path.parent / "stranger.rec").write_bytes(whole)
    altered = siaga("recordings", "verify")
    assert altered.exit_code == 1
    assert "ALTERED" in altered.output
    assert "stranger.rec: not in the records" in altered.output
    (path.parent / "stranger.rec").unlink()
    path.unlink()
    assert "MISSING" in siaga("recordings", "verify").output
    path.write_bytes(whole)

    assert siaga("recordings", "hold", "call-one", "--reason", "x").exit_code == 1
    assert siaga("recordings", "hold", "call-one", "--reason", "case 12").exit_code == 0
    assert "call-one" in siaga("recordings", "list", "--held").output
    assert siaga("recordings", "release", "call-one", "--reason", "case over").exit_code == 0
    assert siaga("recordings", "list", "--held").output == ""

    out = tmp_path / "copy.wav"
    assert siaga("recordings", "export", "call-one", str(out), "--reason", "police").exit_code == 0
    assert out.read_bytes()[WAV_HEADER_BYTES:] == SOUND
    assert siaga("recordings", "export", "call-one", str(out), "--reason", "police").exit_code == 1
    assert (
        siaga("recordings", "export", "call-two", str(tmp_path / "no.wav"), "--reason", "police").exit_code
        == 1
    )
    assert not (tmp_path / "no.wav").exists()

    made = siaga("recordings", "new-key", "--rewrap")
    assert made.exit_code == 0, made.output
    assert "0001.key" in made.output
    keys = KeyRing(settings.recording_key_folder)
    assert key_of(path) == keys.current().id
    (settings.recording_key_folder / "0001.key").unlink()
    assert siaga("recordings", "verify").exit_code == 0
    assert stereo(path, settings.recording_key_folder).tobytes() == SOUND


def levels(settings: Settings) -> dict[str, Level]:
    return {one.check: one.level for one in recording_checks.recordings(settings, clock.now())}


def test_the_doctor_names_a_missing_key_open_keys_and_a_plain_voice(settings: Settings) -> None:
    assert set(levels(settings).values()) <= {Level.OK, Level.WARNING}
    path = settings.recordings / "2026-08-17" / "call-1.rec"
    sealed(path, SOUND, settings.recording_key_folder)
    assert levels(settings)["recording-keys"] is Level.OK
    key = settings.recording_key_folder / "0001.key"
    key.chmod(0o644)
    assert levels(settings)["recording-keys"] is Level.WARNING
    key.rename(key.with_suffix(".gone"))
    assert levels(settings)["recording-keys"] is Level.FAULT
    key.write_text("nonsense")
    assert levels(settings)["recording-keys"] is Level.FAULT
    (path.parent / "old.wav").write_bytes(b"RIFF")
    assert levels(settings)["recordings-sealed"] is Level.WARNING


@pytest.mark.parametrize(("free_gb", "level"), [(500, Level.OK), (5, Level.WARNING), (1, Level.FAULT)])
def test_the_doctor_counts_the_days_of_room(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free_gb: int, level: Level
) -> None:
    class Usage:
        free = free_gb * 10**9

    monkeypatch.setattr(recording_checks.shutil, "disk_usage", lambda _place: Usage)
    assert levels(settings)["recordings-room"] is level
