"""Whom to tell in an agency, on which rung of its ladder, by which address. Personal data, erasable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One address of one person on duty. ``rung`` 0 is called first; ``address`` is a channel's URL."""

    id: str
    agency: str
    rung: int
    name: str
    address: str
    active: bool = True

    @property
    def channel(self) -> str:
        """The kind of channel, without its secrets: the scheme of the address."""
        return self.address.partition("://")[0]
