"""What a taker does while she talks: hold, bring a partner in, hand over, press keys; and the calls she makes.

Every act is recorded before the telephone obeys it, so that a restart of the web or the database changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo

from siaga.domain.call import Call, CallState, Channel
from siaga.domain.conversation import handed_over, held, must_be_hers, no_longer_held, passed, resumed
from siaga.domain.errors import RuleBroken
from siaga.domain.event import DigitsSent, SeatMuted
from siaga.domain.leg import Leg, LegPurpose, LegState, dialled
from siaga.domain.room_rules import ConversationRules
from siaga.domain.shift import Seat, SeatState
from siaga.domain.silent_check import listened_anew
from siaga.features.calls.conversation.colleagues import hand_to_colleague, ready_seat
from siaga.features.calls.conversation.legs import OPEN, end_leg
from siaga.features.calls.conversation.partners import Partner
from siaga.features.calls.steps import her_seat, must_be_dealt_with, open_sheet
from siaga.records.archive import Transaction
from siaga.records.safe_to_call import must_be_safe_to_ring

KEYS = frozenset("0123456789*#")
KEYS_AT_ONCE_MAX = 32  # an account number and a PIN; more at once is a paste by mistake
KEYS_KEPT_MAX = 64
ONE_PARTNER = "Sudah ada sambungan lain pada panggilan ini. Lepas dulu."
DEMO_STAYS_INSIDE = "Ini panggilan contoh: tidak ada yang ditelepon ke luar."


# --- hold -------------------------------------------------------------------------------------------------


async def hold_call(
    tx: Transaction, *, call: str, taker: str, rules: ConversationRules, now: datetime
) -> None:
    """Her caller hears the hold announcement until she is back."""
    tx.keep(held(_voice(await tx.get(Call, call)), by=taker, at=now, seconds=rules.hold_seconds))


async def resume_call(tx: Transaction, *, call: str, taker: str, now: datetime) -> None:
    """She is back with her caller; a partner she has not joined is let go."""
    there = await tx.get(Call, call)
    leg = await partner_leg(tx, call)
    if leg is not None and leg.joined_at is None:
        must_be_hers(there, taker)
        await end_leg(tx, leg, cause="dropped", now=now)
        there = await tx.get(Call, call)
        if there.held_at is None:
            return
    tx.keep(resumed(there, by=taker, at=now))


# --- a partner --------------------------------------------------------------------------------------------


async def consult(
    tx: Transaction, *, call: str, taker: str, partner: Partner, rules: ConversationRules, now: datetime
) -> str:
    """Call a partner while the caller is held: the first half of a transfer she stays with, or of a conference."""
    there = _voice(await tx.get(Call, call))
    must_be_hers(there, taker)
    await _must_have_no_partner(tx, there)
    if there.held_at is None:
        tx.keep(held(there, by=taker, at=now, seconds=rules.hold_seconds))
    return await _dial(tx, LegPurpose.CONSULT, partner, taker, rules, now, call=there)


async def join_partner(tx: Transaction, *, call: str, taker: str, now: datetime) -> None:
    """Caller, taker and partner hear each other."""
    there, leg = await _with_partner(tx, call, taker)
    tx.keep(leg.joined(by=taker, at=now))
    tx.put(listened_anew(no_longer_held(there), now))


async def complete_transfer(tx: Transaction, *, call: str, taker: str, now: datetime) -> None:
    """She leaves caller and partner to each other."""
    there, leg = await _with_partner(tx, call, taker)
    if leg.colleague is not None:
        await hand_to_colleague(tx, there, leg, now)
        return
    if leg.state is not LegState.UP:
        raise RuleBroken("Tunggu sampai pihak yang ditelepon menjawab.")
    tx.put(leg.taken_over())
    tx.keep(handed_over(there, leg=leg, by=taker, at=now))
    await _let_her_go(tx, there, taker, now)


async def drop_partner(tx: Transaction, *, call: str, taker: str, now: datetime) -> None:
    """The partner is let go; she and her caller hear each other again."""
    _, leg = await _with_partner(tx, call, taker)
    await end_leg(tx, leg, cause="dropped", now=now)


async def transfer_out(
    tx: Transaction, *, call: str, taker: str, partner: Partner, rules: ConversationRules, now: datetime
) -> str:
    """She gives her caller to a partner without waiting for him. No answer brings the caller back, first in line."""
    there = _voice(await tx.get(Call, call))
    must_be_hers(there, taker)
    await _must_have_no_partner(tx, there)
    leg = await _dial(tx, LegPurpose.TRANSFER, partner, taker, rules, now, call=there)
    tx.keep(handed_over(there, leg=await tx.get(Leg, leg), by=taker, at=now))
    await _let_her_go(tx, there, taker, now)
    return leg


async def pass_call(tx: Transaction, *, call: str, to: str, by: str, now: datetime) -> None:
    """The caller of a talking taker rings at another seat; unanswered, he is first in line. ``by``: who did it."""
    there = await tx.get(Call, call)
    if there.state is not CallState.TALKING or there.taker is None:
        raise RuleBroken("Panggilan ini tidak sedang berlangsung.")
    target = await ready_seat(tx, to, there)
    before = await tx.seek(Seat, there.taker)
    tx.keep(passed(there, to=to, by=by, at=now))
    if before is not None and before.call == call and before.state is SeatState.TALKING:
        tx.put(replace(tx.keep(before.moved("finish", at=now)), call=None))
    tx.keep(target.moved("ring", at=now, call=call))


# --- calls we make ----------------------------------------------------------------------------------------


async def call_back(
    tx: Transaction,
    *,
    call: str,
    taker: str,
    rules: ConversationRules,
    now: datetime,
    zone: tzinfo | None = None,
) -> str:
    """Ring a missed caller; his sheet lies on her desk. He leaves the list when he answers, or by her word."""
    owed = await tx.get(Call, call)
    if not owed.is_over:
        raise RuleBroken("Panggilan ini masih berlangsung.")
    if owed.is_dealt_with:
        raise RuleBroken("Panggilan ini sudah ditindaklanjuti.")
    if owed.number is None:
        raise RuleBroken("Nomor penelepon ini tidak diketahui.")
    _must_be_real(owed)
    await must_be_safe_to_ring(tx, owed.number, now=now, zone=zone)
    ringing = await partner_leg(tx, call)
    if ringing is not None and ringing.taker == taker:
        raise RuleBroken("Penelepon ini sedang Anda telepon.")
    if ringing is not None:
        raise RuleBroken("Penelepon ini sedang ditelepon balik petugas lain.")
    for other in await tx.find(Seat, call=call, state=SeatState.WRAPUP):
        if other.taker != taker:
            raise RuleBroken("Panggilan ini masih di meja petugas lain.")
    seat = await _seat_that_may_call(tx, taker, now, about=call)
    him = Partner(key="", address=owed.number, label=owed.number)
    ring = replace(rules, ring_seconds=rules.call_back_ring_seconds)
    leg = await _dial(tx, LegPurpose.CALL_BACK, him, taker, ring, now, call=owed)
    tx.put(replace(owed, attempts=owed.attempts + 1, last_attempt_at=now, last_attempt=None))
    tx.keep(seat.moved("take", at=now, call=call, leg=leg))
    await open_sheet(tx, call, taker, now)
    return leg


async def call_out(
    tx: Transaction,
    *,
    taker: str,
    partner: Partner,
    rules: ConversationRules,
    now: datetime,
    incident: str | None = None,
    zone: tzinfo | None = None,
) -> str:
    """Ring somebody, about an incident or about nothing in particular; her seat is busy with it."""
    await must_be_safe_to_ring(tx, partner.address, now=now, zone=zone)
    seat = await _seat_that_may_call(tx, taker, now, about=None)
    leg = await _dial(tx, LegPurpose.OUTGOING, partner, taker, rules, now, incident=incident)
    tx.keep(seat.moved("take", at=now, call=None, leg=leg))
    return leg


async def hang_up_leg(tx: Transaction, *, leg: str, taker: str, now: datetime) -> None:
    """She ends a call she made, or a colleague's question. When the other was faster there is nothing left to do."""
    known = await tx.get(Leg, leg)
    if taker not in (known.taker, known.colleague):
        raise RuleBroken("Sambungan ini milik petugas lain.")
    await end_leg(tx, known, cause="dropped", now=now)


