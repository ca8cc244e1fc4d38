"""Phone numbers: whatever people write, as E.164."""

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

from app.kit.db import Session, is_read_only
from app.kit.errors import InvalidInput

_WHY = {
    ValidationResult.TOO_SHORT: "phone_short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "phone_short",
    ValidationResult.TOO_LONG: "phone_long",
    ValidationResult.INVALID_COUNTRY_CODE: "phone_country",
}
_UNREAD = {
    NumberParseException.INVALID_COUNTRY_CODE: "phone_country",
    NumberParseException.TOO_LONG: "phone_long",
}


def parse_phone(text: str, country: str = "KE", *, field: str = "phone") -> str:
    """E.164 of a mobile number as people write it: `0712 345 678`, `712345678`, `+254-712...`, `254712...`.

    `country` (ISO 3166) is assumed where the number has no country code. Raises InvalidInput with `phone_empty`,
    `phone_short`, `phone_long`, `phone_country` or `phone`.
    """
    digits = "".join(c for c in text if c.isdecimal())
    if not digits:
        raise InvalidInput(field, "phone_empty")
    is_whole = text.strip().startswith("+")
    written = f"+{digits}" if is_whole else f"+{digits[2:]}" if digits.startswith("00") else digits
    try:
        number = phonenumbers.parse(written, country)
    except NumberParseException as error:
        raise InvalidInput(field, _UNREAD.get(error.error_type, "phone_short"), digits=len(digits)) from None
    result = phonenumbers.is_possible_number_with_reason(number)
    if result != ValidationResult.IS_POSSIBLE:
        raise InvalidInput(field, _WHY.get(result, "phone"), digits=len(digits))
    if not phonenumbers.is_valid_number(number):
        raise InvalidInput(field, "phone", digits=len(digits))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def example_phone(country: str) -> str:
    """A mobile number as it is written in the country (ISO 3166); empty where none is known."""
    number = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL) if number else ""


def display_phone(phone: str) -> str:
    """E.164 in groups, for the owner and those who may see it."""
    return phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked_phone(phone: str) -> str:
    """For a screen that others may see: the beginning and the last three digits."""
    shown = display_phone(phone)
    head, _, rest = shown.partition(" ")
    digits = "".join(c for c in rest if c.isdecimal())
    return f"{head} {digits[:3]} ••• {digits[-3:]}" if len(digits) > 6 else f"{head} ••• {digits[-3:]}"


def shown_phone(session: Session, phone: str | None) -> str | None:
    """A member's phone as others of her group see it: whole, and masked in a public demo, where anybody may be they."""
    if not phone:
        return None
    return masked_phone(phone) if is_read_only(session) else display_phone(phone)


def region_of(phone: str) -> str:
    """The ISO 3166 region of an E.164 number, empty when it has none."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""


def prefix_of(region: str) -> str:
    """`+254` of `KE`."""
    return f"+{phonenumbers.country_code_for_region(region)}"
