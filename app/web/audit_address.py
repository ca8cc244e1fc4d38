"""What the audit trail is narrowed to, as it stands in an address: `?who=&what=&from=&until=`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from app.kit.errors import InvalidInput
from app.web.screen import parse_date, parse_id


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The words of the address as they came; empty where nothing is left out."""

    who: str = ""
    what: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Narrowing":
        return cls(*(str(query.get(name, ""))[:40].strip() for name in ("who", "what", "from", "until")))

    @property
    def words(self) -> dict[str, str]:
        return {"who": self.who, "what": self.what, "from": self.since, "until": self.until}

    @property
    def query(self) -> str:
        """With its question mark; empty for the whole log."""
        said = urlencode({name: word for name, word in self.words.items() if word})
        return f"?{said}" if said else ""

    def check_days(self) -> None:
        """Raises InvalidInput for what is no day, and for a last day before the first."""
        first, last = _day(self.since, "from"), _day(self.until, "until")
        if first and last and last < first:
            raise InvalidInput("until", "period_backwards")

    def arguments(self) -> dict[str, Any]:
        """For `group_activity`. Raises NotFound and InvalidInput."""
        return {
            "person": parse_id(self.who) if self.who else None,
            "kind": self.what,
            "since": _day(self.since, "from"),
            "until": _day(self.until, "until"),
        }


def _day(word: str, field: str) -> date | None:
    return parse_date(word, field=field) if word else None
