"""What a report is narrowed to, as it stands in an address: `?what=transactions&from=2026-01-01&account=1010`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from urllib.parse import parse_qsl, urlencode

from app.domain.ledger.recipes import CONTROL, KINDS
from app.domain.reports.report_views import Narrowed
from app.kit.errors import NotFound
from app.kit.money import parse_amount
from app.web.screen import parse_date, parse_id

LATE = "late"


@dataclass(frozen=True, slots=True)
class ReportAddress:
    """The words of the address as they came; empty where nothing is left out. `since` stands there as `from`."""

    since: str = ""
    until: str = ""
    call: str = ""
    member: str = ""
    entry: str = ""
    account: str = ""
    least: str = ""
    most: str = ""
    only: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "ReportAddress":
        return cls(**{name: str(query.get(_word(name)) or "")[:40].strip() for name in NAMES})

    @classmethod
    def parse(cls, query: str) -> "ReportAddress":
        return cls.of(dict(parse_qsl(query)))

    @property
    def query(self) -> str:
        """In one order, without what is empty and without a question mark."""
        return urlencode({_word(name): word for name in NAMES if (word := getattr(self, name))})

    def narrowed(self, currency: str) -> Narrowed:
        """Raises NotFound for what names nothing, and InvalidInput for what is no day or no amount."""
        if self.entry and self.entry not in KINDS:
            raise NotFound
        if (self.account and self.account not in CONTROL) or self.only not in ("", LATE):
            raise NotFound
        return Narrowed(
            since=_day(self.since, "from"),
            until=_day(self.until, "until"),
            call_id=parse_id(self.call) if self.call else None,
            member_id=parse_id(self.member) if self.member else None,
            entry=self.entry,
            account=self.account,
            least_minor=_amount(self.least, currency, "least"),
            most_minor=_amount(self.most, currency, "most"),
            is_late=self.only == LATE,
        )


NAMES = tuple(one.name for one in fields(ReportAddress))


def _word(name: str) -> str:
    return "from" if name == "since" else name


def _day(word: str, field: str) -> date | None:
    return parse_date(word, field=field) if word else None


def _amount(word: str, currency: str, field: str) -> int | None:
    return parse_amount(word, currency, field=field, may_be_zero=True) if word else None
