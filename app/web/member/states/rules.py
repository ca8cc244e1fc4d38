"""The group's rules, for every member."""

import reflex as rx

from app.domain.groups import rules
from app.kit.i18n import t
from app.web.presenters.dates import day
from app.web.presenters.rules import sentences
from app.web.screen import Screen
from app.web.session import event


class RulesState(Screen, rx.State):
    kind: str = ""
    lines: list[str] = []
    since: str = ""

    @event("member")
    async def load(self):
        async with self._reading(arrives=True) as (session, actor):
            view = await rules.get_rules(session, actor)
            self.kind, self.lines = t(f"template.{view.template}"), sentences(view)
            self.since = t("rules.since", day=day(view.set_at.date()), version=max(view.version, 1))
            self.phase = "ready"
