"""The Reflex application: pages, the gate before every event, the HTTP side beside them."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.utils.format import format_event_handler
from starlette.requests import HTTPConnection

from app import wiring
from app.api.app import api
from app.api.bounds import kept
from app.api.limiting import client_address, network_of
from app.api.tidying import tidy
from app.kit.config import settings
from app.kit.i18n import t
from app.kit.logs import bound_log
from app.kit.memory import settle
from app.web.components.trouble import WRAPS
from app.web.counting import Counted
from app.web.gallery import gallery
from app.web.live import hub
from app.web.pacing import keep_pace
from app.web.public.missing import missing
from app.web.reports import report_page, take_only_events
from app.web.routes import LIVE, OWN, PAGES
from app.web.session import Gate
from app.web.theme.tokens import LIGHT

bound_log()
wiring.register()
wiring.observe(settings())
log = logging.getLogger("sanduk.web")


def report(exception: Exception) -> rx.event.EventSpec:
    """A defect: its trace goes to the log, the person to a page that says what is safe."""
    log.error("event failed", exc_info=exception)
    return rx.redirect("/leave?to=trouble")


def bound_demo(served: rx.App) -> None:
    """Anybody may come to a public demo: bound what the pages of all visitors may use up."""

    def visitor_of(sid: str) -> str:
        assert served.sio is not None
        environ = served.sio.get_environ(sid, "/_event") or {}
        scope = environ.get("asgi.scope")
        return network_of(client_address(HTTPConnection(scope))) if scope else ""

    manager = served.state_manager
    if isinstance(manager, StateManagerMemory):
        kept.count = lambda: len(manager.states)
    keep_pace(served.event_namespace, visitor_of, kept.has_room)


app = rx.App(
    theme=None,
    toaster=None,
    api_transformer=api,
    stylesheets=[],
    head_components=[
        rx.el.link(rel="stylesheet", href="/sanduk.css"),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(rel="manifest", href="/manifest.json"),
        rx.el.meta(name="theme-color", content=LIGHT["box"]),
        rx.el.script(src="/theme.js"),
        rx.el.script(src="/sanduk.js", defer=True),
        rx.el.script(src="/seen.js", defer=True),
    ],
    html_lang=t("language.code"),
    backend_exception_handler=report,
    frontend_exception_handler=report_page,
    app_wraps=WRAPS,
)
app.add_middleware(Gate(), index=0)
app.add_middleware(Counted(), index=0)
take_only_events(app.event_namespace)
if settings().is_demo:
    bound_demo(app)
else:
    app.register_lifespan_task(tidy)
hub.serve({address: format_event_handler(handler) for address, handler in LIVE.items()}, OWN)


@asynccontextmanager
async def live_pages() -> AsyncIterator[None]:
    """While this process serves, its open pages hear of changes."""
    chosen = wiring.services().settings
    hub.attach(app, chosen.cookie_name)
    settle()
    async with hub.listening(chosen.database_listen_url or chosen.database_url):
        yield
    await wiring.services().database.close()


app.register_lifespan_task(live_pages)
for route, page, title, on_load in PAGES:
    app.add_page(page, route=route, title=f"{t(title)} · Sanduk", description=t("landing.lead"), on_load=on_load)
app.add_page(missing, route="404", title=f"{t('missing.title')} · Sanduk")
if not settings().is_production:
    app.add_page(gallery, route="/gallery", title="Components · Sanduk")
