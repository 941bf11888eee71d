"""The sounds a caller may hear, by name: spoken prompts, a city's own recordings, tones and pauses."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from siaga.adapters.phone.engine import Announcement
from siaga.adapters.phone.sound.frames import BadSound, Samples, pause, queue_pips, read_wav, ring_back

TEXTS = Path(__file__).with_name("prompts.toml")
SPOKEN = Path(__file__).resolve().parents[3] / "prompts"
PAUSE_PREFIX = "pause."  # "pause.4" is four seconds of silence


def prompt_texts() -> dict[str, str]:
    """Name of every spoken prompt and its Indonesian words."""
    with TEXTS.open("rb") as file:
        return {name: str(text) for name, text in tomllib.load(file).items()}


class PromptBook:
    """Every prompt, ready to be played.

    The city's own recording wins over the generated one. A recording of the wrong shape is passed over and named
    in `refused`; where nothing is left the ring-back tone stands in and `missing` says so: a wrong file must not
    keep the telephone from answering, and silence would make a caller hang up.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        """``folders``: most important first."""
        self._sounds: dict[str, Samples] = {"ring": ring_back(), "pips": queue_pips()}
        places = list(folders)
        missing: list[str] = []
        refused: list[str] = []
        for name in prompt_texts():
            sound = _first_good([place / f"{name}.wav" for place in places], refused)
            if sound is None:
                missing.append(name)
            self._sounds[name] = self._sounds["ring"] if sound is None else sound
        self.missing = tuple(missing)
        self.refused = tuple(refused)

    def __contains__(self, name: str) -> bool:
        return name in self._sounds or name.startswith(PAUSE_PREFIX)

    def sound(self, name: str) -> Samples:
        """The samples of one prompt. Raises KeyError for a name nobody has."""
        if name.startswith(PAUSE_PREFIX):
            return pause(float(name.removeprefix(PAUSE_PREFIX)))
        return self._sounds[name]

    def spoken(self, names: Iterable[str]) -> bytes:
        """These prompts one after another, as the bytes a line plays."""
        parts = [self.sound(name) for name in names]
        return np.concatenate(parts).tobytes() if parts else b""


def _first_good(paths: Iterable[Path], refused: list[str]) -> Samples | None:
    for path in paths:
        if path.is_file():
            try:
                return read_wav(path)
            except BadSound as bad:
                refused.append(str(bad))
    return None


def prompt_book(city: Path | None) -> PromptBook:
    """The prompts of an installation: the city's recordings first, then the generated ones."""
    folders = [city / "prompts"] if city is not None else []
    return PromptBook([*folders, SPOKEN])


ANNOUNCEMENTS: Mapping[str, Announcement] = {
    # Rings a little after the greeting: most calls are answered then, and a ring is what a caller expects.
    # Half a minute later he hears that all are busy, after a minute that nobody could answer yet: the truth, in
    # steps, and never without telling him to stay.
    "waiting": Announcement(
        once=("greeting", "ring", "queue", "pips", "pips", "silent", "pips", "pips", "busy", *["pips"] * 4),
        repeat=("no_taker", *["pips"] * 4, "busy", *["pips"] * 4, "silent", *["pips"] * 4),
    ),
    # The incident most callers ring about is known: a caller who has something else says so by a key and goes
    # first. A city records "notice" anew with the name of the place when it can.
    "notice": Announcement(
        once=("notice",),
        repeat=(*["pips"] * 6, "notice", *["pips"] * 6, "busy"),
    ),
    # The taker's headset was lost in mid-sentence.
    "hold": Announcement(once=("hold",), repeat=("pips", "pips", "pips", "hold")),
    # Given to somebody else, who is being rung.
    "transfer": Announcement(once=("transfer", "ring"), repeat=("ring",)),
}
