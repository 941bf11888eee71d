"""Recordings survive what machines do."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from siaga.adapters.phone.engine import RecordingFinished
from siaga.adapters.phone.recorder import HEADER_BYTES, Recorder, Tape, mend
from siaga.adapters.phone.sound import FRAME_SAMPLES

LEFT = np.full(FRAME_SAMPLES, 1000, np.int16).tobytes()
RIGHT = np.full(FRAME_SAMPLES, -2000, np.int16).tobytes()


def read(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)


def push_seconds(tape: Tape, seconds: float) -> None:
    for _ in range(int(seconds * 50)):
        tape.push(LEFT, RIGHT)


def test_the_caller_is_left_and_what_he_hears_is_right(tmp_path: Path) -> None:
    finished: list[RecordingFinished] = []
    recorder = Recorder("node-1", finished.append)
    recorder.start()
    path = tmp_path / "2026-08-17" / "call-1.wav"
    tape = recorder.begin("call-1", path)
    push_seconds(tape, 1.0)
    recorder.end(tape)
    recorder.stop()

    sound = read(path)
    assert sound.shape == (8000, 2)
    assert (set(sound[:, 0]), set(sound[:, 1])) == ({1000}, {-2000})
    assert finished == [RecordingFinished("call-1", path, 1.0, hashlib.sha256(path.read_bytes()).hexdigest())]


def test_a_growing_recording_can_be_listened_to_at_any_moment(tmp_path: Path) -> None:
    recorder = Recorder("node-1", lambda _: None)
    recorder.start()
    tape = recorder.begin("call-1", tmp_path / "call-1.wav")
    push_seconds(tape, 2.0)
    time.sleep(0.6)

    assert len(read(tape.part)) == 16000
    recorder.stop()


def _record_until_killed(folder: Path) -> None:
    recorder = Recorder("node-1", lambda _: None)
    recorder.start()
    tape = recorder.begin("call-1", folder / "call-1.wav")
    while True:
        tape.push(LEFT, RIGHT)
        time.sleep(0.002)


def test_a_killed_node_leaves_a_recording_that_the_next_one_mends(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_record_until_killed, args=(tmp_path,))
    process.start()
    part = tmp_path / "call-1.wav.part-node-1"
    for _ in range(500):
        if part.exists() and part.stat().st_size > 30_000:
            break
        time.sleep(0.02)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with part.open("ab") as torn:
        torn.write(b"\x01\x02\x03")  # a write the power cut tore in the middle of a sample

    [mended] = mend(tmp_path, "node-1")

    assert (mended.call, mended.path) == ("call-1", tmp_path / "call-1.wav")
    sound = read(mended.path)
    assert set(sound[:, 0]) == {1000}
    assert mended.seconds == pytest.approx(len(sound) / 8000, abs=0.01)
    assert (mended.path.stat().st_size - HEADER_BYTES) % 4 == 0
    assert list(mend(tmp_path, "node-1")) == []


def test_another_nodes_recording_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "call-9.wav.part-node-2").write_bytes(b"")

    assert list(mend(tmp_path, "node-1")) == []
    assert (tmp_path / "call-9.wav.part-node-2").exists()


def test_a_full_disk_loses_the_recording_and_nothing_else(tmp_path: Path) -> None:
    finished: list[RecordingFinished] = []
    recorder = Recorder("node-1", finished.append)
    recorder.start()
    sick = recorder.begin("sick", tmp_path / "sick.wav")
    sick.file.close()
    sick.file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115  (every write to it fails: no space)
    healthy = recorder.begin("healthy", tmp_path / "healthy.wav")
    push_seconds(sick, 0.5)
    push_seconds(healthy, 0.5)
    time.sleep(0.4)
    recorder.end(healthy)
    recorder.stop()

    assert recorder.failures == 1
    assert [receipt.call for receipt in finished] == ["healthy"]
