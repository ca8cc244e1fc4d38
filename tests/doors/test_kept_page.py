"""What a member paid over is kept: said where she pays, and each of its steps in her passbook."""

from app.domain.payments import service as payments
from app.domain.payments.commands import Part, UseKept
from app.web.member.states.passbook import PassbookState
from app.web.member.states.pay import PayState
from tests.doors.tabs import act, call, open_tab
from tests.factories.groups import id_of
from tests.factories.payments import Programme

KEPT = "KES\N{NO-BREAK SPACE}300.00 is kept for you"


async def test_she_reads_it_where_she_pays_and_in_her_passbook(programme: Programme):
    await programme.open_call(title="Harambee")
    act(programme.member, "member")
    pay = await open_tab(PayState)
    await call(pay, "load")
    assert pay.kept == ""
    await programme.keep(30_000)
    for kind in (PayState, PassbookState):
        state = await open_tab(kind)
        await call(state, "load")
        assert (state.phase, state.kept[: len(KEPT)]) == ("ready", KEPT)


async def test_her_passbook_tells_where_it_came_from_and_what_it_paid(programme: Programme):
    await programme.open_call(title="Harambee")
    came = await programme.keep(30_000)
    (due,) = await programme.dues()
    member_id = await id_of(programme.database, programme.member)
    async with programme.database.transaction(programme.treasurer) as session:
        used = await payments.use_kept(session, programme.treasurer, UseKept(member_id, (Part(due.id, 30_000),), "one"))
    act(programme.member, "member")
    state = await open_tab(PassbookState)
    await call(state, "load")
    assert [(row.title, row.figure, row.kind) for row in state.rows] == [
        ("Harambee", "300.00", "in"),
        ("Kept money used: Harambee", "300.00", "out"),
        ("Paid over what was owed, kept for you", "300.00", "in"),
    ]
    assert (state.kept, "300.00" in state.balance) == ("", True)
    await programme.reverse(used.id)
    await programme.reverse(came.id)
    await call(state, "load")
    assert [(row.title, row.kind) for row in state.rows] == [
        ("Reversed: Paid over what was owed, kept for you", "out"),
        ("Reversed: Harambee", "out"),
        ("Reversed: Kept money used: Harambee", "in"),
        ("Harambee", "void"),
        ("Kept money used: Harambee", "out"),
        ("Paid over what was owed, kept for you", "void"),
    ]
