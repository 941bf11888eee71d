"""Made in one step, and otherwise exactly the dataclass it was."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, fields, replace

import msgspec
import pytest

from siaga.domain.call import Call
from siaga.domain.made_at_once import made_at_once


@made_at_once
@dataclass(frozen=True, kw_only=True)
class Bell:
    """Something that rings."""

    name: str
    times: int = 1
    tone: str | None = None


def test_it_is_made_compared_replaced_and_read_like_any_frozen_dataclass() -> None:
    bell = Bell(name="door")
    assert (bell.times, bell.tone, repr(bell)) == (1, None, repr(bell))
    assert repr(bell).endswith("Bell(name='door', times=1, tone=None)")
    assert bell == Bell(name="door", times=1) != replace(bell, times=2)
    assert replace(bell, tone="high") == Bell(name="door", tone="high")
    assert hash(bell) == hash(Bell(name="door"))
    with pytest.raises(FrozenInstanceError):
        bell.times = 3  # type: ignore[misc]
    written = msgspec.json.encode(bell)
    assert (written, msgspec.json.decode(written, type=Bell)) == (
        b'{"name":"door","times":1,"tone":null}',
        bell,
    )


@pytest.mark.parametrize("given", [{}, {"times": 2}, {"name": "door", "colour": "red"}, {"colour": "red"}])
def test_what_is_missing_or_unknown_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=r"Bell: .*(name|colour)"):
        Bell(**given)  # type: ignore[arg-type]


def test_a_call_has_nothing_that_this_way_of_making_it_would_pass_over() -> None:
    assert not hasattr(Call, "__post_init__")
    assert not hasattr(Call, "__slots__")
    assert all(each.init and each.kw_only for each in fields(Call))
