"""`./sanduk oracle` and `./sanduk loans schedule`: the public cases, and files that mean harm."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.launch.oracle import first_difference
from app.launch.paths import ROOT

CASES = Path(__file__).parent / "cases"
"""Copies of the public cases, apache/fineract's figures (Apache-2.0): each names its source, path and commit."""
SCHEDULES, ALLOCATIONS = CASES / "loan_schedules.json", CASES / "payment_allocation_cases.json"


def run_cli(*words: str, typed: str | bytes = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": "/nowhere"},
        input=typed.encode() if isinstance(typed, str) else typed,
        capture_output=True,
        check=False,
    )
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode())


def cases_of(file: Path) -> list[dict[str, Any]]:
    return json.loads(file.read_text("utf-8"))["cases"]


def written(folder: Path, *cases: object) -> str:
    file = folder / "cases.json"
    file.write_text(json.dumps({"cases": cases}), "utf-8")
    return str(file)


def changed(path: str, value: object, *, case: int = 0, file: Path = SCHEDULES) -> dict[str, Any]:
    """The case with the field at `product.grace.x` set."""
    found = cases_of(file)[case]
    *way, last = path.split(".")
    place = found
    for name in way:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = value
    return found


def test_every_public_case_is_reproduced() -> None:
    done = run_cli("oracle", str(SCHEDULES), str(ALLOCATIONS))
    lines = done.stdout.splitlines()
    names = [case["id"] for file in (SCHEDULES, ALLOCATIONS) for case in cases_of(file)]
    assert lines == [*(f"{name}\treproduced" for name in names), "27 cases, 27 reproduced"]
    assert (done.returncode, done.stderr) == (0, "")


def test_a_wrong_figure_is_named(tmp_path: Path) -> None:
    case = changed("expected.2.interest_due", "46.05", case=7)
    done = run_cli("oracle", written(tmp_path, case))
    words = f"{case['id']}\tdiffers\texpected[2].interest_due: expected 46.05, got 30.00"
    assert (done.stdout.splitlines(), done.returncode) == ([words, "1 cases, 0 reproduced"], 1)


def test_a_wrong_sum_and_a_missing_row_are_named(tmp_path: Path) -> None:
    wrong = changed("expected_totals.interest", "1.00")
    short = cases_of(SCHEDULES)[0]
    short["expected"] = short["expected"][:-1]
    done = run_cli("oracle", written(tmp_path, wrong, short))
    assert done.stdout.splitlines() == [
        "F01_flat_18m\tdiffers\texpected_totals.interest: expected 1.00, got 900.00",
        "F01_flat_18m\tdiffers\texpected: expected 17 rows, got 18",
        "2 cases, 0 reproduced",
    ]


def test_what_is_not_built_is_unsupported_and_counts_as_not_reproduced(tmp_path: Path) -> None:
    share_out = {"id": "S01", "kind": "vsla_share_out", "inputs": {}, "expected": {}}
    word = changed("product.interest_type", "compound")
    field = changed("product.grace.arrears_periods", 1)
    strategy = changed("strategy", "DUE_PENALTY_PENALTY_INTEREST_PRINCIPAL_IN_ADVANCE_A", file=ALLOCATIONS)
    done = run_cli("oracle", written(tmp_path, share_out, word, field, strategy))
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert [line[1] for line in lines[:4]] == ["unsupported"] * 4
    assert lines[1][2] == "product.interest_type: 'compound' is none of flat, declining_balance"
    assert lines[2][2] == "product.grace.arrears_periods: no such field"
    assert lines[3][2].startswith("strategy: 'DUE_PENALTY_PENALTY_INTEREST_PRINCIPAL_IN_ADVANCE_A' is no strategy")
    assert (lines[4], done.returncode) == (["4 cases, 0 reproduced"], 1)


