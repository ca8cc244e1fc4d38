"""Many rows in one statement and one parameter: the database makes them of JSON, by the table's own types."""

from collections.abc import Mapping, Sequence

from pydantic_core import to_json
from sqlalchemy import JSON, String, Table, TableValuedAlias, cast, column, func, literal, literal_column, select
from sqlalchemy import update as update_of
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from app.kit.db import Session

Row = Mapping[str, object]
"""Column to value: text, numbers, UUIDs, days, instants, bytes, None, and lists and dicts where the column is JSON."""


async def insert_rows(
    session: Session, model: type[SQLModel], rows: Sequence[Row], *, skip_known: bool = False
) -> None:
    """Rows of the same columns, after what the session holds back. `skip_known` leaves out those that are there.

    A row takes a fraction of what an object of the session does. Raises IntegrityError as any insert does.
    """
    if not rows:
        return
    await session.flush()
    table, names = _table(model), list(rows[0])
    new = _new(table, names, rows)
    statement = insert(model).from_select(names, select(*(new.c[name] for name in names)))
    if skip_known:
        statement = statement.on_conflict_do_nothing()
    await session.execute(statement)


async def update_rows(session: Session, model: type[SQLModel], rows: Sequence[Row], *, by: Sequence[str]) -> None:
    """Set columns of the rows that `by` names, each its own values. Objects of the session keep what they had."""
    if not rows:
        return
    await session.flush()
    table, names = _table(model), list(rows[0])
    new = _new(table, names, rows)
    changed = {name: new.c[name] for name in names if name not in by}
    statement = update_of(model).where(*(table.c[name] == new.c[name] for name in by)).values(changed)
    await session.execute(statement.execution_options(synchronize_session=False))


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # pyright: ignore[reportAttributeAccessIssue]


def _new(table: Table, names: Sequence[str], rows: Sequence[Row]) -> TableValuedAlias:
    """The rows as rows of the table's type."""
    said = cast(literal(_json(rows), String), JSON)
    kind = literal_column(f"CAST(NULL AS {table.name})")
    return func.json_populate_recordset(kind, said).table_valued(*(column(one, table.c[one].type) for one in names))


def _json(rows: Sequence[Row]) -> str:
    """Bytes as PostgreSQL reads them; of which columns, the first row says."""
    binary = [name for name, value in rows[0].items() if isinstance(value, bytes)]
    if binary:
        rows = [{**row, **{name: f"\\x{row[name].hex()}" for name in binary}} for row in rows]
    return to_json(rows).decode()
