"""A sealed recording opens anywhere, and says so when anything about it was changed."""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siaga.records import sealed_sound
from siaga.records.recording_keys import KeyMissing, KeyRing, KeyUnreadable
from siaga.records.sealed_sound import (
    CHUNK_BYTES,
    HEADER,
    KEY_AREA_BYTES,
    SEALED_BYTES,
    Altered,
    NotSealed,
    SealedSound,
    SealedWriter,
    erase,
    key_of,
    mend,
    rewrap,
)
from tests.a_recording import sealed

SOUND = random.Random(112).randbytes(5 * CHUNK_BYTES + 1234)
SIZES = st.sampled_from([0, 1, 15, 16, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def opened(path: Path, subject: str = "call-1", keys: str = "keys") -> SealedSound:
    return SealedSound(path, subject, KeyRing(path.parent / keys))


def recording(folder: Path, sound: bytes = SOUND) -> Path:
    path = folder / "call-1.rec"
    sealed(path, sound, folder / "keys")
    return path


@settings(deadline=None, max_examples=60)
@given(st.one_of(SIZES, st.integers(0, 40_000)), st.lists(st.tuples(st.integers(0, 45_000), st.integers(0, 45_000)), max_size=8))  # noqa: E501  # fmt: skip
def test_any_range_is_the_slice_of_what_was_recorded(size: int, ranges: list[tuple[int, int]]) -> None:
    sound = random.Random(size).randbytes(size)
    with tempfile.TemporaryDirectory() as made:
        path = recording(Path(made), sound)
        with opened(path) as one:
            assert one.size == size
            assert one.is_finished
            for start, stop in [(0, size), *ranges]:
                assert one.read(start, stop) == sound[start:stop]
                assert b"".join(piece for piece, _ in one.pieces(start, stop)) == sound[start:stop]
            assert one.examine().sha256 == hashlib.sha256(sound).hexdigest()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 9000), max_size=12))
def test_it_does_not_matter_in_which_pieces_the_sound_came(sizes: list[int]) -> None:
    pieces = [random.Random(at).randbytes(size) for at, size in enumerate(sizes)]
    with tempfile.TemporaryDirectory() as made:
        path, keys = Path(made) / "call-1.rec", KeyRing(Path(made) / "keys")
        with path.open("wb", buffering=0) as file:
            writer = SealedWriter(file, "call-1", keys)
            for piece in pieces:
                writer.write(piece)
            writer.finish()
        with opened(path) as one:
            assert one.read(0, one.size) == b"".join(pieces)
            assert (one.examine().sha256, one.size) == (writer.sha256, writer.sound_bytes)


