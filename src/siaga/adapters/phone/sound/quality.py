"""How well a telephone end is heard, as the number people know: the mean opinion score, 1 to 4.5.

The score is the E-model's (ITU-T G.107, 2015), simplified as by R. G. Cole and J. H. Rosenbluth, "Voice over IP
performance monitoring", ACM SIGCOMM Computer Communication Review 31 (2), 2001: of the impairments only delay and
loss are measured here, every other parameter has G.107's default. It says what the network does to a voice, not
how a headset sounds.
"""

from __future__ import annotations

from dataclasses import replace

from baresip.stats import CallStats

from siaga.adapters.phone.engine import Quality

BASE_R = 93.2  # G.107 table 2: the rating with every parameter at its default
LOSS_WORST = 95.0  # G.107 (7-29): the impairment at total loss
LOSS_ROBUSTNESS = {"G.711": 4.3, "PCMA": 4.3, "PCMU": 4.3, "opus": 25.1}
# Bpl of G.113 table I.4: 4.3 for G.711 without concealment, 25.1 with; Opus, which has none there, conceals at
# least as well. Higher means that the ear suffers less from the same loss.
DELAY_KNEE_MS = 177.3  # Cole and Rosenbluth: beyond this much delay people begin to talk over each other
PACKET_MS = 20.0
CUSHION_MS_MIN = 40.0  # legs.CUSHION_FRAMES_MIN


def mos_of(loss_percent: float, jitter_ms: float, round_trip_ms: float = 0.0, codec: str = "G.711") -> float:
    """The expected opinion score of a voice with this loss (random), jitter and round trip; 1.0 to 4.41.

    Delay is one packet, half the round trip, and a jitter buffer of twice the jitter, at least our cushion.
    """
    delay = PACKET_MS + round_trip_ms / 2 + max(CUSHION_MS_MIN, 2 * jitter_ms)
    rating = BASE_R - 0.024 * delay - 0.11 * max(0.0, delay - DELAY_KNEE_MS)
    rating -= LOSS_WORST * loss_percent / (loss_percent + LOSS_ROBUSTNESS.get(codec, 4.3))
    rating = min(100.0, max(0.0, rating))
    score = 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating)
    return round(min(4.5, max(1.0, score)), 2)


def quality_of(stats: CallStats | None) -> Quality:
    """What the stack has measured of a SIP end. It speaks G.711 only, so that is the codec, A-law or mu-law.

    Its RTCP figures stay zero for peers whose reports it cannot match, while its jitter buffer has seen every gap:
    the worse of the two is believed. What the far end hears stands in the far end's own reports alone.
    """
    if stats is None:
        return Quality(codec="G.711")
    there = heard_there(stats.tx_lost, stats.tx_packets, stats.tx_jitter_ms, stats.rtt_ms)
    if not stats.rx_packets:
        return replace(there, codec="G.711")
    lost = max(stats.rx_lost, stats.jbuf_lost or 0)
    jitter_ms = max(stats.rx_jitter_ms, float(stats.jbuf_jitter_ms or 0))
    return both_ways(measured(lost, stats.rx_packets, jitter_ms, stats.rtt_ms, "G.711"), there)


def both_ways(here: Quality, there: Quality) -> Quality:
    """What we hear, with what the far end hears."""
    return replace(
        here,
        far_loss_percent=there.far_loss_percent,
        far_jitter_ms=there.far_jitter_ms,
        far_mos=there.far_mos,
    )


def heard_there(lost: int, sent: int, jitter_ms: float, round_trip_ms: float) -> Quality:
    """What the far end says of our sound. It reports jitter from the first packet on: nothing at all is no report."""
    if not sent or (not lost and not jitter_ms):
        return Quality()
    loss = 100 * min(lost, sent) / sent
    score = mos_of(loss, jitter_ms, round_trip_ms)
    return Quality(far_loss_percent=round(loss, 2), far_jitter_ms=round(jitter_ms, 1), far_mos=score)


def measured(lost: int, came: int, jitter_ms: float, round_trip_ms: float, codec: str) -> Quality:
    """A quality from packet counts. ``lost`` may be negative when packets came twice (RFC 3550): that is no loss."""
    lost = max(0, lost)
    loss = 100 * lost / (lost + came)
    score = mos_of(loss, jitter_ms, round_trip_ms, codec)
    return Quality(round(loss, 2), round(jitter_ms, 1), score, codec)
