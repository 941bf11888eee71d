"""What is typed from a sheet of paper, and what it means: clock times of one day, boxes ticked, agencies rung."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo

from siaga.domain.call import NON_CALLS, Disposition
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import NOTE_CHARACTERS_MAX, PRIORITIES, Outcome
from siaga.domain.paper import FORM_CHARACTERS_MAX, PaperAgency, PaperTimes
from siaga.domain.place import Place, PlaceMethod
from siaga.features.incidents.actions import Report
from siaga.features.incidents.paper.actions import PaperSheet

TEXT_CHARACTERS_MAX = 200
NIGHT = timedelta(hours=12)
# A clock time this much earlier than the call's arrival was written after midnight; less than that is a slip.

_CLOCK = re.compile(r"(\d{1,2})[:.]?(\d{2})(?:[:.](\d{2}))?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")

Form = Mapping[str, str]


def blank(now: datetime, zone: tzinfo, *, token: str) -> dict[str, str]:
    """An empty form: today, and nothing else."""
    return {"token": token, "day": now.astimezone(zone).date().isoformat()}


def sheet_of(form: Form, city: City) -> PaperSheet:
    """The sheet a form means. Raises RuleBroken, naming the field."""
    arrived = _moment(form, "arrived", "masuk", city.zone, None)
    if arrived is None:
        raise RuleBroken("Isi jam “{field}”. Contoh: 14:05.", field="masuk").about("arrived")

    def at(name: str, field: str) -> datetime | None:
        return _moment(form, name, field, city.zone, arrived)

    times = PaperTimes(
        arrived_at=arrived,
        answered_at=at("answered", "dijawab") or arrived,
        ended_at=at("ended", "telepon ditutup"),
        closed_at=at("closed", "kejadian selesai"),
    )
    non_call = _non_call(form)
    return PaperSheet(
        times=times,
        form=_text(form, "form", FORM_CHARACTERS_MAX),
        number=_number(form),
        report=None if non_call is not None and not form.get("type") else _report(form, city),
        non_call=non_call,
        agencies=() if non_call is not None else _agencies(form, city, at),
        outcome=_outcome(form),
        still_going=bool(form.get("still_going")),
    )


def _agencies(form: Form, city: City, at: object) -> tuple[PaperAgency, ...]:
    told = []
    for agency in city.agencies:
        times = [
            at(f"{name}:{agency.code}", f"{agency.short}: {word}")  # type: ignore[operator]
            for name, word in (("told", "dihubungi"), ("scene", "tiba"), ("done", "selesai"))
        ]
        if times[0] is None and any(times):
            raise RuleBroken("Isi jam “{field}”. Contoh: 14:05.", field=f"{agency.short}: dihubungi").about(
                f"told:{agency.code}"
            )
        if times[0] is not None:
            told.append(
                PaperAgency(agency=agency.code, told_at=times[0], on_scene_at=times[1], done_at=times[2])
            )
    return tuple(told)


def _report(form: Form, city: City) -> Report:
    code = form.get("type", "")
    if code not in city.type_by_code:
        raise RuleBroken("Pilih jenis kejadian, atau Bukan kejadian. Tidak keduanya.").about("type")
    known = city.kelurahan_by_code.get(form.get("kelurahan", ""))
    words = _text(form, "where")
    place = (
        Place(text=words, lat=known.lat, lon=known.lon, kelurahan=known.code, kecamatan=known.kecamatan,
              method=PlaceMethod.GIVEN)
        if known is not None else Place(text=words)
    )  # fmt: skip
    priority = form.get("priority", "")
    return Report(
        type=code,
        place=place,
        priority=int(priority) if priority.isdigit() and int(priority) in PRIORITIES else None,
        hazards=tuple(hazard.code for hazard in city.hazards if form.get(f"hazard:{hazard.code}")),
        landmark=_text(form, "landmark") or None,
        rt_rw=_text(form, "rt_rw", 20) or None,
        reporter_name=_text(form, "caller_name") or None,
        notes=tuple(form.get("notes", "")[:NOTE_CHARACTERS_MAX].splitlines()),
    )


def _non_call(form: Form) -> Disposition | None:
    kind = form.get("non_call", "")
    return Disposition(kind) if kind in {one.value for one in NON_CALLS} else None


def _outcome(form: Form) -> Outcome:
    given = form.get("outcome", "")
    known = {one.value for one in Outcome if one is not Outcome.DUPLICATE}
    return Outcome(given) if given in known else Outcome.HANDLED


def _number(form: Form) -> str | None:
    number = re.sub(r"[\s.-]", "", form.get("number", ""))
    if number and not re.fullmatch(r"\+?\d{3,15}", number):
        raise RuleBroken("Nomor penelepon hanya angka. Contoh: 081234567890.").about("number")
    return number or None


def _text(form: Form, name: str, most: int = TEXT_CHARACTERS_MAX) -> str:
    text = " ".join(form.get(name, "").split())
    if len(text) > most:
        raise RuleBroken("Isian terlalu panjang: paling banyak {max} huruf.", max=most).about(name)
    return text


# --- times ----------------------------------------------------------------------------------------------------


def _moment(form: Form, name: str, field: str, zone: tzinfo, after: datetime | None) -> datetime | None:
    """A clock time on the sheet's day, or on the next where the sheet goes over midnight."""
    written = form.get(name, "").strip()
    if not written:
        return None
    found = _CLOCK.fullmatch(written)
    if found is None:
        raise RuleBroken(
            "Jam “{field}” tidak terbaca: “{text}”. Contoh: 14:05.", field=field, text=written[:20]
        ).about(name)
    try:
        clock = time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        raise RuleBroken(
            "Jam “{field}” tidak ada: “{text}”. Contoh: 14:05.", field=field, text=written
        ).about(name) from None
    moment = datetime.combine(_day(form), clock, zone)
    if after is not None and after - moment > NIGHT:
        moment += timedelta(days=1)
    return moment


def _day(form: Form) -> date:
    written = form.get("day", "").strip()
    try:
        if found := _DAY_FIRST.fullmatch(written):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(written)
    except ValueError:
        raise RuleBroken("Tanggal tidak terbaca. Contoh: 29/10/2026.").about("day") from None
