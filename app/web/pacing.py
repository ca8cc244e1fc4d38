"""How many events the visitors of a public demo may send: per visitor, and all together."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reflex.app import EventNamespace

EACH, EACH_AT_ONCE = 15.0, 120.0
ALL, ALL_AT_ONCE = 100.0, 400.0
"""Events per second, and how many may come at once after a rest."""
VISITORS = 10_000
"""Of whom this process remembers how much they sent; the one heard longest ago is forgotten first."""


@dataclass(slots=True)
class Bucket:
    rate: float
    size: float
    _left: float = field(init=False)
    _at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._left = self.size

    def take(self) -> bool:
        now = time.monotonic()
        self._left, self._at = min(self.size, self._left + (now - self._at) * self.rate), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Pace:
    """Whether one more event of a visitor is taken."""

    def __init__(self) -> None:
        self._all = Bucket(ALL, ALL_AT_ONCE)
        self._each: OrderedDict[str, Bucket] = OrderedDict()

    def takes(self, visitor: str) -> bool:
        bucket = self._each.setdefault(visitor, Bucket(EACH, EACH_AT_ONCE))
        self._each.move_to_end(visitor)
        while len(self._each) > VISITORS:
            self._each.popitem(last=False)
        return bucket.take() and self._all.take()


def keep_pace(namespace: EventNamespace | None, visitor_of: Callable[[str], str]) -> None:
    """Drop the events that come too fast. `visitor_of` names the visitor of a socket's id."""
    assert namespace is not None
    inner, pace = namespace.on_event, Pace()

    async def on_event(sid: str, data: Any = None) -> None:
        if pace.takes(visitor_of(sid)):
            await inner(sid, data)

    namespace.on_event = on_event  # pyright: ignore[reportAttributeAccessIssue]
