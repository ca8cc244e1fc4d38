"""A group with members and books of its own, and receipts in it, made through the services."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid4

from app.domain.groups import members
from app.domain.groups.service import create_group
from app.domain.groups.views import CreateGroup, GroupView, MemberData
from app.domain.identity import service as identity
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import NewEntry, PostedEntry
from app.domain.receipts import service as receipts
from app.domain.receipts.views import NewReceipt, ReceiptLine, ReceiptView
from app.kit.actor import Actor
from app.kit.db import Database, Session

NAME = "Akinyi Beatrice Odhiambo-Wekesa"
PHONE = "+254712345678"
CODE = "UKL7X4P9QD"
GROUP = "Lake Region Teachers and Health Workers Welfare Programme"


@dataclass(frozen=True)
class Books:
    database: Database
    group: GroupView
    member_id: UUID

    @property
    def actor(self) -> Actor:
        return Actor(group_id=self.group.id)


async def open_books(database: Database) -> Books:
    number = uuid4().int % 10**7
    async with database.transaction(Actor()) as session:
        staff = await identity.add_staff(session, f"+25471{number:07d}")
    command = CreateGroup(
        name=GROUP,
        short_name="Lake Region Welfare",
        template="welfare",
        currency="KES",
        timezone="Africa/Nairobi",
        country="KE",
        pay_to="400200",
        admin_phone=f"+25472{number:07d}",
        admin_member_no="LRW/001",
        admin_name="Josphat Kiprotich Cheruiyot",
        idempotency_key=str(uuid4()),
    )
    async with database.transaction(Actor(person_id=staff.id)) as session:
        group = await create_group(session, Actor(person_id=staff.id), command)
    async with database.transaction(Actor(group_id=group.id)) as session:
        data = MemberData(member_no="LRW/0147", name=NAME, phone=PHONE)
        (member_id,) = await members.add_members(session, group.id, [data])
        await ledger.open_account(session, group.id, code=f"4010.{member_id}", class_="I", currency="KES")
    return Books(database, group, member_id)


async def post(session: Session, books: Books, amount_minor: int = 50_000, key: str = "") -> PostedEntry:
    return await ledger.post_entry(
        session,
        NewEntry(
            group_id=books.group.id,
            kind="contribution_confirmed",
            effective_on=date(2026, 11, 21),
            actor=books.member_id,
            idempotency_key=key or str(uuid4()),
            lines=recipes.build("contribution_confirmed", method="mpesa", parts=[(books.member_id, amount_minor)]),
        ),
    )


def asked(books: Books, entry: PostedEntry, amount_minor: int = 50_000) -> NewReceipt:
    return NewReceipt(
        group_id=books.group.id,
        group_code=books.group.code,
        member_id=books.member_id,
        payment_id=uuid4(),
        entry=entry,
        lines=(ReceiptLine("contribution", amount_minor, "November contribution"),),
        currency="KES",
        paid_on=date(2026, 11, 21),
        method="mpesa",
        reference="K7M2Q9XM",
        provider_code=CODE,
    )


async def issue(books: Books, **changes: object) -> ReceiptView:
    async with books.database.transaction(books.actor) as session:
        new = asked(books, await post(session, books))
        (issued,) = await receipts.issue_receipts(session, (replace(new, **changes),))  # type: ignore[arg-type]
        return issued


async def reverse(books: Books, receipt: ReceiptView) -> ReceiptView:
    async with books.database.transaction(books.actor) as session:
        posted = await ledger.reverse_entry(
            session,
            group_id=books.group.id,
            seq=receipt.seq,
            actor=books.member_id,
            idempotency_key=f"reverse:{receipt.payment_id}",
            effective_on=date(2026, 11, 22),
            memo="written twice",
        )
        return await receipts.mark_reversed(
            session, books.group.id, receipt.payment_id, seq=posted.seq, at=posted.recorded_at
        )