# --- keys and the microphone ------------------------------------------------------------------------------


async def send_digits(tx: Transaction, *, taker: str, digits: str, now: datetime) -> None:
    """Telephone keys to whom she speaks with: the partner or callee if there is one, else her caller."""
    if not digits or len(digits) > KEYS_AT_ONCE_MAX or not set(digits) <= KEYS:
        raise RuleBroken("Hanya angka 0-9, * dan #.")
    seat = await her_seat(tx, taker)
    leg = await tx.seek(Leg, seat.leg) if seat.leg is not None else None
    if leg is None and seat.call is not None and seat.state is SeatState.TALKING:
        leg = await partner_leg(tx, seat.call)
    if leg is not None and leg.state is LegState.UP and leg.colleague is None:
        tx.put(replace(leg, digits=(leg.digits + digits)[-KEYS_KEPT_MAX:]))
        tx.record(DigitsSent(line=leg.id, digits=digits, taker=taker, call=leg.call, at=now))
        return
    call = await tx.seek(Call, seat.call) if seat.call is not None else None
    if call is None or call.state is not CallState.TALKING or call.channel is not Channel.VOICE:
        raise RuleBroken("Tidak ada yang tersambung.")
    must_be_hers(call, taker)
    tx.record(DigitsSent(line=call.id, digits=digits, taker=taker, call=call.id, at=now))


