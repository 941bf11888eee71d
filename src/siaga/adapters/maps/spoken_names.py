"""How a name of a place is compared with what a caller says: in one spelling, titles apart, initials together.

Rule 1: for comparing only. What was typed and what the name is called stay as they are.
"""

from __future__ import annotations

import re

from siaga.domain.spelling import as_heard, folded

STREET = re.compile(r"^(?:jl|jln|jaln|jalan|gg|gang)\b\.?\s*", re.IGNORECASE)
TITLES = frozenset({
    "brigjen", "dr", "h", "hj", "ir", "jend", "kapt", "kh", "kol", "komjen", "laksda", "letjen", "letkol", "may",
    "mayjen", "pang", "prof", "ra", "raya", "rm", "rs",
})  # fmt: skip
# Said or left out as people please.

_LONG_FORMS = (
    ("brigadir jenderal", "brigjen"), ("brigadir jendral", "brigjen"), ("letnan jenderal", "letjen"),
    ("letnan jendral", "letjen"), ("mayor jenderal", "mayjen"), ("mayor jendral", "mayjen"),
    ("letnan kolonel", "letkol"), ("komisaris jenderal", "komjen"), ("laksamana muda", "laksda"),
    ("jenderal", "jend"), ("jendral", "jend"), ("kolonel", "kol"), ("kapten", "kapt"), ("mayor", "may"),
    ("pangeran", "pang"), ("dokter", "dr"), ("insinyur", "ir"), ("kiai haji", "kh"), ("kyai haji", "kh"),
    ("kiyai haji", "kh"), ("raden ajeng", "ra"), ("raden mas", "rm"), ("profesor", "prof"), ("haji", "h"),
    ("rumah sakit", "rs"), ("sekolah dasar negeri", "sdn"),
    ("perumahan", "perum"), ("kompleks", "komp"), ("komplek", "komp"), ("kampung", "kp"), ("mesjid", "masjid"),
    ("setasiun", "stasiun"), ("mushola", "musala"), ("musholla", "musala"), ("mushalla", "musala"),
    ("supermarket", "swalayan"), ("mall", "mal"), ("mol", "mal"),
)  # fmt: skip
# Written out or abbreviated as people please; the right-hand side is what both become.
_TO_SHORT = dict(_LONG_FORMS)
_LONG = re.compile(rf"\b(?:{'|'.join(sorted(_TO_SHORT, key=len, reverse=True))})\b")
_INITIALS = re.compile(r"\b(\w) (?=\w\b)")
_ROMAN = {
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10",
    "xi": "11", "xii": "12",
}  # fmt: skip
_NUMBERED = re.compile(r"(?<=[a-z]{3})(\d+)$")


def is_street(name: str) -> bool:
    """Whether the caller said street or alley."""
    return STREET.match(name) is not None


def comparable(name: str) -> str:
    """A name as it is compared: without the word for street, folded, long forms short, initials joined."""
    return _one_spelling(STREET.sub("", name) or name)


def without_titles(comparable_name: str, weak: frozenset[str] = TITLES) -> str:
    """The words that tell one name from another: ``"dr cipto"`` is ``"cipto"``, but ``"raya 3"`` stays."""
    words = comparable_name.split()
    told = [word for word in words if word not in weak]
    return " ".join(told if any(not word.isdigit() for word in told) else words)


def folded_name(name: str) -> str:
    """Folded, the word for street kept: two streets with this in common bear one name."""
    return folded(name)


def heard(written: str) -> str:
    """A comparable name written the way it sounds."""
    return as_heard(written)


def _one_spelling(name: str) -> str:
    """Folded, long forms shortened, initials joined ("m t haryono" -> "mt haryono"), Roman numbers as digits."""
    text = folded(name)
    text = _LONG.sub(lambda found: _TO_SHORT[found[0]], text)
    text = _INITIALS.sub(r"\1", text)
    text = _NUMBERED.sub(r" \1", text)
    words = text.split()
    if len(words) > 1 and words[-1] in _ROMAN:
        words[-1] = _ROMAN[words[-1]]
    return " ".join(words)
