"""Which system account the embedded database runs as.

PostgreSQL refuses root, rightly. When root starts Siaga we do not create accounts behind its back: an account
`siaga` is used if the administrator made one, else `nobody` (docs/decisions/0002-embedded-postgresql.md).
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siaga.processes.trouble import Trouble, Words

PREFERRED = ("siaga", "nobody")


@dataclass(frozen=True)
class Account:
    """A system account. `is_other` says that it is not the one running this program."""

    name: str
    uid: int
    gid: int
    is_other: bool

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments that make subprocess start a program as this account, without any of our extra groups."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    def owns(self, place: Path) -> None:
        """Hand a file or folder to this account."""
        if self.is_other:
            os.chown(place, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may reach `folder`, judged from the permission bits of every folder above it."""
        return all(self._bit(place, stat.S_IXOTH) for place in (folder, *folder.parents))

    def can_run(self, folder: Path) -> bool:
        """Whether this account may reach `folder` and read and run the programs inside."""
        return self.can_enter(folder) and all(
            self._bit(file, stat.S_IROTH) for file in folder.iterdir() if file.is_file()
        )

    def _bit(self, place: Path, other_bit: int) -> bool:
        facts = place.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & (other_bit << 6))
        if facts.st_gid == self.gid:
            return bool(facts.st_mode & (other_bit << 3))
        return bool(facts.st_mode & other_bit)


def own_name() -> str:
    """The name of the account running this program. Raises Trouble when the machine does not list it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise Trouble(
            Words(
                f"Akun nomor {os.geteuid()} tidak terdaftar di mesin ini, dan PostgreSQL menolaknya. "
                "Daftarkan akun itu di /etc/passwd atau isi DATABASE_URL.",
                f"Account number {os.geteuid()} is not listed on this machine, and PostgreSQL refuses that. "
                "Add it to /etc/passwd or set DATABASE_URL.",
            )
        ) from None


def postgres_account(wanted: str = "") -> Account:
    """The account for the embedded database: ourselves, or when we are root `wanted`, else PREFERRED.

    Raises Trouble when the wanted account does not exist or is root itself.
    """
    if os.geteuid() != 0:
        return Account(own_name(), os.geteuid(), os.getegid(), is_other=False)
    for name in (wanted,) if wanted else PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid, is_other=True)
    raise Trouble(
        Words(
            f"PostgreSQL tidak boleh berjalan sebagai root dan akun {wanted or 'nobody'} tidak ada. "
            "Buat dengan: useradd --system siaga",
            f"PostgreSQL must not run as root and there is no account {wanted or 'nobody'}. "
            "Create one with: useradd --system siaga",
        )
    )
