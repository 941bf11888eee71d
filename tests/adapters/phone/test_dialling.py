"""What may be dialled, and how a refusal is read."""

from __future__ import annotations

import pytest

from siaga.adapters.phone.engine import LEFT_CAUSES, CannotDial
from siaga.adapters.phone.sip.dialling import cause_of_failure, uri_of


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("0231 205-113", "sip:0231205113@trunk.example:5080;transport=tcp"),
        ("+62 (812) 345.678", "sip:+62812345678@trunk.example:5080;transport=tcp"),
        ("*21#", "sip:*21%23@trunk.example:5080;transport=tcp"),
        ("sip:posko@10.0.0.7", "sip:posko@10.0.0.7"),
        ("sip:posko@10.0.0.7:5062;transport=tls", "sip:posko@10.0.0.7:5062;transport=tls"),
    ],
)
def test_a_number_goes_to_the_trunk_and_an_address_where_it_says(address: str, uri: str) -> None:
    assert uri_of(address, "trunk.example:5080;transport=tcp") == uri


@pytest.mark.parametrize(
    "address",
    ["", "1", "damkar", "0812;x", "0812\r\n", "sip:a b@c", "sip:@c", "sip:a@b?h=1", "0" * 21, "٠٨١٢"],
)
def test_what_the_stack_could_choke_on_never_reaches_it(address: str) -> None:
    with pytest.raises(CannotDial):
        uri_of(address, "trunk.example")


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (486, "busy"), (600, "busy"), (408, "no_answer"), (480, "no_answer"), (487, "no_answer"), (603, "refused"),
        (404, "refused"), (403, "refused"), (500, "network"), (503, "network"), (None, "network"), (302, "network"),
    ],
)  # fmt: skip
def test_every_answer_has_a_cause(status: int | None, cause: str) -> None:
    assert cause_of_failure(status) == cause
    assert cause in LEFT_CAUSES
