"""What an INVITE says of where its caller is. Every byte is a stranger's; nothing here raises or waits.

- ``P-Access-Network-Info`` names the cell (RFC 7315); the record looks it up in the city's table.
- ``Geolocation`` (RFC 6442) points at the body (``cid:``), at an address of the network, or is a ``geo:`` URI itself.
- ``X-Siaga-Pidf`` is the body. The embedded stack refuses an INVITE with more than one body part (500, seen on the
  wire; docs/locations.md), so what stands in front of the node takes the part out and hands it over in this header,
  in base64: deploy/kamailio does.
- a header of the operator's own, read with the pattern of the city (`[locations]` in room.toml).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from siaga.domain.access_network import HEADER_CHARACTERS_MAX, cell_key, cells_in
from siaga.domain.caller_location import Fix, sound_fix
from siaga.domain.location_rules import LocationRules
from siaga.domain.pidf import BYTES_MAX, read_pidf

ACCESS_NETWORK = "P-Access-Network-Info"
GEOLOCATION = "Geolocation"
BODY = "X-Siaga-Pidf"
URI_CHARACTERS_MAX = 500
OWN_HEADER_CHARACTERS_MAX = 500  # the city's pattern runs over it: bounded, whatever the pattern

_BRACKETED = re.compile(r"<([^<>\s]{1,2000})>")
_GEO = re.compile(
    r"geo:(-?\d{1,2}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)[^;]*((?:;[^;]*)*)", re.IGNORECASE
)
_DOUBT = re.compile(r";u=(\d{1,6}(?:\.\d{1,6})?)", re.IGNORECASE)


def location_in(headers: Mapping[str, str], rules: LocationRules) -> dict[str, Any]:
    """What the headers say, as `location_told` takes it; empty when they say nothing."""
    known = {name.lower(): value for name, value in headers.items()}
    fixes: list[Fix | None] = []
    cells = list(cells_in(known.get(ACCESS_NETWORK.lower(), "")))
    uris, of_header = _geolocation(known.get(GEOLOCATION.lower(), ""))
    fixes.append(of_header)
    if (body := known.get(BODY.lower())) is not None:
        fixes.append(_body(body))
    if rules.header and rules.header_pattern:
        cell, fix = _own(known.get(rules.header.lower(), ""), rules.header_pattern)
        fixes.append(fix)
        cells += [cell] if cell and cell not in cells else []
    sound = [_told(fix) for fix in fixes if fix is not None]
    found: dict[str, Any] = {}
    if sound:
        found["fixes"] = sound
    if cells:
        found["cells"] = cells
    if uri := next((one for one in uris if _is_asked(one, rules)), None):
        found["uri"] = uri
    return found


def header_names(rules: LocationRules) -> tuple[str, ...]:
    """The headers the engine must show us beside those it shows anyway."""
    return (BODY, *((rules.header,) if rules.header and rules.header_pattern else ()))


def _geolocation(value: str) -> tuple[list[str], Fix | None]:
    uris: list[str] = []
    fix = None
    for uri in _BRACKETED.findall(value[:HEADER_CHARACTERS_MAX]):
        if (found := _GEO.fullmatch(uri)) is not None:
            doubt = _DOUBT.search(found[3] or "")
            fix = fix or sound_fix(
                Fix(lat=float(found[1]), lon=float(found[2]), accuracy_m=float(doubt[1]) if doubt else None)
            )
        elif uri.lower().startswith("https://") and len(uri) <= URI_CHARACTERS_MAX:
            uris.append(uri)
    return uris, fix


def _is_asked(uri: str, rules: LocationRules) -> bool:
    host = re.match(r"https://([^/:?#@]+)(?::\d+)?(?:[/?#]|$)", uri, re.IGNORECASE)
    return host is not None and host[1].lower() in rules.reference_hosts


def _body(text: str) -> Fix | None:
    if len(text) > BYTES_MAX * 4 // 3 + 4:
        return None
    try:
        part = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not part.lstrip().startswith(b"<"):
        part = part.partition(b"\r\n\r\n")[2]  # the part's own headers came along
    return read_pidf(part)


def _own(value: str, pattern: str) -> tuple[str, Fix | None]:
    """The operator's own header: a cell, or a circle. A pattern that does not fit says nothing."""
    try:
        found = re.search(pattern, value[:OWN_HEADER_CHARACTERS_MAX])
    except re.error:
        return "", None
    if found is None:
        return "", None
    named = found.groupdict()
    cell = cell_key(named.get("cell") or "")
    try:
        lat, lon = float(named.get("lat") or "x"), float(named.get("lon") or "x")
        radius = float(named["radius"]) if named.get("radius") else None
    except ValueError:
        return cell, None
    return cell, sound_fix(Fix(lat=lat, lon=lon, accuracy_m=radius))


def _told(fix: Fix) -> dict[str, Any]:
    """A fix as a report's JSON carries it."""
    told: dict[str, Any] = {"lat": fix.lat, "lon": fix.lon, "method": fix.method}
    if fix.accuracy_m is not None:
        told["accuracy_m"] = fix.accuracy_m
    if fix.confidence_percent is not None:
        told["confidence_percent"] = fix.confidence_percent
    if fix.at is not None:
        told["at"] = fix.at.isoformat()
    return told
