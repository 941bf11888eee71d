"""What is contradictory or dangerous in a city's `room.toml`. One check a section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from siaga.domain.call import CANNOT_SPEAK_DIGIT, OFFER_SECONDS, SILENT_CHECK_DIGITS
from siaga.domain.city import City
from siaga.domain.city_finding import Finding, contoh, error, warning
from siaga.domain.room_rules import OverflowKind
from siaga.domain.shift import WRAPUP_SECONDS_MAX

SKILL_WAIT_SECONDS_MAX = 30  # nobody waits longer for a taker who speaks his language while another is free
TEXT_SESSIONS_MAX = 3  # beyond this a taker answers the wrong person (NENA's guide)


def _queue(city: City) -> Iterator[Finding]:
    rules = city.room.queue
    if not 5 <= rules.offer_seconds <= OFFER_SECONDS:
        yield error("room.toml [queue]", f"offer_seconds harus 5 sampai {OFFER_SECONDS}.")
    if not 0 <= rules.skill_wait_seconds <= SKILL_WAIT_SECONDS_MAX:
        yield error("room.toml [queue]", f"skill_wait_seconds harus 0 sampai {SKILL_WAIT_SECONDS_MAX}.")
    if not 1 <= rules.text_sessions_max <= TEXT_SESSIONS_MAX:
        yield error("room.toml [queue]", f"text_sessions_max harus 1 sampai {TEXT_SESSIONS_MAX}.")


def _skills(city: City) -> Iterator[Finding]:
    for code, times in Counter(skill.code for skill in city.room.skills).items():
        if times > 1:
            yield error(f"room.toml [[skill]] “{code}”", f"ditulis {times} kali.")
    for digit, times in Counter(skill.digit for skill in city.room.skills if skill.digit).items():
        if times > 1:
            yield error("room.toml [[skill]]", f"tombol {digit} dipakai {times} kali.")
        if digit not in SILENT_CHECK_DIGITS:
            yield error("room.toml [[skill]]", f"“{digit}” bukan tombol telepon.")
        if digit == CANNOT_SPEAK_DIGIT:
            yield error("room.toml [[skill]]", f"tombol {digit} sudah berarti “tidak bisa berbicara”.")
    for skill in city.room.skills:
        if not skill.code.strip() or not skill.name.strip() or not skill.name_en.strip():
            yield error(f"room.toml [[skill]] “{skill.code}”", "kode, nama, dan name_en harus diisi.")


def _overflow(city: City) -> Iterator[Finding]:
    steps = city.room.overflow
    for code, times in Counter(step.code for step in steps).items():
        if times > 1:
            yield error(f"room.toml [[overflow]] “{code}”", f"ditulis {times} kali.")
    if [step.after_seconds for step in steps] != sorted(step.after_seconds for step in steps):
        yield error("room.toml [[overflow]]", "urutkan menurut after_seconds.")
    for step in steps:
        if step.after_seconds < 0 or not step.target.strip() or not step.name.strip():
            yield error(
                f"room.toml [[overflow]] “{step.code}”", "nama, target, dan after_seconds >= 0 harus diisi."
            )
    if not any(step.kind is OverflowKind.PHONE for step in steps):
        yield warning("room.toml", "belum ada telepon limpahan: bila semua meja sibuk, penelepon hanya menunggu.")
    if samples := [step.code for step in steps if step.sample]:
        yield contoh("room.toml", f"{len(samples)} langkah limpahan hanya contoh: {', '.join(samples)}.")


def _modes(city: City) -> Iterator[Finding]:
    room = city.room
    if room.night.seats < 1 or room.night.overflow_after_seconds < 0:
        yield error("room.toml [night]", "seats paling sedikit 1 dan overflow_after_seconds paling sedikit 0.")
    for name, waiting, arrivals, minutes, quiet in (
        ("on_call", room.on_call.waiting_at, room.on_call.arrivals_at, room.on_call.arrivals_minutes,
         room.on_call.quiet_minutes),
        ("flood", room.flood.waiting_at, room.flood.arrivals_at, room.flood.arrivals_minutes,
         room.flood.quiet_minutes),
    ):  # fmt: skip
        if waiting < 2 or arrivals < 2 or minutes < 1 or quiet < 1:
            yield error(f"room.toml [{name}]", "ambang paling sedikit 2 penelepon dan 1 menit.")
    if not room.flood.calm_waiting < room.flood.waiting_at:
        yield error("room.toml [flood]", "calm_waiting harus lebih kecil dari waiting_at.")
    if not 0 < room.flood.wrapup_seconds <= WRAPUP_SECONDS_MAX:
        yield error("room.toml [flood]", f"wrapup_seconds harus 1 sampai {WRAPUP_SECONDS_MAX}.")


def _burst(city: City) -> Iterator[Finding]:
    rules = city.room.burst
    if not 50 <= rules.radius_m <= 5_000:
        yield error("room.toml [burst]", "radius_m harus 50 sampai 5000.")
    if not 1 <= rules.minutes <= 720 or not 1 <= rules.callers_minutes <= 60 or rules.callers_at < 2:
        yield error("room.toml [burst]", "minutes 1-720, callers_minutes 1-60, callers_at paling sedikit 2.")
    if rules.notice_every_seconds < 10 or not 5 <= rules.screen_seconds <= 60:
        yield error("room.toml [burst]", "notice_every_seconds paling sedikit 10, screen_seconds 5-60.")


ROOM_CHECKS: tuple[Callable[[City], Iterator[Finding]], ...] = (_queue, _skills, _overflow, _modes, _burst)
