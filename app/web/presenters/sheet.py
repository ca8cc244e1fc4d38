"""The blank collection sheet as `assets/sheet.js` reads it, and the filled one as it comes back."""

import json
from datetime import date
from uuid import UUID

from app.domain.contributions.sheet import PaidRow, RecordSheet, SheetColumn, SheetDue, SheetView
from app.domain.payments.commands import Part
from app.domain.payments.ports import registered_kinds
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


def blank_sheet(view: SheetView, own_note: str, held_on: date) -> str:
    """JSON: amounts in minor units, every word in the reader's language. It opens as the sheet of `held_on`."""
    unit = 10 ** exponent(view.currency)
    return json.dumps(
        {
            "group": str(view.group_id),
            "today": view.today.isoformat(),
            "day": held_on.isoformat(),
            "recorded": [one.isoformat() for one in view.recorded],
            "currency": view.currency,
            "exponent": exponent(view.currency),
            "numbers": "en-IN" if view.currency == "INR" else "en",
            "notes": [note * unit for note in NOTES.get(view.currency, ())],
            "columns": [
                {"id": str(column.call_id or column.kind), "title": column_title(column), "due": day(column.due_on)}
                for column in view.columns
            ],
            "rows": [
                {
                    "id": str(row.member_id),
                    "no": row.member_no,
                    "name": row.name,
                    "own": row.is_own,
                    "dues": [_due(due) if due else None for due in row.dues],
                    "paid": row.paid,
                }
                for row in view.rows
            ],
            "words": _words(own_note),
        },
        ensure_ascii=False,
    )


def column_title(column: SheetColumn) -> str:
    """A call's own; of loans the word."""
    return column.title or t(f"collecting.column.{column.kind}")


def _due(due: SheetDue) -> list[str | int]:
    """Its name, `<id>` of a contribution, else `<kind>:<id>`; what is open; the most it takes, where that is more."""
    name = str(due.due_id) if due.kind == "contribution" else f"{due.kind}:{due.due_id}"
    more = [due.most_minor] if due.most_minor != due.open_minor else []
    return [name, due.open_minor, *more]


def _part(name: str, minor: int) -> Part:
    """ValueError for what no due is called."""
    kind, _, due_id = name.rpartition(":")
    if kind not in ("", *registered_kinds()):
        raise ValueError
    return Part(UUID(due_id), minor, kind or "contribution")


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
        "unpaid": t("collecting.unpaid", **slots),
        "paid": t("collecting.paid"),
        "find": t("collecting.find"),
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
        "settled": t("collecting.settled", **slots),
        "gone": t("collecting.gone", **slots),
        "digits": t("collecting.digits", **slots),
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


def settled_meanwhile(filled: RecordSheet, view: SheetView) -> list[str]:
    """Who has more on the filled sheet than is open now, `BSS/005 Kamau Cheruiyot`."""
    left = {due.due_id: due.most_minor for row in view.rows for due in row.dues if due}
    names = {row.member_id: f"{row.member_no} {row.name}" for row in view.rows}
    return [
        names.get(row.member_id) or t("collecting.somebody")
        for row in filled.rows
        if any(part.amount_minor > left.get(part.claim_id, 0) for part in row.parts)
    ]


def filled_sheet(text: str) -> RecordSheet:
    """What the browser sends. Raises InvalidInput for what is no sheet, whatever it is."""
    try:
        if len(text) > LONGEST:
            raise ValueError
        sheet = json.loads(text)
        paid: dict[UUID, list[Part]] = {}
        for member, due, minor in sheet["paid"]:
            paid.setdefault(UUID(member), []).append(_part(due, _minor(minor)))
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
