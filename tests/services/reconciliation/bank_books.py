"""Statements brought into a group, through the services and the worker's own function."""

from uuid import UUID

from app.domain.reconciliation.bank import staging, taking
from app.domain.reconciliation.bank.views import BankFileView, ImportStatement, LinePage
from app.kit.actor import Actor
from tests.factories.nasty_month import HEADER
from tests.factories.payments import Programme


def mpesa(*rows: str) -> bytes:
    return (HEADER + "\n".join(rows) + "\n").encode()


async def upload(
    told: Programme, data: bytes, *, account: str = "1020", by: Actor | None = None, name: str = "november.csv"
) -> BankFileView:
    """Sent, not read yet."""
    who = by or told.treasurer
    async with told.database.transaction(who) as session:
        return await staging.import_statement(session, who, ImportStatement(account, name, data))


async def read(told: Programme, file_id: UUID) -> BankFileView:
    """As the worker does it."""
    await taking.read_bank_file(told.database, told.group.id, file_id)
    async with told.database.transaction(told.treasurer) as session:
        return await staging.get_bank_file(session, told.treasurer, file_id)


async def bring(told: Programme, data: bytes, *, account: str = "1020", by: Actor | None = None) -> BankFileView:
    return await read(told, (await upload(told, data, account=account, by=by)).id)


async def lines(told: Programme, **asked: object) -> LinePage:
    async with told.database.transaction(told.treasurer) as session:
        return await staging.list_lines(session, told.treasurer, **asked)  # type: ignore[arg-type]
