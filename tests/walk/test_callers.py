"""The telephones of the tests themselves: one that leaves a socket behind fails some other test, much later."""

from __future__ import annotations

import pytest

from tests.sip.desk_phone import FakeDeskPhone
from tests.walk.callers import Telephone, syllables

pytestmark = pytest.mark.sip


def test_no_telephone_stays_open_behind_the_loop_it_lived_on() -> None:
    telephone = Telephone("127.0.0.1:9")
    phone = FakeDeskPhone(syllables(400.0))
    telephone.now(phone.open())
    phone_socket = phone._transport
    assert phone_socket is not None

    telephone.loop.call_soon_threadsafe(phone.close)  # and at once, without a turn of the loop between
    telephone.close()

    assert phone_socket.get_extra_info("socket").fileno() == -1
    assert telephone.loop.is_closed()
