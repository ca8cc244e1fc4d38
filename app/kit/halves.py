"""Many things in one transaction, where one that is refused doesn't spoil the rest."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from app.kit.db import Session
from app.kit.errors import DomainError

T = TypeVar("T")
R = TypeVar("R")


async def in_halves(
    session: Session, things: Sequence[T], act: Callable[[Sequence[T]], Awaitable[list[R]]]
) -> list[R | DomainError]:
    """A result for each thing, in their order: what `act` gives for it, or why it was refused.

    `act` does all or nothing. Where it raises a DomainError all of it is rolled back, and each half is tried for
    itself, down to the thing that is refused: about twice log2 of their number of attempts for each. It reads rows
    anew, because they are as they were before.
    """
    try:
        async with session.begin_nested():
            return [*await act(things)]
    except DomainError as error:
        if len(things) == 1:
            return [error]
    half = len(things) // 2
    return [*await in_halves(session, things[:half], act), *await in_halves(session, things[half:], act)]
