"""What one does shows on the others' open pages of that group, and on nobody else's: the served product, by sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import psycopg
import pytest
import pytest_asyncio

from app import embedded
from app.domain.contributions import leaving
from app.domain.contributions.views import RemoveMember
from app.domain.groups.roles import withdraw_role
from app.domain.groups.views import WithdrawRole
from app.domain.identity import sessions
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.hints import CHANNEL
from app.web.live import COALESCE_S
from app.web.routes import LIVE, PAGES
from app.web.session import registered_events
from tests.factories.groups import id_of, prove
from tests.factories.live import OpenPage, database_of, opened, sign_in
from tests.factories.payments import Programme, make_programme
from tests.factories.site import Site, running_site

STATES = "reflex___state____state.app___web___treasurer___states___"
PAYMENTS = f"{STATES}payments____payments_state"
QUIET_S = 3 * COALESCE_S


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(site: Site) -> AsyncIterator[Database]:
    async with database_of(site) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def programme(database: Database) -> Programme:
    made = await make_programme(database, members=2)
    await made.open_call()
    return made


async def open_as(
    stack: AsyncExitStack, site: Site, programme: Programme, who: Actor, path: str, role: str = ""
) -> OpenPage:
    role = role or ("treasurer" if who == programme.treasurer else "member")
    token = await sign_in(programme.database, who, role)
    ready = {"ready": r'"phase_rx_state_":"(ready|empty)"'} if role == "staff" else {}
    return await stack.enter_async_context(opened(site, token, path, **ready))


async def quiet(*pages: OpenPage) -> None:
    await asyncio.gather(*(page.quiet(QUIET_S) for page in pages))


async def test_a_payment_from_sent_to_confirmed_on_every_page_that_shows_it(site: Site, programme: Programme):
    member, other = programme.members
    async with AsyncExitStack() as stack:
        home = await open_as(stack, site, programme, member, "/home")
        second = await open_as(stack, site, programme, member, "/pay")
        book = await open_as(stack, site, programme, member, "/passbook")
        theirs = await open_as(stack, site, programme, other, "/home")
        desk = [
            await open_as(stack, site, programme, programme.treasurer, path)
            for path in ("/payments", "/today", "/books", "/receipts", "/collections", "/members")
        ]
        sent = await programme.submit()
        await asyncio.gather(*(page.wait_for(", 1 waits", 1) for page in desk))
        await asyncio.gather(
            desk[0].wait_for(sent.provider_code or "", 1),
            desk[1].wait_for("1 to confirm", 1),
            home.wait_for('"state":"sent"', 1),
            second.wait_for(sent.provider_code or "", 1),
        )
        await quiet(home, second, book, theirs, *desk)
        assert theirs.heard == []
        confirmed = await programme.confirm(sent.id)
        number = confirmed.receipt_number or ""
        await asyncio.gather(
            home.wait_for(number, 1),
            book.wait_for(number, 1),
            desk[0].wait_for('"is_gone":true', 1),
            desk[1].wait_for("1 of ", 1),
            desk[2].wait_for("Contributions", 1),
            desk[3].wait_for(number, 1),
            desk[4].wait_for("1 of ", 1),
        )
        await quiet(theirs)
    assert theirs.heard == []


async def test_another_groups_pages_get_nothing(site: Site, programme: Programme):
    """Two groups busy at once; a person who is in both sees on each page that page's group alone."""
    stranger = await make_programme(programme.database, members=1)
    await stranger.open_call()
    async with AsyncExitStack() as stack:
        theirs = [
            await open_as(stack, site, stranger, stranger.member, "/home"),
            await open_as(stack, site, stranger, stranger.treasurer, "/payments"),
            await open_as(stack, site, stranger, stranger.treasurer, "/today"),
        ]
        ours = await open_as(stack, site, programme, programme.treasurer, "/payments")
        sent = await programme.submit()
        await ours.wait_for(sent.provider_code or "", 1)
        await programme.confirm(sent.id)
        await quiet(ours, *theirs)
        assert [page.heard for page in theirs] == [[], [], []]
        ours.forget()
        both = await asyncio.gather(programme.submit(programme.members[1]), stranger.submit())
        await ours.wait_for(both[0].provider_code or "", 1)
        await theirs[1].wait_for(both[1].provider_code or "", 1)
        await quiet(ours, *theirs)
        assert both[1].provider_code not in ours.text()
        assert all(both[0].provider_code not in page.text() for page in theirs)


