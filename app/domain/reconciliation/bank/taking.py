"""The worker's part of an import: a file is read, and its lines stand once each.

It goes in portions, each in a transaction of its own: whoever waits sees how far it is, and a worker that dies begins
again without doubling anything.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups.access import read_group
from app.domain.groups.store import group_key
from app.domain.reconciliation.bank.models import BankFileRow, BankLayoutRow, BankLineRow, BankStatementRow
from app.domain.reconciliation.bank.mpesa import is_receipt
from app.domain.reconciliation.bank.ports import statement_reader
from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.staging import SHOWN
from app.domain.reconciliation.bank.store import content_of, find_file, header_index
from app.domain.reconciliation.bank.types import BankFile, BankLine, BankStatement, Said
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.crypto import Keyring, encrypt, place
from app.kit.db import Database, Session, clock_of, keyring_of
from app.kit.errors import InvalidInput
from app.kit.ids import new_id
from app.kit.money import MAX_MINOR

PORTION = 1_000
EARLIEST, AHEAD = date(1970, 1, 1), timedelta(days=7)
"""Banks book for the next working days; a later day is a misread date."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What the worker takes out of the database before it reads."""

    row: BankFileRow
    currency: str
    today: date
    content: bytes
    layouts: dict[bytes, Said]
    keyring: Keyring


async def read_bank_file(database: Database, group_id: UUID, file_id: UUID) -> None:
    """Read a queued file and stage its lines; for the worker, which may get a job twice. Done before: nothing.

    What can't be taken leaves the file failed or unmapped, with the reason; no line of it is staged then.
    """
    actor = Actor(group_id=group_id)
    async with database.transaction(actor) as session:
        job = await _take(session, group_id, file_id)
    if job is None:
        return
    try:
        found = await asyncio.to_thread(_read, job)
        statements = [_checked(one, job.currency, job.today + AHEAD) for one in found.statements]
    except InvalidInput as error:
        async with database.transaction(actor) as session:
            reason = {"why": error.why, "params": dict(error.params)}
            if error.why == "bank_no_header":
                await _change(session, job.row, state="unmapped", **reason)
            else:
                await _change(session, job.row, state="failed", content_enc=None, **reason)
        return
    total = sum(len(one.lines) for one in statements)
    async with database.transaction(actor) as session:
        await _change(session, job.row, format=found.format, lines=total, done=0, added=0)
        ids = [await _add_statement(session, job.row, n, one) for n, one in enumerate(statements, 1)]
    done = added = 0
    for portion in _portions(zip(ids, statements, strict=True)):
        async with database.transaction(actor) as session:
            added += await _stage(session, job.row, portion)
            done += len(portion)
            await _change(session, job.row, done=done, added=added)
    async with database.transaction(actor) as session:
        await _finish(session, job.row, total)


async def _take(session: Session, group_id: UUID, file_id: UUID) -> _Job | None:
    row = await session.get(BankFileRow, (group_id, file_id))
    if row is None or row.state != "queued":
        return None
    group = await read_group(session, group_id)
    mine = (BankLayoutRow.group_id == group_id, BankLayoutRow.account == row.account)
    known = await session.scalars(select(BankLayoutRow).where(*mine))
    layouts = {one.header_index: Said(one.line, one.roles) for one in known}
    today = today_in(group.timezone, clock_of(session).now())
    return _Job(row, group.currency, today, await content_of(session, row), layouts, keyring_of(session))


def _read(job: _Job) -> BankFile:
    """By the readers' own understanding, else by what was said of such a header before."""
    reader = statement_reader()
    try:
        return reader.read(job.content, currency=job.currency)
    except InvalidInput as error:
        if error.why != "bank_no_header" or not job.layouts:
            raise
    rows = reader.rows(job.content, SHOWN)
    for line, cells in (*rows, (0, ())):  # the last is a sheet without a header
        if said := job.layouts.get(header_index(job.keyring, cells)):
            return reader.read(job.content, Said(line, said.roles), currency=job.currency)
    raise refused("bank_no_header")


def _checked(statement: BankStatement, currency: str, latest: date) -> BankStatement:
    """A statement of the group's currency, up to `latest`, whose balances agree. Raises InvalidInput."""
    if statement.chain == "broken":
        if statement.first_break is None:
            raise refused("bank_total_differs")
        raise _refused_entry("bank_chain_broken", statement, statement.first_break)
    if late := next((line.n for line in statement.lines if line.date > latest), None):
        raise _refused_entry("bank_ahead", statement, late)
    if early := next((line.n for line in statement.lines if line.date < EARLIEST), None):
        raise _refused_entry("bank_long_ago", statement, early)
    for balance in filter(None, (statement.opening, statement.closing)):
        if abs(balance.amount_minor) > MAX_MINOR or (balance.on and not EARLIEST <= balance.on <= latest):
            raise refused("bank_odd_balance")
    if (statement.currency or currency) != currency:
        raise refused("bank_other_currency", found=statement.currency or "", currency=currency)
    return replace(statement, currency=currency)


def _refused_entry(why: str, statement: BankStatement, n: int) -> InvalidInput:
    """Of the statement's `n`th entry, by its day: the file's own lines hold what is no entry, too."""
    line = next(line for line in statement.lines if line.n == n)
    return refused(why, entry=n, on=line.date.isoformat())


