"""The public welfare schemes as rules of a group: every case, and the same schemes with other numbers."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.domain.welfare.examples import EXAMPLES
from app.domain.welfare.scheme import check_scheme, scheme_of, terms_of
from app.launch import oracle

CASES = Path(__file__).parent / "cases" / "welfare_cases.json"
"""A copy of the public cases; each names its page."""


def case(name: str, **inputs: object) -> dict[str, Any]:
    found = next(one for one in json.loads(CASES.read_text("utf-8"))["cases"] if one["id"] == name)
    return found | {"inputs": found.get("inputs", {}) | inputs}


def verdicts(folder: Path, *cases: object) -> tuple[list[list[str]], int]:
    file = folder / "cases.json"
    file.write_text(json.dumps({"cases": cases}), "utf-8")
    out, status = oracle.run([file])
    return [line.split("\t") for line in out.splitlines()[:-1]], status


def test_every_public_case_is_reproduced() -> None:
    out, status = oracle.run([CASES])
    names = [one["id"] for one in json.loads(CASES.read_text("utf-8"))["cases"]]
    assert out.splitlines() == [*(f"{name}\treproduced" for name in names), "4 cases, 4 reproduced"]
    assert status == 0


@pytest.mark.parametrize(
    ("name", "inputs", "expected"),
    [
        ("W01", {"members": 200, "secondary_members": 2}, {"benefit": "4000", "secondary_each": "500.00"}),
        ("W01", {"members": 63, "deposit": "33.33"}, {"benefit": "335.97", "secondary_each": "42.00"}),
        ("W01", {"event": "member"}, {"benefit": 4000}),
        ("W01", {"percent": "20", "cap": "2400"}, {"benefit": "2400.00"}),
        ("W02", {"event": "member", "paying_members": 40}, {"call_per_member": 25, "collected_if_all_pay": 1000}),
        ("W02", {"event": "two_covered_persons"}, {"call_per_member": "30.00", "days": 20}),
        ("W04", {}, {"table": {"self": 70000, "spouse": 50000, "parent": 40000, "child_6m_25y": 40000}}),
    ],
)
def test_other_numbers_in_the_same_scheme(
    name: str, inputs: dict[str, object], expected: dict[str, object], tmp_path: Path
) -> None:
    assert verdicts(tmp_path, case(name, **inputs) | {"expected": expected}) == ([[name, "reproduced"]], 0)


def test_a_case_may_bring_a_scheme_of_its_own(tmp_path: Path) -> None:
    terms = {"benefits": [{"relation": "spouse", "amount_minor": 12_345}]}
    own = {"id": "A", "rule": "ours", "scheme": terms, "expected": {"benefit": "123.45"}}
    assert verdicts(tmp_path, own) == ([["A", "reproduced"]], 0)


@pytest.mark.parametrize(
    ("changes", "line", "status"),
    [
        ({"expected": {"benefit": "2000.01"}}, ["differs", "expected.benefit: expected 2000.01, got 2000.00"], 1),
        ({"source": "https://example.org/unread"}, ["unsupported", "source: no scheme of this page is known"], 1),
        ({"inputs": {"weather": 1}}, ["unsupported", "inputs.weather: no such field"], 1),
        ({"inputs": {"deposit": "many"}}, ["unsupported", "inputs.deposit: "], 2),
        ({"scheme": {"benefits": [{"relation": "cousin"}]}}, ["unsupported", "scheme.benefits: welfare_scheme"], 2),
        ({"scheme": {"benefits": 7}}, ["unsupported", "scheme.scheme: welfare_scheme"], 2),
        ({"scheme": {"levy_minor": "1"}}, ["unsupported", "scheme.scheme: welfare_scheme"], 2),
    ],
)
def test_what_differs_or_cannot_be_read_is_named(
    changes: dict[str, Any], line: list[str], status: int, tmp_path: Path
) -> None:
    (found,), got = verdicts(tmp_path, case("W01") | changes)
    assert found[:2] == ["W01", line[0]]
    assert line[1] in found[2]
    assert got == status


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_a_scheme_is_stored_and_read_back_the_same(example: Any) -> None:
    checked = check_scheme(example.scheme)
    assert scheme_of(json.loads(json.dumps(terms_of(checked)))) == checked