async def mute_seat(tx: Transaction, *, taker: str, on: bool, now: datetime) -> None:
    """Nobody hears her, or everybody again. It ends by itself with the conversation."""
    seat = await her_seat(tx, taker)
    if seat.state is not SeatState.TALKING:
        raise RuleBroken("Tidak ada yang tersambung.")
    if seat.muted != on:
        tx.put(replace(seat, muted=on))
        tx.record(SeatMuted(taker=taker, on=on, at=now))


# --- shared steps -----------------------------------------------------------------------------------------


async def partner_leg(tx: Transaction, call: str) -> Leg | None:
    """The open outbound leg of this call, if there is one."""
    found = await tx.find(Leg, state=OPEN, call=call, limit=1)
    return found[0] if found else None


def _voice(call: Call) -> Call:
    if call.channel is not Channel.VOICE:
        raise RuleBroken("Ini bukan panggilan suara.")
    return call


def _must_be_real(call: Call) -> None:
    if call.demo:
        raise RuleBroken(DEMO_STAYS_INSIDE)


async def _must_have_no_partner(tx: Transaction, call: Call) -> None:
    _must_be_real(call)
    if await partner_leg(tx, call.id) is not None:
        raise RuleBroken(ONE_PARTNER)


async def _with_partner(tx: Transaction, call: str, taker: str) -> tuple[Call, Leg]:
    there = await tx.get(Call, call)
    must_be_hers(there, taker)
    leg = await partner_leg(tx, call)
    if leg is None:
        raise RuleBroken("Tidak ada pihak ketiga pada panggilan ini.")
    return there, leg


async def _dial(
    tx: Transaction,
    purpose: LegPurpose,
    partner: Partner,
    taker: str,
    rules: ConversationRules,
    now: datetime,
    *,
    call: Call | None = None,
    incident: str | None = None,
) -> str:
    leg = tx.new_id()
    tx.keep(
        dialled(
            id=leg, purpose=purpose, taker=taker, address=partner.address, label=partner.label,
            caller_id=rules.caller_id, at=now, ring_seconds=rules.ring_seconds,
            call=call.id if call is not None else None,
            incident=incident or (call.incident if call is not None else None), agency=partner.agency,
            node=call.node if call is not None and purpose is not LegPurpose.CALL_BACK
            else await _her_node(tx, taker),
        )
    )  # fmt: skip
    return leg


async def _her_node(tx: Transaction, taker: str) -> str | None:
    """One call node her headset is connected to; ``None`` when nobody knows, and whoever has it dials."""
    seat = await tx.seek(Seat, taker)
    return seat.heard_on[0] if seat is not None and seat.heard_on else None


async def _let_her_go(tx: Transaction, call: Call, taker: str, now: datetime) -> None:
    seat = await tx.seek(Seat, taker)
    if seat is not None and seat.call == call.id and seat.state is SeatState.TALKING:
        tx.keep(seat.moved("finish", at=now))


async def _seat_that_may_call(tx: Transaction, taker: str, now: datetime, *, about: str | None) -> Seat:
    """Her seat, if she is free to talk now. ``about``: a last call of hers this is the sequel of."""
    seat = await her_seat(tx, taker)
    if seat.state is SeatState.RINGING:
        raise RuleBroken("Jawab dulu panggilan yang berdering.")
    if not seat.audio:
        raise RuleBroken("Sambungkan headset dulu untuk menelepon.")
    if seat.state is SeatState.WRAPUP:
        if seat.call != about:
            await must_be_dealt_with(tx, seat)
        seat = tx.keep(seat.moved("come", at=now))
    return seat
