"""The plain-text forms: exact decimals, names of accounts, names of members that can't break the file."""

import re
from dataclasses import replace
from datetime import date

import pytest

from app.domain.ledger.export_journal import FORMATS, Beancount, Csv, PlainJournal, account_name, decimal
from app.domain.ledger.export_records import AccountView
from tests.factories import exports


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "KES", "0.00"),
        (5, "KES", "0.05"),
        (-5, "KES", "-0.05"),
        (123_456_789, "INR", "1234567.89"),
        (-500, "UGX", "-500"),
        (0, "XOF", "0"),
        (1, "KWD", "0.001"),
    ],
)
def test_amounts_are_exact(minor: int, currency: str, text: str) -> None:
    assert decimal(minor, currency) == text


def test_every_part_of_an_accounts_name_begins_as_beancount_demands() -> None:
    assert account_name(exports.ACCOUNTS[0]) == "Assets:1010"
    member = AccountView(3, "2010.abcdef00-0000-0000-0000-000000000000", "L", "KES")
    assert account_name(member) == "Liabilities:2010:M-abcdef00-0000-0000-0000-000000000000"


def test_a_name_breaks_no_file() -> None:
    member = exports.ACCOUNTS[1].code.partition(".")[2]
    for before in ("", " ", "\t"):
        _assert_harmless({member: before + '=cmd|"x"\n2026-01-01 * planted\\'})


def _assert_harmless(names: dict[str, str]) -> None:
    for kind in FORMATS:
        journal = FORMATS[kind](exports.CODE, names)
        text = journal.head(exports.ACCOUNTS, date(2026, 1, 1))
        text += "".join(journal.entry(one) for one in exports.make_entries([500]))
        assert not [line for line in text.splitlines() if line.startswith("2026-01-01 * planted")], kind
        assert '"x"' not in text
        assert re.search(r"'\s*=cmd", text) or kind != "csv"


def test_books_without_entries_are_files_too() -> None:
    assert PlainJournal("K7M2Q9", {}).tail({1: 0}, None) == ""
    assert Beancount("K7M2Q9", {}).tail({1: 0}, None) == ""
    assert "1970-01-01 open Assets:1010 KES" in Beancount("K7M2Q9", {}).head(exports.ACCOUNTS, None)


def test_a_row_of_the_csv_says_everything_of_a_line() -> None:
    journal = Csv(exports.CODE, {})
    journal.head(exports.ACCOUNTS, None)
    entry = replace(exports.make_entries([500])[0])
    first = journal.entry(entry).splitlines()[0].split(",")
    assert first[0] == "1"
    assert first[8:] == ["1", "1010", "A", "KES", "5.00", "500", "500", ""]
