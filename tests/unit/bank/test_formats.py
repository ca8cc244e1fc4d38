"""Banks' own formats: several statements, batches, missing days, tags that nobody closed."""

from datetime import date

import pytest

from app.domain.reconciliation.bank.reading import read_file
from app.domain.reconciliation.bank.types import Balance, BankFile
from app.integrations.mt940 import Mt940
from app.kit.errors import InvalidInput
from tests.unit.bank import formats


def read(text: str, encoding: str = "utf-8") -> BankFile:
    return read_file(text.encode(encoding), Mt940())


def test_mt940_with_two_statements() -> None:
    first, second = read(formats.MT940).statements
    assert (first.account, first.currency, first.chain) == ("KE0170299123456", "KES", "ok")
    assert first.opening == Balance(date(2026, 8, 1), 1_000_00)
    assert [line.amount_minor for line in first.lines] == [500_00, -33_00, 20_50]
    akinyi, charge, late = first.lines
    assert (akinyi.reference, akinyi.bank_id, akinyi.counterparty) == ("K7M2Q9XM", "FT26217AAA", "AKINYI ACHIENG")
    assert akinyi.description == "TRANSFER November contributionsecond half PAYMENT OF AKINYI"
    assert (charge.date, charge.reference, charge.description) == (date(2026, 8, 6), None, "Monthly charge")
    assert (late.date, late.value_date) == (date(2026, 1, 2), date(2025, 12, 31))
    assert [line.amount_minor for line in second.lines] == [10_00, -400_00, 0]
    assert second.chain == "ok"


@pytest.mark.parametrize(
    ("change", "why", "line"),
    [
        (("C500,00N", "X500,00N"), "line", 6),
        (("C260801KES1000,00", "C269901KES1000,00"), "balance", 5),
        ((":62F:C260807KES1097,50\n-}\n", ""), "truncated", 20),
    ],
)
def test_mt940_that_is_wrong_names_the_line(change: tuple[str, str], why: str, line: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(formats.MT940.replace(*change))
    assert (caught.value.why, caught.value.params["line"]) == (f"bank_{why}", line)


def test_a_file_named_in_mt940_is_not_opened() -> None:
    """The library takes text that names a file for that file; it is never given the whole text."""
    with pytest.raises(InvalidInput):
        read_file(b"/etc/passwd", Mt940())


def test_mt940_in_old_encodings() -> None:
    text = formats.MT940.replace("Monthly charge", "Gebühr\x01 März")
    for encoding in ("latin-1", "utf-8", "utf-8-sig"):
        assert read(text, encoding).statements[0].lines[1].description == "Gebühr März"


def test_ofx_without_closing_tags() -> None:
    (found,) = read(formats.OFX_SGML).statements
    assert (found.account, found.currency, found.chain) == ("31234567890", "INR", "unverifiable")
    assert (found.opening, found.closing) == (None, Balance(date(2026, 8, 31), -200_00))
    one, two = found.lines
    assert (one.date, one.amount_minor, one.bank_id, one.counterparty) == (date(2026, 8, 5), 500_00, "F1", "ASHA & CO")
    assert (two.amount_minor, two.reference, two.description) == (-12_50, None, "Fee <monthly>")


def test_ofx_of_a_credit_card() -> None:
    (found,) = read(formats.OFX_XML).statements
    assert (found.account, found.currency) == ("4111********1111", "EUR")
    assert found.closing == Balance(date(2026, 8, 31), -123_45)
    (line,) = found.lines
    assert (line.amount_minor, line.value_date, line.counterparty) == (-9_99, date(2026, 8, 7), "Café")
    assert line.description == "a <b> c"


@pytest.mark.parametrize("text", [formats.OFX_SGML, formats.OFX_XML])
def test_ofx_that_breaks_off(text: str) -> None:
    for cut in (len(text) // 2, len(text) - 8):
        with pytest.raises(InvalidInput, match="invalid_input") as caught:
            read(text[:cut])
        assert caught.value.why in ("bank_truncated", "bank_date", "bank_amount")


@pytest.mark.parametrize("version", [2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("prefix", ["", "ns2"])
def test_camt(version: int, prefix: str) -> None:
    file = read(formats.camt(version, prefix=prefix))
    assert file.format == "camt053"
    (found,) = file.statements
    assert (found.account, found.currency, found.chain) == ("NL26VAYB8060476890", "EUR", "ok")
    assert found.opening == Balance(date(2026, 8, 5), -10_00)
    assert [line.amount_minor for line in found.lines] == [50_00, 10_00, 20_00, -8_00]
    ana, ben, cara, fee = found.lines
    assert (ana.reference, ana.counterparty, ana.bank_id) == ("K7M2Q9XM", "Ana", "B50.00")
    assert (ben.reference, ben.counterparty, ben.description) == (None, "Ben", "for Ben")
    assert cara.reference == "E2E-2"
    assert (fee.date, fee.value_date) == (date(2026, 8, 6), date(2026, 8, 6))


def test_camt_in_utf_16() -> None:
    text = formats.camt(8).replace("UTF-8", "UTF-16").replace("Ana", "Ngũgĩ")
    assert read(text, "utf-16").statements[0].lines[0].counterparty == "Ngũgĩ"


def test_camt_whose_balances_do_not_agree() -> None:
    (found,) = read(formats.camt(8).replace("62.00", "63.00")).statements
    assert (found.chain, found.first_break) == ("broken", None)
