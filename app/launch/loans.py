"""`./sanduk loans schedule`: the repayment schedule of a product of the public form. No database."""

import json
import sys

from app.domain.loans.cost import true_cost
from app.domain.loans.form import BadForm, write_schedule
from app.domain.loans.schedule import Schedule
from app.launch.oracle import MAX_BYTES, read_json
from app.launch.oracle_loans import schedule_of
from app.launch.paths import Refusal

HEADS = {
    "n": "n",
    "due_date": "due",
    "principal_due": "principal",
    "interest_due": "interest",
    "fees_due": "fees",
    "penalties_due": "penalties",
    "total_due": "total",
    "balance": "balance",
}


def run(*, is_json: bool) -> str:
    """The schedule of the product on stdin. Raises Refusal (2), by the path of the field."""
    try:
        product = read_json(sys.stdin.buffer.read(MAX_BYTES).decode("utf-8"))
        schedule, decimals = schedule_of(product, "")
    except UnicodeDecodeError as error:
        msg = "The product can't be read: it is no UTF-8."
        raise Refusal(msg, 2) from error
    except BadForm as error:
        msg = f"The product can't be read: {error}."
        raise Refusal(msg, 2) from error
    return json.dumps(write_schedule(schedule, decimals)) + "\n" if is_json else _table(schedule, decimals)


def _table(schedule: Schedule, decimals: int) -> str:
    written = write_schedule(schedule, decimals)
    totals = {f"{name}_due": value for name, value in written["expected_totals"].items()}
    rows = [HEADS, *written["expected"], totals]
    widths = {name: max(len(str(row.get(name, ""))) for row in rows) for name in HEADS}
    lines = ["  ".join(str(row.get(name, "")).rjust(width) for name, width in widths.items()).rstrip() for row in rows]
    if cost := true_cost(schedule):
        shares = (f"{100 * one:.3f} %" for one in (cost.monthly, cost.nominal_annual, cost.effective_annual))
        lines.append("true cost: {} a month, {} a year nominal, {} effective".format(*shares))
    return "\n".join(lines) + "\n"
