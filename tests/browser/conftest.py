"""One real installation and one real browser for every test here; each test brings its own people and callers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.walk.house import House
from tests.walk.people import browser, desk, sign_in, signed_in, telephone

__all__ = ["browser", "desk", "sign_in", "signed_in", "telephone"]  # fixtures


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """`siaga up --demo`, running."""
    made = House()
    try:
        made.start()
        yield made
    finally:
        made.close()
