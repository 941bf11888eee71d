"""Tones, prompts and the telephone's own coding."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from siaga.adapters.phone.engine import Announcement
from siaga.adapters.phone.sound.frames import (
    BadSound,
    alaw_decoding,
    alaw_table,
    pause,
    queue_pips,
    read_wav,
    ring_back,
    tone,
    write_wav,
)
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS, PromptBook, prompt_texts


def test_alaw_gives_back_every_sample_within_its_step() -> None:
    samples = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
    again = alaw_decoding()[alaw_table()[samples.view(np.uint16)]].astype(np.int32)

    error = np.abs(again - samples)
    assert (error <= np.maximum(16, np.abs(samples.astype(np.int32)) // 16)).all()
    assert (alaw_table()[alaw_decoding().view(np.uint16)] == np.arange(256)).all()


def test_a_ring_is_one_second_of_425_hertz_and_four_of_silence() -> None:
    ring = ring_back()

    assert len(ring) == 5 * 8000
    assert np.abs(np.fft.rfft(ring[:8000].astype(float))).argmax() == 425
    assert not ring[8000:].any()


def test_a_prompt_of_another_shape_is_refused_by_name(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "greeting.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(bytes(400))
    (tmp_path / "queue.wav").write_bytes(b"not a wave file")

    with pytest.raises(BadSound, match=r"greeting\.wav: 44100 Hz, 16 bit, 2 channels"):
        read_wav(tmp_path / "greeting.wav")
    with pytest.raises(BadSound, match=r"queue\.wav: not a readable WAV"):
        read_wav(tmp_path / "queue.wav")


def test_a_citys_own_recording_replaces_the_generated_one(tmp_path: Path) -> None:
    city, generated = tmp_path / "city", tmp_path / "generated"
    city.mkdir()
    generated.mkdir()
    for name in prompt_texts():
        write_wav(generated / f"{name}.wav", tone(500, 0.1))
    write_wav(city / "greeting.wav", tone(900, 0.2))

    book = PromptBook([city, generated])

    assert len(book.sound("greeting")) == 1600
    assert len(book.sound("queue")) == 800
    assert book.missing == ()


def test_a_missing_prompt_rings_instead_of_being_silent(tmp_path: Path) -> None:
    book = PromptBook([tmp_path])

    assert set(book.missing) == set(prompt_texts())
    assert (book.sound("greeting") == ring_back()).all()


def test_a_wrong_recording_never_keeps_the_telephone_from_answering(tmp_path: Path) -> None:
    city, generated = tmp_path / "city", tmp_path / "generated"
    city.mkdir()
    generated.mkdir()
    (city / "greeting.wav").write_bytes(b"RIFF, but not really")
    write_wav(generated / "greeting.wav", tone(500, 0.1))

    book = PromptBook([city, generated])

    assert len(book.sound("greeting")) == 800
    assert [bad.split(":")[0] for bad in book.refused] == ["greeting.wav"]


def test_every_announcement_can_be_spoken_and_tells_people_to_stay(tmp_path: Path) -> None:
    book = PromptBook([tmp_path])

    for announcement in ANNOUNCEMENTS.values():
        assert isinstance(announcement, Announcement)
        assert book.spoken(announcement.once)
        assert book.spoken(announcement.repeat)
    assert "jangan tutup telepon" in prompt_texts()["greeting"].lower()
    with pytest.raises(KeyError):
        book.spoken(("no such prompt",))


def test_pauses_and_pips_are_as_long_as_they_say() -> None:
    assert len(PromptBook([]).sound("pause.4")) == 4 * 8000
    assert len(pause(0.5)) == 4000
    assert len(queue_pips()) == 3 * 8000
