"""What pictures draw stands where it belongs, and nothing leaves the frame."""

from __future__ import annotations

from customs_sim.console.bars import LEAST, stacked, use_of
from customs_sim.console.chart import FLOOR, PRESENT, TOP, chart
from customs_sim.console.hours import hours
from customs_sim.ledger.history import LedgerLine
from customs_sim.ledger.rows import Guarantee

DAY = 86_400_000_000
NOW = 1_795_000_000_000_000


def line(number: int, days: float, debit: str, credit: str, amount: int) -> LedgerLine:
    return LedgerLine(
        id=number, group=number, at=NOW - int(days * DAY), event="occupied", debit=debit,
        credit=credit, amount=amount, enterprise="E", number="G", related="", code="", balance=0,
        ref="", statement=0,
    )  # fmt: skip


LINES = [
    line(1, 100, "limit:G", "avail:G", 1000),
    line(2, 50, "avail:G", "used:G", 300),
    line(3, 49, "avail:G", "used:G", 200),
    line(4, 1, "used:G", "avail:G", 500),
]


def test_a_chart_has_its_events_as_spots_and_near_ones_as_one() -> None:
    drawn = chart(LINES, "G", NOW)
    assert drawn
    assert [tuple(each.id for each in spot.lines) for spot in drawn.spots] == [(1,), (2, 3), (4,)]
    assert {curve.kind: curve.last for curve in drawn.curves} == {
        "limit": 1000,
        "avail": 1000,
        "used": 0,
    }
    assert all(0 <= spot.x <= PRESENT and TOP <= spot.y <= FLOOR for spot in drawn.spots)
    assert drawn.end is None
    assert drawn.asked is None
    assert chart([], "G", NOW) is None


def test_what_is_to_come_stands_behind_now_and_what_is_past_at_its_place() -> None:
    ahead = chart(LINES, "G", NOW, ends=NOW + 400 * DAY, asked=2000)
    assert ahead
    assert ahead.end is not None
    assert PRESENT < ahead.end < 100
    assert not ahead.scaled
    assert ahead.asked == TOP  # the highest of all
    past = chart(LINES, "G", NOW, ends=NOW - 50 * DAY)
    assert past
    assert past.scaled
    assert past.end == past.spots[1].x


def test_bars_share_one_scale_and_every_part_can_be_hit() -> None:
    first, second, none = stacked([[990, 5, 0, 5], [10, 0, 0, 0], [0, 0, 0, 0]])
    assert [part.place for part in first] == [0, 1, 3]
    assert all(part.width >= LEAST * 0.8 for part in (*first, *second))
    assert round(first[-1].x + first[-1].width) == 100
    assert first[0].width > 10 * second[0].width
    assert none == ()
    assert stacked([]) == ()


def test_the_use_of_a_guarantee_warns_from_ninety_per_cent_of_what_it_can_secure() -> None:
    row = Guarantee(
        gasr_no="G", enterprise="E", customs="0100", mode="1", seq_no="S", limit=1000,
        returned=200, used=719,
    )  # fmt: skip
    assert use_of(row).percent == 89
    assert not use_of(row).warns
    full = Guarantee(
        gasr_no="G", enterprise="E", customs="0100", mode="1", seq_no="S", limit=1000,
        returned=200, used=720,
    )  # fmt: skip
    assert use_of(full).warns
    assert [share.kind for share in use_of(full).shares] == ["used", "avail", "returned"]
    assert round(sum(share.width for share in use_of(full).shares), 6) == 100


def test_two_lines_stand_on_one_grid() -> None:
    drawn = hours([0, 3, *[0] * 22], [0, 1, *[0] * 22])
    assert [level[1] for level in drawn.levels] == [0, 2, 4]
    assert drawn.spots[1].y_filed < drawn.spots[1].y_decided < drawn.floor
    assert len(drawn.filed.split()) == 24
