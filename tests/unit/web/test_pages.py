"""Pages, their guards, their words and their colours hold together."""

import ast
from pathlib import Path

import pytest

from app.api.guard import PAGE_ROLES
from app.kit.i18n import FOLDER, catalogue, t
from app.web.layouts.desk import _bottom_bar
from app.web.routes import PAGES
from app.web.session import MARK
from app.web.theme import tokens
from app.web.theme.styles import MADE, stylesheet

APP = FOLDER.parent


def test_every_page_that_loads_something_is_guarded_by_the_role_of_its_load() -> None:
    loads = {route: getattr(on_load.fn, MARK) for route, _, _, on_load in PAGES if on_load is not None}
    assert loads == PAGE_ROLES


@pytest.mark.parametrize("theme", [tokens.LIGHT, tokens.DARK], ids=["light", "dark"])
def test_contrast(theme: dict[str, str]) -> None:
    low = {pair: tokens.contrast(theme[pair[0]], theme[pair[1]]) for pair in tokens.TEXT_PAIRS}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
    lines = {pair: tokens.contrast(theme[pair[0]], theme[pair[1]]) for pair in tokens.CONTROL_PAIRS}
    assert {pair: ratio for pair, ratio in lines.items() if ratio < 3} == {}


@pytest.mark.parametrize(("active", "is_marked"), [("/today", False), ("/books", True), ("/settings", True)])
def test_the_bar_marks_more_on_the_pages_that_it_leads_to(active: str, is_marked: bool) -> None:
    assert ('jsx("summary",{"aria-current":"true"}' in str(_bottom_bar(active))) is is_marked


def test_both_themes_have_the_same_tokens() -> None:
    assert tokens.LIGHT.keys() == tokens.DARK.keys()


def test_the_stylesheet_is_made_of_its_sources() -> None:
    assert MADE.read_text("utf-8") == stylesheet()


def _keys_in(path: Path) -> set[str]:
    """Message keys that are written out in a call of `t`."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "t"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_key_that_code_names_is_in_the_catalogue() -> None:
    named = set().union(*(_keys_in(path) for path in APP.rglob("*.py")))
    assert len(named) > 100
    assert named - catalogue("en").keys() == set()


def test_plurals_and_names_are_filled() -> None:
    assert t("payments.confirm_ticked", count=1) == "Confirm 1 payment"
    assert t("payments.confirm_ticked", count=1200) == "Confirm 1,200 payments"
    with pytest.raises(KeyError):
        t("due.by", day="30 Nov 2026")
    with pytest.raises(KeyError):
        t("no.such.key")
