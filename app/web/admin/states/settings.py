"""Settings of the group: what it is called, where money is paid, and what stays as it was opened."""

import reflex as rx
from babel import Locale
from babel.dates import get_timezone_location
from babel.numbers import get_currency_name

from app.domain.groups import access, service
from app.domain.groups.views import GroupView, UpdateGroup
from app.kit.i18n import t
from app.web.place import load_place
from app.web.screen import Screen
from app.web.session import event


class SettingsState(Screen, rx.State):
    name: str = ""
    short_name: str = ""
    paybill: str = ""
    currency: str = ""
    zone: str = ""
    country: str = ""
    code: str = ""

    @event("admin")
    async def load(self):
        await load_place(self)
        self._clear()
        await self._show()

    async def _show(self) -> None:
        self._new_form()
        async with self._reading() as (session, actor):
            self._fill(await access.get_group(session, actor))
            self.phase = "ready"

    def _fill(self, view: GroupView) -> None:
        self.name, self.short_name, self.paybill = view.name, view.short_name, view.paybill or ""
        self.currency = f"{view.currency}, {get_currency_name(view.currency, locale='en')}"
        self.zone = f"{view.timezone}, {get_timezone_location(view.timezone, locale='en')}"
        self.country, self.code = Locale("en").territories.get(view.country, view.country), view.code

    @event("admin")
    async def save(self, form: dict[str, str]):
        self._clear()
        self.name, self.short_name = str(form.get("name", ""))[:400], str(form.get("short_name", ""))[:400]
        self.paybill = str(form.get("paybill", ""))[:40]
        async with self._work() as (session, actor):
            await service.update_group(session, actor, UpdateGroup(self.name, self.short_name, self.paybill))
        if not self.problem:
            await load_place(self)
            await self._show()
            self.done = t("settings.saved")
