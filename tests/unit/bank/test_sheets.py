"""CSV of every habit: where the header is, how dates and amounts are written, which way money went, what chains."""

from datetime import date

import pytest

from app.domain.reconciliation.bank.reading import read_file
from app.domain.reconciliation.bank.types import BankStatement
from app.integrations.mt940 import Mt940
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from tests.unit.bank import sheets
from tests.unit.bank.habits import HABITS


def read(text: str, encoding: str = "utf-8") -> BankStatement:
    (statement,) = read_file(text.encode(encoding), Mt940()).statements
    return statement


def amounts(statement: BankStatement) -> list[int]:
    return [line.amount_minor for line in statement.lines]


def test_lakhs_two_columns_preamble_stars_and_totals() -> None:
    found = read(sheets.HDFC)
    assert (found.account, found.currency, found.chain) == ("50100123456789", "INR", "ok")
    assert amounts(found) == [100_000_00, -5_000_00, 500_50]
    assert found.opening is not None
    assert found.opening.amount_minor == 25_000_00
    assert found.closing is not None
    assert found.closing.amount_minor == 120_500_50
    assert found.lines[0].date == found.lines[0].value_date == date(2026, 8, 1)
    assert found.lines[0].reference == "0000412345678901"


def test_tabs_and_months_in_words() -> None:
    found = read(sheets.SBI)
    assert amounts(found) == [1_000_00, -250_00]
    assert [line.date for line in found.lines] == [date(2026, 8, 5), date(2026, 8, 6)]
    assert found.chain == "ok"


def test_a_flag_and_an_overdraft() -> None:
    found = read(sheets.FLAGGED)
    assert amounts(found) == [500_00, -30_00, -2_000_00]
    assert [line.balance_minor for line in found.lines] == [1_500_00, 1_470_00, -530_00]
    assert found.chain == "ok"


def test_decimal_commas() -> None:
    found = read(sheets.COMMA, "latin-1")
    assert amounts(found) == [1_250_00, -12_50]
    assert found.lines[1].description == "Gebühr"
    assert found.chain == "ok"


def test_the_receipt_inside_the_narration_and_lines_of_nothing() -> None:
    found = read(sheets.EQUITY)
    assert (found.account, found.currency, found.chain) == ("0170299123456", "KES", "ok")
    assert amounts(found) == [500_00, -33_00, 0]
    first = found.lines[0]
    assert (first.bank_id, first.reference) == ("TKL4X81QZ2", None)
    assert found.opening is not None
    assert found.opening.amount_minor == 10_000_00


def test_mpesa_newest_first_with_a_fee_of_the_same_second_and_a_failure() -> None:
    file = read_file(sheets.MPESA_7.encode(), Mt940())
    assert file.format == "mpesa_csv"
    (found,) = file.statements
    assert (found.account, found.currency) == ("522533", "KES")
    assert amounts(found) == [1_000_00, -500_00, -33_00, 500_00]
    assert found.lines[1].bank_id == found.lines[2].bank_id == "TKL1M00FEE"
    assert found.lines[0].reference == "K7M2Q9XM"
    assert found.lines[0].counterparty == "254722***101 - ACHIENG O"
    assert found.chain == "ok"
    assert found.opening is not None
    assert found.opening.amount_minor == 2_500_00


def test_mpesa_of_the_portal() -> None:
    (found,) = read_file(sheets.MPESA_9.encode(), Mt940()).statements
    assert amounts(found) == [1_000_00]
    assert found.lines[0].reference == "K7M2Q9XM"
    assert found.lines[0].counterparty == "254722000101 - ACHIENG ODHIAMBO"
    assert found.lines[0].date == date(2026, 8, 5)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("text", [sheets.HDFC, sheets.MPESA_7, sheets.FLAGGED])
def test_encodings(text: str, encoding: str) -> None:
    assert amounts(read(text, encoding)) == amounts(read(text))


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_separators(mark: str) -> None:
    text = "Date|Details|Money In|Money Out|Balance\n5/8/26|a|10.00||110.00\n6/8/26|b||4.00|106.00\n".replace("|", mark)
    found = read(text)
    assert (amounts(found), found.chain) == ([10_00, -4_00], "ok")


