"""Leaving the group by oneself, on one's own page."""

import reflex as rx

from app.domain.contributions import leaving
from app.domain.contributions.views import LeaveGroup, Settlement
from app.domain.groups import access
from app.kit.i18n import t
from app.web.presenters.amounts import amount
from app.web.screen import Screen
from app.web.session import event


class LeavingState(Screen, rx.State):
    """The dialog is open while `heading` says what is about to happen; `why_not` says what comes first."""

    heading: str = ""
    owes: str = ""
    why_not: str = ""
    _open_minor: int = 0

    @event("account")
    async def start(self):
        self._clear()
        async with self._work() as (session, actor):
            place = await access.my_place(session, actor)
            now = await leaving.my_settlement(session, actor)
            self._open_minor, self.why_not = now.open_minor, what_hinders(now)
            owes = amount(now.open_minor, now.currency)
            self.owes = t("profile.leave_owes", amount=owes) if now.open_minor else ""
            self.heading = t("profile.leave_title", group=place.group_short_name)

    @event("account")
    async def keep(self):
        self._clear()
        self.heading = ""

    @event("account")
    async def leave(self):
        if not self.heading or self.why_not:
            return None
        self._clear()
        async with self._work() as (session, actor):
            await leaving.leave_group(session, actor, LeaveGroup(self._open_minor))
        if self.problem:
            return None
        self.heading = ""
        return rx.redirect("/leave?to=no-group")


def what_hinders(now: Settlement) -> str:
    """Why one can't leave yet, in words; empty when one can."""
    if now.roles:
        return t("profile.leave_role", roles=", ".join(sorted(t(f"role.{role}") for role in now.roles)))
    if now.waiting_count:
        return t("profile.leave_waiting")
    if now.owed_minor:
        return t("profile.leave_owed", amount=amount(now.owed_minor, now.currency))
    return ""
