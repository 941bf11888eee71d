"""Voice, silence and knocks: how often the detector is right, how often it is wrong, and what it costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.vad_corpus import CLIP_SECONDS, SNRS_DB, Clip, Maker, voices_of

from siaga.adapters.phone.engine import PhoneEvent
from siaga.adapters.phone.sound.frames import FRAME_BYTES, SILENCE
from siaga.adapters.phone.sound.mixer import Line, Mixer
from siaga.adapters.phone.sound.prompts import SPOKEN
from siaga.adapters.phone.voice.activity import VoiceActivity
from siaga.adapters.phone.voice.detector import (
    SPEECH_PROBABILITY,
    SPEECH_SECONDS,
    KnockMeter,
    SpeechMeter,
    SpeechModel,
    load_model,
)

PROBABILITIES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
SPEECH_STEP = 0.032  # seconds of one window
SIZES = {"full": (60, 60, 240), "smoke": (5, 5, 24)}  # voices, clips of every other kind, clips with taps
COST_CLIPS = 20
LISTENED_TO = 20  # callers answered and not yet heard at one moment: more than one room's takers
GAP_RUN_SECONDS = {"full": 10.0, "smoke": 1.5}
TAP_KINDS_APART = ("handling",)  # a thump in a pocket is a tap to any ear; counted by itself


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run. ``size``: ``full``, or ``smoke`` for a look that everything works."""
    gaps = await _gaps(GAP_RUN_SECONDS["full" if size == "full" else "smoke"])
    voices, each, taps = SIZES["full" if size == "full" else "smoke"]
    maker, model = Maker(), load_model()
    spoken = voices_of(SPOKEN, voices)
    speech, words = list(maker.speech(spoken)), list(maker.speech(spoken, words=True))
    others = list(maker.others(each))
    heard = {
        name: _windows(model, clips)
        for name, clips in (("speech", speech), ("words", words), ("others", others))
    }
    chosen = {name: _seconds(of, SPEECH_PROBABILITY) for name, of in heard.items()}
    return {
        "tpr_at_0_3_s": _share(chosen["speech"]),
        "false_alarm": _share(chosen["others"]),
        "cpu_ms_per_s": _cost(model, speech),
        "probability": SPEECH_PROBABILITY,
        "speech_seconds": SPEECH_SECONDS,
        "auc": _auc(chosen["speech"], chosen["others"]),
        "tpr_one_word": _share(chosen["words"]),
        "tpr_clean": _share(_of(chosen["speech"], speech, "clean")),
        **{f"tpr_{snr}_db": _share(_of(chosen["speech"], speech, *_at_snr(snr))) for snr in SNRS_DB},
        "false_alarm_of": {
            kind: _share(_of(chosen["others"], others, kind))
            for kind in dict.fromkeys(c.kind for c in others)
        },
        "roc": [
            {
                "probability": least,
                "tpr": _share(_seconds(heard["speech"], least)),
                "tpr_one_word": _share(_seconds(heard["words"], least)),
                "false_alarm": _share(_seconds(heard["others"], least)),
            }
            for least in PROBABILITIES
        ],
        "taps": _taps(list(maker.taps(taps)), others, speech),
        **gaps,
        "clips": {"speech": len(speech), "words": len(words), "others": len(others), "taps": taps},
        "speech_is": "generated (espeak-ng, Indonesian, four pitches); no whisper, child or crying was at hand",
    }


async def _gaps(seconds: float) -> dict[str, float]:
    """The mixer's longest tick in ms with `LISTENED_TO` callers: nobody listened to, then all of them."""
    longest = {}
    for name, listens in (("max_gap_ms_without", False), ("max_gap_ms_listening", True)):
        mixer = Mixer()
        heard: list[PhoneEvent] = []
        activity = VoiceActivity(mixer, heard.append)
        lines = [Line(_Silent()) for _ in range(LISTENED_TO)]
        if listens:
            await activity.start()
            for number, line in enumerate(lines):
                line.ear = activity.listen(f"call-{number}", seconds=SPEECH_SECONDS, knocks=True)
        for line in lines:
            mixer.add(line)
        mixer.start()
        while listens and len(heard) < LISTENED_TO:
            await asyncio.sleep(0.05)
        mixer.forget_gaps()
        await asyncio.sleep(seconds)
        longest[name] = round(1000 * mixer.max_gap_seconds, 1)
        if listens:
            await activity.stop()
        mixer.stop()
    return longest


