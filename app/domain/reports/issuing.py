"""Signing a statement: the same facts give the same statement, with the same code, however often they are asked for."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.ledger import service as ledger
from app.domain.ledger.views import Head
from app.domain.reports.models import Statement
from app.domain.reports.statement import Period, check_period, draw, may_read
from app.domain.reports.views import MemberStatement, SignedStatement, StatementLine
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of, signer_of
from app.kit.errors import NotFound, TooManyRequests
from app.kit.ids import new_check_code, new_id

TYPE = "statement"
MOST = 60
"""New statements of one member in an hour: each may keep the worker busy for half a minute."""


async def issue_statement(
    session: Session, actor: Actor, period: Period, *, member_id: UUID | None = None
) -> SignedStatement:
    """Read the statement and sign it. One's own, or anyone's for those who read the group; NotFound otherwise.

    Idempotent by its content: nothing new on the account means no new row. Raises as `member_statement` does,
    and TooManyRequests(wait_s) after MOST new ones in an hour.
    """
    acting, member_id = await may_read(session, actor, member_id)
    check_period(period, today_in(acting.timezone, clock_of(session).now()))
    drawn = await draw(session, acting.group_id, member_id, period, await ledger.head(session, acting.group_id))
    row, is_new = await _keep(session, drawn)
    if is_new:
        await audit.record(
            session,
            group_id=acting.group_id,
            actor_id=acting.member_id,
            action="statement.signed",
            subject="statement",
            subject_id=row.id,
            facts={"member": str(member_id), "lines": row.lines},
        )
    return signed(drawn, row)


async def open_statement(session: Session, actor: Actor, statement_id: UUID) -> SignedStatement:
    """A signed statement, line by line, for who may read its member's account; NotFound otherwise."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    row = await load(session, acting.group_id, statement_id)
    if row.member_id != acting.member_id and not acting.may(Permission.READ_GROUP):
        raise NotFound
    return await _again(session, row)


async def _keep(session: Session, drawn: MemberStatement) -> tuple[Statement, bool]:
    """The statement of this content, and whether it is a new one."""
    row = _new(session, drawn)
    await _bound(session, row)
    values = row.model_dump()
    await session.execute(insert(Statement).values(values).on_conflict_do_nothing(constraint="statements_once"))
    found = select(Statement).where(
        Statement.group_id == drawn.group_id,
        Statement.member_id == drawn.member_id,
        Statement.from_on == drawn.from_on,
        Statement.until_on == drawn.until_on,
        Statement.digest == row.digest,
    )
    kept = (await session.execute(found)).scalar_one()
    return kept, kept.id == row.id


async def _bound(session: Session, row: Statement) -> None:
    """Raises TooManyRequests when the member's account was signed too often, and this content is not known yet."""
    hour_ago = row.made_at - timedelta(hours=1)
    of_member = (Statement.group_id == row.group_id, Statement.member_id == row.member_id)
    recent = select(func.count()).where(*of_member, Statement.made_at > hour_ago)
    if (await session.scalar(recent) or 0) < MOST:
        return
    known = select(Statement.id).where(
        *of_member,
        Statement.from_on == row.from_on,
        Statement.until_on == row.until_on,
        Statement.digest == row.digest,
    )
    if await session.scalar(known) is None:
        raise TooManyRequests(wait_s=600)


def _new(session: Session, drawn: MemberStatement) -> Statement:
    signer = signer_of(session)
    row = Statement(
        group_id=drawn.group_id,
        id=new_id(),
        check_code=new_check_code(),
        member_id=drawn.member_id,
        from_on=drawn.from_on,
        until_on=drawn.until_on,
        opening_minor=drawn.opening_minor,
        in_minor=drawn.in_minor,
        out_minor=drawn.out_minor,
        closing_minor=drawn.closing_minor,
        currency=drawn.currency,
        exponent=drawn.exponent,
        lines=len(drawn.lines),
        head_seq=drawn.head_seq,
        head_hash=drawn.head_hash,
        digest=digest_of(drawn),
        made_at=clock_of(session).now(),
        token="",
    )
    row.token = signer.sign(token_payload(row, issuer=signer.issuer))
    return row


def token_payload(row: Statement, *, issuer: str) -> dict[str, Any]:
    """The signed statement of a statement. No name, phone or free text; `digest` commits to every line."""
    return {
        "v": 1,
        "typ": TYPE,
        "iss": issuer,
        "jti": row.check_code,
        "group": str(row.group_id),
        "member": str(row.member_id),
        "from": row.from_on.isoformat(),
        "until": row.until_on.isoformat(),
        "opening_minor": row.opening_minor,
        "in_minor": row.in_minor,
        "out_minor": row.out_minor,
        "closing_minor": row.closing_minor,
        "currency": row.currency,
        "exponent": row.exponent,
        "lines": row.lines,
        "iat": int(row.made_at.timestamp()),
        "seq": row.head_seq,
        "hash": row.head_hash.hex(),
        "digest": row.digest.hex(),
    }


def digest_of(drawn: MemberStatement) -> bytes:
    """SHA-256 over RFC 8785 JSON of the account, the period, its balances and each line. No name is in it."""
    content = {
        "v": 1,
        "group": str(drawn.group_id),
        "member": str(drawn.member_id),
        "from": drawn.from_on.isoformat(),
        "until": drawn.until_on.isoformat(),
        "currency": drawn.currency,
        "opening_minor": drawn.opening_minor,
        "closing_minor": drawn.closing_minor,
        "lines": [_line(line) for line in drawn.lines],
    }
    return hashlib.sha256(rfc8785.dumps(content)).digest()


def _line(line: StatementLine) -> list[Any]:
    return [
        line.seq,
        line.effective_on.isoformat(),
        line.in_minor - line.out_minor,
        line.balance_after_minor,
        line.receipt_number,
        line.reversed_by_seq or 0,
    ]


def signed(drawn: MemberStatement, row: Statement) -> SignedStatement:
    return SignedStatement(
        id=row.id, statement=drawn, check_code=row.check_code, digest=row.digest, made_at=row.made_at, token=row.token
    )


async def draw_again(session: Session, group_id: UUID, statement_id: UUID) -> SignedStatement:
    """A signed statement with its lines, from the book as it was then; for the worker, which has no actor.

    NotFound when the group has none; ValueError when the book no longer gives what was signed.
    """
    return await _again(session, await load(session, group_id, statement_id))


async def load(session: Session, group_id: UUID, statement_id: UUID) -> Statement:
    """The row; NotFound when the group has none. The caller has authorised."""
    row = await session.get(Statement, (group_id, statement_id))
    if row is None:
        raise NotFound
    return row


async def _again(session: Session, row: Statement) -> SignedStatement:
    head = Head(row.head_seq, row.head_hash)
    drawn = await draw(session, row.group_id, row.member_id, Period(row.from_on, row.until_on), head)
    if digest_of(drawn) != row.digest:
        msg = f"the book no longer gives statement {row.id} of group {row.group_id}"
        raise ValueError(msg)
    return signed(drawn, row)
