"""The opinion score: what is known about G.711 must come out, and worse must be worse."""

from __future__ import annotations

import pytest
from baresip.stats import CallStats
from hypothesis import given
from hypothesis import strategies as st

from siaga.adapters.phone.engine import Quality
from siaga.adapters.phone.sound.quality import measured, mos_of, quality_of

LOSS = st.floats(0, 100)
JITTER = st.floats(0, 500)


@pytest.mark.parametrize(
    ("loss", "jitter", "round_trip", "codec", "score"),
    [
        (0.0, 0.0, 0.0, "G.711", 4.38),  # R 91.8: "very satisfied" begins at 90 (G.107, annex B)
        (0.0, 0.0, 400.0, "G.711", 3.94),  # satellite-like delay alone
        (2.0, 5.0, 40.0, "G.711", 3.16),  # without concealment two in a hundred are plainly heard
        (2.0, 5.0, 40.0, "opus", 4.17),
        (20.0, 50.0, 300.0, "G.711", 1.0),
    ],
)
def test_scores_worked_out_by_hand(
    loss: float, jitter: float, round_trip: float, codec: str, score: float
) -> None:
    assert mos_of(loss, jitter, round_trip, codec) == pytest.approx(score, abs=0.01)


@given(LOSS, LOSS, JITTER, JITTER)
def test_worse_is_never_better(loss: float, more_loss: float, jitter: float, more_jitter: float) -> None:
    better = mos_of(min(loss, more_loss), min(jitter, more_jitter))
    worse = mos_of(max(loss, more_loss), max(jitter, more_jitter))

    assert 1.0 <= worse <= better <= 4.5


def test_loss_is_a_share_of_all_that_was_sent_and_packets_that_came_twice_are_none_lost() -> None:
    assert measured(5, 95, 2.04, 0.0, "G.711").loss_percent == 5.0
    assert measured(-3, 100, 2.04, 0.0, "G.711") == Quality(0.0, 2.0, mos_of(0.0, 2.04), "G.711")


def test_what_he_hears_stands_in_his_own_reports_and_nowhere_else() -> None:
    silent = quality_of(CallStats(rx_packets=90, tx_packets=100))
    assert (silent.far_loss_percent, silent.far_mos) == (None, None)
    told = quality_of(CallStats(rx_packets=90, tx_packets=100, tx_lost=10, tx_jitter_ms=3.0))
    assert (told.far_loss_percent, told.far_jitter_ms, told.far_mos) == (10.0, 3.0, mos_of(10.0, 3.0))
    assert told.loss_percent == 0.0
    assert quality_of(CallStats(tx_packets=10, tx_lost=99)).far_loss_percent == 100.0


def test_of_the_stacks_two_counts_the_worse_is_believed() -> None:
    assert quality_of(None) == Quality(codec="G.711")
    assert quality_of(CallStats()) == Quality(codec="G.711")
    assert quality_of(CallStats(rx_packets=90, jbuf_lost=10, jbuf_jitter_ms=7)).loss_percent == 10.0
    assert quality_of(CallStats(rx_packets=90, rx_lost=10, rx_jitter_ms=7.0)).jitter_ms == 7.0
