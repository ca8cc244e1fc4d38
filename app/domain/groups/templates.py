"""Templates: what a kind of group starts with. Only rules whose engine exists stand here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """`accounts` are control codes of the chart that the group opens with."""

    name: str
    accounts: tuple[str, ...]


TEMPLATES = {"welfare": Template(name="welfare", accounts=("1010", "1020", "1030"))}
