"""The group's rules, for every member."""

import reflex as rx

from app.domain.cashbook.reading import held_for_me
from app.domain.groups import rules
from app.domain.groups.approvals import list_approval_rules
from app.domain.groups.late_rules import get_late_rule
from app.domain.welfare.schemes import get_scheme
from app.kit.i18n import t
from app.web.place import PlaceState
from app.web.presenters.dates import day_of
from app.web.presenters.late import late_sentences
from app.web.presenters.rules import approvals, in_use, sentences, shown
from app.web.presenters.welfare import sentences as welfare_sentences
from app.web.screen import Screen
from app.web.session import event


class RulesState(Screen, rx.State):
    kind: str = ""
    lines: list[str] = []
    late: list[str] = []
    signing: list[str] = []
    welfare: list[str] = []
    since: str = ""

    @event("member")
    async def load(self):
        async with self._reading(arrives=True) as (session, actor):
            view = await rules.get_rules(session, actor)
            self.kind, self.lines = t(f"template.{view.template}"), sentences(view)
            self.late = late_sentences(await get_late_rule(session, actor), view.currency)
            found, mine = await list_approval_rules(session, actor), await held_for_me(session, actor)
            has = (await self.get_state(PlaceState)).has
            self.signing = approvals(in_use(shown(found, holds_savings=mine.holds_savings), has), view.currency)
            scheme = await get_scheme(session, actor)
            self.welfare = welfare_sentences(scheme.scheme, scheme.currency)
            self.since = t("rules.since", day=day_of(view.set_at), version=max(view.version, 1))
            self.phase = "ready"
