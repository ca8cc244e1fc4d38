"""Who is told of what, in the transaction of what it tells of; only the person told reads it."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text

from app.domain.groups import inbox
from app.domain.notifications import service as notifications
from app.domain.notifications.views import KINDS, NotificationView
from app.domain.reports.frame import read_frame
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.errors import NotFound
from app.kit.i18n import t
from app.web.presenters.notices import SIGNS, notice_row, place_of
from tests.factories.counting import counted
from tests.factories.groups import make_members, make_officer, make_person, new_phone
from tests.factories.payments import EACH, Programme, make_programme


@pytest_asyncio.fixture(loop_scope="session")
async def programme(database: Database) -> Programme:
    """The treasurer has read that the role was given to her, which waited for her first sign-in."""
    made = await make_programme(database, members=2)
    await made.open_call()
    async with database.transaction(made.treasurer) as session:
        await inbox.read_all_notifications(session, made.treasurer)
    return made


async def listed(database: Database, who: Actor, limit: int = 30) -> list[NotificationView]:
    async with database.transaction(who) as session:
        return await inbox.list_my_notifications(session, who, limit=limit)


def text_of(view: NotificationView) -> str:
    row = notice_row(view)
    return row.before + row.amount + row.after


async def kinds(database: Database, who: Actor) -> list[str]:
    return [view.kind for view in await listed(database, who)]


async def unread(database: Database, who: Actor) -> int:
    async with database.transaction(who) as session:
        return (await read_frame(session, who, frozenset({"member"}))).unread


async def test_a_call_is_told_to_every_member_but_its_opener(programme: Programme):
    database, (one, two) = programme.database, programme.members
    for who in (one, two, programme.group.admin):
        assert await kinds(database, who) == ["call_opened"]
    assert await kinds(database, programme.treasurer) == ["role_given"]
    (view,) = await listed(database, one)
    assert (view.facts["amount_minor"], view.facts["currency"], view.is_read) == (EACH, "KES", False)
    assert text_of(view).startswith("November contribution: please pay KES\N{NO-BREAK SPACE}500.00 by ")


async def test_those_who_may_confirm_are_told_once_however_many_wait(programme: Programme):
    database = programme.database
    second, auditor = [await make_officer(database, programme.group, role) for role in ("treasurer", "auditor")]
    await programme.submit(programme.members[0])
    await programme.submit(programme.members[1])
    for who in (programme.treasurer, second, programme.group.admin):
        assert (await kinds(database, who)).count("payment_sent") == 1
    for who in (auditor, *programme.members):
        assert "payment_sent" not in await kinds(database, who)


async def test_who_looks_at_what_waits_is_told_again_only_of_more(programme: Programme):
    database, treasurer = programme.database, programme.treasurer
    await programme.submit(programme.members[0])
    async with database.transaction(treasurer) as session:
        await inbox.read_waiting_notification(session, treasurer)
    assert await unread(database, treasurer) == 0
    await programme.submit(programme.members[1])
    assert await unread(database, treasurer) == 1
    assert [(view.kind, view.is_read) for view in await listed(database, treasurer)] == [
        ("payment_sent", False),
        ("role_given", True),
    ]


async def test_two_send_at_the_same_moment(programme: Programme):
    commands = [(await programme.submission(who), who) for who in programme.members]
    await asyncio.gather(*(programme.send(command, who) for command, who in commands))
    assert await kinds(programme.database, programme.treasurer) == ["payment_sent", "role_given"]


async def test_the_member_is_told_of_each_decision(programme: Programme):
    member, other = programme.members
    await programme.reject((await programme.submit()).id, reason="Wambui says no such money came")
    confirmed = await programme.confirm((await programme.submit()).id)
    await programme.reverse(confirmed.id)
    found = await listed(programme.database, member)
    assert [view.kind for view in found] == [
        "payment_reversed",
        "payment_confirmed",
        "payment_rejected",
        "call_opened",
    ]
    (due,) = await programme.dues()
    assert [view.subject_id for view in found[:3]] == [confirmed.receipt_id, confirmed.receipt_id, due.id]
    words = [text_of(view) for view in found[:3]]
    assert all("KES\N{NO-BREAK SPACE}500.00" in line for line in words)
    assert all(confirmed.receipt_number in line for line in words[:2] if confirmed.receipt_number)
    assert await kinds(programme.database, other) == ["call_opened"]


async def test_cash_is_told_as_confirmed(programme: Programme):
    await programme.take_cash(await programme.cash_command())
    assert (await kinds(programme.database, programme.member))[0] == "payment_confirmed"


async def test_doing_it_again_tells_nothing_new(programme: Programme):
    key = str(uuid4())
    command = await programme.submission()
    sent = await programme.send(command)
    assert (await programme.send(command)).id == sent.id
    for _ in range(2):
        await programme.confirm(sent.id, key=key)
    assert await kinds(programme.database, programme.member) == ["payment_confirmed", "call_opened"]
    assert await kinds(programme.database, programme.treasurer) == ["payment_sent", "role_given"]


async def test_what_is_rolled_back_is_not_told(programme: Programme):
    async def fail() -> None:
        async with programme.database.transaction(programme.treasurer) as session:
            await inbox.tell_members(session, programme.group.id, "call_opened", {}, but=uuid4())
            raise RuntimeError("rolled back")

    before = await kinds(programme.database, programme.member)
    with pytest.raises(RuntimeError, match="rolled back"):
        await fail()
    assert await kinds(programme.database, programme.member) == before


async def test_what_is_told_before_one_signs_in_waits(programme: Programme, server, database_name: str):
    """Nobody reads it meanwhile; it is hers from the first sign-in, as of when it was told, and once."""
    database, phone = programme.database, new_phone()

    def waiting() -> int:
        with psycopg.connect(server.url("postgres", database_name)) as connection:
            count = "SELECT count(*) FROM waiting_notices WHERE group_id = %s"
            return connection.execute(count, (programme.group.id,)).fetchall()[0][0]

    await make_members(database, programme.group, phones=[None, phone])
    opened = await programme.open_call(title="December contribution")
    async with database.transaction(programme.group.admin) as session:
        assert (await session.execute(text("SELECT count(*) FROM waiting_notices"))).scalar_one() == 0
    assert waiting() == 2
    late = (await make_person(database, phone)).within(programme.group.id)
    (view,) = await listed(database, late)
    (known,) = [one for one in await listed(database, programme.member) if one.subject_id == opened.id]
    assert (view.kind, view.facts, view.subject_id, view.is_read) == ("call_opened", known.facts, opened.id, False)
    assert view.at <= known.at
    assert waiting() == 1, "who has no phone can't sign in yet"
    await make_person(database, phone)
    assert len(await listed(database, late)) == 1
    assert len(await listed(database, programme.member)) == 2


async def test_rows_hold_codes_and_facts_never_names_or_reasons(programme: Programme, server, database_name: str):
    await programme.reject((await programme.submit()).id, reason="Wambui says no such money came")
    await programme.confirm((await programme.submit()).id)
    with psycopg.connect(server.url("postgres", database_name)) as connection:
        rows = connection.execute(
            "SELECT kind, facts FROM notifications WHERE group_id = %s", (programme.group.id,)
        ).fetchall()
    allowed = {"amount_minor", "currency", "receipt", "title", "due_on", "role", "pays"}
    assert {kind for kind, _ in rows} == {
        *("call_opened", "payment_sent", "payment_confirmed", "payment_rejected", "role_given")
    }
    assert all(set(facts) <= allowed for _, facts in rows)
    assert "Wambui" not in json.dumps([facts for _, facts in rows])


async def test_reading_one_and_all_repeats_to_the_same(programme: Programme):
    database, member = programme.database, programme.member
    await programme.confirm((await programme.submit()).id)
    newest = (await listed(database, member))[0]
    assert await unread(database, member) == 2
    for _ in range(2):
        async with database.transaction(member) as session:
            await inbox.read_notification(session, member, newest.id)
        assert await unread(database, member) == 1
    read_at = await _read_at(database, member, newest.id)
    for _ in range(2):
        async with database.transaction(member) as session:
            await inbox.read_all_notifications(session, member)
        assert await unread(database, member) == 0
    assert await _read_at(database, member, newest.id) == read_at is not None
    assert all(view.is_read for view in await listed(database, member))


async def _read_at(database: Database, who: Actor, notification_id: UUID):
    async with database.transaction(who) as session:
        found = await session.execute(text("SELECT read_at FROM notifications WHERE id = :id"), {"id": notification_id})
        return found.scalar_one()


async def test_anothers_is_not_found_and_stays_unread(programme: Programme):
    database, (one, two) = programme.database, programme.members
    theirs = (await listed(database, one))[0]
    for notification_id in (theirs.id, uuid4()):
        with pytest.raises(NotFound):
            async with database.transaction(two) as session:
                await inbox.read_notification(session, two, notification_id)
    async with database.transaction(two) as session:
        await inbox.read_all_notifications(session, two)
    assert await unread(database, one) == 1


async def test_row_level_security_shows_nobody_elses(programme: Programme):
    """By hand, as a mistake of ours would: neither a member of the group nor of another one reads or marks them."""
    database, (one, two) = programme.database, programme.members
    stranger = (await make_programme(database)).member
    mixed = Actor(person_id=one.person_id, group_id=stranger.group_id)
    for who in (two, programme.treasurer, stranger, mixed):
        async with database.transaction(who) as session:
            query = text("SELECT count(*) FROM notifications WHERE person_id = :one")
            assert (await session.execute(query, {"one": one.person_id})).scalar_one() == 0
            mark = text("UPDATE notifications SET read_at = now() WHERE person_id = :one RETURNING id")
            assert (await session.execute(mark, {"one": one.person_id})).all() == []
    assert await unread(database, one) == 1


async def test_nothing_is_told_into_another_group(programme: Programme):
    stranger = (await make_programme(programme.database)).member
    told = [one.person_id for one in programme.members if one.person_id]
    with pytest.raises(Exception, match="row-level security"):
        async with programme.database.transaction(stranger) as session:
            await notifications.notify(session, programme.group.id, told, "call_opened", {})


async def test_only_the_mark_of_reading_may_change(programme: Programme):
    for change in ("facts = '{}'", "person_id = gen_random_uuid()", "kind = 'call_opened'"):
        with pytest.raises(Exception, match="permission denied"):
            async with programme.database.transaction(programme.member) as session:
                await session.execute(text(f"UPDATE notifications SET {change}"))
    with pytest.raises(Exception, match="permission denied"):
        async with programme.database.transaction(programme.member) as session:
            await session.execute(text("DELETE FROM notifications"))


async def test_telling_many_is_two_statements(programme: Programme):
    """As many for seventy members as for two."""
    with counted(programme.database) as statements:
        async with programme.database.transaction(programme.treasurer) as session:
            await inbox.tell_members(session, programme.group.id, "payment_rejected", {}, but=uuid4())
    assert len(statements) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_sentence_sign_and_place(kind: str):
    facts = {"title": "November", "amount_minor": 50_000, "currency": "KES", "due_on": "2026-11-30", "receipt": "B-1"}
    facts |= {
        "number": "400200",
        "kind": "expense",
        "role": "treasurer",
        "at": "2026-11-21T08:00:00+00:00",
        "no": "B/7",
    }
    words = {"title": "November", "amount": "KES 500.00", "day": "30 Nov 2026", "receipt": "B-1", "number": "400200"}
    words |= {"what": "Expense", "who": "B/7", "role": "treasurer", "moment": "21 Nov 2026, 11:00", "loan": " L-7"}
    assert t(f"notice.{kind}", **words)
    view = NotificationView(uuid4(), kind, dict(facts), uuid4(), datetime(2026, 11, 21, 8, tzinfo=UTC), is_read=False)
    assert notice_row(view).sign == SIGNS[kind]
    assert place_of(view, at_desk=False).startswith("/")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {"no": "B/7", "open_minor": 0, "currency": "KES", "name": "Grace Were"},
            "Grace Were (B/7) left the group and",
        ),
        ({"no": "B/7", "open_minor": 50_000, "currency": "KES"}, "B/7 left the group and still owes "),
    ],
)
def test_who_left_is_said_and_what_she_owes(facts: dict[str, str | int], said: str):
    subject = uuid4()
    view = NotificationView(uuid4(), "member_left", facts, subject, datetime(2026, 11, 21, tzinfo=UTC), is_read=False)
    row = notice_row(view)
    assert row.before.startswith(said)
    assert row.amount == ("KES\N{NO-BREAK SPACE}500.00" if facts["open_minor"] else "")
    assert place_of(view, at_desk=True) == f"/member?id={subject}"


async def test_an_amount_stands_by_itself_and_what_is_over_reads_so(programme: Programme):
    (view,) = await listed(programme.database, programme.member)
    row = notice_row(view)
    assert (row.before, row.amount) == ("November contribution: please pay ", "KES\N{NO-BREAK SPACE}500.00")
    await programme.submit()
    waits, _ = await listed(programme.database, programme.treasurer)
    over = notice_row(waits, is_over=True)
    assert (over.before, over.is_new, over.sign) == (t("notice.payment_sent_done"), False, "check")
