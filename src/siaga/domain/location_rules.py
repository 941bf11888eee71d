"""The city's own rules about callers' locations: what its operators send, and how often a caller may be written to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LocationRules:
    """Section ``[locations]`` of `room.toml`."""

    country_code: str = "62"  # of telephone numbers, so that 0812... and +62812... are one
    match_minutes: int = 10
    # A telephone's own message belongs to the call of its number that is at most this old, or comes within it:
    # telephones send within 30 s, a text gateway may be late by minutes.
    link_minutes: int = 30  # a link works this long: finding the text, opening it, being asked for permission
    links_per_call_max: int = 3
    link_again_seconds: int = 30  # a text takes some seconds; before this a second one only confuses
    share_seconds: int = 300  # the page goes on telling where he is for this long
    link_text: str = (
        "112: buka tautan ini dan tekan tombolnya agar petugas tahu lokasi Anda. Gratis dari kami."
    )
    code_cell_m: float = 20.0
    # Side of one square of the eight-digit code: 3,162 of them a side, so 20 m reach 31 km from the city's middle.
    server_url: str = ""
    # HELD address of the operator with {number} in it, where the city has such an agreement; empty: none.
    reference_hosts: tuple[str, ...] = ()
    # Hosts of the operators whose location addresses (Geolocation header) we ask. A header is a stranger's text:
    # an address at any other host is never asked.
    header: str = ""  # a header of the operator's own, for example X-Cell-Location
    header_pattern: str = ""
    # Regular expression with the groups lat and lon, and perhaps radius; or with the group cell.


STANDARD_LOCATIONS = LocationRules()  # a city that says nothing of its own
