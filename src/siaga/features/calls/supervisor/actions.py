"""What a supervisor does in the room: choose who takes a call, set seats, listen, whisper, take part. All audited."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain.call import Call, CallState, Channel
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.event import CallMonitored, CallReassigned, SeatPhoneChosen, SeatPhoneRung, SeatSet
from siaga.domain.incident import Incident
from siaga.domain.protection import may_see
from siaga.domain.roles import Viewer
from siaga.domain.shift import Seat, SeatState, new_seat
from siaga.features.calls import actions
from siaga.features.calls.conversation.actions import pass_call
from siaga.features.calls.conversation.colleagues import ready_seat
from siaga.features.calls.conversation.legs import MAY_MONITOR, stop_monitoring
from siaga.features.calls.conversation.partners import checked_address
from siaga.features.calls.steps import free_seat
from siaga.records.archive import Transaction

MODES = ("listen", "whisper", "barge")


async def reassign_call(tx: Transaction, *, call: str, to: str, by: str, now: datetime) -> None:
    """A waiting, ringing or talking call rings at the seat the supervisor chose."""
    there = await tx.get(Call, call)
    tx.record(CallReassigned(call=call, to=to, by=by, at=now))
    if there.state is CallState.TALKING:
        await pass_call(tx, call=call, to=to, by=by, now=now)
        return
    if there.state is CallState.RINGING and there.offered_to == to:
        raise RuleBroken("Panggilan ini sudah di meja itu.")
    seat = await ready_seat(tx, to, there)
    if there.state is CallState.RINGING:
        await free_seat(tx, there, now)
        there = tx.keep(there.offer_expired(at=now))
    tx.keep(there.offered(to=to, at=now))
    tx.keep(seat.moved("ring", at=now, call=call))


async def set_seat(
    tx: Transaction, *, taker: str, verb: str, reason: str | None, by: str, now: datetime
) -> None:
    """Make a seat ready or away, and say why."""
    if verb not in ("come", "pause"):
        raise RuleBroken("Meja hanya dapat dibuat siap atau rehat.")
    seat = await tx.get(Seat, taker)
    if verb == "come" and seat.state is SeatState.OFF:
        raise RuleBroken("Petugas itu belum duduk di mejanya.")
    tx.record(SeatSet(taker=taker, by=by, verb=verb, reason=reason, at=now))
    if verb == "come":
        await actions.go_ready(tx, taker=taker, now=now)
    else:
        await actions.go_away(tx, taker=taker, reason=reason or "supervisor", now=now)


async def monitor_call(
    tx: Transaction, *, call: str, mode: str, by: str, now: datetime, viewer: Viewer | None = None
) -> None:
    """Listen to a talking call, whisper to its taker, or take part; ``off`` ends it.

    A call that has become a protected case is heard by its circle only: ``viewer`` is who wants to hear it.
    """
    seat = await tx.seek(Seat, by)
    if mode == "off":
        if seat is not None and seat.monitors is not None:
            stop_monitoring(tx, seat, now)
        return
    if mode not in MODES:
        raise RuleBroken("Cara mendengar ini tidak dikenal.")
    there = await tx.get(Call, call)
    about = await tx.seek(Incident, there.incident) if there.incident is not None else None
    if viewer is not None and about is not None and not may_see(viewer, about):
        raise NotFound("Panggilan ini tidak ada.")
    if there.state is not CallState.TALKING or there.channel is not Channel.VOICE:
        raise RuleBroken("Panggilan ini tidak sedang berlangsung.")
    if seat is None or not seat.audio:
        raise RuleBroken("Sambungkan headset Anda dulu.")
    if seat.state not in MAY_MONITOR:
        raise RuleBroken("Tekan Rehat dulu: Anda sedang menerima panggilan.")
    if seat.monitors == call and seat.monitor_mode == mode:
        return
    if seat.monitors not in (None, call):
        stop_monitoring(tx, seat, now)
    tx.put(replace(seat, monitors=call, monitor_mode=mode))
    tx.record(CallMonitored(call=call, taker=there.taker or "", by=by, mode=mode, at=now))


async def choose_phone(
    tx: Transaction, *, taker: str, by_phone: bool, address: str | None, now: datetime
) -> None:
    """She works with a desk telephone at ``address`` (a number or sip: address), or with the browser's headset."""
    seat = await tx.seek(Seat, taker) or new_seat(taker, at=now)
    if seat.state in (SeatState.RINGING, SeatState.TALKING):
        raise RuleBroken("Selesaikan dulu panggilan yang sedang berlangsung.")
    phone = checked_address(address) if address and address.strip() else seat.phone
    if by_phone and not phone:
        raise RuleBroken("Isi dulu alamat pesawat Anda.")
    if phone and not phone.startswith(("sip:", "sips:")):
        raise RuleBroken("Pesawat ditulis sebagai alamat SIP, misalnya sip:101@10.0.0.5.")
    tx.put(replace(seat, phone=phone, by_phone=by_phone))
    tx.record(SeatPhoneChosen(taker=taker, on=by_phone, at=now))
    if by_phone and seat.state is not SeatState.OFF:
        tx.record(SeatPhoneRung(taker=taker, at=now))
