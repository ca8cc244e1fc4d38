"""A sheet read column by column says what it says row by row."""

import random
import re
from collections.abc import Sequence

import pytest

from app.domain.reconciliation.bank import chain, days, sheets, tables
from app.domain.reconciliation.bank.mpesa import mpesa_parts
from app.domain.reconciliation.bank.reading import read_file
from app.domain.reconciliation.bank.types import BankFile
from app.integrations.mt940 import Mt940
from app.kit.errors import InvalidInput
from app.launch import bench_reconcile as bench
from tests.unit.bank.habits import HABITS

MPESA = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance"
BANK = "Date,Narration,Reference,Debit,Credit,Balance"
AMOUNTS = ("", "5.00", "1,250.00", "-5.00", "(5.00)", "0.00", "5", "x", "-", "12 Dr", "1,5.00", "\u00a07.00", '="5.00"')
DAYS = (
    "05/08/2026",
    "2026-08-05 10:00:00",
    "",
    "Total",
    "31/12/2026",
    "2026-08-05",
    "2026-08-05x10:00:00",
    " 5/8/2026",
)
WORDS = (
    "Pay Bill from 254722000111 - GRACE WANJIRU Acc. ABCD-EFGH",
    "Pay Bill from 254722000111 - FEE WAIRIMU Acc. ABCD",
    "Pay Bill from 254722***111 - GRACE Acc. ABCD",
    "Pay Bill from 254722000111 - GRACE via API Acc. ABCD",
    "Pay Bill from 254722000111 - GRACE  X Acc. AB CD",
    "Pay Bill from 254722000111 - G Acc. Acc. Y",
    "Pay Bill from 254722000111 via Acc. Y",
    "Pay Bill from 254722000111 via x via Acc. " + "Y" * 150,
    '="Pay Bill from 254722000111 Acc. "',
    "Pay Bill from 254722000111 - \u0130BRA Acc. \u00a0X",
    "Pay Bill Charge",
    "two\nrows",
    "=1+1",
    "\u00a0",
    "TRANSFER MPESA TKL4ABCD12 254722000111",
    "STKPUSH",
    "n/a",
    "",
    "Closing balance",
)
FLAGGED = "Date,Narration,Reference,Amount,Dr/Cr,Balance"
FLAGS = ("Dr", "cr", "D", "", "x", "out", "C.")
STATUSES = ("Completed", "Failed", "completed", "")


def read(text: str) -> BankFile | tuple[str, str, dict[str, object]]:
    try:
        return read_file(text.encode(), Mt940(), currency="KES")
    except InvalidInput as refusal:
        return refusal.field or "", refusal.why, dict(refusal.params)


def agree(text: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the columns said it; fails where shorter parts of them, or the rows, say otherwise."""
    by_column = read(text)
    with monkeypatch.context() as patch:
        for count in (1, 2, 3):
            patch.setattr(tables, "TOGETHER", count)
            assert read(text) == by_column, text
        patch.setattr(tables, "_plain_columns", lambda *_: None)
        patch.setattr(sheets._Sheet, "_amounts", lambda *_: None)
        patch.setattr(sheets, "mpesa_columns", lambda *columns: zip(*map(mpesa_parts, *columns), strict=True))
        patch.setattr(days, "_ISO_COLUMN", re.compile("(?!)"))
        patch.setattr(chain, "_check_plain", lambda *_: None)
        assert read(text) == by_column, text
    return isinstance(by_column, BankFile)


@pytest.mark.parametrize("seed", range(12))
def test_odd_sheets_say_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    right = sum(agree(odd_sheet(chance, (MPESA, BANK, FLAGGED)[seed % 3]), monkeypatch) for _ in range(150))
    assert right > 10


def odd_sheet(chance: random.Random, header: str) -> str:
    """Few rows, of which some are blank, short or long, or say a sum; some sheets have nothing odd."""
    oddity = chance.choice((0, 0.05, 0.3))

    def one(usual: Sequence[str], odd: Sequence[str]) -> str:
        return chance.choice(odd if chance.random() < oddity else usual)

    rows = [header.split(",")]
    for _ in range(chance.randrange(1, 7)):
        day, words, balance = one(DAYS[:2], DAYS), one(WORDS[:4], WORDS), one(AMOUNTS[1:3], AMOUNTS)
        sides = [one(AMOUNTS[:1], AMOUNTS), one(AMOUNTS[1:3], AMOUNTS)]
        row = [day, words, one(("K7M2Q9XM",), WORDS), *sides, balance]
        if header == FLAGGED:
            row[3:5] = sides[1], one(("Dr", "CR."), FLAGS)
        if header == MPESA:
            row = [chance.choice(("TKL4ABCD12", "")), day, words, one(STATUSES[:1], STATUSES), *sides[::-1], balance]
        rows.append(one((row,), (row, row[:-2], [*row, "x"], [*row, "Total"], [""] * 7, [" "], ["", words])))
    if chance.random() < 0.5:
        rows.insert(0, ["Account Number: 0170299123456"])
    end = chance.choice(("\n", "\r\n"))
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return end.join(quoted) + chance.choice((end, ""))


def test_plain_sheets_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _, paid = bench._make(300)
    for header, cells in (
        (MPESA, lambda one, n: (one.line.bank_id, f"{one.at:%Y-%m-%d %H:%M:%S}", one.line.description, "Completed", n)),
        (BANK, lambda one, n: (f"{one.at:%d/%m/%Y}", one.line.description, one.line.reference, "", n)),
    ):
        rows = [",".join((*cells(one, f"{one.line.amount_minor / 100:.2f}"), "")) for one in paid]
        assert agree("\n".join([header, *rows]) + "\n", monkeypatch)


@pytest.mark.parametrize("name", HABITS)
def test_every_banks_sheet_says_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert agree(HABITS[name][0], monkeypatch)
    assert agree(HABITS[name][0].rstrip("\n") + "\n\n\n", monkeypatch)


def test_a_chain_is_the_same_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Oldest first, newest first, in no order, with a failed row, with a row left out, after what was stated before."""
    chance = random.Random(5)
    for count in (1, 2, 9):
        said = [(f"2026-08-{n + 1:02d} 10:00:00", 500 + n, 500 * (n + 1) + n * (n + 1) // 2) for n in range(count)]
        rows = [f"TKL{n},{day},x,Completed,{one}.00,,{after}.00" for n, (day, one, after) in enumerate(said)]
        failed = [*rows, "TKLX,2026-08-20 10:00:00,x,Failed,7.00,,"]
        for some in (
            rows,
            rows[::-1],
            chance.sample(rows, count),
            failed,
            failed[::-1],
            rows[: count // 2] + rows[-1:],
        ):
            for above in ("", "Opening balance,0.00\n", "Closing balance,9.00\n"):
                assert agree("\n".join([above + MPESA, *some]) + "\n", monkeypatch)


@pytest.mark.parametrize("text", ["99991231", "00010101", "31/12/9999", "1 1:11" + " " * 60 + "x", "20260230"])
def test_days_that_no_statement_has(text: str) -> None:
    assert days.instant_column([text], days.instant_reader(is_day_first=True)) == [None]
