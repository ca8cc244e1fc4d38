"""One amount over several dues."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.payments.rules import spread

AMOUNTS = st.integers(1, 10**6)
OPEN = st.lists(AMOUNTS, min_size=1, max_size=8).map(lambda some: [(UUID(int=n), left) for n, left in enumerate(some)])


@given(AMOUNTS, OPEN)
def test_nothing_is_made_or_lost_and_each_is_filled_in_turn(amount: int, dues: list[tuple[UUID, int]]) -> None:
    parts = spread(amount, dues)
    assert sum(part for _, part in parts) == amount
    assert [claim for claim, _ in parts] == [claim for claim, _ in dues[: len(parts)]]
    assert all(part > 0 for _, part in parts)
    assert all(part == left for (_, part), (_, left) in zip(parts[:-1], dues, strict=False))
    assert parts[-1][1] <= dues[len(parts) - 1][1] or len(parts) == len(dues)


def test_of_nothing_paid_the_first_due_hears() -> None:
    assert spread(0, [(UUID(int=1), 500), (UUID(int=2), 500)]) == [(UUID(int=1), 0)]