@settings(deadline=None, max_examples=150)
@given(st.data())
@pytest.mark.slow
def test_one_altered_bit_anywhere_is_noticed(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as made:
        path = recording(Path(made))
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= 1 << data.draw(st.integers(0, 7))
        path.write_bytes(content)
        try:
            with opened(path) as one:
                assert not one.examine().is_whole
        except (NotSealed, KeyMissing):
            assert at < HEADER.size


@settings(deadline=None, max_examples=60)
@given(st.integers(1, len(SOUND)))
def test_a_recording_cut_anywhere_is_noticed(cut: int) -> None:
    with tempfile.TemporaryDirectory() as made:
        path = recording(Path(made))
        path.write_bytes(path.read_bytes()[:-cut])
        try:
            with opened(path) as one:
                assert not one.examine().is_whole
        except NotSealed:
            assert path.stat().st_size < HEADER.size


def test_chunks_swapped_left_out_doubled_or_borrowed_are_noticed(folder: Path) -> None:
    path = recording(folder)
    whole = path.read_bytes()
    chunks = [whole[at : at + SEALED_BYTES] for at in range(HEADER.size, len(whole), SEALED_BYTES)]
    other = folder / "call-2.rec"
    sealed(other, SOUND, folder / "keys")
    foreign = other.read_bytes()[HEADER.size : HEADER.size + SEALED_BYTES]
    for forged in (
        [chunks[1], chunks[0], *chunks[2:]],
        chunks[1:],
        [*chunks[:2], *chunks[3:]],
        [chunks[0], *chunks],
        [foreign, *chunks[1:]],
    ):
        path.write_bytes(whole[: HEADER.size] + b"".join(forged))
        with opened(path) as one:
            assert not one.examine().is_whole
            with pytest.raises(Altered):
                one.read(0, one.size)


def test_an_altered_chunk_is_silent_and_the_rest_is_heard(folder: Path) -> None:
    path = recording(folder)
    content = bytearray(path.read_bytes())
    content[HEADER.size + SEALED_BYTES + 7] ^= 1
    path.write_bytes(content)
    with opened(path) as one:
        heard, bad = one.heard(0, one.size)
    assert bad == [1]
    assert heard == SOUND[:CHUNK_BYTES] + bytes(CHUNK_BYTES) + SOUND[2 * CHUNK_BYTES :]


def test_a_file_cannot_be_passed_off_as_another_calls_nor_opened_without_its_key(folder: Path) -> None:
    path = recording(folder)
    with pytest.raises(NotSealed):
        opened(path, subject="call-2")
    KeyRing(folder / "others").new()
    with pytest.raises(KeyMissing):
        opened(path, keys="others")
    path.write_bytes(b"RIFF" + bytes(200))
    with pytest.raises(NotSealed):
        opened(path)


def test_mending_ends_what_was_killed_and_twice_is_once(folder: Path) -> None:
    keys = KeyRing(folder / "keys")
    path = folder / "call-1.rec"
    with path.open("wb", buffering=0) as file:
        SealedWriter(file, "call-1", keys).write(SOUND)
    for torn in (b"", b"\x01\x02\x03", bytes(100), bytes(2 * SEALED_BYTES + 5)):
        left = folder / "left.rec"
        left.write_bytes(path.read_bytes() + torn)
        first = mend(left, "call-1", keys)
        content = left.read_bytes()
        assert mend(left, "call-1", keys) == first
        assert left.read_bytes() == content
        assert first.is_whole
        assert first.was_mended
        assert first.sha256 == hashlib.sha256(SOUND[: 5 * CHUNK_BYTES]).hexdigest()


def test_a_new_key_seals_from_now_on_and_old_recordings_can_move_to_it(folder: Path) -> None:
    keys = KeyRing(folder / "keys")
    path = recording(folder)
    old, new = keys.current(), keys.new()
    assert (new.number, KeyRing(folder / "keys").current()) == (2, new)
    assert key_of(path) == old.id
    assert rewrap(path, "call-1", keys) is True
    assert rewrap(path, "call-1", keys) is False
    keys.remove(old)
    with opened(path) as one:
        assert one.read(0, one.size) == SOUND
    assert key_of(path) == new.id


def test_a_key_file_that_is_no_key_is_named(folder: Path) -> None:
    keys = KeyRing(folder / "keys")
    keys.current()
    assert (folder / "keys" / "0001.key").stat().st_mode & 0o077 == 0
    (folder / "keys" / "0002.key").write_text("not a key\n")
    with pytest.raises(KeyUnreadable, match=r"0002\.key"):
        keys.current()


def test_two_processes_that_start_at_once_agree_on_the_first_key(folder: Path) -> None:
    one, other = KeyRing(folder / "keys"), KeyRing(folder / "keys")
    made = one._make(1)
    assert other._make(1) == made
    assert [file.name for file in (folder / "keys").iterdir()] == ["0001.key"]


def test_erasing_destroys_the_key_before_the_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = recording(folder)
    seen: list[bytes] = []
    monkeypatch.setattr(Path, "unlink", lambda self: seen.append(self.read_bytes()[:KEY_AREA_BYTES]))
    erase(path)
    monkeypatch.undo()
    assert seen == [bytes(KEY_AREA_BYTES)]
    with pytest.raises(NotSealed):
        opened(path)
    erase(path)
    erase(path)
    assert not path.exists()


def test_no_two_chunks_are_sealed_with_the_same_nonce(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[tuple[int, ...]] = []
    honest = sealed_sound._nonce

    def noted(*which: int) -> bytes:
        used.append(which)
        return honest(*which)

    monkeypatch.setattr(sealed_sound, "_nonce", noted)
    recording(folder)
    assert len(used) == len(set(used)) == 6
