"""Advanced Mobile Location (ETSI TS 103 625): where a telephone is, as it says itself when it has dialled 112.

As text, ``A"ML=1;lt=-6.72;lg=108.55;rd=20;top=...;lc=90;pm=G;...``, or as the form of its HTTPS variant. Every field is
optional and a stranger wrote it: what cannot be read is left out, nothing here raises. A message that says that it has
no position (``rd=N``, ``pm=N``) has none; it never becomes (0, 0).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from siaga.domain.caller_location import Fix, sound_fix

MESSAGE_CHARACTERS_MAX = 1000  # three texts; the longest message in the field is 160
METHODS = {"G": "GPS", "W": "Wi-Fi", "C": "sel", "F": "gabungan", "U": ""}
HEADS = ('A"ML=', "A'ML=", "A“ML=", "A”ML=")  # gateways that "correct" quotation marks

_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,12})?")
_TELEPHONE = re.compile(r"\+?\d{3,16}")


@dataclass(frozen=True, kw_only=True)
class AmlMessage:
    """What the telephone says. ``fix`` is ``None`` when it has no position. The identities of card and telephone are
    not read: nobody here needs them."""

    version: int
    fix: Fix | None
    number: str | None = None


def is_aml(text: str) -> bool:
    """Whether a text is such a message (and not the words of a person)."""
    return text.lstrip()[:5].upper().startswith(HEADS)


def read_text(text: str) -> AmlMessage | None:
    """The message in a text; ``None`` when it is none. ``ml`` is not believed: real telephones miscount it."""
    if not is_aml(text):
        return None
    fields: dict[str, str] = {}
    for part in text.strip()[:MESSAGE_CHARACTERS_MAX].split(";"):
        key, found, value = part.partition("=")
        if found:
            fields.setdefault(key.strip().lower(), value.strip())
    version = next((fields[key] for key in fields if key.startswith("a") and key.endswith("ml")), "")
    if version == "2":
        return AmlMessage(version=2, fix=_second(fields))
    return AmlMessage(version=1, fix=_first(fields))


def read_form(form: Mapping[str, str]) -> AmlMessage:
    """The message in the fields of the HTTPS variant."""
    fields = {key.lower(): value.strip()[:200] for key, value in form.items()}
    lat, lon = _number(fields.get("location_latitude")), _number(fields.get("location_longitude"))
    fix = None
    if lat is not None and lon is not None:
        certainty = _number(fields.get("location_certainty"))  # percent, in the older form
        fraction = _number(fields.get("location_confidence"))
        percent = certainty if certainty is not None else fraction * 100 if fraction is not None else None
        if percent is not None and fraction is not None and fraction > 1:
            percent = fraction  # some send percent under the newer name
        source = fields.get("location_source", "").lower()
        fix = sound_fix(
            Fix(
                lat=lat,
                lon=lon,
                accuracy_m=_number(fields.get("location_accuracy")),
                confidence_percent=_percent(percent),
                at=_from_milliseconds(fields.get("location_time") or fields.get("time")),
                method={"gps": "GPS", "wifi": "Wi-Fi", "cell": "sel"}.get(source, ""),
            )
        )
    number = re.sub(r"[\s().-]", "", fields.get("device_number", ""))
    return AmlMessage(version=3, fix=fix, number=number if _TELEPHONE.fullmatch(number) else None)


def _first(fields: Mapping[str, str]) -> Fix | None:
    lat, lon = _number(fields.get("lt")), _number(fields.get("lg"))
    method = fields.get("pm", "").upper()
    if lat is None or lon is None or method == "N" or fields.get("rd", "").upper() == "N":
        return None
    return sound_fix(
        Fix(
            lat=lat,
            lon=lon,
            accuracy_m=_number(fields.get("rd")),
            confidence_percent=_percent(_number(fields.get("lc"))),
            at=_from_stamp(fields.get("top", "")),
            method=METHODS.get(method, ""),
        )
    )


def _second(fields: Mapping[str, str]) -> Fix | None:
    """Version 2: ``lo`` is the place, and ``lt`` the age of the fix against ``et``, not a latitude."""
    parts = [_number(part) for part in fields.get("lo", "").split(",")]
    if len(parts) < 2 or parts[0] is None or parts[1] is None:
        return None
    began, age = _number(fields.get("et")), _number(fields.get("lt"))
    at = _from_seconds(began + (age or 0)) if began is not None else None
    return sound_fix(
        Fix(
            lat=parts[0],
            lon=parts[1],
            accuracy_m=parts[2] if len(parts) > 2 else None,
            confidence_percent=_percent(_number(fields.get("lc"))),
            at=at,
            method=METHODS.get(fields.get("ls", "").upper(), ""),
        )
    )


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and _NUMBER.fullmatch(text.strip()) else None


def _percent(value: float | None) -> int | None:
    return round(value) if value is not None and 0 < value <= 100 else None


def _from_stamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _from_milliseconds(text: str | None) -> datetime | None:
    found = _number(text)
    return _from_seconds(found / 1000) if found is not None else None


def _from_seconds(seconds: float) -> datetime | None:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None
