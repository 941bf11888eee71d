"""Recordings survive what machines do, and nobody finds a voice on the disk."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from siaga.adapters.phone.engine import RecordingFinished
from siaga.adapters.phone.sound.frames import FRAME_SAMPLES
from siaga.adapters.phone.sound.recorder import Recorder, Tape, mend
from siaga.records.recording_keys import KeyRing
from siaga.records.sealed_sound import SealedSound
from tests.a_recording import stereo

LEFT = np.full(FRAME_SAMPLES, 1000, np.int16).tobytes()
RIGHT = np.full(FRAME_SAMPLES, -2000, np.int16).tobytes()
PAIRS = np.full((FRAME_SAMPLES, 2), (1000, -2000), np.int16).tobytes()


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys")


def push_seconds(tape: Tape, seconds: float) -> None:
    for _ in range(int(seconds * 50)):
        tape.push(LEFT, RIGHT)


def a_recorder(keys: KeyRing | None, finished: list[RecordingFinished] | None = None) -> Recorder:
    recorder = Recorder("node-1", (finished if finished is not None else []).append, keys)
    recorder.start()
    return recorder


def test_the_caller_is_left_and_what_he_hears_is_right(tmp_path: Path, keys: KeyRing) -> None:
    finished: list[RecordingFinished] = []
    recorder = a_recorder(keys, finished)
    path = tmp_path / "2026-08-17" / "call-1.rec"
    tape = recorder.begin("call-1", path)
    push_seconds(tape, 1.0)
    recorder.end(tape)
    recorder.stop()

    sound = stereo(path, keys.folder)
    assert sound.shape == (8000, 2)
    assert (set(sound[:, 0]), set(sound[:, 1])) == ({1000}, {-2000})
    assert finished == [RecordingFinished("call-1", path, 1.0, hashlib.sha256(PAIRS * 50).hexdigest())]


def test_a_growing_recording_can_be_listened_to_and_is_never_in_clear(tmp_path: Path, keys: KeyRing) -> None:
    recorder = a_recorder(keys)
    tape = recorder.begin("call-1", tmp_path / "call-1.rec")
    push_seconds(tape, 2.0)
    until = time.monotonic() + 20
    while len(stereo(tape.part, keys.folder)) < 15_000:
        assert time.monotonic() < until
        time.sleep(0.05)

    with SealedSound(tape.part, "call-1", keys) as sound:
        assert not sound.is_finished
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or PAIRS[:32] not in file.read_bytes(), file
        assert not file.is_file() or file.stat().st_mode & 0o077 == 0, file
    recorder.stop()


def test_without_a_key_nothing_is_recorded_and_nothing_left_behind(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where the folder should be")
    for keys in (None, KeyRing(tmp_path / "keys")):
        recorder = a_recorder(keys)
        with pytest.raises(OSError, match="keys"):
            recorder.begin("call-1", tmp_path / "day" / "call-1.rec")
        recorder.stop()
    assert list(tmp_path.rglob("*.rec*")) == []


def test_a_voice_is_never_written_over(tmp_path: Path, keys: KeyRing) -> None:
    recorder = a_recorder(keys)
    path = tmp_path / "call-1.rec"
    first = recorder.begin("call-1", path)
    with pytest.raises(FileExistsError):
        recorder.begin("call-1", path)
    push_seconds(first, 0.5)
    recorder.stop()
    with pytest.raises(FileExistsError):
        recorder.begin("call-1", path)

    assert len(stereo(path, keys.folder)) == 4000


def _record_until_killed(folder: Path) -> None:
    recorder = Recorder("node-1", lambda _: None, KeyRing(folder / "keys"))
    recorder.start()
    tape = recorder.begin("call-1", folder / "call-1.rec")
    while True:
        tape.push(LEFT, RIGHT)
        time.sleep(0.002)


def test_a_killed_node_leaves_a_recording_that_the_next_one_mends(tmp_path: Path, keys: KeyRing) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_record_until_killed, args=(tmp_path,))
    process.start()
    part = tmp_path / "call-1.rec.part-node-1"
    for _ in range(1500):
        if part.exists() and part.stat().st_size > 30_000:
            break
        time.sleep(0.02)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with part.open("ab") as torn:
        torn.write(b"\x01\x02\x03")  # a write the power cut tore

    [mended] = mend(tmp_path, "node-1", keys)

    assert (mended.call, mended.path) == ("call-1", tmp_path / "call-1.rec")
    sound = stereo(mended.path, keys.folder)
    assert set(sound[:, 0]) == {1000}
    assert mended.seconds == pytest.approx(len(sound) / 8000, abs=0.01)
    assert mended.sha256 == hashlib.sha256(sound.tobytes()).hexdigest()
    with SealedSound(mended.path, "call-1", keys) as opened:
        assert opened.examine().is_whole
        assert opened.examine().was_mended
    assert list(mend(tmp_path, "node-1", keys)) == []


def test_what_cannot_be_mended_now_stays_and_what_holds_nothing_goes(tmp_path: Path, keys: KeyRing) -> None:
    recorder = a_recorder(keys)
    sealed = recorder.begin("call-1", tmp_path / "call-1.rec")
    push_seconds(sealed, 1.0)
    recorder.stop()
    part = (tmp_path / "call-1.rec").rename(tmp_path / "call-1.rec.part-node-1")
    (tmp_path / "call-2.rec.part-node-1").write_bytes(b"SIAGAR")
    (tmp_path / "call-9.rec.part-node-2").write_bytes(b"")

    assert list(mend(tmp_path, "node-1", KeyRing(tmp_path / "other keys"))) == []

    assert part.exists()
    assert not (tmp_path / "call-2.rec.part-node-1").exists()
    assert (tmp_path / "call-9.rec.part-node-2").exists(), "another node's"
    assert [mended.call for mended in mend(tmp_path, "node-1", keys)] == ["call-1"]


def test_a_full_disk_loses_the_recording_and_nothing_else(tmp_path: Path, keys: KeyRing) -> None:
    finished: list[RecordingFinished] = []
    recorder = a_recorder(keys, finished)
    sick = recorder.begin("sick", tmp_path / "sick.rec")
    full = os.open("/dev/full", os.O_WRONLY)  # every write to it fails: no space
    os.dup2(full, sick.file.fileno())
    os.close(full)
    healthy = recorder.begin("healthy", tmp_path / "healthy.rec")
    push_seconds(sick, 0.5)
    push_seconds(healthy, 0.5)
    until = time.monotonic() + 20
    while recorder.failures == 0:
        assert time.monotonic() < until
        time.sleep(0.05)
    recorder.end(healthy)
    recorder.stop()

    assert recorder.failures == 1
    assert [receipt.call for receipt in finished] == ["healthy"]
