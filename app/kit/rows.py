"""Many rows or values in one statement and one parameter: the database makes rows of JSON, by the table's own types."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    LargeBinary,
    String,
    Table,
    any_,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy import update as update_of
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import SQLModel

from app.kit.db import Session

Row = Mapping[str, object]
"""Column to value: text, numbers, UUIDs, days, instants, bytes, None, and lists and dicts where the column is JSON."""


def among(column: Any, values: Collection[object]) -> ColumnElement[bool]:
    """Whether the column is one of many values: `IN`, with one parameter however many there are."""
    return column == any_(literal(list(values), ARRAY(column.type)))


async def insert_rows(
    session: Session, model: type[SQLModel], rows: Sequence[Row], same: Row, *, skip_known: bool = False
) -> None:
    """Rows of the same columns, with the values that are the `same` for all of them; after what the session holds back.

    `skip_known` leaves out those that are there. A row takes a fraction of what an object of the session does. Raises
    IntegrityError as any insert does.
    """
    if not rows:
        return
    await session.flush()
    columns = _columns(model, rows, same)
    statement = insert(model).from_select(list(columns), select(*columns.values()))
    await session.execute(statement.on_conflict_do_nothing() if skip_known else statement)


async def update_rows(
    session: Session, model: type[SQLModel], rows: Sequence[Row], same: Row, *, by: Sequence[str]
) -> None:
    """Set columns of the rows that `by` names, each once: its own values, and the `same` for all.

    Objects of the session keep what they had. Raises StaleDataError where one of them isn't there.
    """
    if not rows:
        return
    await session.flush()
    table, columns = _table(model), _columns(model, rows, same)
    statement = update_of(model).where(*(table.c[name] == columns.pop(name) for name in by)).values(columns)
    done = await session.execute(statement.execution_options(synchronize_session=False))
    if (count := done.rowcount) != len(rows):
        msg = f"{count} of {len(rows)} rows of {table.name} were there"
        raise StaleDataError(msg)


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # pyright: ignore[reportAttributeAccessIssue]


def _columns(model: type[SQLModel], rows: Sequence[Row], same: Row) -> dict[str, ColumnElement[Any]]:
    """What each column is in the statement."""
    table = _table(model)
    assert all(row.keys() == rows[0].keys() for row in rows)
    said = cast(literal(_json(table, rows), String), JSON)
    kind = literal_column(f"CAST(NULL AS {table.name})")
    new = func.json_populate_recordset(kind, said).table_valued(*(column(name, table.c[name].type) for name in rows[0]))
    columns: dict[str, ColumnElement[Any]] = dict(new.c.items())
    return columns | {name: literal(value, table.c[name].type) for name, value in same.items()}


def _json(table: Table, rows: Sequence[Row]) -> str:
    binary = [name for name in rows[0] if isinstance(table.c[name].type, LargeBinary)]
    if binary:
        rows = [{**row, **{name: _hex(row[name]) for name in binary}} for row in rows]
    return to_json(rows).decode()


def _hex(value: Any) -> str | None:
    """Bytes as PostgreSQL reads them."""
    return None if value is None else f"\\x{value.hex()}"
