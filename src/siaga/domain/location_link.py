"""The link a caller is sent so that his own telephone can say where it is. Short-lived, for one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from siaga.domain.call import Call, Channel
from siaga.domain.caller_history import Reach, reach_of
from siaga.domain.errors import NotAllowed, RuleBroken, TooBusy
from siaga.domain.event import LocationLinkOpened, LocationLinkSent
from siaga.domain.location_rules import LocationRules
from siaga.domain.room_rules import CallerRules

FIX_SECONDS_MIN = 2  # the page tells when he has moved; faster than this is a broken or hostile page
FIXES_MAX = 150  # five minutes at one every two seconds

NO_SIM = "Telepon ini tanpa SIM: SMS tidak bisa sampai."
WITHHELD = "Nomor disembunyikan: SMS tidak bisa dikirim."
NOT_MOBILE = "Nomor ini bukan nomor telepon: SMS tidak bisa dikirim."
NOT_VOICE = "Penelepon ini tidak menelepon: lokasinya datang dari tombol darurat atau pesannya."
NO_GATEWAY = "SMS belum disambungkan di pusat ini."
NO_ADDRESS = "Alamat publik pusat ini belum https: browser penelepon menolak memberi lokasi."
ENOUGH = "Sudah cukup SMS untuk panggilan ini."
JUST_SENT = "SMS baru saja dikirim. Tunggu sebentar."
REFUSAL_LABELS = (NO_SIM, WITHHELD, NOT_MOBILE, NOT_VOICE, NO_GATEWAY, NO_ADDRESS, ENOUGH, JUST_SENT)


class TooFast(TooBusy):
    """The page tells more often than anybody can move."""

    status = 429
    retry_after_seconds = FIX_SECONDS_MIN

    def __init__(self) -> None:
        super().__init__("Terlalu cepat. Lokasi terakhir sudah diterima.")


@dataclass(frozen=True, kw_only=True)
class LocationLink:
    """One link. ``id`` is the short name in its address; the signature beside it is made when it is written."""

    id: str
    call: str
    sent_by: str
    sent_at: datetime
    expires_at: datetime
    opened_at: datetime | None = None
    first_fix_at: datetime | None = None
    last_fix_at: datetime | None = None
    fixes: int = 0
    ended_at: datetime | None = None
    demo: bool = False

    def fact(self) -> LocationLinkSent:
        return LocationLinkSent(link=self.id, call=self.call, by=self.sent_by, at=self.sent_at)

    def opened(self, *, at: datetime) -> tuple[LocationLink, LocationLinkOpened | None]:
        """Its page was asked for. Message programs do that by themselves: it means no more than that."""
        if self.opened_at is not None:
            return self, None
        return replace(self, opened_at=at), LocationLinkOpened(link=self.id, call=self.call, at=at)

    def told(self, *, at: datetime, rules: LocationRules) -> LocationLink:
        """The page says where he is. Raises NotAllowed when its time is over, TooFast."""
        first = self.first_fix_at or at
        if self.ended_at is not None or (self.first_fix_at is None and at > self.expires_at):
            raise NotAllowed("Tautan ini sudah kedaluwarsa. Telepon 112.")
        if (at - first).total_seconds() > rules.share_seconds or self.fixes >= FIXES_MAX:
            raise NotAllowed("Waktu berbagi lokasi sudah selesai. Terima kasih.")
        if self.last_fix_at is not None and (at - self.last_fix_at).total_seconds() < FIX_SECONDS_MIN:
            raise TooFast
        return replace(self, first_fix_at=first, last_fix_at=at, fixes=self.fixes + 1)

    def ended(self, *, at: datetime) -> tuple[LocationLink, LocationLinkOpened]:
        """He does not want to share any more."""
        return replace(self, ended_at=at), LocationLinkOpened(link=self.id, call=self.call, at=at)

    def shares(self, now: datetime, rules: LocationRules) -> bool:
        """Whether the page may still be telling us."""
        if self.first_fix_at is None or self.ended_at is not None:
            return False
        return (now - self.first_fix_at).total_seconds() <= rules.share_seconds


def why_no_link(
    call: Call, links: Sequence[LocationLink], *, rules: LocationRules, callers: CallerRules, gateway: bool,
    public_url: str, now: datetime,
) -> str:  # fmt: skip
    """Why he cannot be sent a link now, in words; empty when he can."""
    if call.channel is not Channel.VOICE and not call.number:
        return NOT_VOICE
    reach = reach_of(call.number, callers)
    if reach is not Reach.NUMBER:
        return NO_SIM if reach is Reach.NO_SIM else WITHHELD
    digits = (call.number or "").lstrip("+")
    if not (digits.isdigit() and 8 <= len(digits) <= 15):
        return NOT_MOBILE
    if not call.demo and not gateway:
        return NO_GATEWAY
    if not public_url.startswith("https://") and not call.demo:
        return NO_ADDRESS
    if len(links) >= rules.links_per_call_max:
        return ENOUGH
    newest = max((link.sent_at for link in links), default=None)
    if newest is not None and now - newest < timedelta(seconds=rules.link_again_seconds):
        return JUST_SENT
    return ""


def new_link(*, id: str, call: Call, by: str, at: datetime, rules: LocationRules) -> LocationLink:
    """A link for this call. Ask `why_no_link` first."""
    if call.number is None:
        raise RuleBroken(WITHHELD)
    return LocationLink(
        id=id, call=call.id, sent_by=by, sent_at=at, expires_at=at + timedelta(minutes=rules.link_minutes),
        demo=call.demo,
    )  # fmt: skip