class _Silent:
    """A caller on an open line."""

    def ready(self) -> bool:
        return True

    def read(self) -> bytes:
        return SILENCE

    def write(self, frame: bytes) -> None:
        """Nobody hears it."""


def _windows(model: SpeechModel, clips: Iterable[Clip]) -> list[npt.NDArray[np.float64]]:
    """The probability of speech in every window of every clip."""
    length, found = model.window_size_samples, []
    for clip in clips:
        model.reset()
        sound = clip.sound.astype(np.float32) / 32768
        found.append(
            np.array([
                model.process(np.ascontiguousarray(sound[at : at + length]).data)
                for at in range(0, len(sound) - length + 1, length)
            ])
        )  # fmt: skip
    return found


def _seconds(heard: list[npt.NDArray[np.float64]], least: float) -> npt.NDArray[np.float64]:
    return np.array([float((windows > least).sum()) * SPEECH_STEP for windows in heard])


def _share(seconds: npt.NDArray[np.float64]) -> float:
    """How many clips hold as much speech as we ask for."""
    return round(float((seconds >= SPEECH_SECONDS).mean()), 4)


def _of(seconds: npt.NDArray[np.float64], clips: list[Clip], *kinds: str) -> npt.NDArray[np.float64]:
    return seconds[[clip.kind in kinds for clip in clips]]


def _at_snr(snr: int) -> tuple[str, ...]:
    return tuple(f"{noise}{snr}" for noise in ("brown", "pink", "street"))


def _auc(speech: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> float:
    """How often a clip with speech holds more of it than one without."""
    above = (speech[:, None] > others[None, :]).mean() + 0.5 * (speech[:, None] == others[None, :]).mean()
    return round(float(above), 5)


def _cost(model: SpeechModel, clips: list[Clip]) -> float:
    """Processor milliseconds for one second of one caller, speech and knocks together, as the node does it."""
    few = clips[:COST_CLIPS]
    began = time.process_time()
    for clip in few:
        speech, knocks, sound = SpeechMeter(model), KnockMeter(), clip.sound.tobytes()
        for at in range(0, len(sound), FRAME_BYTES):
            speech.push(sound[at : at + FRAME_BYTES])
            knocks.push(sound[at : at + FRAME_BYTES])
    return round(1000 * (time.process_time() - began) / (len(few) * CLIP_SECONDS), 2)


def _taps(tapped: list[Clip], others: list[Clip], speech: list[Clip]) -> dict[str, Any]:
    """Two taps in five seconds are the signal; how often it is heard where it was made and where it was not."""
    made = np.array([_knocks(clip) for clip in tapped])
    quiet = [clip for clip in others if clip.kind not in TAP_KINDS_APART]
    thumps = [clip for clip in others if clip.kind in TAP_KINDS_APART]
    none, rubbed = np.array([_knocks(clip) for clip in quiet]), np.array([_knocks(clip) for clip in thumps])
    spoken = np.array([_knocks(clip) for clip in speech[:: max(1, len(speech) // 200)]])
    return {
        "signal_heard": round(float((made >= 2).mean()), 4),
        "any_heard": round(float((made >= 1).mean()), 4),
        "signal_heard_of": {
            kind: round(float((made[[c.kind == kind for c in tapped]] >= 2).mean()), 4)
            for kind in dict.fromkeys(c.kind for c in tapped)
        },
        "false_signal": round(float((none >= 2).mean()), 4),
        "false_signal_of": {
            kind: round(float((none[[c.kind == kind for c in quiet]] >= 2).mean()), 4)
            for kind in dict.fromkeys(c.kind for c in quiet)
        },
        "speech_as_signal": round(float((spoken >= 2).mean()), 4),
        "handling_as_signal": round(float((rubbed >= 2).mean()), 4),
    }


def _knocks(clip: Clip) -> int:
    meter, sound = KnockMeter(), clip.sound.tobytes()
    return sum(meter.push(sound[at : at + FRAME_BYTES]) for at in range(0, len(sound), FRAME_BYTES))
