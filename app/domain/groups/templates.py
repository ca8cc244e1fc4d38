"""Templates: what a kind of group starts with. Only rules whose engine exists stand here."""

from dataclasses import dataclass

from app.domain.ledger.recipes import MONEY


@dataclass(frozen=True, slots=True)
class Template:
    """`purpose` is what members' payments are received for: a gift to the fund, or their own savings, or a pot's share.

    `accounts` are control codes of the chart that the group opens with; `frequency` and `due_day` are first rules.
    """

    name: str
    purpose: str
    frequency: str
    due_day: int | None
    accounts: tuple[str, ...] = MONEY


TEMPLATES = {
    one.name: one
    for one in (
        Template("welfare", purpose="contribution", frequency="once", due_day=None),
        Template("savings_credit", purpose="savings", frequency="weekly", due_day=6),
        Template("self_help", purpose="savings", frequency="monthly", due_day=10),
        Template("rotating", purpose="pot", frequency="monthly", due_day=5),
    )
}

REGION_KINDS = {"KE": "county", "IN": "district"}


def region_kind(country: str) -> str:
    """What a region is called in the country (ISO 3166): a code, `region` where we know no better."""
    return REGION_KINDS.get(country, "region")
