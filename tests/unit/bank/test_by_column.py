"""A sheet read column by column says what it says row by row."""

import random

import pytest

from app.domain.reconciliation.bank.reading import read_file
from app.domain.reconciliation.bank.sheets import _Sheet
from app.domain.reconciliation.bank.types import BankFile
from app.integrations.mt940 import Mt940
from app.kit.errors import InvalidInput
from app.launch import bench_reconcile as bench

MPESA = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance"
BANK = "Date,Narration,Reference,Debit,Credit,Balance"
AMOUNTS = ("", "5.00", "1,250.00", "-5.00", "(5.00)", "0.00", "5", "x", "-", "12 Dr")
DAYS = ("05/08/2026", "2026-08-05 10:00:00", "", "Total", "31/12/2026", "2026-08-05")
WORDS = (
    "Pay Bill from 254722000111 - GRACE WANJIRU Acc. ABCD-EFGH",
    "Pay Bill from 254722000111 - FEE WAIRIMU Acc. ABCD",
    "Pay Bill from 254722***111 - GRACE Acc. ABCD",
    "Pay Bill from 254722000111 - GRACE via API Acc. ABCD",
    "Pay Bill from 254722000111 - GRACE  X Acc. AB CD",
    "Pay Bill Charge",
    "TRANSFER MPESA TKL4ABCD12 254722000111",
    "STKPUSH",
    "n/a",
    "",
    "Closing balance",
)
STATUSES = ("Completed", "Failed", "completed", "")


def read(text: str) -> BankFile | tuple[str, str, dict[str, object]]:
    try:
        return read_file(text.encode(), Mt940(), currency="KES")
    except InvalidInput as refusal:
        return refusal.field or "", refusal.why, dict(refusal.params)


def agree(text: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the columns said it; fails where the rows say otherwise."""
    by_column = read(text)
    with monkeypatch.context() as patch:
        patch.setattr(_Sheet, "_read_usual", lambda *_: 0)
        assert read(text) == by_column, text
    return isinstance(by_column, BankFile)


@pytest.mark.parametrize("seed", range(12))
def test_odd_sheets_say_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    right = 0
    for _ in range(150):
        rows = []
        for _ in range(chance.randrange(1, 6)):
            day, words = chance.choice(DAYS[:2] * 3 + DAYS), chance.choice(WORDS)
            money = [chance.choice(AMOUNTS[:3] * 4 + AMOUNTS) for _ in range(3)]
            if seed % 2:
                rows.append([chance.choice(("TKL4ABCD12", "")), day, words, chance.choice(STATUSES), *money])
            else:
                rows.append([day, words, chance.choice(WORDS), *money])
        head = MPESA if seed % 2 else BANK
        right += agree("\n".join([head, *(",".join(f'"{cell}"' for cell in row) for row in rows)]) + "\n", monkeypatch)
    assert right > 10


def test_plain_sheets_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _, paid = bench._make(300)
    for header, cells in (
        (MPESA, lambda one, n: (one.line.bank_id, f"{one.at:%Y-%m-%d %H:%M:%S}", one.line.description, "Completed", n)),
        (BANK, lambda one, n: (f"{one.at:%d/%m/%Y}", one.line.description, one.line.reference, "", n)),
    ):
        rows = [",".join((*cells(one, f"{one.line.amount_minor / 100:.2f}"), "")) for one in paid]
        assert agree("\n".join([header, *rows]) + "\n", monkeypatch)
