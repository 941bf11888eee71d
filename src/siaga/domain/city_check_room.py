"""What is contradictory or dangerous in a city's `room.toml`. One check a section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from siaga.domain.call import OFFER_SECONDS, SILENT_CHECK_DIGITS
from siaga.domain.city import City
from siaga.domain.city_check_locations import check_locations
from siaga.domain.city_finding import Finding, contoh, error, warning
from siaga.domain.leg import HOLD_SECONDS_MAX, RING_SECONDS_MAX
from siaga.domain.owed_call import TEXTS_PER_DAY_MAX
from siaga.domain.place import on_earth
from siaga.domain.restriction import DAYS_MAX, DELAY_SECONDS_MAX
from siaga.domain.room_rules import OverflowKind
from siaga.domain.shift import WRAPUP_SECONDS_MAX
from siaga.domain.silent_check import CANNOT_SPEAK_DIGIT
from siaga.domain.text_session import REPLY_CHARACTERS_MAX

OVERFLOW_LINES_MAX = 20  # more at once to one number is no desk but a second room
SKILL_WAIT_SECONDS_MAX = 30  # nobody waits longer for a taker who speaks his language while another is free
SAME_ADDRESS_METRES_MAX = 100.0  # beyond a house and its neighbours another patient is another patient
TEXTS_PER_TAKER_MAX = 6  # twice what NENA's guide allows; with more, whoever writes waits for every answer
SILENT_QUESTIONS_MAX = 9  # the taker asks them with one digit


def _queue(city: City) -> Iterator[Finding]:
    rules = city.room.queue
    if not 5 <= rules.offer_seconds <= OFFER_SECONDS:
        yield error("room.toml [queue]", f"offer_seconds harus 5 sampai {OFFER_SECONDS}.")
    if not 0 <= rules.skill_wait_seconds <= SKILL_WAIT_SECONDS_MAX:
        yield error("room.toml [queue]", f"skill_wait_seconds harus 0 sampai {SKILL_WAIT_SECONDS_MAX}.")


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
    if any(not 1 <= step.lines <= OVERFLOW_LINES_MAX for step in steps):
        yield error("room.toml [[overflow]]", f"lines harus 1 sampai {OVERFLOW_LINES_MAX}.")
    if not any(step.kind is OverflowKind.PHONE for step in steps):
        yield warning(
            "room.toml", "belum ada telepon limpahan: bila semua meja sibuk, penelepon hanya menunggu."
        )
    if samples := [step.code for step in steps if step.sample]:
        yield contoh("room.toml", f"{len(samples)} langkah limpahan hanya contoh: {', '.join(samples)}.")


def _modes(city: City) -> Iterator[Finding]:
    room = city.room
    if room.night.seats < 1 or room.night.overflow_after_seconds < 0:
        yield error(
            "room.toml [night]", "seats paling sedikit 1 dan overflow_after_seconds paling sedikit 0."
        )
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
    if not 5 <= rules.screen_seconds <= 60 or not 0 <= rules.seen_from_m <= 5_000:
        yield error("room.toml [burst]", "screen_seconds 5-60, seen_from_m 0-5000.")


def _silence(city: City) -> Iterator[Finding]:
    rules, questions = city.room.silent, city.room.questions
    if (
        not 3 <= rules.after_seconds <= 30
        or not 20 <= rules.check_seconds <= 60
        or not 1 <= rules.knocks <= 5
    ):
        yield error("room.toml [silent]", "after_seconds 3-30, check_seconds 20-60, knocks 1-5.")
    if rules.type and rules.type not in city.type_by_code:
        yield error("room.toml [silent]", f"jenis “{rules.type}” tidak ada di types.toml.")
    if len(questions) > SILENT_QUESTIONS_MAX:
        yield error(
            "room.toml [[silent_question]]", f"paling banyak {SILENT_QUESTIONS_MAX}: satu angka satu tanya."
        )
    for code, times in Counter(question.code for question in questions).items():
        if times > 1:
            yield error(f"room.toml [[silent_question]] “{code}”", f"ditulis {times} kali.")
    for question in questions:
        if not all(
            (question.code.strip(), question.text.strip(), question.text_en.strip(), question.prompt.strip())
        ):
            yield error(f"room.toml [[silent_question]] “{question.code}”", "semua isian harus diisi.")


def _conversation(city: City) -> Iterator[Finding]:
    rules, interpreters = city.room.conversation, city.room.interpreters
    if not 10 <= rules.hold_seconds <= HOLD_SECONDS_MAX:
        yield error("room.toml [conversation]", f"hold_seconds harus 10 sampai {HOLD_SECONDS_MAX}.")
    rings = {"ring_seconds": rules.ring_seconds, "call_back_ring_seconds": rules.call_back_ring_seconds}
    for name, seconds in rings.items():
        if not 10 <= seconds <= RING_SECONDS_MAX:
            yield error("room.toml [conversation]", f"{name} harus 10 sampai {RING_SECONDS_MAX}.")
    if not rules.caller_id.isdigit():
        yield error("room.toml [conversation]", "caller_id harus angka, misalnya 112.")
    for code, times in Counter(one.code for one in interpreters).items():
        if times > 1:
            yield error(f"room.toml [[interpreter]] “{code}”", f"ditulis {times} kali.")
    for one in interpreters:
        if not all((one.code.strip(), one.name.strip(), one.name_en.strip(), one.phone.strip())):
            yield error(
                f"room.toml [[interpreter]] “{one.code}”", "kode, nama, name_en, dan phone harus diisi."
            )
    if samples := [one.code for one in interpreters if one.sample]:
        yield contoh("room.toml", f"{len(samples)} juru bahasa hanya contoh: {', '.join(samples)}.")


def _callers(city: City) -> Iterator[Finding]:
    pranks, call_back, neighbours = city.room.pranks, city.room.call_back, city.room.neighbours
    if not 1 <= pranks.restriction_days_max <= DAYS_MAX:
        yield error("room.toml [pranks]", f"restriction_days_max harus 1 sampai {DAYS_MAX}.")
    if not 0 <= pranks.delay_seconds <= DELAY_SECONDS_MAX:
        yield error("room.toml [pranks]", f"delay_seconds harus 0 sampai {DELAY_SECONDS_MAX}.")
    if not 1 <= pranks.blind_percent <= 50:
        yield error(
            "room.toml [pranks]", "blind_percent harus 1 sampai 50: tanpa uji buta kita tidak tahu kelirunya."
        )
    if not 1 <= call_back.texts_per_day <= TEXTS_PER_DAY_MAX:
        yield error("room.toml [call_back]", f"texts_per_day harus 1 sampai {TEXTS_PER_DAY_MAX}.")
    if not call_back.text.strip():
        yield error("room.toml [call_back]", "text harus diisi.")
    for code, times in Counter(one.code for one in neighbours).items():
        if times > 1:
            yield error(f"room.toml [[neighbour]] “{code}”", f"ditulis {times} kali.")
    if sum(one.usual for one in neighbours) > 1:
        yield error("room.toml [[neighbour]]", "hanya satu tetangga yang boleh usual = true.")
    for one in neighbours:
        if not all(on_earth(*point) for point in (*one.places, *one.outline)):
            yield error(
                f"room.toml [[neighbour]] “{one.code}”", "places dan outline berisi [lintang, bujur]."
            )
        if 0 < len(one.outline) < 3:
            yield error(f"room.toml [[neighbour]] “{one.code}”", "outline perlu paling sedikit tiga titik.")
    if samples := [one.code for one in neighbours if one.sample]:
        yield contoh("room.toml", f"{len(samples)} tetangga hanya contoh: {', '.join(samples)}.")


def _link(city: City) -> Iterator[Finding]:
    rules = city.room.link
    if not -5.0 <= rules.propose_above <= 10.0:
        yield error("room.toml [link]", "propose_above harus -5 sampai 10.")
    if min(rules.same_type, rules.same_family) <= 0.0 or rules.same_type + rules.same_family >= 1.0:
        yield error(
            "room.toml [link]", "same_type dan same_family harus lebih dari 0 dan jumlahnya kurang dari 1."
        )
    shares = (
        rules.delay_share,
        rules.extent_share,
        rules.callers_more,
        rules.recent_minutes,
        rules.usual_days,
    )
    metres = (rules.accuracy_m, rules.vague_accuracy_m, rules.words_accuracy_m, rules.same_address_accuracy_m)
    if min(*shares, *metres, rules.usual_weight_hours, rules.crowd_km) <= 0 or rules.area_km2 < 0:
        yield error(
            "room.toml [link]", "semua angka harus lebih dari 0; hanya area_km2 boleh 0 (dihitung sendiri)."
        )
    if not 0.0 <= rules.same_address_m <= SAME_ADDRESS_METRES_MAX:
        yield error("room.toml [link]", f"same_address_m harus 0 sampai {SAME_ADDRESS_METRES_MAX:.0f}.")
    if any(family.callers_more is not None and family.callers_more <= 0 for family in city.families):
        yield error("types.toml [[family]]", "callers_more harus lebih dari 0.")


def _texts(city: City) -> Iterator[Finding]:
    rules = city.room.texts
    if not 1 <= rules.per_taker <= TEXTS_PER_TAKER_MAX:
        yield error("room.toml [texts]", f"per_taker harus 1 sampai {TEXTS_PER_TAKER_MAX}.")
    if any(not 0 < len(text) <= REPLY_CHARACTERS_MAX for text in rules.replies):
        yield error("room.toml [texts]", f"tiap balasan harus 1 sampai {REPLY_CHARACTERS_MAX} huruf.")


ROOM_CHECKS: tuple[Callable[[City], Iterator[Finding]], ...] = (
    _queue, _skills, _overflow, _modes, _burst, _conversation, _silence, _callers, _link, _texts,
    check_locations,
)  # fmt: skip
