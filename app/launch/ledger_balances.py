"""`./sanduk ledger balances`: a group's trial balance, now, as of a day, or as of a moment."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from app.domain.groups.access import find_group_by_code
from app.domain.ledger import service as ledger
from app.domain.ledger.views import BalanceView
from app.kit.actor import NOBODY, Actor
from app.kit.money import exponent
from app.launch.paths import Refusal
from app.launch.place import bring_up_to_date, open_place, opened_services, set_environment


@dataclass(frozen=True, slots=True)
class Question:
    """By effective date when `day` is given, by recorded order when `moment` is, else now."""

    group: str
    day: date | None
    moment: datetime | None


def run(group: str, as_of: str, recorded: str, data: Path | None, *, is_json: bool) -> str:
    """What goes to stdout. Raises Refusal (2) for an unknown code, what is no day or instant, and both at once."""
    asked = Question(group.strip().upper(), _day(as_of), _moment(recorded))
    if asked.day and asked.moment:
        msg = "Give --as-of or --recorded, not both: they are different clocks."
        raise Refusal(msg, 2)
    with open_place(data) as place:
        set_environment(place)
        bring_up_to_date(place)
        rows, seq = asyncio.run(_read(asked))
    return _as_json(asked, rows, seq) if is_json else _as_text(rows)


async def _read(asked: Question) -> tuple[list[BalanceView], int]:
    """The rows, and the newest entry that they can hold."""
    async with opened_services() as services:
        async with services.database.transaction(NOBODY) as session:
            group_id = await find_group_by_code(session, asked.group)
        if group_id is None:
            msg = f"No group has the code {asked.group}."
            raise Refusal(msg, 2)
        async with services.database.transaction(Actor(group_id=group_id)) as session:
            if asked.moment:
                seq = await ledger.seq_at(session, group_id, asked.moment)
                return await ledger.balances_at(session, group_id, seq), seq
            seq = (await ledger.head(session, group_id)).seq
            if asked.day:
                return await ledger.balances_on(session, group_id, asked.day, upto=seq), seq
            return await ledger.balances_at(session, group_id, seq), seq


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        msg = f"{text} is not a day; write it as 2026-11-30."
        raise Refusal(msg, 2) from error


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        msg = f"{text} is not an instant; write it as 2026-11-30T18:00+03:00."
        raise Refusal(msg, 2) from error
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _as_json(asked: Question, rows: list[BalanceView], seq: int) -> str:
    shown = {
        "group": asked.group,
        "as_of": asked.day.isoformat() if asked.day else None,
        "recorded": asked.moment.isoformat() if asked.moment else None,
        "upto_seq": seq,
        "balances": [
            {
                "account": row.control_code,
                "class": row.class_,
                "currency": row.currency,
                "debit_minor": row.debit_minor,
                "credit_minor": row.credit_minor,
            }
            for row in rows
        ],
    }
    return json.dumps(shown, indent=1) + "\n"


def _as_text(rows: list[BalanceView]) -> str:
    """A line per account and one of sums per currency: account, currency, debit, credit; columns by a tab."""
    lines = [_line(row.control_code, row.currency, row.debit_minor, row.credit_minor) for row in rows]
    for currency in sorted({row.currency for row in rows}):
        own = [row for row in rows if row.currency == currency]
        lines.append(_line("total", currency, sum(r.debit_minor for r in own), sum(r.credit_minor for r in own)))
    return "".join(lines)


def _line(name: str, currency: str, debit_minor: int, credit_minor: int) -> str:
    debit, credit = (Decimal(minor).scaleb(-exponent(currency)) for minor in (debit_minor, credit_minor))
    return f"{name}\t{currency}\t{debit}\t{credit}\n"
