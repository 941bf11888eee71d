"""`siaga person` and `siaga token`: accounts and machine keys from the server's own terminal."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from siaga import clock
from siaga.adapters.web.sessions import hashed
from siaga.adapters.web.tokens import device_key, new_token
from siaga.commands.open_house import COMMAND_LINE, House, in_the_house
from siaga.commands.terminal import said, say
from siaga.domain.errors import NotFound
from siaga.domain.roles import Person, Role
from siaga.features.people import actions, queries
from siaga.features.people.first_run import ROLE_LABELS
from siaga.features.people.passwords import Passwords, generated
from siaga.secret import installation_secret
from siaga.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add `siaga person add|reset|close|list` and `siaga token add|revoke|list|device`."""
    person = typer.Typer(no_args_is_help=True, help=said("Akun.", "Accounts."))
    person.command("add", help=said("Buat akun.", "Make an account."))(add)
    person.command("reset", help=said("Buat kata sandi baru.", "Make a new password."))(reset)
    person.command("close", help=said("Tutup akun.", "Close an account."))(close)
    person.command("list", help=said("Sebutkan semua akun.", "List all accounts."))(people)
    app.add_typer(person, name="person")
    token = typer.Typer(
        no_args_is_help=True, help=said("Kunci untuk sistem lain.", "Keys for other systems.")
    )
    token.command("add", help=said("Buat token.", "Make a token."))(add_token)
    token.command("revoke", help=said("Cabut token.", "Revoke a token."))(revoke_token)
    token.command("list", help=said("Sebutkan semua token.", "List all tokens."))(tokens)
    token.command("device", help=said("Kunci satu perangkat panik.", "The key of one panic device."))(device)
    app.add_typer(token, name="token")


def add(
    username: Annotated[str, typer.Argument(help=said("Nama akun.", "Account name."))],
    role: Annotated[
        list[Role], typer.Option(help=said("Peran; boleh lebih dari satu.", "Role; may be given again."))
    ],
    name: Annotated[str, typer.Option(help=said("Nama orangnya.", "The person's name."))] = "",
    agency: Annotated[str, typer.Option(help=said("Kode perangkat daerah.", "Agency code."))] = "",
    in_circle: Annotated[
        bool,
        typer.Option("--in-circle", help=said("Boleh melihat kasus terlindung.", "May see protected cases.")),
    ] = False,
) -> None:
    """A new account; its first password is printed once."""
    password = generated()

    async def work(house: House) -> None:
        if agency:
            house.city.agency(agency)
        await house.archive.do(
            actions.add_person,
            username=username,
            name=name or username,
            password_hash=await _hash(password),
            roles=role,
            agency=agency or None,
            in_circle=in_circle,
            by=COMMAND_LINE,
            now=clock.now(),
        )

    in_the_house(work)
    _tell_password(username.strip().lower(), password)


def reset(username: Annotated[str, typer.Argument(help=said("Nama akun.", "Account name."))]) -> None:
    """A new password for somebody who has lost hers; her second factor is switched off and her screens sign out."""
    password = generated()

    async def work(house: House) -> None:
        person, now = await _known(house, username), clock.now()
        await house.archive.do(
            actions.set_password,
            person=person.id,
            password_hash=await _hash(password),
            must_change=True,
            by=COMMAND_LINE,
            now=now,
        )
        if person.totp_secret is not None:
            await house.archive.do(
                actions.set_second_factor, person=person.id, totp_secret=None, by=COMMAND_LINE, now=now
            )

    in_the_house(work)
    _tell_password(username, password)


def close(username: Annotated[str, typer.Argument(help=said("Nama akun.", "Account name."))]) -> None:
    """The person no longer works here."""

    async def work(house: House) -> None:
        person = await _known(house, username)
        await house.archive.do(
            actions.change_person, person=person.id, active=False, by=COMMAND_LINE, now=clock.now()
        )

    in_the_house(work)
    say(f"Akun {username} ditutup.", f"The account {username} is closed.")


def people() -> None:
    """Every account."""
    known = in_the_house(lambda house: queries.people(house.archive))
    table = Table(
        said("akun", "account"), said("nama", "name"), said("peran", "roles"), said("keterangan", "remarks")
    )
    for one in known:
        roles = ", ".join(said(ROLE_LABELS[role], role.value) for role in one.roles)
        remark = "" if one.active else said("ditutup", "closed")
        table.add_row(one.username, one.name, f"{roles} {one.agency or ''}".strip(), remark)
    Console().print(table)


def add_token(
    name: Annotated[
        str, typer.Argument(help=said("Nama sistem yang memakainya.", "Name of the system that uses it."))
    ],
    scope: Annotated[str, typer.Option(help=", ".join(actions.SCOPES))],
) -> None:
    """A key for another system, printed once."""
    secret = new_token()

    async def work(house: House) -> None:
        await house.archive.do(
            actions.add_token, token=hashed(secret), name=name, scope=scope, by=COMMAND_LINE, now=clock.now()
        )

    in_the_house(work)
    say("Token hanya ditampilkan sekali ini:", "The token is shown only this once:")
    print(secret)


def revoke_token(name: Annotated[str, typer.Argument(help=said("Nama token.", "The token's name."))]) -> None:
    """The key works no longer."""

    async def work(house: House) -> int:
        return await house.archive.do(actions.revoke_token, name=name, by=COMMAND_LINE, now=clock.now())

    count = in_the_house(work)
    say(f"{count} token bernama {name} dicabut.", f"{count} token named {name} revoked.")


def tokens() -> None:
    """Every key that still works."""
    table = Table(said("nama", "name"), said("lingkup", "scope"), said("dibuat", "made"))
    for one in in_the_house(lambda house: queries.tokens(house.archive)):
        table.add_row(one.name, one.scope, f"{one.created_at:%Y-%m-%d}")
    Console().print(table)


def device(name: Annotated[str, typer.Argument(help=said("Nama perangkat.", "The device's name."))]) -> None:
    """What a device must send with POST /api/panik. It is computed, not kept; it cannot be revoked alone."""
    key = device_key(installation_secret(Settings.from_env().home), name)
    print(f"Authorization: Device {name}:{key}")


async def _known(house: House, username: str) -> Person:
    person = await queries.person_named(house.archive, username)
    if person is None:
        raise NotFound("Tidak ada akun bernama {name}.", name=username)
    return person


async def _hash(password: str) -> str:
    passwords = Passwords()
    try:
        return await passwords.hash(password)
    finally:
        passwords.close()


def _tell_password(username: str, password: str) -> None:
    say(
        f"Kata sandi {username} hanya ditampilkan sekali ini, dan diganti saat masuk pertama:",
        f"The password of {username} is shown only this once, and is changed at the first sign-in:",
    )
    print(password)
