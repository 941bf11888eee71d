"""Own keys: reserved and taken ones are refused, a first key is replaced, the usual one comes back."""

from __future__ import annotations

import pytest

from siaga.domain.errors import RuleBroken
from siaga.domain.own_keys import changed, keys_with

REGISTRY = (
    {"id": "answer", "keys": ["F2"], "screens": ["desk"], "label": "Jawab"},
    {"id": "what", "keys": ["F3"], "screens": ["desk"], "label": "Apa"},
    {"id": "alarm", "keys": ["F4"], "screens": ["board"], "label": "Alarm"},
    {"id": "hazard", "keys": ["Alt+1", "Ctrl+Alt+1"], "screens": ["desk"], "label": "Bahaya"},
    {"id": "digit", "keys": ["1"], "scope": "after answer", "screens": ["desk"], "label": "Satu"},
    {"id": "list_send", "keys": ["D"], "scope": "list", "screens": ["board"], "label": "Kirim"},
    {"id": "close", "keys": ["Escape"], "screens": ["desk"], "label": "Tutup"},
)


def test_an_own_key_takes_the_place_of_the_first_and_the_usual_one_is_no_own_key() -> None:
    own = changed(REGISTRY, (), "hazard", "Alt+Z")
    assert keys_with(REGISTRY[3], own) == ("Alt+Z", "Ctrl+Alt+1")
    assert changed(REGISTRY, own, "hazard", "Alt+1") == ()
    assert changed(REGISTRY, (), "answer", "F4") == (("answer", "F4"),)  # another screen's key is free here


@pytest.mark.parametrize(
    ("id", "key"),
    [("answer", "F5"), ("answer", "Ctrl+W"), ("answer", "F3"), ("answer", "A"), ("list_send", "F2"),
     ("close", "F9"), ("digit", "F9"), ("nobody", "F9"), ("what", "Ctrl+Alt+1"), ("what", "Ctrl+C")],
)  # fmt: skip
def test_what_belongs_to_the_browser_or_to_another_act_is_refused(id: str, key: str) -> None:
    with pytest.raises(RuleBroken):
        changed(REGISTRY, (), id, key)
