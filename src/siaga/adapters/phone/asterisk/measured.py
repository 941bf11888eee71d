"""How well the exchange hears an end, as it measures it itself (`rtp_statistics`)."""

from __future__ import annotations

from collections.abc import Mapping

from siaga.adapters.phone.asterisk.ari import Ari, AriAway, AriRefused
from siaga.adapters.phone.asterisk.options import MEASURED_PACKETS_MIN
from siaga.adapters.phone.engine import Quality
from siaga.adapters.phone.sound.quality import both_ways, heard_there, measured

CODEC = "G.711"  # what the recipe lets the exchange agree on; it does not say which one it was


async def quality_at(ari: Ari, channel: str) -> Quality:
    """The quality of a channel of the exchange; unknown while it cannot say."""
    try:
        said = await ari.ask("GET", "channels", channel, "rtp_statistics")
    except (AriAway, AriRefused):
        return Quality(codec=CODEC)
    return quality_in(said)


def quality_in(said: object) -> Quality:
    """From an RTPstat of ARI. It gives jitter and round trip in seconds."""
    if not isinstance(said, Mapping):
        return Quality(codec=CODEC)
    came, lost = _figure(said, "rxcount"), _figure(said, "rxploss")
    if came < MEASURED_PACKETS_MIN:
        return Quality(codec=CODEC)
    rtt = 1000 * _figure(said, "rtt")
    here = measured(int(lost), int(came), 1000 * _figure(said, "rxjitter"), rtt, CODEC)
    sent, lost_there = _figure(said, "txcount"), _figure(said, "txploss")
    return both_ways(here, heard_there(int(lost_there), int(sent), 1000 * _figure(said, "txjitter"), rtt))


def _figure(said: Mapping[str, object], name: str) -> float:
    value = said.get(name)
    return max(0.0, float(value)) if isinstance(value, int | float) else 0.0
