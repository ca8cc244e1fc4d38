"""Events of the pages, counted by handler before anything else looks at them."""

import reflex as rx
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState
from reflex_base.event import Event

from app.kit.metrics import EVENTS
from app.web.session import INTERNAL, role_needed


class Counted(Middleware):
    """Names that no page has are counted together: a client can send any."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> None:  # noqa: ARG002
        EVENTS.labels(event.name if event.name in INTERNAL or role_needed(event.name) else "other").inc()
