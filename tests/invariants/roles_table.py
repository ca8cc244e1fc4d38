"""Writes `docs/roles.md`: `python -m tests.invariants.roles_table`."""

from collections.abc import Iterable
from pathlib import Path

import app.web.routes  # noqa: F401 registers every page's events
from app.web.session import INTERNAL, ROLES, registered_events
from tests.invariants.service_table import COLUMNS, INSIDERS, ROWS, Row, expected

FILE = Path(__file__).parents[2] / "docs" / "roles.md"
COMMAND = "python -m tests.invariants.roles_table"
SIGNED_OUT = "signed out → /start"

HEAD = f"""# Who may do what

Written by `{COMMAND}` from the marks of the events and the table of services; a test
compares it with both.

`nobody` is not signed in; `member` to `admin` act in their own group; `staff` run the platform; an `outsider` is signed
in and not of the group, whether of another group or of none.
"""
EVENTS = f"""
## Events

What `app/web/session.py` lets through. An event acts in the group of the sender's own session, so an outsider here is
someone who acts in no group; what an event then does is asked again of the services below. `{SIGNED_OUT}`: the
browser is sent to where one signs in or chooses a place. `ignored`: nothing runs and nothing is answered.

"""
SERVICES = """
## Services

What `app/domain` answers to a call whose arguments are right. `403`: of the group, without the right. `404`: not of
the group, or not one's own. With an id of another group every `yes` becomes `404`; a list is empty.

"""


def text() -> str:
    return (
        HEAD
        + EVENTS
        + _table("event", sorted(_events()))
        + SERVICES
        + _table("service", ((row.name, *(_answer(row, column) for column in COLUMNS)) for row in _sorted()))
    )


def _events() -> set[tuple[str, ...]]:
    """Marked events one by one; those that nobody may send are the same few of every state."""
    found = set()
    for full, role in registered_events().items():
        if full in INTERNAL:
            cells = ("yes",) * len(COLUMNS)
        elif not role:
            cells = ("ignored",) * len(COLUMNS)
        else:
            cells = tuple("yes" if _acting(column) in ROLES[role] else SIGNED_OUT for column in COLUMNS)
        found.add((_readable(full, role), *cells))
    return found


def _acting(column: str) -> str:
    """The role of the session's place; empty without one."""
    return column if column in INSIDERS or column == "staff" else ""


def _readable(full: str, role: str) -> str:
    """`treasurer · PaymentsState.confirm_one`."""
    *_, state, handler = full.split(".")
    if not role:
        return f"Reflex · {handler}"
    return f"{role} · {state.rpartition('____')[2].title().replace('_', '')}.{handler}"


def _sorted() -> list[Row]:
    return sorted(ROWS, key=lambda row: row.name)


def _answer(row: Row, column: str) -> str:
    error = expected(row, column)
    return "yes" if error is None else str(error.http_status)


def _table(what: str, rows: Iterable[tuple[str, ...]]) -> str:
    lines = [(what, *COLUMNS), ("---",) * (len(COLUMNS) + 1), *((f"`{name}`", *cells) for name, *cells in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
