"""Where one is and as whom: the group and the role in which a session acts. Plain forms, full page loads."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app import wiring
from app.api.current import session_of
from app.api.html import page
from app.domain.groups import access
from app.domain.groups.views import MyGroup
from app.domain.identity import sessions
from app.domain.identity.views import SessionView
from app.kit.actor import NOBODY, Actor
from app.kit.db import Session

router = APIRouter()
SEE_OTHER = 303
NEVER_KEPT = {"cache-control": "no-store"}
HOMES = {"treasurer": "/today", "admin": "/today", "auditor": "/today", "member": "/home", "staff": "/staff"}
"""The acting roles, in the order in which a group's first one is chosen, and where each begins."""


@dataclass(frozen=True, slots=True)
class Place:
    group_id: UUID | None = None
    role: str | None = None

    @property
    def home(self) -> str:
        return HOMES.get(self.role or "", "/no-group")


def is_open(place: Place, found: SessionView, groups: list[MyGroup]) -> bool:
    """Whether the person may act there now."""
    if place.role == "staff":
        return found.is_staff and place.group_id is None
    return place.role in HOMES and any(one.group_id == place.group_id and place.role in one.roles for one in groups)


def first_place(found: SessionView, groups: list[MyGroup]) -> Place:
    """The first group by name, in its first office; then the platform; then nowhere."""
    if groups:
        return Place(groups[0].group_id, next(role for role in HOMES if role in groups[0].roles))
    return Place(None, "staff") if found.is_staff else Place()


async def settle(session: Session, found: SessionView, wanted: Place | None = None) -> Place:
    """Where it is wanted, else where it is, else its first place: wherever the person may act now."""
    groups = await access.list_my_groups(session, Actor(person_id=found.person_id))
    now = Place(found.group_id, found.role)
    for place in (wanted, now):
        if place is not None and is_open(place, found, groups):
            break
    else:
        place = first_place(found, groups)
    if place != now:
        await sessions.set_place(session, found.id, place.group_id, place.role)
    return place


@router.get("/start")
async def start(request: Request) -> RedirectResponse:
    """Where the session was left, or its first place when that is closed to it; the sign-in page without one."""
    async with wiring.services().database.transaction(NOBODY) as session:
        found = await session_of(session, request)
        address = (await settle(session, found)).home if found else "/sign-in"
    return RedirectResponse(address, SEE_OTHER, headers=NEVER_KEPT)


@router.post("/session/place")
async def choose_place(request: Request, role: str = Form(""), group: str = Form("")) -> RedirectResponse:
    """Act in another role or group; without a group, in the present one. What one does not have changes nothing."""
    async with wiring.services().database.transaction(NOBODY) as session:
        found = await session_of(session, request)
        if found is None:
            return RedirectResponse("/sign-in", SEE_OTHER)
        place = await settle(session, found, _wanted(found, role, group))
    return RedirectResponse(place.home, SEE_OTHER, headers=NEVER_KEPT)


def _wanted(found: SessionView, role: str, group: str) -> Place | None:
    if role == "staff":
        return Place(None, role)
    try:
        return Place(UUID(group) if group else found.group_id, role)
    except ValueError:
        return None


@router.get("/unreachable")
async def unreachable() -> HTMLResponse:
    return page("unreachable.html", status=503)
