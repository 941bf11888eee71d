"""Passwords: hashed slowly on purpose (argon2id), in few threads, so that a flood of guesses cannot eat the machine."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from siaga.domain.errors import RuleBroken, TooBusy

CHARACTERS_MIN = (
    10  # with argon2id and a growing pause, ten characters nobody publishes hold for years (NIST 800-63B)
)
CHARACTERS_MAX = 128  # argon2 hashes any length; this only bounds what a request may make us read
THREADS = 2  # each verification takes 64 MiB and some 50 ms; two at once leave the loop and the memory alone
WAITING_MAX = (
    40  # a shift change signs in some twenty people; beyond this the queue would outlast their patience
)
GENERATED_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no l, 1, i, o, 0: it is read from a terminal
GENERATED_CHARACTERS = 12  # 59 bits


class Passwords:
    """Hashes and checks passwords. One per process."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = (
            hasher or PasswordHasher()
        )  # the library's defaults are RFC 9106's second choice: 64 MiB
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises TooBusy."""
        made: str = await self._apart(self._hasher.hash, password)
        return made

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password belongs to the hash. ``None`` (no such account) takes as long and is never right."""
        if password_hash is None:
            if self._nobody is None:
                self._nobody = await self.hash(secrets.token_urlsafe())
            await self._apart(self._verify, self._nobody, password)
            return False
        right: bool = await self._apart(self._verify, password_hash, password)
        return right

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _apart(self, work: Any, *given: str) -> Any:
        if self._waiting >= WAITING_MAX:
            raise TooBusy("Banyak yang masuk bersamaan. Coba lagi sebentar.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)
        finally:
            self._waiting -= 1


def check_strength(password: str, username: str) -> str:
    """The password if it may be used; refuses in words what may not."""
    if len(password) < CHARACTERS_MIN:
        raise RuleBroken("Kata sandi terlalu pendek: paling sedikit {min} huruf.", min=CHARACTERS_MIN)
    if len(password) > CHARACTERS_MAX:
        raise RuleBroken("Kata sandi terlalu panjang: paling banyak {max} huruf.", max=CHARACTERS_MAX)
    if username and username.lower() in password.lower():
        raise RuleBroken("Kata sandi tidak boleh memuat nama akun.")
    if len(set(password)) < CHARACTERS_MIN // 2:
        raise RuleBroken("Kata sandi terlalu mudah ditebak: pakai lebih banyak huruf yang berbeda.")
    return password


def generated() -> str:
    """A random password a person can read and type."""
    letters = [secrets.choice(GENERATED_ALPHABET) for _ in range(GENERATED_CHARACTERS)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, GENERATED_CHARACTERS, 4))
