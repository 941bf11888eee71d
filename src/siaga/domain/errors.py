"""The three families of things that go wrong (house rule 12).

``RuleBroken`` and its kin are expected and shown to the person; ``OutsideFailed`` is retried and counted;
everything else is a bug and may crash.
"""

from __future__ import annotations

from typing import Self


class RuleBroken(Exception):
    """A request the emergency rules refuse. Expected; shown to the person; never a crash.

    ``message`` is the Indonesian sentence (and the key of its translation); ``words`` fill its gaps;
    ``at`` is the name of the field it is about, or empty.
    """

    status = 409

    def __init__(self, message: str, **words: object) -> None:
        super().__init__(message.format(**words) if words else message)
        self.message = message
        self.words = words
        self.at = ""

    def about(self, at: str) -> Self:
        """The same refusal, naming the field of a form that must be corrected."""
        self.at = at
        return self


class NotAllowed(RuleBroken):
    """The person may not do or see this."""

    status = 403


class NotFound(RuleBroken):
    """There is no such thing, or the person may not know that there is."""

    status = 404


class TooBusy(RuleBroken):
    """A bounded queue is full; try again after ``retry_after_seconds``."""

    status = 503
    retry_after_seconds = 1


class OutsideFailed(Exception):
    """A service outside the house did not take what we gave it. Retried, counted and shown."""
