"""P-Access-Network-Info (RFC 7315): from which cell a call came. The text is a stranger's; nothing here raises.

`3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=51010123401234567;network-provided`: country, network, area and cell run together,
the last two in hexadecimal. How many digits the network's code has cannot be told, so the whole word is the key.
"""

from __future__ import annotations

import re

HEADER_CHARACTERS_MAX = 2000  # three access networks in a row are 300; more is somebody's joke
CELLS_MAX = 4

_CELL = re.compile(
    r"(?:utran-cell-id-3gpp|cgi-3gpp|utran-sai-3gpp)\s*=\s*\"?([0-9a-fA-F]{10,24})\"?", re.IGNORECASE
)
_PARTED = re.compile(r"(\d{3})-(\d{2,3})-([0-9a-fA-F]{1,6})-([0-9a-fA-F]{1,9})")


def cells_in(header: str) -> tuple[str, ...]:
    """The cells the header names, in its order, as keys of the city's table; what the network adds itself first."""
    named: list[tuple[bool, str]] = []
    for part in header[:HEADER_CHARACTERS_MAX].split(","):
        by_network = "network-provided" in part.lower() or re.search(r";\s*np\b", part.lower()) is not None
        named += [(not by_network, found.lower()) for found in _CELL.findall(part)]
    named.sort(key=lambda one: one[0])
    return tuple(dict.fromkeys(cell for _, cell in named))[:CELLS_MAX]


def cell_key(text: str) -> str:
    """A cell as people and tables write it, as the key: ``51010 1234 01234567`` or ``510-10-1a2b-0123456``."""
    plain = text.strip().lower()
    parted = _PARTED.fullmatch(plain)
    if parted is not None:
        area_digits = 4 if len(parted[3]) <= 4 else 6
        cell_digits = 4 if len(parted[4]) <= 4 else 7 if len(parted[4]) <= 7 else 9
        return f"{parted[1]}{parted[2]}{parted[3].zfill(area_digits)}{parted[4].zfill(cell_digits)}"
    return re.sub(r"[\s:_-]", "", plain)


def key_of_numbers(mcc: str, mnc: str, area: int, cell: int) -> str:
    """The key from decimal numbers, as open cell tables have them: 2G and 3G cells beyond 65,535 have seven digits."""
    cell_digits = 4 if cell <= 0xFFFF else 7 if cell <= 0xFFF_FFFF else 9
    area_digits = 4 if area <= 0xFFFF else 6
    return f"{mcc}{mnc}{area:0{area_digits}x}{cell:0{cell_digits}x}"
