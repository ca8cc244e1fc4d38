"""One's own notifications, and the bell of pages that are not live themselves."""

from uuid import UUID

import reflex as rx

from app.domain.groups import inbox
from app.domain.groups.inbox import MOST, PAGE
from app.domain.groups.permissions import Permission
from app.domain.notifications.views import WAITING, NotificationView
from app.domain.payments import reading as payments
from app.kit.actor import Actor
from app.kit.db import Session
from app.web import session as web_session
from app.web.place import PlaceState, load_place, show_place
from app.web.presenters.notices import NoticeRow, notice_row, place_of
from app.web.screen import Screen
from app.web.session import event


class BellState(Screen, rx.State):
    @event("member")
    async def refresh(self):
        """Something changed in the group."""
        async with self._refreshing():
            pass


class NoticesState(Screen, rx.State):
    rows: list[NoticeRow] = []
    has_new: bool = False
    has_more: bool = False
    _places: dict[str, str] = {}

    @event("member")
    async def load(self):
        await load_place(self)
        self.rows = []
        await self._read(PAGE)

    @event("member")
    async def refresh(self):
        """Something changed in the group: as many as are shown."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor, max(PAGE, len(self.rows)))

    @event("member")
    async def more(self):
        if self.has_more:
            await self._read(len(self.rows) + PAGE)

    async def _read(self, limit: int) -> None:
        async with self._reading() as (session, actor):
            await self._show(session, actor, limit)

    async def _show(self, session: Session, actor: Actor, limit: int) -> None:
        limit = min(limit, MOST)
        found = await inbox.list_my_notifications(session, actor, limit=limit)
        at_desk = (await web_session.current(self)).role != "member"
        is_over = await self._is_over(session, actor, found)
        self.rows = [notice_row(view, is_over=is_over and view.kind == WAITING) for view in found]
        self._places = {str(view.id): place_of(view, at_desk=at_desk) for view in found}
        self.has_new = any(row.is_new for row in self.rows)
        self.has_more = len(found) == limit < MOST
        self.phase = "ready" if found else "empty"

    async def _is_over(self, session: Session, actor: Actor, found: list[NotificationView]) -> bool:
        """Whether something was said to wait and nothing does, as when its sender took it back. It is read then."""
        rights = (await self.get_state(PlaceState)).rights
        if not any(view.kind == WAITING for view in found) or Permission.READ_GROUP.value not in rights:
            return False
        if await payments.count_to_confirm(session, actor):
            return False
        await inbox.read_waiting_notification(session, actor)
        await show_place(self, session, actor)
        return True

    @event("member")
    async def open(self, notice_id: str):
        """It is read now; on to what it is about."""
        place = self._places.get(notice_id)
        if place is None:
            return None
        async with self._work() as (session, actor):
            await inbox.read_notification(session, actor, UUID(notice_id))
        return rx.redirect(place)

    @event("member")
    async def read_all(self):
        async with self._work() as (session, actor):
            await inbox.read_all_notifications(session, actor)
            await show_place(self, session, actor)
            await self._show(session, actor, len(self.rows))
