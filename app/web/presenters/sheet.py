"""The blank collection sheet as `assets/sheet.js` reads it, and the filled one as it comes back."""

import json
from datetime import date
from uuid import UUID

from app.domain.contributions.sheet import PaidRow, RecordSheet, SheetView
from app.domain.payments.commands import Part
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.kit.money import MAX_MINOR, exponent
from app.web.presenters.dates import day

NOTES = {
    "KES": (1000, 500, 200, 100, 50),
    "INR": (500, 200, 100, 50, 20, 10),
    "UGX": (50_000, 20_000, 10_000, 5_000, 2_000, 1_000),
    "TZS": (10_000, 5_000, 2_000, 1_000, 500),
    "RWF": (5_000, 2_000, 1_000, 500),
}
"""Notes of a currency, the largest first, in whole units; the rest is counted as coins."""
LONGEST = 300_000
"""Characters of a filled sheet; 500 members who pay 4 contributions each need a good half."""


def blank_sheet(view: SheetView, own_note: str) -> str:
    """JSON: amounts in minor units, every word in the reader's language."""
    unit = 10 ** exponent(view.currency)
    return json.dumps(
        {
            "group": str(view.group_id),
            "today": view.today.isoformat(),
            "currency": view.currency,
            "exponent": exponent(view.currency),
            "numbers": "en-IN" if view.currency == "INR" else "en",
            "notes": [note * unit for note in NOTES.get(view.currency, ())],
            "columns": [{"title": column.title, "due": day(column.due_on)} for column in view.columns],
            "rows": [
                {
                    "id": str(row.member_id),
                    "no": row.member_no,
                    "name": row.name,
                    "own": row.is_own,
                    "dues": [[str(due.due_id), due.open_minor] if due else None for due in row.dues],
                }
                for row in view.rows
            ],
            "words": _words(own_note),
        },
        ensure_ascii=False,
    )


def _words(own_note: str) -> dict[str, str]:
    """`{...}` in them is filled in the browser."""
    slots = {name: "{" + name + "}" for name in ("done", "all", "name", "line", "figure", "title", "left", "n")}
    return {
        "held": t("collecting.held"),
        "member": t("collecting.member"),
        "here": t("collecting.here"),
        "present": t("collecting.present"),
        "late": t("collecting.late"),
        "absent": t("collecting.absent"),
        "excused": t("collecting.excused"),
        "due": t("collecting.due"),
        "total": t("collecting.total"),
        "done": t("collecting.done", **slots),
        "place": t("collecting.place", **slots),
        "on": t("collecting.on"),
        "counted": t("collecting.counted"),
        "coins": t("collecting.coins"),
        "agree": t("collecting.agree"),
        "short": t("collecting.short", **slots),
        "over": t("collecting.over", **slots),
        "line": t("collecting.line", **slots),
        "much": t("collecting.much", **slots),
        "amount": t("collecting.amount", **slots),
        "next": t("collecting.next", **slots),
        "before": t("collecting.before"),
        "after": t("collecting.after"),
        "count": t("collecting.count"),
        "hands": t("collecting.hands"),
        "other": t("collecting.other"),
        "saved": t("collecting.saved"),
        "own": own_note,
        "cell": t("collecting.key.cell"),
        "enter": t("collecting.key.enter"),
        "pay": t("collecting.key.pay"),
        "cash": t("collecting.key.cash"),
        "undo": t("collecting.key.undo"),
    }


def filled_sheet(text: str) -> RecordSheet:
    """What the browser sends. Raises InvalidInput for what is no sheet, whatever it is."""
    try:
        if len(text) > LONGEST:
            raise ValueError
        sheet = json.loads(text)
        paid: dict[UUID, list[Part]] = {}
        for member, due, minor in sheet["paid"]:
            paid.setdefault(UUID(member), []).append(Part(UUID(due), _minor(minor)))
        return RecordSheet(
            held_on=date.fromisoformat(sheet["day"]),
            rows=tuple(PaidRow(member, tuple(parts)) for member, parts in paid.items()),
            attendance={UUID(member): str(mark) for member, mark in sheet["marks"].items()},
            counted_minor=_minor(sheet["counted"]),
            key=f"sheet:{UUID(hex=sheet['key'])}",
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidInput("sheet", "sheet") from None


def _minor(value: object) -> int:
    """A whole number of minor units; ValueError for anything else."""
    if type(value) is not int or not 0 <= value <= MAX_MINOR:
        raise ValueError
    return value
