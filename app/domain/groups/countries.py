"""Where groups are opened: what goes with the country."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """`code` is ISO 3166, `currency` ISO 4217, `timezone` IANA's."""

    code: str
    currency: str
    timezone: str


COUNTRIES = {one.code: one for one in (Country("KE", "KES", "Africa/Nairobi"), Country("IN", "INR", "Asia/Kolkata"))}
