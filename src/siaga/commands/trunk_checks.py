"""What `siaga doctor` says about the operator's line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime

from siaga.adapters.phone.client import PhoneClient, PhoneDown
from siaga.adapters.phone.control import control_socket
from siaga.adapters.phone.setup import trunk_of
from siaga.processes.finding import Finding, fault, fine, warning
from siaga.processes.trouble import Words
from siaga.settings import SettingInvalid, Settings

REMEDY = Words(
    "Periksa SIAGA_TRUNK, SIAGA_TRUNK_USER dan kata sandinya; tanyakan operator; lihat logs/phone.log",
    "Check SIAGA_TRUNK, SIAGA_TRUNK_USER and its password; ask the operator; see logs/phone.log",
)


def trunk(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """Whether the operator knows us, as the running telephone process says."""
    if not settings.trunk or settings.phone_engine != "baresip":
        return
    try:
        operator = trunk_of(settings)
    except SettingInvalid as wrong:
        yield fault("trunk", Words(str(wrong), str(wrong)), REMEDY)
        return
    assert operator is not None
    if not operator.register:
        yield fine(
            "trunk",
            f"Operator {operator.address} mengenal kita dari alamat; tidak ada pendaftaran yang dapat diperiksa.",
            f"The operator {operator.address} knows us by our address; there is no registration to look at.",
        )
        return
    try:
        state = asyncio.run(_state(settings))
    except PhoneDown:
        yield warning(
            "trunk",
            Words("Pendaftaran di operator hanya dapat diperiksa selama Siaga berjalan.",
                  "The registration at the operator can only be seen while Siaga runs."),
            Words("Jalankan ./siaga up, lalu periksa lagi.", "Start ./siaga up, then look again."),
        )  # fmt: skip
        return
    if state == "registered":
        yield fine(
            "trunk", f"Terdaftar di operator {operator.address}.", f"Registered at {operator.address}."
        )
        return
    yield fault(
        "trunk",
        Words(f"Operator {operator.address} tidak mengenal kita ({state}): 112 tidak akan berdering.",
              f"The operator {operator.address} does not know us ({state}): 112 will not ring."),
        REMEDY,
    )  # fmt: skip


async def _state(settings: Settings) -> str:
    phone = PhoneClient(control_socket(settings.home, settings.node))
    try:
        return str((await phone.health()).get("trunk", ""))
    finally:
        await phone.close()
