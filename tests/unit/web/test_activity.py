"""Whatever services record in a group's log has a sentence of its own."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.reports.activity import KINDS
from app.domain.reports.views import ActivityRow
from app.web.presenters.activity import NAMED, SENTENCES, log_line

DOMAIN = Path(__file__).parents[3] / "app" / "domain"
PLATFORM = {"job.retried", "staff.added", "staff.removed"}
"""Of no group: no group's log shows them."""
COMPOSED = {
    "request.": (
        "request.join",
        "request.name",
        *(f"request.{s}.{k}" for s in ("approved", "denied") for k in ("join", "name")),
    )
}
"""Beginnings of actions that are put together, with what becomes of them in sentences."""


def is_record(call: ast.Call) -> bool:
    return ast.unparse(call.func) in ("audit.record", "audit.record_each")


def argument(call: ast.Call, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> ast.expr | None:
    """What a call gives as the argument of the name."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = [one.arg for one in function.args.args]
    return call.args[names.index(name)] if name in names and names.index(name) < len(call.args) else None


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def words(value: ast.expr | None) -> set[str]:
    """Every text that the expression may be; fails for what can't be told."""
    match value:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=one, orelse=other):
            return words(one) | words(other)
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]) if start in COMPOSED:
            return set(COMPOSED[start])
    pytest.fail(f"an action that this test can't read: {ast.unparse(value) if value else value}")


def recorded() -> set[str]:
    """The actions of every call of `audit.record`, followed through the functions that pass one on."""
    trees = [ast.parse(path.read_text()) for path in DOMAIN.rglob("*.py") if path.parent.name != "audit"]
    found: set[str] = set()
    for tree in trees:
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for call in filter(is_record, calls(function)):
                action = next(one.value for one in call.keywords if one.arg == "action")
                if not isinstance(action, ast.Name):
                    found |= words(action)
                    continue
                users = [
                    one
                    for other in ([tree] if function.name.startswith("_") else trees)
                    for one in calls(other)
                    if ast.unparse(one.func).split(".")[-1] == function.name
                ]
                for user in users:
                    found |= words(argument(user, function, action.id))
    return found


def test_every_action_has_a_sentence() -> None:
    actions = recorded()
    assert {"payment.confirmed", "member.added", "invite.made"} <= actions
    assert {f"activity.{one}" for one in actions - PLATFORM} == SENTENCES
    assert {one.removesuffix(".of") for one in NAMED} <= SENTENCES


def test_whatever_is_recorded_is_of_a_kind_that_can_be_chosen() -> None:
    sources = "".join(path.read_text() for path in DOMAIN.rglob("*.py") if path.parent.name != "audit")
    subjects = set(re.findall(r'subject="(\w+)"', sources)) - {"person", "job"}
    assert {one for kind in KINDS.values() for one in kind.subjects} == subjects
    assert [KINDS[one].subjects for one in ("bank", "welfare")] == [("bank",), ("welfare",)]


def row(action: str, **facts: str | int) -> ActivityRow:
    return ActivityRow(
        id=UUID(int=1),
        at=datetime(2026, 11, 22, tzinfo=UTC),
        action=action,
        by="Njeri",
        about="",
        about_id=None,
        is_hers=False,
        facts=facts,
        receipt=None,
        title="",
    )


def test_sentences_say_what_the_facts_hold() -> None:
    told = [
        log_line(row("members.imported", new=72, already=2, left_out=3)).words,
        log_line(row("invite.made", days=7, uses=10)).words,
        log_line(row("call.opened", amount_minor=50_000, currency="KES", dues=1)).words,
    ]
    assert [words.replace("\N{NO-BREAK SPACE}", " ") for words in told] == [
        "Njeri imported the member list: 72 new, 2 known already, 3 left out",
        "Njeri made a 7-day invitation for 10 people",
        "Njeri opened a contribution of KES 500.00: 1 member asked",
    ]


def test_new_rules_are_told_with_those_before() -> None:
    now = {"version": 2, "amount_minor": 60_000, "currency": "KES", "frequency": "monthly", "due_day": 5}
    was = {"before_minor": 50_000, "before_frequency": "monthly", "before_day": 1}
    words = log_line(row("rules.set", **now, **was)).words.replace("\N{NO-BREAK SPACE}", " ")
    assert words.endswith("every month. Before: Each member pays KES 500.00 by day 1 of every month.")
    assert log_line(row("rules.set", **now)).words.endswith("by day 5 of every month.")