HOSTILE: list[tuple[str, object, str]] = [
    ("product.principal", "NaN", "product.principal: 'NaN' is no decimal number"),
    ("product.principal", "Infinity", "product.principal: 'Infinity' is no decimal number"),
    ("product.principal", "-5000.00", "product.principal: '-5000.00' is no decimal number"),
    ("product.principal", "1e400", "product.principal: '1e400' is no decimal number"),
    ("product.principal", "9" * 401, "product.principal: '999"),
    ("product.principal", "99999999999999999999", "product.principal: 9999999999999999999900 is not within"),
    ("product.principal", "0", "product.principal: 0 is not within 1 and"),
    ("product.principal", "10.005", "product.principal: '10.005' has more than 2 decimals"),
    ("product.principal", "9999999999.00000000000000000001", "product.principal: '9999999999.0000"),
    ("product.principal", "\u0661\u0662", "product.principal: '\u0661\u0662' is no decimal number"),
    ("product.principal", 5000, "product.principal: a decimal string such as"),
    ("product.principal", 5000.5, "product.principal: a decimal string such as"),
    ("product.principal", ["1"], "product.principal: a decimal string such as"),
    ("product.principal", None, "product.principal: is missing"),
    ("product.annual_rate_percent", "-1", "product.annual_rate_percent: '-1' is no decimal number"),
    ("product.annual_rate_percent", "10000.0001", "product.annual_rate_percent: 100000001 is not within"),
    ("product.annual_rate_percent", "1.00001", "product.annual_rate_percent: '1.00001' has more than 4 decimals"),
    ("product.number_of_repayments", 0, "product.number_of_repayments: 0 is not within 1 and 1200"),
    ("product.number_of_repayments", -3, "product.number_of_repayments: not within 0 and 1000000"),
    ("product.number_of_repayments", 10**9, "product.number_of_repayments: not within 0 and 1000000"),
    ("product.number_of_repayments", 1201, "product.number_of_repayments: 1201 is not within"),
    ("product.number_of_repayments", 1.5, "product.number_of_repayments: a whole number is needed"),
    ("product.number_of_repayments", True, "product.number_of_repayments: a whole number is needed"),
    ("product.repay_every", 0, "product.repay_every: 0 is not within"),
    ("product.decimals", 400, "product.decimals: at most 6"),
    ("product.installment_multiple", "0", "product.installment_multiple: 0 is not within"),
    ("product.installment_multiple", "0.001", "product.installment_multiple: '0.001' has more than 2 decimals"),
    ("product.disbursement_date", "2022-02-30", "product.disbursement_date: 2022-02-30 is no day"),
    ("product.disbursement_date", "01.11.2022", "product.disbursement_date: a day such as"),
    ("product.disbursement_date", "2023-11-01", "product.disbursement_date: 2023-11-01 is not before the first due"),
    ("product.schedule_start_date", "9999-12-01", "product.number_of_repayments: the last due date would be after"),
    ("product.grace.principal_periods", 18, "product.grace.principal_periods: 18 is not within 0 and 17"),
    ("product.grace", [], "product.grace: an object is needed, not a list"),
    ("product.down_payment_percent", "100", "product.down_payment_percent: 1000000 is not within"),
    ("product.emi_smoothing", "yes", "product.emi_smoothing: true or false is needed, not text"),
    ("product.interest_on_overdue", True, "product.interest_on_overdue: flat interest is on the whole"),
    ("product.charges", {}, "product.charges: a list is needed, not an object"),
    (
        "product.further_disbursements",
        [{"date": "2022-12-05", "amount": "-1"}],
        "product.further_disbursements[0].amount: '-1' is no decimal number",
    ),
    (
        "product.further_disbursements",
        [{"date": "2021-12-05", "amount": "1"}],
        "product.further_disbursements[0].date: 2021-12-05 is before the disbursement",
    ),
    (
        "product.further_disbursements",
        [{"date": "2024-05-01", "amount": "1"}],
        "product.further_disbursements[0].date: 2024-05-01 leaves no instalment to repay it",
    ),
    (
        "product.rate_changes",
        [{"from_due_date": "2022-12-02", "annual_rate_percent": "1"}],
        "product.rate_changes[0].from_due_date: 2022-12-02 is no due date",
    ),
    (
        "product.rate_changes",
        [{"from_due_date": "2022-12-01", "annual_rate_percent": "1"}] * 2,
        "product.rate_changes[1].from_due_date: 2022-12-01 stands twice",
    ),
    ("product.payments", [{"date": "2022-12-01"}], "product.payments[0].amount: is missing"),
    ("product.payments", [{"date": "2022-12-01", "amount": "1"}] * 1001, "product.payments: more than 1000 entries"),
    ("product", 5, "product: an object is needed, not a number"),
    ("id", 5, "id: a word is needed"),
    ("id", "a\tb", "id: a word is needed"),
]


