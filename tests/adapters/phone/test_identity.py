"""Who is calling, as real and as hostile SIP headers say it."""

from __future__ import annotations

import pytest

from siaga.adapters.phone.sip.identity import (
    NAME_CHARACTERS_MAX,
    NUMBER_CHARACTERS_MAX,
    Identity,
    identity_of,
)

VIA = "SIP/2.0/TCP 192.0.2.7:5060;branch=z9hG4bK1"


@pytest.mark.parametrize(
    ("headers", "number", "name"),
    [
        ({"From": '"Budi S" <sip:081234567890@carrier.example>;tag=1'}, "081234567890", "Budi S"),
        ({"From": "<sip:+62-812.(345).678@carrier.example>;tag=1"}, "+62812345678", None),
        ({"From": "Siti <sip:0812@h>", "P-Asserted-Identity": "<tel:+628111>"}, "+628111", "Siti"),
        ({"From": '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'}, None, None),
        (
            {"From": "<sip:anonymous@anonymous.invalid>", "P-Asserted-Identity": '"PT X" <sip:0899@h>'},
            "0899",
            "PT X",
        ),
        ({"From": "<sip:192.0.2.1>;tag=1"}, None, None),
        ({"From": '"\\"Quoted\\" name" <sip:08@h>'}, "08", '"Quoted" name'),
        ({"From": "<sip:%2B62812@h>"}, "+62812", None),
        ({}, "0877", None),
    ],
)
def test_the_asserted_number_wins_and_a_withheld_one_is_none(
    headers: dict[str, str], number: str | None, name: str | None
) -> None:
    found = identity_of({"To": "<sip:112@h>", "Via": VIA, **headers}, "sip:0877@192.0.2.9")

    assert found == Identity(number=number, display_name=name, dialled="112", transport="tcp")


def test_hostile_names_and_numbers_are_cut_and_cleaned() -> None:
    found = identity_of({"From": '"' + "A\x00\x1b[31m\u202e" * 100 + '" <sip:' + "9" * 500 + "@h>"}, "")

    assert found.number == "9" * NUMBER_CHARACTERS_MAX
    assert found.display_name is not None
    assert len(found.display_name) == NAME_CHARACTERS_MAX
    assert found.display_name.isprintable()


@pytest.mark.parametrize(
    "garbage", ["", "<", '"', "sip:", "tel:", "<<<>>>", "\x00", "sip:@", '"unclosed <sip:1@h']
)
def test_garbage_is_nobody_rather_than_an_error(garbage: str) -> None:
    assert identity_of({"From": garbage, "To": garbage, "Via": garbage}, garbage).transport == "udp"
