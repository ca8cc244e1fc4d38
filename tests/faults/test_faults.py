"""The faults that take seconds, small, in the main suite. `./sanduk test faults` runs them all at length."""

from collections.abc import Callable

import pytest

from tests.faults import crashes, races, recovering, tampering, upgrading
from tests.faults.report import Control, Outcome

SHORT: dict[str, Callable[[], Outcome]] = {
    "F1": lambda: crashes.database_killed(1),
    "F2": lambda: crashes.client_killed(2),
    "F3": lambda: crashes.network_cut(1),
    "F6": lambda: races.identical(32),
    "F7": lambda: races.withdrawals(16),
    "F8": lambda: races.approvers(10),
    "F10": recovering.restored,
    "F11": tampering.edited,
    "F12": tampering.rewritten,
    "F15": lambda: upgrading.migrated(200),
}


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # killed servers leave their process objects
@pytest.mark.parametrize("fault", SHORT)
def test_the_books_survive(fault: str) -> None:
    outcome = SHORT[fault]()
    assert outcome.right, outcome.lines()
    assert outcome.acknowledged > 0


def test_a_control_that_does_not_fail_is_wrong() -> None:
    outcome = Outcome("F0", "nothing", controls=[Control("nothing dropped", failed=False, shown="as before")])
    assert not outcome.right
    assert "DOES NOT FAIL" in outcome.lines()


@pytest.mark.parametrize("harm", [{"lost": 1}, {"doubled": 1}, {"verify": "entry 3: hash"}, {"wrong": ["a gap"]}])
def test_what_is_lost_doubled_or_broken_is_wrong(harm: dict[str, object]) -> None:
    assert Outcome("F0", "nothing").right
    outcome = Outcome("F0", "nothing", **harm)  # type: ignore[arg-type]
    assert not outcome.right
    assert outcome.as_json()["right"] is False
