"""A fresh one-time code of one's own before something weighty: the dialog that asks for it, and what holds it."""

from typing import Any
from uuid import UUID, uuid4

import reflex as rx

from app.kit.errors import CodeJustSent
from app.kit.i18n import t
from app.web import session as web_session
from app.web.components import banner, button, dialog, field, form, linkbutton, message
from app.web.screen import Screen

MESSAGE = 400
"""Characters of a message with a code, pasted whole."""


class FreshCode(Screen, mixin=True):
    """The dialog is open while `code_title` says what is about to happen. States mark its three events themselves:
    what confirms, what leaves, and `send_again`."""

    code_title: str = ""
    shown_code: str = ""
    _code_request: str = ""

    async def _ask_code(self, title: str) -> None:
        """Send a code and open the dialog; what hinders it becomes `problem`.

        One that was sent a moment ago for something else, and not used, is good for this too.
        """
        self._clear()
        owner = await self.get_state(web_session.OwnerState)
        async with self._refusals():
            try:
                await self._send_code(owner)
            except CodeJustSent:
                if not owner._code[0] or self.code_title:
                    raise
            self._code_request, shown = owner._code
            self.shown_code = t("receipts.code_development", code=shown) if shown else ""
            self.code_title = title

    async def _send_code(self, owner: web_session.OwnerState) -> None:
        request = uuid4()
        shown = await web_session.send_step_up_code(self, request)
        owner._code = str(request), shown

    async def _ask_again(self) -> None:
        """Another code for the same; while that is refused, the one sent before still counts."""
        if self.code_title:
            await self._ask_code(self.code_title)

    async def _proof_of(self, form: dict[str, str]) -> UUID | None:
        """What a right code leaves; None while it is wrong, said at the field, or while none was asked for."""
        if not self.code_title:
            return None
        self._clear()
        async with self._refusals():
            code = str(form.get("code", ""))[:MESSAGE]
            proof = await web_session.confirm_step_up(self, UUID(self._code_request), code)
            (await self.get_state(web_session.OwnerState))._code = "", ""
            return proof
        return None

    def _close_code(self) -> None:
        self.code_title = self.shown_code = ""


def code_dialog(
    state: Any,
    note: Any,
    *above: rx.Component,
    confirm: rx.EventHandler,
    leave: rx.EventHandler,
    label: Any = None,
    kind: str = "primary",
) -> rx.Component:
    """`label` and `kind` are the button's, `above` what is about to happen in full. `state` is a FreshCode."""
    return dialog(
        state.code_title != "",
        state.code_title,
        *above,
        rx.el.p(note, class_name="muted"),
        rx.cond(state.shown_code != "", banner(state.shown_code, kind="warn", sign="key")),
        message(state.problem, state.problem_field, ""),
        form(
            field(
                t("receipts.code"),
                "code",
                input_mode="numeric",
                auto_complete="one-time-code",
                auto_focus=True,
                problem=state.problem,
                problem_field=state.problem_field,
            ),
            rx.el.div(
                button(t("people.code_now") if label is None else label, kind=kind, type="submit"),
                button(t("people.code_keep"), kind="quiet", on_click=leave),
                class_name="acts",
            ),
            on_submit=confirm,
        ),
        linkbutton(t("code.again"), on_click=state.send_again),
    )
