"""The type model: what it says and why, when it is silent, and what is never learned."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from siaga.domain.event import TypeModelTrained
from siaga.domain.incident import Note
from siaga.domain.place import Place
from siaga.domain.type_learning import LABELS_MIN, NIGHTLY, RETRY_MINUTES, Learning, TypeModel
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.desk.queries import type_choices
from siaga.features.incidents.types.advice import TypeAdvice
from siaga.features.incidents.types.duty import NightlyTraining, ended
from siaga.features.incidents.types.learning import keep_model, own_words
from siaga.features.incidents.types.model import LinearModel, ModelUnreadable, packed, unpacked
from siaga.features.incidents.types.training import Figures, Judged, Label, Trained, threshold_for, train
from siaga.features.incidents.types.words import features_of, words_of
from siaga.records.archive import Transaction
from tests.room import NINE, Room, sample_city

FLOOD, THEFT = "bencana.banjir", "kamtibmas.pencurian"
WORDS = {"aer": (FLOOD, 2.0), "naek": (FLOOD, 1.0), "dicopet": (THEFT, 3.0)}


def a_model() -> LinearModel:
    """Knows three words, none of them in the city's own list."""
    features = tuple(sorted(f"w:{word}" for word in WORDS))
    weights = np.zeros((2, len(features)), np.float32)
    for word, (type, worth) in WORDS.items():
        weights[(FLOOD, THEFT).index(type), features.index(f"w:{word}")] = worth
    return LinearModel(
        types=(FLOOD, THEFT), features=features, rarity=np.ones(len(features), np.float32), weights=weights,
        bias=np.zeros(2, np.float32),
    )  # fmt: skip


def figures(**more: Any) -> Figures:
    return Figures(labels=300, types=2, majority=0.5, top_1=0.9, top_3=1.0, **more)


def test_it_says_what_it_thinks_and_which_words_weighed_most():
    best, second = a_model().propose("aer naek terus")

    assert (best.type, best.words, second.type) == (FLOOD, ("aer", "naek"), THEFT)
    assert best.confidence > 0 > second.confidence
    assert a_model().propose("tidak tahu apa") == ()


def test_below_its_threshold_it_says_nothing_and_above_it_says_so():
    city = sample_city()
    sure = TypeAdvice(a_model(), threshold=1.0)

    assert [one.type.code for one in sure.on(city, "aer naek")] == [FLOOD, THEFT]
    assert sure.on(city, "aer naek")[0].because == "usulan model: “aer”, “naek”"
    assert TypeAdvice(a_model(), threshold=9.0).on(city, "aer naek") == ()
    assert TypeAdvice().on(city, "aer naek") == ()


def test_the_citys_own_words_come_first_and_the_model_is_marked():
    found = type_choices(sample_city(), TypeAdvice(a_model(), threshold=0.5), "kebakaran dicopet", "id", NINE)

    assert (found[0]["is_model"], found[0]["code"].startswith("kebakaran")) == (False, True)
    marked = [one for one in found if one["is_model"]]
    assert found[-len(marked) :] == marked
    assert marked[0]["code"] == THEFT
    assert "usulan model" in marked[0]["why"]


def test_a_stored_model_is_the_same_model_and_a_damaged_one_is_refused():
    weights, digest = packed(a_model())
    again = unpacked(weights, digest)

    assert again.propose("aer naek") == a_model().propose("aer naek")
    with pytest.raises(ModelUnreadable, match="damaged"):
        unpacked(weights, "0" * 64)
    with pytest.raises(ModelUnreadable):
        unpacked("bukan base64!", digest)


def test_a_model_that_would_have_to_be_executed_is_refused():
    stream = io.BytesIO()
    np.savez(stream, names=np.array([{"types": []}], dtype=object))
    data = stream.getvalue()

    with pytest.raises(ModelUnreadable):
        unpacked(base64.b64encode(data).decode(), hashlib.sha256(data).hexdigest())


def test_numbers_are_masked_and_pieces_stay_inside_their_word():
    words = words_of("Telp 0812-3456-7890, Gg. 12")

    assert words == ["telp", "0", "0", "0", "gg", "0"]
    assert features_of(["api"])["c:_api_"] == 1
    assert not any(" " in name for name in features_of(words) if name.startswith("c:"))


def test_the_threshold_is_where_the_answers_were_right_often_enough():
    confidence = np.linspace(0.01, 1.0, 200)
    right = confidence > 0.3
    found = threshold_for(Judged(confidence=confidence, right=right, among_three=right), 0.95)

    assert found is not None
    assert 0.25 < found["confidence"] < 0.35
    assert (found["precision"] >= 0.95, round(found["answered"], 1)) == (True, 0.7)
    nowhere = Judged(confidence=confidence, right=np.zeros(200, bool), among_three=right)
    assert threshold_for(nowhere, 0.95) is None
    slips = (
        np.arange(200) % 25 != 0
    )  # one label in twenty-five is wrong: 0.96, but on 200 answers that may be luck
    assert threshold_for(Judged(confidence=confidence, right=slips, among_three=slips), 0.95) is None
    many = Judged(
        confidence=np.tile(confidence, 20), right=np.tile(slips, 20), among_three=np.tile(slips, 20)
    )
    assert threshold_for(many, 0.95) is not None, "on four thousand it is not"
    few = Judged(confidence=confidence[:20], right=np.ones(20, bool), among_three=right[:20])
    assert threshold_for(few, 0.95) is None, "twenty answers are luck"


