"""Groups, for platform staff: names and counts, never amounts; open a group and name its first admin."""

from dataclasses import dataclass

import reflex as rx

from app.domain.groups import service
from app.domain.groups.countries import COUNTRIES
from app.domain.groups.views import CreateGroup
from app.kit.errors import DomainError, Faults
from app.kit.i18n import t
from app.kit.money import parse_amount
from app.web.place import load_places
from app.web.presenters.dates import day_of
from app.web.screen import FormScreen
from app.web.session import event

FIELDS = ("name", "short_name", "pay_to", "admin_phone", "admin_member_no", "admin_name", "amount")
"""What is typed; each shows its own fault."""


@dataclass(frozen=True)
class GroupRow:
    id: str
    name: str
    code: str
    template: str
    members: str
    opened: str


class GroupsState(FormScreen, rx.State):
    rows: list[GroupRow] = []
    is_opening: bool = False
    values: dict[str, str] = {}
    problems: dict[str, str] = dict.fromkeys(FIELDS, "")

    def _fail(self, error: DomainError) -> None:
        """What is at none of the fields stands on top."""
        super()._fail(error)
        if self.problem_field not in FIELDS:
            self.problem_field = ""

    @event("staff")
    async def load(self):
        await load_places(self)
        self._clear()
        self.is_opening = False
        await self._list()

    async def _list(self) -> None:
        async with self._reading() as (session, actor):
            found = await service.list_groups(session, actor)
            self.rows = [
                GroupRow(
                    id=str(view.id),
                    name=view.name,
                    code=view.code,
                    template=t(f"template.{view.template}"),
                    members=str(view.members),
                    opened=day_of(view.created_at),
                )
                for view in found
            ]
            self.phase = "ready" if self.rows else "empty"

    @event("staff")
    async def start(self):
        self._clear()
        self._new_form()
        self.is_opening, self.values = True, {}

    @event("staff")
    async def leave(self):
        self._clear()
        self.is_opening = False

    @event("staff")
    async def open_group(self, form: dict[str, str]):
        self._clear()
        self.values = {str(key)[:40]: str(value)[:200] for key, value in list(form.items())[:12]}

        def value(name: str) -> str:
            return self.values.get(name, "")

        country = COUNTRIES.get(value("country"), COUNTRIES["KE"])
        opened = ""
        async with self._work() as (session, actor):
            faults, asked, amount_minor = Faults(), value("amount").strip(), None
            with faults.gather():
                amount_minor = parse_amount(asked, country.currency) if asked else None
            with faults.gather():
                view = await service.create_group(
                    session,
                    actor,
                    CreateGroup(
                        name=value("name"),
                        short_name=value("short_name"),
                        template=value("template") or "welfare",
                        currency=country.currency,
                        timezone=country.timezone,
                        country=country.code,
                        pay_to=value("pay_to"),
                        admin_phone=value("admin_phone"),
                        admin_member_no=value("admin_member_no"),
                        admin_name=value("admin_name"),
                        idempotency_key=self.form_key,
                        amount_minor=amount_minor,
                    ),
                )
                opened = t("groups.opened", name=view.name, code=view.code)
            faults.raise_found()  # what was opened without an amount that can be read is taken back with it
        if not self.problem:
            self.is_opening = False
            await self._list()
            self.done = opened