async def test_a_bulk_is_few_refreshes_and_the_last_one_is_seen(site: Site, database: Database):
    """Thirty confirmations one after the other: each open page is read again a few times, not thirty."""
    programme = await make_programme(database, members=30)
    await programme.open_call()
    sent = [await programme.submit(who) for who in programme.members]
    async with AsyncExitStack() as stack:
        desk = await open_as(stack, site, programme, programme.treasurer, "/today")
        homes = [await open_as(stack, site, programme, who, "/home") for who in programme.members[:5]]
        await quiet(desk, *homes)
        desk.forget()
        loop = asyncio.get_running_loop()
        started = loop.time()
        for payment in sent:
            await programme.confirm(payment.id)
        took = loop.time() - started
        await desk.wait_for("30 of 32 paid in full", 1)
        await quiet(desk, *homes)
        assert len(desk.heard) <= (took + 0.5) / COALESCE_S + 2
        assert all(1 <= len(home.heard) <= 2 for home in homes), "what doesn't change is not sent"


async def test_the_members_pages_name_nobody_else(site: Site, programme: Programme):
    member, other = programme.members
    async with AsyncExitStack() as stack:
        home = await open_as(stack, site, programme, member, "/home")
        notices = await open_as(stack, site, programme, member, "/notifications")
        sent = await programme.submit(other)
        await programme.confirm(sent.id)
        await quiet(home, notices)
        assert home.heard == notices.heard == []


async def test_reading_on_one_page_quiets_the_bell_of_the_other(site: Site, programme: Programme):
    async with AsyncExitStack() as stack:
        token = await sign_in(programme.database, programme.member, "member")
        home = await stack.enter_async_context(opened(site, token, "/home"))
        notices = await stack.enter_async_context(opened(site, token, "/notifications"))
        neighbour = await open_as(stack, site, programme, programme.members[1], "/home")
        state = "reflex___state____state.app___web___member___states___notices____notices_state"
        await notices.send(f"{state}.read_all")
        await notices.wait_for("none new", 2)
        await home.wait_for("none new", 1)
        await quiet(neighbour)
        assert neighbour.heard == []


async def test_an_ended_session_empties_its_open_pages(site: Site, programme: Programme):
    async with AsyncExitStack() as stack:
        token = await sign_in(programme.database, programme.treasurer, "treasurer")
        page = await stack.enter_async_context(opened(site, token, "/members"))
        other = await open_as(stack, site, programme, programme.treasurer, "/members")
        async with programme.database.transaction(programme.treasurer) as session:
            found = await sessions.find_session(session, token)
            assert found is not None
            await sessions.end_session(session, found.id)
        await page.wait_for("to=start", 1)
        assert '"phase_rx_state_":"loading"' in page.text().replace(" ", "")  # it is emptied before it leaves
        assert "Akinyi" not in page.text()
        page.forget()
        await programme.submit()
        await quiet(page, other)
        assert "to=start" not in other.text()
        assert "Akinyi" not in page.text()


async def test_signing_out_everywhere_closes_every_page_of_the_person(site: Site, programme: Programme):
    member, neighbour = programme.members
    async with AsyncExitStack() as stack:
        mine = [await open_as(stack, site, programme, member, path) for path in ("/home", "/rules", "/profile")]
        other = await open_as(stack, site, programme, neighbour, "/home")
        assert member.person_id is not None
        async with programme.database.transaction(member) as session:
            await sessions.end_all_sessions(session, member.person_id)
        await asyncio.gather(*(page.wait_for("to=start", 1) for page in mine))
        await quiet(other)
        assert other.heard == []


