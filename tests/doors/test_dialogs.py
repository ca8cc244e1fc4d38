"""Every dialog of every page: gone once the page was left and opened again, and what goes wrong in it is said in it."""

import re
from collections.abc import Iterator
from dataclasses import is_dataclass, replace
from typing import Any

import pytest
import reflex as rx
from reflex_components_core.core.cond import Cond

from app.api.guard import PAGE_ROLES
from app.web.routes import PAGES
from app.web.treasurer.states.member import MemberState
from tests.doors.tabs import act, look_at
from tests.factories.groups import id_of
from tests.factories.payments import Programme

FIELD = re.compile(r"(reflex___state____state__\w+)\.(\w+?)_rx_state_")


def parts(component: Any) -> Iterator[Any]:
    yield component
    for child in component.children:
        yield from parts(child)


def dialogs(page: Any) -> list[Cond]:
    """What shows each dialog of a page."""
    conds = [one for one in parts(page()) if isinstance(one, Cond)]
    return [one for one in conds if any(is_veil(it) for it in one.children[0].children)]


def is_veil(component: Any) -> bool:
    return "dialog-back" in str(getattr(component, "class_name", ""))


def states() -> dict[str, type[rx.State]]:
    found: list[Any] = [rx.State]
    for cls in found:
        found.extend(cls.get_substates())
    return {cls.get_full_name().replace(".", "__"): cls for cls in found}


WITH_DIALOGS = [(address, page, load) for address, page, _, load in PAGES if dialogs(page)]


def opened_by(shown: Cond) -> set[tuple[type[rx.State], str]]:
    """The fields of states on which a dialog hangs."""
    return {(states()[name], field) for name, field in FIELD.findall(str(shown.cond))}


def test_the_pages_with_dialogs_are_all_found() -> None:
    assert len(WITH_DIALOGS) >= 12
    assert all(opened_by(shown) for _, page, _ in WITH_DIALOGS for shown in dialogs(page))


def opened(before: Any) -> Any:
    """The value of a field whose dialog is open."""
    if is_dataclass(before) and not isinstance(before, type):
        return replace(before, id="open")
    return True if before is False else "open"


@pytest.mark.parametrize(("address", "page", "load"), WITH_DIALOGS, ids=[address for address, _, _ in WITH_DIALOGS])
async def test_a_dialog_that_was_abandoned_is_gone_when_its_page_is_opened_again(
    programme: Programme, monkeypatch: pytest.MonkeyPatch, address: str, page: Any, load: Any
) -> None:
    is_admins = PAGE_ROLES[address] == "admin"
    act(*(programme.group.admin, "admin") if is_admins else (programme.treasurer, "treasurer"))
    root: Any = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    fields = {pair for shown in dialogs(page) for pair in opened_by(shown)}
    before = {(cls, name): getattr(await root.get_state(cls), name) for cls, name in fields}
    for (cls, name), value in before.items():
        setattr(await root.get_state(cls), name, opened(value))
    if address == "/member":
        look_at(monkeypatch, MemberState, id=str(await id_of(programme.database, programme.treasurer)))
    state: Any = None
    while load is not None:
        state = await root.get_state(states()[load.state_full_name.replace(".", "__")])
        load = await load.fn(state)
    assert state.phase in ("ready", "empty") or address.endswith("/loan")  # which is missing without its loan
    assert {(cls, name): getattr(await root.get_state(cls), name) for cls, name in fields} == before


def acting(shown: Cond) -> list[Any]:
    """What in a dialog does something, rather than leave it."""
    kinds = ("btn--primary", "btn--danger")
    return [one for one in parts(shown) if any(kind in str(getattr(one, "class_name", "")) for kind in kinds)]


@pytest.mark.parametrize(("address", "page"), [one[:2] for one in WITH_DIALOGS], ids=[one[0] for one in WITH_DIALOGS])
def test_what_goes_wrong_in_a_dialog_is_said_in_it(address: str, page: Any) -> None:
    """Behind its veil nobody reads it."""
    silent = [
        str(shown.cond)
        for shown in dialogs(page)
        if acting(shown) and not any("banner--bad" in str(getattr(one, "class_name", "")) for one in parts(shown))
    ]
    assert silent == []