def test_with_few_labels_it_stays_silent_and_says_so():
    trained = train([Label("api", FLOOD), Label("banjir", THEFT)])

    assert (trained.model, trained.threshold, trained.figures.why_silent) == (None, None, "labels")


async def test_models_are_kept_as_editions_and_only_the_newest_keep_their_weights() -> None:
    room = Room()
    speaking = Trained(model=a_model(), threshold=0.5, figures=figures())
    for _ in range(5):
        await room.do(keep_model, trained=speaking)
    silent = Trained(model=a_model(), threshold=None, figures=figures(why_silent="precision"))
    assert await room.do(keep_model, trained=silent) == 6

    kept = await room.all(TypeModel, order=("edition",))
    assert [bool(one.weights) for one in kept] == [False, False, False, True, True, False]
    assert json.loads(kept[-1].figures)["why_silent"] == "precision"
    facts = [one.event for one in await room.archive.read(0)]
    assert [one.speaks for one in facts if isinstance(one, TypeModelTrained)] == [True] * 5 + [False]


async def test_the_nightly_training_is_a_deadline_that_a_restart_does_not_forget() -> None:
    room = Room()
    codes = [1, 0]
    trained: list[int] = []

    async def pretend() -> int:
        trained.append(codes[len(trained)])
        return trained[-1]

    async def looks() -> bool:
        return await NightlyTraining(room.city, pretend)(room.archive, room.now)

    assert await looks() is False, "the first night is the first deadline"
    room.now = (await room.one(Learning, NIGHTLY)).due_at
    assert await looks() is False, "it failed"
    assert (await room.one(Learning, NIGHTLY)).due_at == room.now + timedelta(minutes=RETRY_MINUTES)
    assert await looks() is False, "not again at once"
    room.later(RETRY_MINUTES * 60)
    assert await looks() is True
    await room.do(ended, city=room.city, result="speaks")
    assert (await room.one(Learning, NIGHTLY)).due_at > room.now + timedelta(hours=12)
    assert trained == codes


async def test_what_a_taker_typed_is_the_first_line_of_the_story() -> None:
    """The training reads the first note of an incident: it must be what was typed into Apa."""
    room = Room()
    report = incidents.Report(type=FLOOD, place=sample_place(), notes=("aer naek", "14:07 dua rumah"))
    incident = await room.opens(report=report)

    async def notes(tx: Transaction) -> list[Note]:
        return await tx.find(Note, incident=incident, order=("at", "id"))

    assert (await room.archive.look(notes))[0].text == "aer naek"


def sample_place() -> Place:
    return Place(text="Jl. Contoh 3", kelurahan="32.74.05.1001", kecamatan="32.74.05")


def labelled(amount: int) -> list[Label]:
    """Invented texts of four types, each with words of any type and somebody's name; one word occurs only once."""
    said = {
        FLOOD: ("air", "banjir", "meluap", "selutut", "got"),
        THEFT: ("hilang", "maling", "dicopet", "dompet", "dicuri"),
        "kesehatan.sesak": ("sesak", "napas", "asma", "kambuh", "dada"),
        "lain.hewan": ("ular", "tawon", "dapur", "digigit", "sarang"),
    }
    around = ("rumah", "pak slamet", "ibu agus", "di gang 4", "rt 12", "pasar", "tolong", "malam ini", "anak")
    random = np.random.default_rng(1)
    made = [
        Label(" ".join([*random.choice(words, 2), *random.choice(around, 3)]), type)
        for _ in range(amount)
        for type, words in said.items()
    ]
    return [*made, Label("sumiyatiningsih jatuh", FLOOD)]


def test_the_citys_own_words_are_learned_but_not_those_of_types_that_protect():
    city = sample_city()
    own = own_words(city)

    assert {kind.code for kind in city.types if kind.protected}.isdisjoint(label.type for label in own)
    assert {label.text for label in own if label.type == FLOOD} >= {city.type_by_code[FLOOD].name}


@pytest.mark.slow
def test_a_type_nobody_has_reported_is_known_by_the_citys_words_for_it():
    own = [Label(f"buaya {where}", "lain.buaya") for where in ("kolam", "sungai", "kali", "sawah", "jalan")]
    trained = train(labelled(70), own)

    assert trained.model is not None
    assert trained.model.propose("ada buaya besar")[0].type == "lain.buaya"
    assert trained.figures.labels == len(labelled(70)), "the city's words are no labels"


@pytest.mark.slow
def test_it_learns_is_measured_on_what_it_has_not_seen_and_keeps_no_rare_word():
    trained = train(labelled(70))

    assert trained.figures.labels >= LABELS_MIN
    assert trained.figures.top_1 > trained.figures.majority + 0.2
    assert trained.model is not None
    assert not any("sumiyat" in name for name in trained.model.features)
    assert not any(digit in name for name in trained.model.features for digit in "123456789")
    assert unpacked(*packed(trained.model)).propose("ada ular besar di dapur")[0].type == "lain.hewan"