async def _add_statement(session: Session, file: BankFileRow, n: int, found: BankStatement) -> UUID:
    """The statement's row; the one that an earlier try made if there is one."""
    key, row_id = await group_key(session, file.group_id), new_id()
    where = place("bank_statements", "held_enc", file.group_id, row_id)
    values = {
        "group_id": file.group_id,
        "id": row_id,
        "file_id": file.id,
        "n": n,
        "account": file.account,
        "currency": found.currency,
        "held_enc": encrypt(key, found.account, where) if found.account else None,
        "opening_on": found.opening.on if found.opening else None,
        "opening_minor": found.opening.amount_minor if found.opening else None,
        "closing_on": found.closing.on if found.closing else None,
        "closing_minor": found.closing.amount_minor if found.closing else None,
        "lines": len(found.lines),
        "left_out": found.left_out,
        "chain": found.chain,
    }
    await session.execute(insert(BankStatementRow).values(values).on_conflict_do_nothing())
    mine = (BankStatementRow.group_id == file.group_id, BankStatementRow.file_id == file.id, BankStatementRow.n == n)
    return (await session.execute(select(BankStatementRow.id).where(*mine))).scalar_one()


_Numbered = tuple[UUID, BankStatement, BankLine, int]


def _portions(statements: Iterable[tuple[UUID, BankStatement]]) -> Iterator[list[_Numbered]]:
    """Lines of all statements, each with its place among truly equal ones of the file."""
    seen: Counter[str] = Counter()
    portion: list[_Numbered] = []
    for statement_id, statement in statements:
        for line in statement.lines:
            text = identity_of(line)
            portion.append((statement_id, statement, line, seen[text]))
            seen[text] += 1
            if len(portion) == PORTION:
                yield portion
                portion = []
    if portion:
        yield portion


def identity_of(line: BankLine) -> str:
    """What makes a line the same line in another file: M-Pesa's receipt with amount and sign; the bank's id with day
    and amount; else day, amount, every word and, where the bank says it, the balance after it. Amounts keep their sign.

    An id that stands in the words is what a payer wrote: it may be another's, and the words count too.
    """
    said = [" ".join((text or "").split()).casefold() for text in (line.reference, line.counterparty, line.description)]
    if line.bank_id and line.bank_id.casefold() not in " ".join(said):
        if is_receipt(line.bank_id):
            return json.dumps(["receipt", line.bank_id, line.amount_minor])
        return json.dumps(["id", line.bank_id, str(line.date), line.amount_minor])
    return json.dumps(["words", str(line.date), line.amount_minor, line.bank_id, *said, line.balance_minor])


async def _stage(session: Session, file: BankFileRow, portion: list[_Numbered]) -> int:
    """How many were new."""
    key, keyring = await group_key(session, file.group_id), keyring_of(session)
    rows = []
    for statement_id, statement, line, place_among in portion:
        row_id = new_id()
        words = json.dumps([line.reference, line.bank_id, line.counterparty, line.description])
        rows.append(
            {
                "group_id": file.group_id,
                "id": row_id,
                "statement_id": statement_id,
                "account": file.account,
                "n": line.n,
                "booked_on": line.date,
                "value_on": line.value_date,
                "amount_minor": line.amount_minor,
                "currency": statement.currency,
                "balance_minor": line.balance_minor,
                "words_enc": encrypt(key, words, place("bank_lines", "words_enc", file.group_id, row_id)),
                "fingerprint": keyring.blind_index(f"{file.account}|{place_among}|{identity_of(line)}"),
                "state": "open" if line.amount_minor else "nothing",
            }
        )
    rows.sort(key=lambda row: row["fingerprint"])  # two files at once wait for each other's lines in one order
    statement = insert(BankLineRow).values(rows).on_conflict_do_nothing()
    return len((await session.execute(statement.returning(BankLineRow.id))).all())


async def _finish(session: Session, file: BankFileRow, total: int) -> None:
    """The file's bytes go. What came is counted in the log by who sent the file."""
    row = await find_file(session, file.group_id, BankFileRow.id == file.id, lock=True)
    if row.state != "queued":
        return
    mine = (BankStatementRow.group_id == row.group_id, BankStatementRow.file_id == row.id)
    new = select(func.count()).where(
        BankLineRow.group_id == row.group_id,
        col(BankLineRow.statement_id).in_(select(BankStatementRow.id).where(*mine)),
    )
    row.state, row.read_at, row.content_enc = "read", clock_of(session).now(), None
    row.done, row.added = total, int(await session.scalar(new) or 0)
    await session.flush()
    await audit.record(
        session,
        group_id=file.group_id,
        actor_id=file.created_by,
        action="bank.imported",
        subject="bank",
        subject_id=file.id,
        facts={"account": file.account, "lines": total, "added": row.added},
    )


async def _change(session: Session, file: BankFileRow, **values: object) -> None:
    await session.execute(
        update(BankFileRow)
        .where(
            col(BankFileRow.group_id) == file.group_id,
            col(BankFileRow.id) == file.id,
            col(BankFileRow.state) == "queued",
        )
        .values(**values)
    )
