"""Templates: what a kind of group starts with. Only rules whose engine exists stand here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """`accounts` are control codes of the chart that the group opens with."""

    name: str
    accounts: tuple[str, ...]


REGION_KINDS = {"KE": "county"}


def region_kind(country: str) -> str:
    """What a region is called in the country (ISO 3166): a code, `region` where we know no better."""
    return REGION_KINDS.get(country, "region")


TEMPLATES = {"welfare": Template(name="welfare", accounts=("1010", "1020", "1030"))}