def test_a_break_is_named_by_its_line() -> None:
    found = read(sheets.HDFC.replace('"1,20,500.50"', '"1,20,500.00"'))
    assert (found.chain, found.first_break) == ("broken", 3)


def test_a_break_of_a_list_that_begins_with_the_newest() -> None:
    found = read(sheets.MPESA_7.replace('"3,467.00"', '"3,400.00"'))
    assert (found.chain, found.first_break) == ("broken", 1)


def test_without_balances_nothing_is_verified() -> None:
    found = read("Date,Details,Amount\n5/8/26,a,10\n6/8/26,b,-4\n")
    assert (found.chain, found.opening, found.closing, amounts(found)) == ("unverifiable", None, None, [10_00, -4_00])


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("", "empty", None),
        ("  \r\n" * 50, "empty", None),
        ("hello\nworld\n", "no_header", None),
        ("Date,Details,Amount\n5/8/26,a,ten\n", "amount", 2),
        ("Date,Details,Amount\nsometime,a,10\n", "date", 2),
        ("Date,Details,Debit,Credit\n5/8/26,a,10,10\n", "both_sides", 2),
        ("Date,Details,Amount\n5/8/26,a,=HYPERLINK(1)\n", "formula", 2),
        ("Date,Details,Amount\n=TODAY(),a,10\n", "formula", 2),
        ("Date,Details,Amount\n5/8/26,a,@SUM(1+1)\n", "formula", 2),
        ("Date,Details,Amount\n5/8/26,a,-2+3+cmd|' /C calc'!A0\n", "formula", 2),
        ('Date,Details,Amount\n5/8/26,"a,10\n', "truncated", 2),
        ("Date,Details,Amount,Balance\n5/8/26,a,10,10\n6/8/26,b,10,20\n7/8/26,c", "truncated", 4),
        ("Date,Details,Amount\n5/8/26,a,10" + ",x" * 1_000_000 + "\n", "too_wide", 2),
        ("Date,Details,Amount\n5/8/26,a\0b,10\n", "not_text", 2),
    ],
)
def test_what_is_no_statement_is_refused_with_its_line(text: str, why: str, line: int | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert (caught.value.why, caught.value.params.get("line")) == (f"bank_{why}", line)
    for language in ("en", "sw"):
        assert t(caught.value.message_key, language, **caught.value.params)


def test_banks_words_that_begin_like_formulas_are_words() -> None:
    assert amounts(read("Date,Details,Amount\n5/8/26,-CHARGES,10\n6/8/26,+254722000101,20\n")) == [10_00, 20_00]


@pytest.mark.parametrize("habit", HABITS)
def test_habits(habit: str) -> None:
    text, expected, chain = HABITS[habit]
    found = read(text)
    assert (amounts(found), found.chain, found.first_break) == (expected, chain, None)


def test_a_sheet_as_wide_as_it_may_be() -> None:
    assert amounts(read("Date,Amount" + ",x" * 98 + "\n2026-08-05,5.00\n")) == [5_00]
    assert amounts(read("," * 99 + "x\nDate,Amount\n2026-08-05,5.00\n")) == [5_00]


def test_a_column_in_which_one_amount_is_grouped_oddly_is_refused() -> None:
    for text in ("1,5.00", "1,2,3.00"):
        with pytest.raises(InvalidInput) as caught:
            read(f'Date,Amount\n2026-08-05,5.00\n2026-08-06,"{text}"\n')
        assert (caught.value.why, caught.value.params["line"]) == ("bank_amount", 3)


def test_what_a_line_says_has_an_end_and_no_line_ends() -> None:
    text = f'Date,Description,Reference,Amount\n2026-11-01,{"x" * 5_000},r,5.00\n2026-11-02,"MPESA\nJANE",r,5.00\n'
    (statement,) = read_file(text.encode(), Mt940()).statements
    assert [line.description for line in statement.lines] == ["x" * 2_000, "MPESA JANE"]
