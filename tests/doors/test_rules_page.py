"""The group's rules, at their state: what it doesn't do has none there."""

from dataclasses import replace

from app.domain.welfare import schemes
from app.domain.welfare.examples import EXAMPLES
from app.domain.welfare.views import SetScheme
from app.kit.i18n import t
from app.web.member.states.rules import RulesState
from tests.doors.tabs import act, call, open_tab
from tests.factories.payments import Programme


async def named(programme: Programme) -> set[str]:
    """The kinds of decisions of which it is said who signs them."""
    act(programme.member, "member")
    state = await open_tab(RulesState)
    await call(state, "load")
    kinds = ("expense", "loan", "loan_write_off", "welfare_payout", "withdrawal", "reversal")
    return {kind for kind in kinds if any(line.startswith(t(f"decision.kind.{kind}")) for line in state.signing)}


async def test_only_what_the_group_does_is_listed(programme: Programme):
    assert await named(programme) == {"expense", "reversal"}
    admin = programme.group.admin
    async with programme.database.transaction(admin) as session:
        await schemes.set_scheme(session, admin, SetScheme(replace(EXAMPLES[0].scheme, version=0)))
    assert await named(programme) == {"expense", "reversal", "welfare_payout"}
