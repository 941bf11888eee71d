"""Wrong passwords: each one more from the same account and address must wait longer. Nobody is locked out.

The pause is per account *and* address, so that a stranger cannot keep a call taker out by guessing from elsewhere;
sessions that are open, calls, panic presses and screens never pass through here.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from siaga.domain.errors import TooBusy

FREE_TRIES = 4  # a tired person's typing errors cost nothing
PAUSE_SECONDS_MAX = 60  # a guesser gets 1,440 tries a day and account; a person waits a minute at worst
FORGET_AFTER = timedelta(hours=1)
REMEMBERED_MAX = 20_000  # accounts x addresses; the oldest is forgotten first
ADDRESS_TRIES_MAX = (
    60  # wrong tries of one address in an hour, whatever the accounts: no office has that many
)


class TooManyTries(TooBusy):
    """Wait before the next try."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("Terlalu banyak percobaan. Coba lagi dalam {seconds} detik.", seconds=seconds)
        self.retry_after_seconds = seconds


@dataclass(slots=True)
class _Tries:
    wrong: int
    last: datetime


class Attempts:
    """Remembers wrong tries in this process."""

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[str, str], _Tries] = OrderedDict()

    def check(self, username: str, address: str, now: datetime) -> None:
        """Raises TooManyTries while the pause lasts."""
        left = max(
            self._seconds_left(("account", f"{username}@{address}"), FREE_TRIES, now),
            self._seconds_left(("address", address), ADDRESS_TRIES_MAX, now),
        )
        if left > 0:
            raise TooManyTries(left)

    def wrong(self, username: str, address: str, now: datetime) -> None:
        """Another wrong try."""
        for key in (("account", f"{username}@{address}"), ("address", address)):
            known = self._tries.get(key)
            fresh = known is None or now - known.last > FORGET_AFTER
            self._tries[key] = _Tries(1 if fresh or known is None else known.wrong + 1, now)
            self._tries.move_to_end(key)
        while len(self._tries) > REMEMBERED_MAX:
            self._tries.popitem(last=False)

    def right(self, username: str, address: str) -> None:
        """The right password clears the account's count, not the address's."""
        self._tries.pop(("account", f"{username}@{address}"), None)

    def _seconds_left(self, key: tuple[str, str], free: int, now: datetime) -> int:
        known = self._tries.get(key)
        if known is None or known.wrong < free or now - known.last > FORGET_AFTER:
            return 0
        pause = min(2 ** min(known.wrong - free, 10), PAUSE_SECONDS_MAX)
        return int(pause - (now - known.last).total_seconds() + 0.999)
