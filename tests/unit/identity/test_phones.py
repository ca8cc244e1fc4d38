"""Phone numbers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identity.phones import display_phone, example_phone, parse_phone
from app.kit.errors import InvalidInput
from app.kit.i18n import t


@pytest.mark.parametrize(
    "written",
    [
        "0712345678",
        "0712 345 678",
        "712345678",
        "+254712345678",
        "+254 712-345-678",
        "254712345678",
        "254 712 345 678",
        "  (0712) 345.678 ",
        "00254712345678",
    ],
)
def test_one_number_in_every_spelling(written: str):
    assert parse_phone(written) == "+254712345678"


@pytest.mark.parametrize(
    ("written", "country", "expected"),
    [
        ("0110 123 456", "KE", "+254110123456"),
        ("98765 43210", "IN", "+919876543210"),
        ("+91 98765 43210", "KE", "+919876543210"),
        ("91 98765 43210", "IN", "+919876543210"),
        ("9198765432", "IN", "+919198765432"),
    ],
)
def test_countries(written: str, country: str, expected: str):
    assert parse_phone(written, country) == expected


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "phone_empty"),
        ("call me", "phone_empty"),
        ("071234", "phone_short"),
        ("07", "phone_short"),
        ("0712 345 678 901 234", "phone_long"),
        ("+999 712 345 678", "phone_country"),
        ("0912 345 678", "phone"),
        ("+", "phone_empty"),
        ("00", "phone_short"),
        ("²", "phone_empty"),
    ],
)
def test_what_is_wrong_is_said(written: str, why: str):
    with pytest.raises(InvalidInput) as caught:
        parse_phone(written, field="admin_phone")
    assert (caught.value.field, caught.value.why) == ("admin_phone", why)
    assert t(caught.value.message_key, **caught.value.params)


def sentence(text: str) -> str:
    """The refusal's words, empty for a number that is taken, which must then be stable."""
    try:
        phone = parse_phone(text)
    except InvalidInput as error:
        return t(error.message_key, **error.params)
    assert parse_phone(phone) == phone
    assert parse_phone(display_phone(phone)) == phone
    return ""


@given(st.text(max_size=40) | st.text("0123456789+ -()", max_size=20))
def test_any_text_is_a_number_or_a_named_refusal(text: str):
    sentence(text)


@pytest.mark.parametrize(("country", "begins"), [("KE", "+2547"), ("IN", "+91")])
def test_an_example_is_a_number_of_the_country(country: str, begins: str):
    assert parse_phone(example_phone(country), country).startswith(begins)
    assert not example_phone(country).startswith("+"), "as people write it at home"


def test_no_example_where_no_country_is_known():
    assert example_phone("ZZ") == ""
