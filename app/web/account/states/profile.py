"""One's own page: name, language, phone, and where one is signed in."""

import logging
from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from app import wiring
from app.domain.groups import access, phones
from app.domain.groups.joining import requests
from app.domain.groups.permissions import Permission
from app.domain.identity import codes, phone_changes, sending, sessions
from app.domain.identity import service as identity
from app.domain.identity.errors import CodeUnsent
from app.domain.identity.phones import display_phone, masked_phone, parse_phone
from app.domain.identity.views import CodeStarted, DeviceView, PhoneChangeView
from app.kit.actor import Actor
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import language, t
from app.web import session as web_session
from app.web.account.states.leaving import LeavingState
from app.web.place import load_place, load_places
from app.web.presenters.dates import moment
from app.web.presenters.devices import device_name
from app.web.screen import FormScreen
from app.web.session import event

log = logging.getLogger("sanduk.notices")


@dataclass(frozen=True)
class DeviceRow:
    id: str
    title: str
    detail: str
    is_this: bool
    is_computer: bool


class ProfileState(FormScreen, rx.State):
    name: str = ""
    member_no: str = ""
    initials: str = ""
    phone: str = ""
    asked_name: str = ""
    asked_id: str = ""
    language: str = ""
    devices: list[DeviceRow] = []
    new_phone: str = ""
    change_phone: str = ""
    change_when: str = ""
    step: str = ""
    shown_codes: str = ""
    typed: str = ""
    problems: dict[str, str] = dict.fromkeys(("name", "phone", "old_code", "new_code"), "")
    proved: list[str] = []
    """Which codes of a change of phone were typed right."""

    @event("account")
    async def load(self):
        here = await web_session.current(self)
        await (load_place(self) if here.group_id else load_places(self))
        self._clear()
        self.step = self.shown_codes = self.typed = ""
        leaving = await self.get_state(LeavingState)
        leaving._clear()
        leaving.heading = ""
        await self._read()

    async def _read(self) -> None:
        here = await web_session.current(self)
        assert here.person_id is not None
        await self._complete_due(here.person_id, here.session_id)
        async with self._reading() as (session, actor):
            self.phone = masked_phone(await identity.person_phone(session, here.person_id))
            self._show_change(await phone_changes.find_change(session, here.person_id))
            self.language = language.get()
            found = await sessions.list_sessions(session, here.person_id)
            self.devices = [_device(one, here.session_id) for one in found]
            await self._read_member(session, actor)
            self.phase = "ready"

    async def _complete_due(self, person_id: UUID, session_id: UUID | None) -> None:
        """A change of phone whose day is over counts from now on; this session stays, for it is known."""
        async with self._refusals(), web_session.transaction(self) as (session, _):
            change = await phone_changes.find_change(session, person_id)
            if change and change.effective_at and change.effective_at <= clock_of(session).now():
                await phones.complete_due(session, change.phone, but=session_id)

    async def _read_member(self, session: Session, actor: Actor) -> None:
        self.name = self.member_no = self.initials = self.asked_name = self.asked_id = ""
        if actor.group_id is None:
            return
        me = await access.my_place(session, actor)
        self.name, self.member_no, self.initials = me.name, me.member_no, me.initials
        for one in await requests.list_my_requests(session, actor):
            if (one.kind, one.state, one.group_id) == ("name", "waiting", actor.group_id):
                self.asked_name, self.asked_id = one.name, str(one.id)

    def _show_change(self, change: PhoneChangeView | None) -> None:
        is_waiting = change is not None and change.effective_at is not None
        self.change_phone = display_phone(change.phone) if change and is_waiting else ""
        self.change_when = moment(change.effective_at) if change and change.effective_at else ""

    @event("account")
    async def start(self, step: str):
        """Open a dialog: `name`, `phone` or `everywhere`."""
        self._clear()
        self.typed = self.shown_codes = ""
        self.step = step if step in ("name", "phone", "everywhere") else ""

    @event("account")
    async def keep(self):
        self._clear()
        self.step = self.shown_codes = ""

    @event("account")
    async def ask_name(self, form: dict[str, str]):
        self._clear()
        self.typed = str(form.get("name", ""))[:400]
        async with self._work() as (session, actor):
            await requests.ask_name_change(session, actor, self.typed)
        if not self.problem:
            self.step = ""
            await self._read()
            self.done = t("profile.name_asked")

    @event("account")
    async def withdraw_name(self):
        self._clear()
        async with self._work() as (session, actor):
            await requests.withdraw_request(session, actor, _uuid(self.asked_id))
        if not self.problem:
            await self._read()

    @event("account")
    async def send_codes(self, form: dict[str, str]):
        """One code to the present number, one to the new."""
        self._clear()
        self.typed = str(form.get("phone", ""))[:40]
        await self._send_both()

    @event("account")
    async def send_again(self):
        """Both codes anew, as soon as the wait between two is over."""
        if self.step == "codes":
            self._clear()
            await self._send_both()

    @event("account")
    async def mend_phone(self):
        """Back to the number, which stands there as it was typed."""
        if self.step == "codes":
            self._clear()
            self.step, self.shown_codes = "phone", ""

    async def _send_both(self) -> None:
        sent: tuple[CodeStarted, ...] = ()
        async with self._work() as (session, actor):
            assert actor.person_id is not None
            country = "KE"
            if actor.group_id:
                country = (await access.authorise(session, actor, Permission.READ_OWN)).country
            phone = parse_phone(self.typed, country)
            started = await phone_changes.start_change(session, actor.person_id, phone)
            sent = (started.old, started.new)
        if self.problem:
            return
        async with self._refusals():
            self.shown_codes = await _send(sent)
        if not self.problem:
            self.new_phone, self.step, self.proved = display_phone(sent[1].phone), "codes", []

    @event("account")
    async def check_codes(self, form: dict[str, str]):
        self._clear()
        here = await web_session.current(self)
        assert here.person_id is not None
        async with self._refusals():
            await self._check_both(here, form)
        if not self.problem:
            async with self._work() as (session, _):
                await phones.begin_change(session, here.person_id)
        if not self.problem:
            self.step = self.shown_codes = ""
            await self._read()
            await self._tell_old(here.person_id)
            self.done = t("profile.phone_waits", moment=self.change_when, phone=self.change_phone)

    async def _check_both(self, here: web_session.Current, form: dict[str, str]) -> None:
        """What is still to be typed, each with its fault; one that is right stays so while the other is wrong."""
        assert here.person_id is not None
        async with web_session.transaction(self) as (session, _):
            to_type = await phone_changes.codes_to_type(session, here.person_id)
        self.proved = [which for which in ("old", "new") if which not in to_type]
        for which, request_id in to_type.items():
            async with self._refusals():
                await self._check_code(here, which, request_id, str(form.get(f"{which}_code", ""))[:20])
                self.proved = [*self.proved, which]
            if self.problem and not self.problem_field:
                return  # nobody compares codes now

    async def _check_code(self, here: web_session.Current, which: str, request_id: UUID, typed: str) -> None:
        """Raises at the code's field."""
        services, field = wiring.services(), f"{which}_code"
        try:
            checked = await sending.check(
                services.database, services.sender, request_id, typed, purpose=f"phone_{which}", actor=here.actor
            )
        except InvalidInput as error:
            raise InvalidInput(field, error.why, **error.params) from None
        codes.raise_failure(checked, field=field)

    async def _tell_old(self, person_id: UUID) -> None:
        """The present number hears of it: who lost the phone can call it off in time."""
        async with web_session.transaction(self) as (session, _):
            present = await identity.person_phone(session, person_id)
        try:
            await wiring.services().notices.send(present, t("notice.phone_change", moment=self.change_when))
        except Exception as error:  # a vendor may fail in any way; the change waits all the same
            log.error("A notice could not be sent: %s", type(error).__name__)

    @event("account")
    async def call_off(self):
        self._clear()
        async with self._work() as (session, actor):
            assert actor.person_id is not None
            await phone_changes.cancel_change(session, actor.person_id)
        if not self.problem:
            await self._read()
            self.done = t("profile.phone_kept")

    @event("account")
    async def end_device(self, session_id: str):
        self._clear()
        async with self._work() as (session, actor):
            assert actor.person_id is not None
            await sessions.end_own_session(session, actor.person_id, _uuid(session_id))
        if not self.problem:
            await self._read()
            self.done = t("profile.device_ended")

    @event("account")
    async def end_everywhere(self):
        self._clear()
        async with self._work() as (session, actor):
            assert actor.person_id is not None
            await sessions.end_all_sessions(session, actor.person_id)
        self.step = ""
        return None if self.problem else rx.redirect("/leave?to=start")


async def _send(sent: tuple[CodeStarted, ...]) -> str:
    """Send the codes; in development, say them. Raises CodeUnsent for one's own: of another's nothing is said."""
    services = wiring.services()
    outcomes = [await sending.deliver(services.database, services.sender, one, language.get()) for one in sent]
    if outcomes[0] not in sending.FINE:
        raise CodeUnsent
    if services.settings.is_production:
        return ""
    old, new = (services.sender.shown_code(one.request_id) or t("profile.no_code") for one in sent)
    return t("profile.codes_development", old=old, new=new)


def _device(one: DeviceView, here: UUID | None) -> DeviceRow:
    is_this = one.id == here
    is_computer = not any(sign in one.user_agent for sign in ("Android", "iPhone", "iPad", "Mobile"))
    detail = t(
        "profile.device_here" if is_this else "profile.device_seen",
        since=moment(one.created_at),
        seen=moment(one.seen_at),
    )
    return DeviceRow(str(one.id), device_name(one.user_agent), detail, is_this, is_computer)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
