"""One real installation and one real browser for every test here; each test brings its own people and callers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.walk.house import House
from tests.walk.people import Cookies, browser, desk, sign_in, signed_in, telephone

from .full_room import stand_open

MANY = 3
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


@pytest.fixture
def busy(browser: Browser, house: House, signed_in: Cookies) -> None:
    """Something stands open on every screen."""
    if house.value("select count(*) from incident where outcome is null and not protected") < MANY:
        stand_open(browser, house, signed_in)
