"""Recipes only use accounts of the chart, and balance."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger import errors, recipes
from app.kit.errors import InvalidInput
from app.kit.money import MAX_MINOR

CATALOGUE = json.loads((Path(recipes.__file__).parents[2] / "locales/en/ledger.json").read_text(encoding="utf-8"))
PARTS = st.lists(st.tuples(st.uuids(), st.integers(1, MAX_MINOR // 100)), min_size=1, max_size=20)


def methods(recipe: str) -> list[str]:
    return list(recipes.RECIPES[recipe].money_by_method)


CASES = [(recipe, method) for recipe in recipes.RECIPES for method in methods(recipe)]


def test_every_class_is_one_of_the_five() -> None:
    assert set(recipes.CONTROL.values()) <= set("ALEIX")
    assert all(code.isdigit() and len(code) == 4 for code in recipes.CONTROL)


@pytest.mark.parametrize(("recipe", "method"), CASES)
@given(parts=PARTS)
def test_every_recipe_balances_on_known_accounts(recipe: str, method: str, parts: list[tuple[UUID, int]]) -> None:
    lines = recipes.build(recipe, method=method, parts=parts)
    assert sum(line.amount_minor for line in lines) == 0
    assert all(line.account.partition(".")[0] in recipes.CONTROL for line in lines)
    assert 0 not in [line.amount_minor for line in lines]
    assert len({line.account for line in lines}) == len(lines) >= 2
    assert abs(lines[0].amount_minor) == sum(amount for _, amount in parts)


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_money_that_comes_is_a_debit_of_an_asset(recipe: str) -> None:
    for code in recipes.RECIPES[recipe].money_by_method.values():
        assert recipes.CONTROL[code] == "A"


def test_parts_of_one_member_become_one_line() -> None:
    one, two = UUID(int=1), UUID(int=2)
    lines = recipes.build("contribution_confirmed", method="cash", parts=[(one, 200), (two, 50), (one, 300)])
    assert [(line.account, line.amount_minor) for line in lines] == [
        ("1010", 550),
        (f"4010.{one}", -500),
        (f"4010.{two}", -50),
    ]


def test_what_is_kept_pays_in_place_of_money() -> None:
    one = UUID(int=1)
    lines = recipes.use_kept(one, [("contribution", one, 300), ("fine", one, 200)])
    assert [(line.account, line.amount_minor) for line in lines] == [
        (f"2030.{one}", 500),
        (f"4010.{one}", -300),
        (f"4050.{one}", -200),
    ]


@pytest.mark.parametrize(
    ("method", "parts"),
    [
        ("barter", [(UUID(int=1), 5)]),
        ("cash", []),
        ("cash", [(UUID(int=1), 0)]),
        ("cash", [(UUID(int=1), -5)]),
        ("cash", [(UUID(int=1), MAX_MINOR), (UUID(int=2), 1)]),
    ],
)
def test_what_cannot_be_posted_is_refused(method: str, parts: list[tuple[UUID, int]]) -> None:
    with pytest.raises(InvalidInput):
        recipes.build("contribution_confirmed", method=method, parts=parts)


def test_every_refusal_has_a_sentence() -> None:
    own = [e for e in vars(errors).values() if isinstance(e, type) and e.__module__ == errors.__name__]
    assert len(own) >= 10
    assert {f"error.{error.code}" for error in own} <= CATALOGUE.keys()


def test_every_account_and_kind_has_a_name() -> None:
    wanted = {f"account.{code}" for code in recipes.CONTROL} | {f"entry.{kind}" for kind in recipes.KINDS}
    assert wanted <= CATALOGUE.keys()
