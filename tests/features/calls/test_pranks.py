"""Two people for a prank, corrections with a reason, restrictions that only order a full queue, and the audit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from siaga.domain.call import Call, Disposition
from siaga.domain.errors import NotAllowed
from siaga.domain.genuine_watch import FlaggedCall, FlagOutcome
from siaga.domain.message import Message
from siaga.domain.owed_call import CallerText
from siaga.domain.prank_review import Judgement, PrankReview
from siaga.domain.put_away import Correction, OwedClosing, Referral
from siaga.domain.restriction import Restriction
from siaga.domain.roles import Role, Viewer
from siaga.domain.room_rules import CallBackRules, Neighbour, PrankRules, RoomRules
from siaga.features.calls import actions as calls
from siaga.features.calls import offering
from siaga.features.calls.owed import actions as owed
from siaga.features.calls.pranks import actions as pranks
from siaga.features.calls.pranks import restrictions
from siaga.features.calls.pranks.flags import Flagging, check_outcomes
from siaga.records.archive import Transaction
from siaga.records.followers import Follower, catch_up
from tests.room import PAK_DEDI, RANI, Room

SEPTI = Viewer(person="septi", name="Septi", roles=(Role.TAKER,))
RULES = PrankRules()
NUMBER = "081200000001"


@pytest.fixture
def room() -> Room:
    return Room()


async def a_prank(room: Room, call: str, confirmed: bool = True) -> None:
    """Rani takes ``call``, calls it a prank, and Septi agrees."""
    await room.talking("rani", call)
    await room.do(calls.dispose_call, call=call, kind="prank", taker="rani")
    if confirmed:
        await room.do(pranks.judge_prank, call=call, agrees=True, by=SEPTI, reason="")


async def pranks_over_days(room: Room, count: int) -> None:
    for n in range(count):
        await a_prank(room, f"prank-{n}")
        room.later(86_400)


async def was_heard(room: Room, call: str) -> None:
    async def hear(tx: Transaction, *, now: object) -> None:
        there = await tx.get(Call, call)
        tx.put(replace(there, voice_at=room.now))

    await room.do(hear)


# --- two people ------------------------------------------------------------------------------------------------


async def test_a_prank_frees_the_taker_at_once_and_waits_for_a_second_person(room: Room) -> None:
    await a_prank(room, "call-1", confirmed=False)

    assert (await room.seat("rani")).state == "ready"
    review = await room.one(PrankReview, "call-1")
    assert (review.state, review.said_by, review.number) == (Judgement.PENDING, "rani", NUMBER)


async def test_the_second_person_is_another_and_is_asked_once(room: Room) -> None:
    await a_prank(room, "call-1", confirmed=False)
    await room.refuses("orang lain", pranks.judge_prank, call="call-1", agrees=True, by=RANI, reason="")
    await room.do(pranks.judge_prank, call="call-1", agrees=True, by=SEPTI, reason="")
    await room.refuses(
        "sudah diperiksa", pranks.judge_prank, call="call-1", agrees=True, by=PAK_DEDI, reason=""
    )
    assert (await room.one(PrankReview, "call-1")).state is Judgement.CONFIRMED


async def test_who_is_contradicted_is_owed_a_call_back(room: Room) -> None:
    await a_prank(room, "call-1", confirmed=False)
    await room.refuses("mengapa", pranks.judge_prank, call="call-1", agrees=False, by=SEPTI, reason=" ")
    await room.do(pranks.judge_prank, call="call-1", agrees=False, by=SEPTI, reason="anaknya menangis")

    assert (await room.call("call-1")).is_owed
    assert (await room.one(PrankReview, "call-1")).state is Judgement.CONTRADICTED
    (kept,) = await room.all(Correction)
    assert (kept.before, kept.after, kept.reason, kept.by) == ("prank", None, "anaknya menangis", "septi")
    assert (await room.story())[-2:] == ["call.prank_judged", "call.reclassified"]


async def test_nobody_without_a_desk_judges(room: Room) -> None:
    await a_prank(room, "call-1", confirmed=False)
    agency = Viewer(person="op", name="Operator", roles=(Role.AGENCY,), agency="a")
    with pytest.raises(NotAllowed):
        await room.do(pranks.judge_prank, call="call-1", agrees=True, by=agency, reason="")


# --- corrections -----------------------------------------------------------------------------------------------


async def test_a_disposition_is_corrected_only_with_a_reason_and_never_overwritten(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.dispose_call, call="call-1", kind="information", taker="rani")
    await room.refuses(
        "sudah diberi keterangan", calls.dispose_call, call="call-1", kind="prank", taker="rani"
    )
    await room.refuses(
        "mengapa", pranks.correct_disposition, call="call-1", kind="wrong_number", by=RANI, reason=""
    )
    await room.do(
        pranks.correct_disposition, call="call-1", kind="wrong_number", by=RANI, reason="salah tekan"
    )
    assert (await room.call("call-1")).disposition is Disposition.WRONG_NUMBER
    assert (await room.story())[-1] == "call.reclassified"


async def test_a_corrected_prank_never_counts_and_a_new_one_needs_a_second_person_again(room: Room) -> None:
    await a_prank(room, "call-1")
    await room.do(pranks.correct_disposition, call="call-1", kind="information", by=SEPTI, reason="bertanya")
    assert (await room.one(PrankReview, "call-1")).state is Judgement.WITHDRAWN
    await room.do(pranks.correct_disposition, call="call-1", kind="prank", by=SEPTI, reason="ternyata iseng")
    review = await room.one(PrankReview, "call-1")
    assert (review.state, review.said_by) == (Judgement.PENDING, "septi")


async def test_a_call_that_was_real_lies_on_a_desk_again_and_becomes_an_incident(room: Room) -> None:
    await a_prank(room, "call-1", confirmed=False)
    await room.do(pranks.reopen_as_real, call="call-1", by=SEPTI, reason="pemadam menelepon")
    assert (await room.call("call-1")).is_owed
    incident = await room.opens("call-1", by="septi")
    call = await room.call("call-1")
    assert (call.disposition, call.incident) == (Disposition.REAL, incident)


async def test_silence_cannot_be_said_later_of_a_call_that_was_never_checked(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.dispose_call, call="call-1", kind="information", taker="rani")
    head = await room.archive.head()
    with pytest.raises(Exception, match="enyap"):
        await room.do(pranks.correct_disposition, call="call-1", kind="ghost", by=RANI, reason="diam saja")
    assert await room.archive.head() == head


async def test_outside_the_area_it_is_written_down_who_helps(room: Room) -> None:
    house = RoomRules(neighbours=(Neighbour(code="utara", name="112 Utara", number="0231"),))
    await room.talking("rani", "call-1")
    await room.do(calls.dispose_call, call="call-1", kind="outside_area", taker="rani")
    await room.refuses("daftar kota", pranks.refer, call="call-1", neighbour="timur", by="rani", room=house)
    await room.do(pranks.refer, call="call-1", neighbour="utara", by="rani", room=house)
    await room.do(pranks.refer, call="call-1", neighbour="utara", by="rani", room=house)
    assert (await room.one(Referral, "call-1")).neighbour == "utara"
    assert (await room.story()).count("call.referred") == 1


# --- restrictions ----------------------------------------------------------------------------------------------


async def restricts(room: Room, call: str = "prank-0", by: Viewer = PAK_DEDI) -> str:
    return await room.do(
        restrictions.restrict_caller, call=call, days=7, reason="tiap malam", by=by, rules=RULES
    )


async def cannot_restrict(room: Room, words: str) -> None:
    about = {"call": "prank-0", "days": 7, "reason": "x", "by": PAK_DEDI, "rules": RULES}
    await room.refuses(words, restrictions.restrict_caller, **about)


async def test_only_a_supervisor_and_only_after_five_confirmed_pranks(room: Room) -> None:
    await pranks_over_days(room, 4)
    await room.refuses(
        "baru 4", restrictions.restrict_caller, call="prank-0", days=7, reason="x", by=PAK_DEDI, rules=RULES
    )
    await a_prank(room, "prank-4", confirmed=False)
    await room.refuses(
        "baru 4", restrictions.restrict_caller, call="prank-0", days=7, reason="x", by=PAK_DEDI, rules=RULES
    )
    await room.do(pranks.judge_prank, call="prank-4", agrees=True, by=SEPTI, reason="")
    with pytest.raises(NotAllowed):
        await restricts(room, by=RANI)
    await restricts(room)
    await room.refuses(
        "sudah diredam",
        restrictions.restrict_caller,
        call="prank-0",
        days=7,
        reason="x",
        by=PAK_DEDI,
        rules=RULES,
    )


async def test_with_a_free_seat_for_everybody_nobody_is_set_back(room: Room) -> None:
    await pranks_over_days(room, 5)
    await restricts(room)
    await room.rings("now")
    await was_heard(room, "now")

    async def back(tx: Transaction) -> dict[str, int]:
        waiting = await tx.find(Call, state="waiting")
        return await restrictions.delays(tx, waiting, room.now)

    assert await room.archive.look(back) == {}  # Rani is ready
    await room.do(calls.go_away, taker="rani", reason=None)
    assert await room.archive.look(back) == {"now": 15}


async def test_the_node_is_told_to_listen_to_a_restricted_caller_who_waits_and_to_nobody_else(
    room: Room,
) -> None:
    await pranks_over_days(room, 5)
    await restricts(room)
    await flags(room)
    await room.rings("restricted")
    await room.do(
        calls.call_arrived, call="other", number="0813", display_name=None, node="n", channel="voice"
    )
    await flags(room)
    told = [
        entry.event for entry in await room.archive.read(0) if entry.event.name == "call.restricted_waits.v1"
    ]
    assert [getattr(event, "call", "") for event in told] == ["restricted"]


async def test_all_busy_a_restricted_caller_goes_behind_who_came_within_fifteen_seconds_and_no_further(
    room: Room,
) -> None:
    await pranks_over_days(room, 5)
    await restricts(room)
    await room.do(calls.go_away, taker="rani", reason=None)
    await room.rings("restricted")
    await was_heard(room, "restricted")
    for name, after in (("soon", 10), ("later", 10)):
        room.later(after)
        await room.do(
            calls.call_arrived, call=name, number=f"0813{name}", display_name=None, node="n", channel="voice"
        )
    order = []
    for taker in ("a", "b", "c"):
        await room.on_duty(taker)
        await room.do(offering.offer_waiting)
        order.append((await room.seat(taker)).call)
    assert order == ["soon", "restricted", "later"]


async def test_who_reports_something_real_is_free_of_it_by_himself(room: Room) -> None:
    await pranks_over_days(room, 5)
    made = await restricts(room)
    await room.talking("rani", "real")
    await room.opens("real")
    await flags(room)
    ended = await room.one(Restriction, made)
    assert (ended.revoked_by, ended.in_force(room.now)) == ("", False)
    await room.refuses(
        "baru 0", restrictions.restrict_caller, call="prank-0", days=7, reason="x", by=PAK_DEDI, rules=RULES
    )


async def test_it_is_reviewed_and_revoked_by_a_supervisor(room: Room) -> None:
    await pranks_over_days(room, 5)
    made = await restricts(room)
    await room.do(restrictions.review_restriction, restriction=made, by=PAK_DEDI)
    await room.refuses("mengapa", restrictions.revoke_restriction, restriction=made, why="", by=PAK_DEDI)
    await room.do(restrictions.revoke_restriction, restriction=made, why="nomor orang lain", by=PAK_DEDI)
    assert (await room.story())[-2:] == ["call.restriction_reviewed", "call.restriction_revoked"]


# --- the audit -------------------------------------------------------------------------------------------------


async def flags(room: Room, percent: float = 0.0) -> None:
    rules = RoomRules(pranks=PrankRules(blind_percent=percent))
    await catch_up(room.archive, Follower("flags", Flagging(rules, b"secret").react), lambda: room.now)


async def test_a_caller_with_three_confirmed_pranks_is_flagged_when_answered_and_his_history_was_read(
    room: Room,
) -> None:
    await pranks_over_days(room, 3)
    await room.talking("rani", "now")
    await flags(room)
    (flagged,) = await room.all(FlaggedCall)
    assert (flagged.id, flagged.pranks, flagged.blind, flagged.why) == ("now", 3, False, "pranks")
    assert (await room.story()).count("privacy.read") == 3  # the second, third and fourth call had a past


async def test_a_blind_call_is_flagged_and_nobody_has_read_anything(room: Room) -> None:
    await pranks_over_days(room, 3)
    await flags(room, percent=100)
    read = (await room.story()).count("privacy.read")
    await room.talking("rani", "now")
    await flags(room, percent=100)
    (flagged,) = await room.all(FlaggedCall)
    assert flagged.blind
    assert (await room.story()).count("privacy.read") == read


async def test_what_became_of_a_flagged_call_is_looked_up_half_an_hour_later(room: Room) -> None:
    await pranks_over_days(room, 3)
    await room.talking("rani", "now")
    await flags(room)
    await room.do(calls.dispose_call, call="now", kind="information", taker="rani")
    room.later(29 * 60)
    assert await room.do(check_outcomes) == 0
    room.later(2 * 60)
    assert await room.do(check_outcomes) == 1
    assert (await room.one(FlaggedCall, "now")).outcome is FlagOutcome.NO_PLACE


async def typed_place(room: Room, call: str, place: str) -> None:
    from siaga.features.incidents import actions as incidents

    await room.do(incidents.save_sheet, sheet=call, taker="rani", draft=f'{{"place": {place}}}', revision=0)


@pytest.mark.parametrize(
    ("place", "outcome"),
    [
        ('{"lat": -6.7201, "lon": 108.5501}', FlagOutcome.POSSIBLE),
        ('{"lat": -6.80, "lon": 108.70}', FlagOutcome.NOTHING),
        ('{"text": "x", "code": "32.74.05.1001"}', FlagOutcome.POSSIBLE),
        ('{"text": "x", "code": "32.74.05.9999"}', FlagOutcome.NOTHING),
    ],
    ids=["near", "far", "same kelurahan", "another kelurahan"],
)
async def test_somebody_elses_report_near_him_is_a_possible_loss(
    room: Room, place: str, outcome: FlagOutcome
) -> None:
    from siaga.domain.place import Place
    from siaga.features.incidents.actions import Report

    await pranks_over_days(room, 3)
    await room.talking("rani", "now")
    await flags(room)
    await typed_place(room, "now", place)
    await room.do(calls.dispose_call, call="now", kind="information", taker="rani")
    room.later(300)
    fire = Report(
        type="kebakaran.bangunan",
        place=Place(text="x", lat=-6.72, lon=108.55, kelurahan="32.74.05.1001", kecamatan="32.74.05"),
    )
    await room.opens(by="septi", report=fire)
    room.later(1800)
    await room.do(check_outcomes)
    assert (await room.one(FlaggedCall, "now")).outcome is outcome


async def test_a_flagged_call_that_became_an_incident_is_genuine(room: Room) -> None:
    await pranks_over_days(room, 3)
    await room.talking("rani", "now")
    await flags(room)
    await room.opens("now")
    room.later(1900)
    await room.do(check_outcomes)
    assert (await room.one(FlaggedCall, "now")).outcome is FlagOutcome.GENUINE


# --- whom we owe -----------------------------------------------------------------------------------------------


async def leaves(room: Room, *names: str) -> None:
    for name in names:
        await room.rings(name)
        room.later(5)
        await room.do(calls.caller_hung_up, call=name, cause="cancelled")


async def test_a_row_is_all_missed_calls_of_a_number_and_is_closed_with_its_reason(room: Room) -> None:
    await leaves(room, "one", "two", "three")
    closed = await room.do(owed.close_owed, call="three", reason="spoken", by="rani", room=RoomRules())
    assert closed == 3
    assert [(await room.call(name)).is_owed for name in ("one", "two", "three")] == [False] * 3
    assert {one.reason for one in await room.all(OwedClosing)} == {"spoken"}
    await room.refuses(
        "sudah ditindaklanjuti", owed.close_owed, call="one", reason="spoken", by="rani", room=RoomRules()
    )


async def test_not_answered_can_only_be_said_after_ringing_him(room: Room) -> None:
    await leaves(room, "one")
    await room.refuses(
        "Belum pernah", owed.close_owed, call="one", reason="no_answer", by="rani", room=RoomRules()
    )


async def test_texts_are_written_once_through_the_outbox_and_only_where_there_is_a_gateway(
    room: Room,
) -> None:
    rules = RoomRules(call_back=CallBackRules(auto_text=True))
    await leaves(room, "one", "two")
    assert await room.do(owed.text_missed, room=rules, gateway=False) == 0
    assert await room.do(owed.text_missed, room=RoomRules(), gateway=True) == 0
    assert await room.do(owed.text_missed, room=rules, gateway=True) == 1
    assert await room.do(owed.text_missed, room=rules, gateway=True) == 0
    (message,) = await room.all(Message)
    assert (message.channel, message.to) == ("sms", NUMBER)
    assert "Balas 1" in message.text
    assert len(await room.all(CallerText)) == 1


async def test_an_old_missed_call_is_sent_no_text(room: Room) -> None:
    await leaves(room, "one")
    room.later(16 * 60)
    rules = RoomRules(call_back=CallBackRules(auto_text=True))
    assert await room.do(owed.text_missed, room=rules, gateway=True) == 0


async def test_the_automatic_call_back_waits_for_a_free_taker_and_an_empty_queue(room: Room) -> None:
    rules = RoomRules(call_back=CallBackRules(auto_call=True))
    await leaves(room, "one")
    await room.on_duty("rani")
    room.later(30)
    assert await room.do(owed.ring_missed, room=rules) is None  # the taker who sees the list comes first
    room.later(40)
    assert await room.do(owed.ring_missed, room=RoomRules()) is None
    await room.rings("waiting")
    assert await room.do(owed.ring_missed, room=rules) is None
    await room.do(calls.caller_hung_up, call="waiting", cause="cancelled")
    assert await room.do(owed.ring_missed, room=rules) == "one"
    assert (await room.call("one")).attempts == 1
    assert (await room.call("one")).is_owed  # until he answers or somebody says why not
