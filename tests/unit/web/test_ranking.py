"""The ranking of regions: order, bar and figure are one measure."""

from app.domain.contributions.views import RegionRow
from app.web.treasurer.states.today import region_lines


def row(rank: int, region: str, confirmed: int, expected: int) -> RegionRow:
    return RegionRow(rank, region, 1, 1, 0, confirmed * 100, 0, expected * 100)


def test_bars_are_as_long_as_their_amounts_and_nothing_has_no_rank() -> None:
    """1 of 28 in Kisumu is more money than a larger share of 12 in Migori, and its bar is longer."""
    lines = region_lines((row(1, "Kisumu", 500, 14_000), row(2, "Migori", 400, 6_000), row(3, "Busia", 0, 500)), "KES")
    bars = [float(line.whole_percent[:-1]) * float(line.confirmed_percent[:-1]) for line in lines]
    assert bars == sorted(bars, reverse=True)
    assert [line.rank for line in lines] == ["1.", "2.", ""]
    assert lines[0].whole_percent == "100.0%"
    assert region_lines((), "KES") == []
