"""The code of a payment: as it is typed, and out of the whole message that a phone copies."""

from datetime import date

import pytest

from app.domain.payments import rules
from app.kit.errors import InvalidInput

SENT = "Ksh500.00 sent to BUSIA WELFARE for account 2AWHZG42 on 21/11/26 at 3:12 PM. New balance is Ksh1,250.00."


@pytest.mark.parametrize(
    "text",
    [
        "UKL7X4P9QD",
        " ukl7 x4p9-qd ",
        f"UKL7X4P9QD Confirmed. {SENT}",
        f"UKL7X4P9QD Imethibitishwa. {SENT}",
        f"Confirmed. {SENT} Government settlement. Code: ukl7x4p9qd.",
        "UKL7X4P9QD Confirmed. Ksh500.00 sent to UKL7X4P9QX",
    ],
)
def test_the_code_is_taken_out_of_what_was_pasted(text: str) -> None:
    assert rules.normalise_provider_code("mpesa", text) == "UKL7X4P9QD"


UPI = (
    "Rs.500.00 debited from A/c XX1234 on 21-11-26 to savitri.shg@demobank. UPI Ref No 432198765012. Not you? 18001234"
)


@pytest.mark.parametrize("text", ["4321 9876 5012", "0000432198765012", UPI])
def test_the_number_of_a_upi_payment_has_twelve_digits(text: str) -> None:
    assert rules.normalise_provider_code("upi", text) == "432198765012"


@pytest.mark.parametrize("text", ["43219876501", "1111432198765012", "to 432198765012 or 432198765013"])
def test_a_text_without_one_certain_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rules.normalise_provider_code("upi", text)
    assert caught.value.why == "upi_code"


@pytest.mark.parametrize("text", ["ABC", "Confirmed. Government 0712345678", "Pay UKL7X4P9QD or UKL7X4P9QX"])
def test_a_text_without_one_certain_code_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        rules.normalise_provider_code("mpesa", text)


@pytest.mark.parametrize(
    ("method", "text", "amount", "day"),
    [
        ("mpesa", f"UKL7X4P9QD Confirmed. {SENT}", "500.00", date(2026, 11, 21)),
        (
            "mpesa",
            "UKL7X4P9QD Confirmed. Ksh1,300.00 sent to X on 9/1/26 at 2:02 PM. Cost, Ksh5.00.",
            "1,300.00",
            date(2026, 1, 9),
        ),
        ("upi", UPI, "500.00", date(2026, 11, 21)),
        ("upi", "\u20b91,500 paid to Savitri SHG, UTR 432198765012, 21-Nov-2026", "1,500", date(2026, 11, 21)),
        ("mpesa", "UKL7X4P9QD", "", None),
        ("mpesa", "UKL7X4P9QD on 45/13/26", "", None),
    ],
)
def test_what_a_message_says_of_amount_and_day(method: str, text: str, amount: str, day: date | None) -> None:
    said = rules.read_message(method, text)
    assert said is not None
    assert (said.amount, said.paid_on) == (amount, day)


def test_a_message_without_a_code_says_nothing() -> None:
    assert rules.read_message("mpesa", "Ksh500.00 on 21/11/26") is None
