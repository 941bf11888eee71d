"""What the desk shows of a caller who says nothing: the script, the countdown, what was heard and pressed, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from siaga.domain.city import City
from siaga.domain.place import Place
from siaga.domain.roles import Viewer
from siaga.domain.routing import agencies_for
from siaga.domain.silent_check import CANNOT_SPEAK_DIGITS, LISTEN_AFTER_SECONDS, CheckResult
from siaga.records.postgres import PostgresArchive

Words = Callable[[str], str]

SCRIPT_LABELS = {
    # word for word what the prompt of this name says
    "silent_check": "Kami mendengarkan. Jika Anda tidak bisa bicara, tekan angka apa saja, "
    "atau ketuk telepon dua kali.",
}
ANSWERS_SHOWN_MAX = 2  # all of them are in the story of the incident
DEAF_AFTER = timedelta(seconds=1.5)  # the node says so after 2 s
SAID_SHOWN_MAX = 12  # keys shown one by one; a flood of tones is a number

RESULT_LABELS = {
    CheckResult.NO_SIGN: "Cek selesai: tidak ada suara, ketukan, atau tombol. Senyap (F9 1) boleh.",
    CheckResult.VOICE: "Cek selesai: terdengar suara. Ajak bicara; Senyap belum boleh.",
    CheckResult.SOUND: "Cek selesai: terdengar ketukan. Dengarkan lagi, ulangi cek; Senyap belum boleh.",
    CheckResult.SIGNAL: "Penelepon memberi tanda.",
    CheckResult.NOT_HEARD: "Pertanyaan tidak sampai ke penelepon. Ulangi cek.",
    CheckResult.STOPPED: "Cek dihentikan petugas.",
    CheckResult.CUT: "Telepon terputus sebelum cek selesai: telepon balik.",
}


async def silent_context(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> dict[str, Any]:
    """The silent panel of her present call, or of the one whose sheet lies open. ``silent`` is None without one."""
    rows = await archive.rows(
        "select c.id, c.state, c.digits, c.answered_at, c.watched_at, c.voice_at, c.check_began_at, c.check_played_at, "
        "c.check_ended_at, c.check_result, c.knocks, c.cannot_speak_at, c.incident "
        "from call c join sheet s on s.city_id = c.city_id and s.call = c.id "
        "left join seat on seat.city_id = c.city_id and seat.taker = s.taker "
        "where c.city_id = $1 and s.taker = $2 and s.done_at is null and c.channel = 'voice' "
        "order by c.id = seat.call desc nulls last, s.saved_at desc limit 1",
        viewer.person,
    )
    if not rows:
        return {"silent": None}
    call = dict(rows[0])
    answers = await archive.rows(
        "select code, answer, asked_at, answered_at from silent_question where city_id = $1 and call = $2 "
        "order by asked_at, id",
        call["id"],
    )
    texts = {one.code: one.text_en if viewer.language == "en" else one.text for one in city.room.questions}
    running = call["check_began_at"] is not None and call["check_ended_at"] is None
    silent = {
        "call": call["id"],
        "talking": call["state"] == "talking",
        "running": running,
        "script": words(SCRIPT_LABELS["silent_check"]),
        "heard": heard_words(call, words),
        "result": words(RESULT_LABELS[CheckResult(call["check_result"])]) if call["check_result"] else "",
        "may_be_ghost": call["check_result"] == CheckResult.NO_SIGN and call["cannot_speak_at"] is None,
        "cannot_speak": call["cannot_speak_at"] is not None,
        "deaf": _is_deaf(call, now),
        "questions": [{"code": code, "text": text} for code, text in texts.items()],
        "answers": [
            {
                "text": texts.get(row["code"], row["code"]),
                "answer": row["answer"],
                "at": row["answered_at"] or row["asked_at"],
            }
            for row in answers[-ANSWERS_SHOWN_MAX:]
        ],
        "proposed": _proposed(city, viewer, now) if call["incident"] is None else None,
        **_countdown(call, city),
    }
    return {"silent": silent}


def heard_words(call: Mapping[str, Any], words: Words) -> list[str]:
    """What the caller did without saying what he wants, in words."""
    said = []
    digits = call["digits"] or ""
    if CANNOT_SPEAK_DIGITS in digits:
        said.append(words("5-5: darurat, tidak bisa bicara"))
    if digits:
        shown = "-".join(digits[-SAID_SHOWN_MAX:])
        said.append(words("menekan {digits}").format(digits=shown))
    if call["knocks"]:
        said.append(words("mengetuk {n}×").format(n=call["knocks"]))
    if call["voice_at"] is not None:
        said.append(words("terdengar suara"))
    return said


def _is_deaf(call: Mapping[str, Any], now: datetime) -> bool:
    """The detector has had its time to begin and does not listen; after a voice it need not."""
    if call["state"] != "talking" or call["watched_at"] is not None or call["voice_at"] is not None:
        return False
    return call["answered_at"] is not None and now - call["answered_at"] >= DEAF_AFTER


def _countdown(call: Mapping[str, Any], city: City) -> dict[str, Any]:
    """When the check began and how many seconds it lasts; longer when a long script has been heard late."""
    began, played = call["check_began_at"], call["check_played_at"]
    if began is None:
        return {"began_at": None, "seconds": 0, "played": False}
    whole = timedelta(seconds=city.room.silent.check_seconds)
    if played is not None:
        whole = max(whole, played + timedelta(seconds=LISTEN_AFTER_SECONDS) - began)
    return {"began_at": began, "seconds": round(whole.total_seconds()), "played": played is not None}


def _proposed(city: City, viewer: Viewer, now: datetime) -> dict[str, Any] | None:
    """The city's type for somebody who cannot speak, as the sheet takes it."""
    kind = city.type_by_code.get(city.room.silent.type)
    if kind is None:
        return None
    english = viewer.language == "en"
    hazards = [city.hazard_by_code[code] for code in kind.hazards if code in city.hazard_by_code]
    routes = agencies_for(city, kind, Place(), kind.priority, now)
    return {
        "code": kind.code,
        "name": kind.name_en if english else kind.name,
        "priority": kind.priority,
        "agencies": [city.agency(route.agency).short for route in routes],
        "hazards": [{"code": one.code, "name": one.name_en if english else one.name} for one in hazards],
        "ask": list(kind.questions),
        "tell": list(kind.instructions),
    }