@pytest.mark.parametrize(("path", "value", "words"), HOSTILE, ids=[f"{one[0]}={str(one[1])[:12]}" for one in HOSTILE])
def test_a_field_that_can_not_be_read_is_named(
    path: str, value: object, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from app.launch.oracle import run

    good = cases_of(SCHEDULES)[1]
    file = written(tmp_path, good, changed(path, value))
    said, status = run([Path(file)])
    assert status == 2
    assert said.startswith("F02_declining_emi_18m\treproduced\n"), "the others are told of all the same"
    assert said.endswith("\n2 cases, 1 reproduced\n")
    assert capsys.readouterr().err.startswith(f"{file} can't be read: case 2, {words}")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is no JSON: line 1"),
        (b"\xff\xfe", "it is no UTF-8"),
        (b"[]", "it has no list of cases"),
        (b'{"cases": []}', "it has no list of cases"),
        (b'{"cases": [5]}', "case 1, id: a word is needed"),
        (b'{"cases": [NaN]}', "NaN is no number"),
        (b'{"cases": [' + b"9" * 5000 + b"]}", "a number in it is too long"),
        (b"[" * 200_000, "it is nested too deep"),
    ],
)
def test_a_file_that_can_not_be_read_is_two(content: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_bytes(content)
    done = run_cli("oracle", str(file), str(SCHEDULES))
    assert done.returncode == 2
    assert done.stderr.startswith(f"{file} can't be read: {words}")
    assert done.stdout.endswith("cases, 17 reproduced\n"), "the other file is told of all the same"


def test_a_case_that_expects_nothing_is_two(tmp_path: Path) -> None:
    case = {key: cases_of(SCHEDULES)[0][key] for key in ("id", "product")}
    done = run_cli("oracle", written(tmp_path, case))
    assert (done.returncode, done.stderr.split(": ", 1)[1]) == (2, "case 1, expected: is missing.\n")


def test_a_missing_file_and_no_file_are_two(tmp_path: Path) -> None:
    done = run_cli("oracle", str(tmp_path / "none.json"))
    assert (done.returncode, done.stdout) == (2, "0 cases, 0 reproduced\n")
    assert "No such file" in done.stderr
    assert run_cli("oracle").returncode == 2


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([], "actions: have no disbursement"),
        ([{"type": "disbursement", "date": "2023-01-01"}], "actions[0].amount: is missing"),
        (
            [{"type": "repayment", "date": "2023-01-01", "amount": "-1"}],
            "actions[0].amount: '-1' is no decimal number",
        ),
        ([{"type": "disbursement", "date": "2023-01-01", "amount": "1000.00"}, 7], "actions[1]: an object is needed"),
        ("none", "actions: a list is needed"),
    ],
)
def test_actions_that_can_not_be_read_are_named(
    actions: object, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from app.launch.oracle import run

    file = written(tmp_path, changed("actions", actions, file=ALLOCATIONS))
    assert run([Path(file)])[1] == 2
    assert f"case 1, {words}" in capsys.readouterr().err


def test_a_schedule_comes_from_a_product_on_stdin() -> None:
    for case in cases_of(SCHEDULES):
        done = run_cli("loans", "schedule", "--json", typed=json.dumps(case["product"]))
        found = json.loads(done.stdout)
        assert (done.returncode, done.stderr) == (0, "")
        assert found["expected"] == case["expected"]
        assert case["expected_totals"] in (None, found["expected_totals"])


def test_a_table_shows_the_true_cost() -> None:
    done = run_cli("loans", "schedule", typed=json.dumps(cases_of(SCHEDULES)[0]["product"]))
    lines = done.stdout.splitlines()
    assert lines[-1] == "true cost: 1.805 % a month, 21.656 % a year nominal, 23.940 % effective"
    assert lines[-2].split() == ["5000.00", "900.00", "0.00", "0.00", "5900.00"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "it is no JSON"),
        (b"\xff", "it is no UTF-8"),
        ("{}", "disbursement_date: is missing"),
        ('{"principal": Infinity}', "Infinity is no number"),
        ('{"principal": "5000.00", "principal": "1.00"}', "'principal' stands twice in one place"),
        ('{"disbursement_date": "2026-01-01"}', "principal: is missing"),
    ],
)
def test_a_product_that_can_not_be_read_is_two(typed: str | bytes, words: str) -> None:
    done = run_cli("loans", "schedule", "--json", typed=typed)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"The product can't be read: {words}")


def test_numbers_are_compared_as_numbers() -> None:
    assert first_difference({"a": "5"}, {"a": "5.00", "b": 1}, "x") is None
    assert first_difference({"a": "5"}, {}, "x") == "x.a: expected 5, got nothing"
    assert first_difference("five", "six", "x") == "x: expected five, got six"