async def test_a_removed_members_pages_close(site: Site, programme: Programme):
    member, neighbour = programme.members
    async with AsyncExitStack() as stack:
        mine = [await open_as(stack, site, programme, member, path) for path in ("/home", "/passbook", "/profile")]
        other = await open_as(stack, site, programme, neighbour, "/home")
        admin = programme.group.admin
        async with programme.database.transaction(admin) as session:
            member_id = await id_of(programme.database, member)
            open_minor = (await leaving.settlement_of(session, admin, member_id)).open_minor
            await leaving.remove_member(session, admin, RemoveMember(member_id, "keep", open_minor))
        await asyncio.gather(*(page.wait_for("to=start", 1) for page in mine))
        assert "to=start" not in other.text()


async def test_the_pages_of_staff_close_too(site: Site, programme: Programme):
    staff = programme.group.staff
    async with AsyncExitStack() as stack:
        mine = [
            await open_as(stack, site, programme, staff, path, "staff")
            for path in ("/staff", "/staff/jobs", "/staff/account")
        ]
        assert staff.person_id is not None
        await programme.submit()
        await quiet(*mine)
        assert all(page.heard == [] for page in mine)
        async with programme.database.transaction(staff) as session:
            await sessions.end_all_sessions(session, staff.person_id)
        await asyncio.gather(*(page.wait_for("to=start", 1) for page in mine))


async def test_a_withdrawn_role_ends_the_pages_of_the_office(site: Site, programme: Programme):
    async with AsyncExitStack() as stack:
        page = await open_as(stack, site, programme, programme.treasurer, "/payments")
        admin = programme.group.admin
        async with programme.database.transaction(admin) as session:
            officer, proof = await id_of(programme.database, programme.treasurer), await prove(session, admin)
            command = WithdrawRole(officer, "treasurer", proof)
            await withdraw_role(session, admin, command)
        await page.wait_for("to=start", 1)
        page.forget()
        sent = await programme.submit()
        await quiet(page)
        assert (sent.provider_code or "?") not in page.text()


async def test_what_was_missed_while_nothing_was_heard_is_made_good(site: Site, programme: Programme):
    async with AsyncExitStack() as stack:
        page = await open_as(stack, site, programme, programme.treasurer, "/payments")
        with psycopg.connect(embedded.url(site.data, embedded.SUPERUSER), autocommit=True) as connection:
            ears = f"query IN ('LISTEN {CHANNEL}', 'SELECT')"
            cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ears}"
            assert connection.execute(cut.encode()).fetchall()
        sent = await programme.submit()
        await page.wait_for(sent.provider_code or "", 3)


async def test_a_row_that_was_decided_elsewhere_stays_in_its_place(site: Site, programme: Programme):
    one, two = [await programme.submit(who) for who in programme.members]
    async with AsyncExitStack() as stack:
        page = await open_as(stack, site, programme, programme.treasurer, "/payments")
        await page.send(f"{PAYMENTS}.tick", payment_id=str(two.id))
        await page.wait_for('"ticked":true', 2)
        page.forget()
        await programme.withdraw(one.id, programme.members[0])
        await page.wait_for('"is_gone":true', 1)
        rows = rows_of(page)
        assert [(row["id"], row["is_gone"], row["ticked"]) for row in rows] == [
            (str(one.id), True, False),
            (str(two.id), False, True),
        ]


def rows_of(page: OpenPage) -> list[dict]:
    """The rows of the last update of the payments page."""
    update = json.loads(page.heard[-1][1].removeprefix("42/_event,"))[1]
    return update["delta"][PAYMENTS]["rows_rx_state_"]


async def test_a_refresh_sent_by_hand_gives_only_what_the_sender_sees(site: Site, programme: Programme):
    async with AsyncExitStack() as stack:
        page = await open_as(stack, site, programme, programme.member, "/home")
        await programme.submit(programme.members[1])
        for name in (name for name in registered_events() if name.endswith(".refresh")):
            await page.send(name)
        await quiet(page)
        assert "Kisumu" not in page.text()


def test_every_page_of_somebody_is_live():
    assert set(LIVE) == {route for route, _, _, on_load in PAGES if on_load is not None}
