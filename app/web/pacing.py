"""How many events and pages the visitors of a public demo may send and open: per visitor, and all together."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reflex.app import EventNamespace

EACH, EACH_AT_ONCE = 15.0, 120.0
ALL, ALL_AT_ONCE = 100.0, 400.0
OWN, OWN_AT_ONCE = 1.0, 30.0
"""Events per second, and how many may come at once after a rest. Within OWN a visitor's are taken however much the
others send: those who send more share ALL."""
CAME = "sanduk.came"
"""In what is kept of a socket's handshake."""
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


@dataclass(slots=True)
class Visitor:
    each: Bucket = field(default_factory=lambda: Bucket(EACH, EACH_AT_ONCE))
    own: Bucket = field(default_factory=lambda: Bucket(OWN, OWN_AT_ONCE))


class Pace:
    """Whether one more event of a visitor is taken."""

    def __init__(self) -> None:
        self._all = Bucket(ALL, ALL_AT_ONCE)
        self._each: OrderedDict[str, Visitor] = OrderedDict()

    def takes(self, visitor: str) -> bool:
        found = self._each.setdefault(visitor, Visitor())
        self._each.move_to_end(visitor)
        while len(self._each) > VISITORS:
            self._each.popitem(last=False)
        return found.each.take() and (found.own.take() or self._all.take())


def keep_pace(namespace: EventNamespace | None, visitor_of: Callable[[str], str], has_room: Callable[[], bool]) -> None:
    """Drop the events that come too fast. `visitor_of` names the visitor of a socket's id.

    A socket opens one page, where there is room: one that leaves and comes again on the same wire, which was counted
    once, would be given another page's state each time.
    """
    assert namespace is not None
    take, connect, pace = namespace.on_event, namespace.on_connect, Pace()

    async def on_event(sid: str, data: Any = None) -> None:
        if pace.takes(visitor_of(sid)):
            await take(sid, data)

    async def on_connect(sid: str, environ: dict[str, Any], auth: Any = None) -> bool | None:
        if CAME in environ or not has_room():
            return False
        environ[CAME] = True
        return await connect(sid, environ, auth)

    namespace.on_event = on_event  # pyright: ignore[reportAttributeAccessIssue]
    namespace.on_connect = on_connect  # pyright: ignore[reportAttributeAccessIssue]
