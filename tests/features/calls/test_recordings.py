"""Who may listen, what is written down about it, and when a voice is erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siaga.domain.call import Call, CallState, Channel, Disposition
from siaga.domain.errors import NotAllowed, NotFound
from siaga.domain.event import RecordingErased, RecordingHeard
from siaga.domain.recording import (
    KEPT_DAYS_MIN,
    LOOK_AGAIN_DAYS,
    Recording,
    RecordingKind,
    kept_days,
    kind_of,
)
from siaga.domain.roles import Role, Viewer
from siaga.domain.room_rules import RecordingRules
from siaga.features.calls import actions as calls
from siaga.features.calls.recordings import actions as recordings
from siaga.features.calls.recordings.duty import RecordingKeeper
from siaga.features.calls.recordings.files import RecordingFiles
from siaga.features.incidents.actions import Report
from siaga.records.archive import Transaction
from siaga.records.recording_keys import KeyRing
from tests.a_recording import sealed
from tests.room import FIRE, NINE, PAK_DEDI, RANI, Room

RULES = RecordingRules()
OTHER = Viewer(person="sari", name="Sari", roles=(Role.TAKER,))
BOSS_IN_CIRCLE = replace(PAK_DEDI, in_circle=True)


@pytest.fixture
def room() -> Room:
    return Room()


async def recorded(room: Room, call: str = "call-1", sha256: str = "00") -> str:
    await room.talking(call=call)
    await room.do(calls.end_call, call=call, taker="rani")
    file = f"{room.now.date().isoformat()}/{call}.rec"
    await room.do(calls.recording_saved, call=call, file=file, seconds=3.0, sha256=sha256)
    return file


async def protected_case(room: Room, by: str = "rani", call: str = "call-1") -> None:
    hidden = next(one for one in room.city.types if one.protected)
    await room.opens(call=call, by=by, report=Report(type=hidden.code, place=FIRE.place))


async def heard(room: Room) -> list[RecordingHeard]:
    return [entry.event for entry in await room.archive.read(0) if isinstance(entry.event, RecordingHeard)]


async def opens(room: Room, viewer: Viewer, reason: str = "", rules: RecordingRules = RULES) -> None:
    await room.do(recordings.open_player, call="call-1", reason=reason, by=viewer, rules=rules)


# --- listening -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
async def test_only_who_may_hear_hears(room: Room, role: Role) -> None:
    await recorded(room)
    viewer = Viewer(person="somebody", name="S", roles=(role,), in_circle=True)
    if role is Role.SUPERVISOR:
        await opens(room, viewer)
        assert [event.by for event in await heard(room)] == ["somebody"]
    else:
        with pytest.raises(NotAllowed):
            await opens(room, viewer)
        assert await heard(room) == []


async def test_a_taker_hears_her_own_last_call_for_a_while_and_nobody_elses(room: Room) -> None:
    await recorded(room)
    await opens(room, RANI)
    with pytest.raises(NotAllowed):
        await opens(room, OTHER)
    with pytest.raises(NotAllowed):
        await opens(room, RANI, rules=replace(RULES, taker_hears_own=False))
    room.later(RULES.taker_hears_minutes * 60 + 1)
    with pytest.raises(NotAllowed):
        await opens(room, RANI)
    assert [event.by for event in await heard(room)] == ["rani"]


async def test_a_protected_case_is_heard_inside_its_circle_only_and_for_a_reason(room: Room) -> None:
    await recorded(room)
    await protected_case(room)
    with pytest.raises(NotFound):
        await opens(room, PAK_DEDI, "permintaan penyidik")
    blank = {"call": "call-1", "reason": " ", "by": BOSS_IN_CIRCLE, "rules": RULES}
    await room.refuses("alasannya", recordings.open_player, **blank)
    await opens(room, BOSS_IN_CIRCLE, "permintaan penyidik")
    await opens(room, RANI, "alamat tidak jelas")  # who opened it belongs to its circle

    assert [(event.by, event.reason, event.protected) for event in await heard(room)] == [
        ("dedi", "permintaan penyidik", True),
        ("rani", "alamat tidak jelas", True),
    ]


async def test_holding_and_copying_are_a_supervisors_and_need_a_reason(room: Room) -> None:
    await recorded(room)
    for action in (recordings.hold_recording, recordings.export_recording):
        with pytest.raises(NotAllowed):
            await room.do(action, call="call-1", reason="untuk polisi", by=RANI)
        await room.refuses("alasannya", action, call="call-1", reason="x", by=PAK_DEDI)
    await room.do(recordings.export_recording, call="call-1", reason="untuk polisi", by=PAK_DEDI)
    await room.do(recordings.hold_recording, call="call-1", reason="perkara 12", by=PAK_DEDI)
    await room.refuses(
        "sudah ditahan", recordings.hold_recording, call="call-1", reason="perkara 12", by=PAK_DEDI
    )
    await room.do(recordings.release_recording, call="call-1", reason="perkara selesai", by=PAK_DEDI)
    await room.refuses(
        "tidak sedang", recordings.release_recording, call="call-1", reason="perkara 12", by=PAK_DEDI
    )

    assert (await room.story())[-3:] == ["recording.exported", "recording.held", "recording.released"]


async def test_a_protected_call_cannot_be_held_or_copied_from_outside_the_circle(room: Room) -> None:
    await recorded(room)
    await protected_case(room)
    for action in (recordings.hold_recording, recordings.export_recording, recordings.release_recording):
        with pytest.raises(NotFound):
            await room.do(action, call="call-1", reason="perkara 12", by=PAK_DEDI)


# --- keeping and erasing -------------------------------------------------------------------------------------


def a_call(**more: object) -> Call:
    return Call(
        id="c",
        channel=Channel.VOICE,
        state=CallState.ENDED,
        urgency=2,
        arrived_at=NINE,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("call", "protected", "kind"),
    [
        (a_call(incident="i"), True, RecordingKind.PROTECTED),
        (a_call(incident="i"), False, RecordingKind.REAL),
        (a_call(incident="i", demo=True), False, RecordingKind.DRILL),
        (a_call(), False, RecordingKind.UNDECIDED),
        (None, False, RecordingKind.UNDECIDED),
        *((a_call(disposition=kind), False, RecordingKind(name)) for kind, name in (
            (Disposition.GHOST, "ghost"), (Disposition.PRANK, "prank"), (Disposition.INFORMATION, "information"),
            (Disposition.WRONG_NUMBER, "information"), (Disposition.OUTSIDE_AREA, "information"),
            (Disposition.REAL, "real"),
        )),
    ],
)  # fmt: skip
def test_every_call_has_a_kind_its_sound_is_kept_by(call: Call, protected: bool, kind: RecordingKind) -> None:
    assert kind_of(call, protected=protected) is kind
    assert kept_days(RULES, kind) >= KEPT_DAYS_MIN


def test_every_disposition_and_every_kind_is_thought_of() -> None:
    for disposition in Disposition:
        assert kind_of(a_call(disposition=disposition), protected=False) in RecordingKind
    nothing: dict[str, Any] = {f"{kind.value}_days": 0 for kind in RecordingKind}
    none_kept = replace(RULES, **nothing)
    assert {kept_days(none_kept, kind) for kind in RecordingKind} == {KEPT_DAYS_MIN}


@pytest.fixture
def files(tmp_path: Path) -> RecordingFiles:
    return RecordingFiles(tmp_path / "recordings", KeyRing(tmp_path / "keys"))


async def look(room: Room, files: RecordingFiles, rules: RecordingRules = RULES) -> None:
    await RecordingKeeper(files, rules)(room.archive, room.now)


async def on_disk(room: Room, files: RecordingFiles, call: str = "call-1") -> Path:
    path = files.folder / room.now.date().isoformat() / f"{call}.rec"
    await recorded(room, call, sealed(path, bytes(4000), files.keys.folder))
    return path


async def test_what_is_over_is_erased_with_its_key_and_the_journal_keeps_the_hash(
    room: Room, files: RecordingFiles
) -> None:
    path = await on_disk(room, files)
    await room.do(calls.dispose_call, call="call-1", kind="information", taker="rani")
    [kept] = await room.all(Recording)
    await look(room, files)
    assert path.exists()
    for _ in range(RULES.information_days // LOOK_AGAIN_DAYS + 1):
        room.later(timedelta(days=LOOK_AGAIN_DAYS).total_seconds())
        await look(room, files)

    assert not path.exists()
    assert not path.parent.exists()
    [gone] = [e.event for e in await room.archive.read(0) if isinstance(e.event, RecordingErased)]
    assert (gone.call, gone.kind, gone.sha256) == ("call-1", "information", kept.sha256)
    for action in (recordings.hold_recording, recordings.export_recording):
        with pytest.raises(NotFound):
            await room.do(action, call="call-1", reason="terlambat", by=PAK_DEDI)


async def test_a_hold_outlasts_every_rule_until_it_is_lifted(room: Room, files: RecordingFiles) -> None:
    path = await on_disk(room, files)
    await room.do(recordings.hold_recording, call="call-1", reason="perkara 12", by=PAK_DEDI)
    room.later(timedelta(days=5000).total_seconds())
    await look(room, files)
    assert path.exists()
    await room.do(recordings.release_recording, call="call-1", reason="perkara selesai", by=PAK_DEDI)
    await look(room, files)
    assert not path.exists()


async def test_a_process_that_died_while_erasing_finishes_later_and_nobody_can_hold_it_any_more(
    room: Room, files: RecordingFiles
) -> None:
    path = await on_disk(room, files)
    room.later(timedelta(days=5000).total_seconds())
    await room.do(recordings.look_at_kept, rules=RULES)
    with pytest.raises(NotFound):
        await room.do(recordings.hold_recording, call="call-1", reason="perkara 12", by=PAK_DEDI)
    with pytest.raises(NotFound):
        await room.do(recordings.export_recording, call="call-1", reason="perkara 12", by=PAK_DEDI)
    assert path.exists()
    await look(room, files)
    assert not path.exists()
    await look(room, files)
    assert (await room.story()).count("recording.erased") == 1


async def test_a_file_outside_the_folder_is_never_erased(
    room: Room, files: RecordingFiles, tmp_path: Path
) -> None:
    innocent = tmp_path / "innocent.rec"
    innocent.write_text("not ours")
    await room.talking()
    await room.do(calls.recording_saved, call="call-1", file="../innocent.rec", seconds=1.0, sha256="00")
    room.later(timedelta(days=5000).total_seconds())
    await look(room, files)
    assert innocent.read_text() == "not ours"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 400)),
        st.just(("look", 0)),
        st.just(("hold", 0)),
        st.just(("release", 0)),
        st.tuples(st.just("rules"), st.integers(0, 900)),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(STEPS)
def test_nothing_held_or_too_young_is_erased_whatever_happens_in_which_order(
    steps: list[tuple[str, int]],
) -> None:
    now, rules = NINE, RULES
    born = now
    one = Recording(id="f", call="c", file="f", seconds=1.0, sha256="0", saved_at=born, look_at=born)
    for what, number in steps:
        match what:
            case "wait":
                now += timedelta(days=number)
            case "rules":
                rules = replace(rules, ghost_days=number)
            case "hold" if one.is_there and one.held_at is None:
                one, _ = one.held(by="dedi", reason="perkara 12", at=now)
            case "release" if one.held_at is not None:
                one, _ = one.released(by="dedi", reason="perkara 12", at=now)
            case "look" if one.look_at is not None and one.look_at <= now:
                before = one
                one = one.looked_at(RecordingKind.GHOST, rules, at=now)
                if one.erasing_at is not None:
                    assert before.held_at is None
                    assert now - born >= timedelta(days=max(rules.ghost_days, KEPT_DAYS_MIN))
                    one, _ = one.erased(at=now)
        assert one.held_at is None or one.erasing_at is None
        if one.is_there and one.held_at is None:
            assert one.look_at is not None, "it would be kept for ever"
            assert one.look_at - now <= timedelta(days=LOOK_AGAIN_DAYS)


async def test_looking_is_bounded_and_reaches_everything(room: Room, files: RecordingFiles) -> None:
    async def many(tx: Transaction, *, now: object) -> None:
        for at in range(recordings.LOOKED_AT_ONCE_MAX + 20):
            tx.put(
                Recording(
                    id=f"{at:03}", call="gone", file=f"{at:03}.rec", seconds=1.0, sha256="0", saved_at=room.now,
                    look_at=room.now,
                )
            )  # fmt: skip

    await room.do(many)
    room.later(timedelta(days=5000).total_seconds())
    for _ in range(3):
        await look(room, files)
    assert {one.erased_at for one in await room.all(Recording)} == {room.now}
