"""`siaga contact ...`: whom to tell in an agency, on which rung, by which channel."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer

from siaga import clock
from siaga.adapters.messages.channels import AppriseChannel, check_address
from siaga.city_files import load_city
from siaga.commands.terminal import said, say
from siaga.domain.contact import Contact
from siaga.domain.errors import OutsideFailed, RuleBroken
from siaga.processes.database import ensure_running
from siaga.processes.trouble import Trouble, Words
from siaga.records.archive import Action, Transaction
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings

R = TypeVar("R")

app = typer.Typer(
    no_args_is_help=True,
    help=said("Kontak piket instansi: siapa diberi tahu lewat apa.", "On-call contacts of the agencies."),
)


def add_to(parent: typer.Typer) -> None:
    """Add `siaga contact`."""
    parent.add_typer(app, name="contact")


@app.command()
def add(
    agency: Annotated[str, typer.Argument(help=said("Kode instansi.", "Code of the agency."))],
    name: Annotated[str, typer.Argument(help=said("Nama atau jabatan.", "Name or post."))],
    address: Annotated[
        str, typer.Argument(help="tgram://TOKEN/CHAT, mailto://..., ntfy://TOPIC, json://HOST/PATH ...")
    ],
    rung: Annotated[
        int, typer.Option(min=0, max=9, help=said("0: dihubungi pertama.", "0: told first."))
    ] = 0,
    test: Annotated[
        bool, typer.Option("--test", help=said("Kirim pesan uji sekarang.", "Send a test now."))
    ] = False,
) -> None:
    """Add an address; with --test a message is sent to it at once."""
    settings = Settings.from_env()
    city = load_city(settings.city)
    try:
        if (
            agency != city.room.on_call.group
        ):  # takers on call are told like an agency, under their group's name
            city.agency(agency)
        check_address(address)
    except RuleBroken as refusal:
        raise Trouble(Words(str(refusal), str(refusal))) from None
    if test:
        _send_test(address)
    contact = Contact(id=f"{agency}:{rung}:{address.partition('://')[0]}:{clock.now():%y%m%d%H%M%S}",
                      agency=agency, rung=rung, name=name, address=address)  # fmt: skip
    _run(settings, put_contact, contact=contact)
    say(f"Disimpan: {agency}, jenjang {rung}, {name}.", f"Kept: {agency}, rung {rung}, {name}.")


@app.command("list")
def list_contacts() -> None:
    """Who is told. Addresses are secrets and are not shown, only their channel."""
    for one in _run(Settings.from_env(), all_contacts):
        print(f"{one.id}  {one.agency}  {one.rung}  {one.name}  {one.channel}")


@app.command()
def remove(
    id: Annotated[str, typer.Argument(help=said("Dari siaga contact list.", "From siaga contact list."))],
) -> None:
    """Forget an address."""
    _run(Settings.from_env(), drop_contact, id=id)
    say("Dihapus.", "Removed.")


async def put_contact(tx: Transaction, *, contact: Contact, now: datetime) -> None:
    """Remember an address."""
    tx.put(contact)


async def drop_contact(tx: Transaction, *, id: str, now: datetime) -> None:
    """Forget an address."""
    tx.delete(await tx.get(Contact, id))


async def all_contacts(tx: Transaction, *, now: datetime) -> list[Contact]:
    """Every address, by agency and rung."""
    return await tx.find(Contact, order=("agency", "rung", "id"))


def _send_test(address: str) -> None:
    text = said("Uji saluran 112: tidak perlu ditanggapi.", "Test of the 112 channel: nothing to do.")
    try:
        asyncio.run(AppriseChannel().send(key="test", to=address, title="112", text=text))
    except OutsideFailed as failure:
        raise Trouble(Words(f"Pesan uji gagal: {failure}", f"The test message failed: {failure}")) from None


def _run(settings: Settings, action: Action[R], **given: Any) -> R:
    async def inside(address: str) -> R:
        await migrate(address)
        archive = await PostgresArchive.open(address, load_city(settings.city).code)
        try:
            return await archive.do(action, now=clock.now(), **given)
        except RuleBroken as refusal:
            raise Trouble(Words(str(refusal), str(refusal))) from None
        finally:
            await archive.close()

    with ensure_running(settings) as address:
        return asyncio.run(inside(address))
