"""A statement on screen, at its state."""

from app.web.member.states.statement import StatementState
from tests.doors.tabs import act, call, open_tab
from tests.factories.payments import Programme


async def test_each_line_leads_to_its_receipt(programme: Programme):
    """The line that takes it back too: one receipt says both."""
    await programme.open_call()
    confirmed = await programme.confirm((await programme.submit()).id)
    await programme.reverse(confirmed.id)
    act(programme.member, "member")
    state = await open_tab(StatementState)
    await call(state, "load")
    assert [(row.receipt_id, row.kind) for row in state.rows] == [
        (str(confirmed.receipt_id), "void"),
        (str(confirmed.receipt_id), "out"),
    ]
