"""Codes as people type or paste them."""

import pytest

from app.domain.payments.rules import normalise_provider_code
from app.kit.errors import InvalidInput

SMS = (
    "UKL7X4P9QD Confirmed. Ksh500.00 sent to BSS WELFARE for account K7M2Q9XM on 21/11/26 at 2:02 PM. "
    "New M-PESA balance is Ksh1,204.00. Transaction cost, Ksh0.00. Amount you can transact today: 499,500.00."
)
KISWAHILI = "UKL7X4P9QD Imethibitishwa. Ksh500.00 imetumwa kwa BSS WELFARE tarehe 21/11/26."
BANK = (
    "Rs.500.00 debited from A/c XX1234 on 21-11-26 to savitri.shg@demobank. UPI Ref No 432198765012. Not you? 18001234"
)


@pytest.mark.parametrize(
    ("method", "text", "code"),
    [
        ("mpesa", " ukl7-x4p9 qd ", "UKL7X4P9QD"),
        ("mpesa", SMS, "UKL7X4P9QD"),
        ("mpesa", KISWAHILI, "UKL7X4P9QD"),
        ("upi", "4321 9876 5012", "432198765012"),
        ("upi", "0000432198765012", "432198765012"),
        ("upi", BANK, "432198765012"),
        ("bank", "ft-2026/1"[:7], "FT2026"),
    ],
)
def test_a_code_is_found_in_what_is_typed_or_pasted(method: str, text: str, code: str) -> None:
    assert normalise_provider_code(method, text) == code


@pytest.mark.parametrize(
    ("method", "text", "why"),
    [
        ("mpesa", "", "provider_code_empty"),
        ("mpesa", "UKL7X4P9Q", "mpesa_code"),
        ("mpesa", "7KL7X4P9QD", "mpesa_code_symbols"),
        ("mpesa", "UKL7X4P9QD or UKL7X4P9QE", "mpesa_code"),
        ("upi", "43219876501", "upi_code"),
        ("upi", "1111432198765012", "upi_code"),
        ("upi", "432198765012 432198765013", "upi_code"),
    ],
)
def test_what_is_no_code_or_more_than_one_is_refused(method: str, text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalise_provider_code(method, text)
    assert caught.value.why == why
