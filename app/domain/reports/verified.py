"""Books verified: what the nightly verification found, for whoever is a member; a head kept, and looked for later."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.ledger import checkpoints
from app.domain.ledger import service as ledger
from app.domain.ledger.checkpoint_holding import CHECKPOINT, CUT
from app.domain.ledger.views import Fault, Head
from app.domain.reports.proving import CheckedBooks
from app.kit.actor import Actor
from app.kit.db import Session, real_clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id
from app.kit.spoken import read_words, unknown_word, words_of

MAX_KEPT = 20
"""Of kept heads the newest are shown; as many a member may keep in a day."""

_DUE = text("SELECT group_id FROM lookup.books_due(:now)")
_TOTALS = text("SELECT bad, late FROM lookup.books_checked(:now)")
_NEWEST = text(
    """SELECT at, seq, hash, checkpoints, receipts, bad_seq, reason FROM book_checks
       WHERE group_id = :group_id AND at <= :now ORDER BY at DESC, id DESC LIMIT 1"""
)
_ADD = text(
    """INSERT INTO book_checks (group_id, id, at, seq, hash, checkpoints, receipts, bad_seq, reason)
       VALUES (:group_id, :id, :at, :seq, :hash, :checkpoints, :receipts, :bad_seq, :reason)"""
)
_KEEP = text(
    """INSERT INTO kept_heads (group_id, id, member_id, seq, hash, at)
       VALUES (:group_id, :id, :member_id, :seq, :hash, :at) ON CONFLICT (group_id, member_id, seq) DO NOTHING"""
)
_KEPT = text(
    """SELECT seq, hash, at FROM kept_heads WHERE group_id = :group_id AND member_id = :member_id
       ORDER BY seq DESC LIMIT :limit"""
)


@dataclass(frozen=True, slots=True)
class BookCheck:
    """One verification: up to entry `seq`, with how many of our signed checkpoints and receipts it agreed."""

    at: datetime
    head: Head
    checkpoints: int
    receipts: int
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class HeadView:
    """A head and its words, four that can be read aloud; no words before the first entry."""

    head: Head
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptHead:
    """A head that the member kept on `at`. `fault` is None while it is still in the chain."""

    kept: HeadView
    at: datetime
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class OutsideView:
    """The newest checkpoint that holds the group's books; `kept_at` is None while it lies only with us."""

    number: int
    made_at: datetime
    seq: int
    kept_at: datetime | None


@dataclass(frozen=True, slots=True)
class BooksVerified:
    """`last` is None before the first night; `now` is the head of this moment."""

    timezone: str
    last: BookCheck | None
    now: HeadView
    outside: OutsideView | None
    kept: tuple[KeptHead, ...]


@dataclass(frozen=True, slots=True)
class KeepHead:
    """The head that was seen: its entry and the hash in hex."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class LookForHead:
    """What somebody wrote down: the number of an entry and its four words, in any spelling of blanks and capitals."""

    seq: int
    words: str


async def books_verified(session: Session, actor: Actor) -> BooksVerified:
    """For every member. Six queries; the words of a head take some hundredths of a second once."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    head = await ledger.head(session, acting.group_id)
    proof = await checkpoints.newest_proof(session, acting.group_id)
    return BooksVerified(
        timezone=acting.timezone,
        last=await newest_check(session, acting.group_id),
        now=await _view(acting, head),
        outside=OutsideView(proof.number, proof.made_at, proof.head.seq, proof.kept_at) if proof else None,
        kept=await _kept(session, acting, head.seq),
    )


async def last_check(session: Session, actor: Actor) -> tuple[str, BookCheck | None]:
    """The group's time zone and its last verification, for pages that lead to the whole. For every member."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    return acting.timezone, await newest_check(session, acting.group_id)


async def keep_head(session: Session, actor: Actor, command: KeepHead) -> HeadView:
    """Keep a head for oneself. Idempotent: an entry's head is kept once. NotFound when the chain has no such head."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    found = (await checkpoints.hashes_at(session, acting.group_id, [command.seq])).get(command.seq)
    if found is None or found.hex() != command.hash:
        raise NotFound
    values = {"group_id": acting.group_id, "id": new_id(), "member_id": acting.member_id}
    await session.execute(_KEEP, values | {"seq": command.seq, "hash": found, "at": real_clock_of(session).now()})
    return await _view(acting, Head(command.seq, found))


async def look_for_head(session: Session, actor: Actor, command: LookForHead) -> Fault | None:
    """Whether the books still hold what was written down: None when they do, else where they depart from it.

    InvalidInput for what is no number of an entry or no four words of the list.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    words = read_words(command.words)
    if words is None:
        unknown = unknown_word(command.words)
        raise InvalidInput("words", "head_word" if unknown else "head_words", word=unknown)
    if command.seq < 1:
        raise InvalidInput("seq", "head_seq")
    head = await ledger.head(session, acting.group_id)
    found = (await checkpoints.hashes_at(session, acting.group_id, [command.seq])).get(command.seq)
    if found is None:
        return Fault(head.seq + 1, CUT)
    return None if (await _view(acting, Head(command.seq, found))).words == words else Fault(command.seq, CHECKPOINT)


async def _view(acting: Acting, head: Head) -> HeadView:
    words = await asyncio.to_thread(words_of, acting.group_id, head.seq, head.hash) if head.seq else ()
    return HeadView(head, words)


async def _kept(session: Session, acting: Acting, last: int) -> tuple[KeptHead, ...]:
    values = {"group_id": acting.group_id, "member_id": acting.member_id, "limit": MAX_KEPT}
    rows = (await session.execute(_KEPT, values)).all()
    found = await checkpoints.hashes_at(session, acting.group_id, [row.seq for row in rows])
    kept = [(Head(row.seq, bytes(row.hash)), row.at) for row in rows]
    return tuple(
        [
            KeptHead(await _view(acting, head), at, checkpoints.departure(head, last, found.get(head.seq)))
            for head, at in kept
        ]
    )


async def newest_check(session: Session, group_id: UUID) -> BookCheck | None:
    """The caller has authorised. What says that it is of a time to come is none."""
    values = {"group_id": group_id, "now": real_clock_of(session).now()}
    row: Any = (await session.execute(_NEWEST, values)).one_or_none()
    if row is None:
        return None
    fault = Fault(row.bad_seq, row.reason) if row.bad_seq is not None else None
    return BookCheck(row.at, Head(row.seq, bytes(row.hash)), row.checkpoints, row.receipts, fault)


async def record_check(session: Session, group_id: UUID, found: CheckedBooks) -> None:
    """What the worker found. The same fault at the same head is recorded once, however often it is tried."""
    before = await newest_check(session, group_id)
    if before is not None and found.fault is not None and (before.fault, before.head) == (found.fault, found.head):
        return
    fault = found.fault
    values = {"group_id": group_id, "id": new_id(), "at": real_clock_of(session).now(), "seq": found.head.seq}
    values |= {"hash": found.head.hash, "checkpoints": found.checkpoints, "receipts": found.receipts}
    await session.execute(
        _ADD, values | {"bad_seq": fault.seq if fault else None, "reason": fault.reason if fault else None}
    )


async def due_groups(session: Session) -> list[UUID]:
    """Groups whose books were not verified since two in the morning of their own zone. For the worker."""
    return list((await session.execute(_DUE, {"now": real_clock_of(session).now()})).scalars())


async def check_totals(session: Session) -> tuple[int, int]:
    """How many groups' books don't hold, and how many went a day unverified. For the metrics."""
    row = (await session.execute(_TOTALS, {"now": real_clock_of(session).now()})).one()
    return row.bad, row.late
