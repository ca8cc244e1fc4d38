"""From the report of an event to its payout, through the services; what the rules refuse, and who may not."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import embedded
from app.domain.contributions import reading as contributions
from app.domain.contributions.changing import AskLater, ask_later
from app.domain.governance.errors import NotASigner, OwnDecision
from app.domain.governance.views import ProposalView
from app.domain.groups.errors import RulesChanged
from app.domain.ledger import service as ledger
from app.domain.ledger.views import Fault
from app.domain.reports import proving
from app.domain.welfare import reading, schemes, service
from app.domain.welfare.errors import (
    AlreadyCalled,
    ClaimEnded,
    ClaimKnown,
    NotAccepted,
    NotEligible,
    NotEnoughInFund,
    NothingToCall,
    NothingToPay,
    NotLookedAt,
    OtherEvent,
    OwnClaim,
    RecorderAlone,
    TooManyClaims,
)
from app.domain.welfare.scheme import CALL, Benefit
from app.domain.welfare.views import ClaimView, SetScheme
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from app.web.presenters.claims import claim_row
from tests.factories.counting import counted
from tests.factories.tampering import Owner
from tests.factories.welfare import PAID, TABLE, Fund, make_fund

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def owed(session: Session, group_id: UUID, asked: contributions.Arrears) -> int:
    (found,) = await contributions.arrears_of(session, group_id, [asked])
    return found


async def test_an_event_is_paid_by_two_signatures_once(fund: Fund) -> None:
    claim = await fund.report()
    assert (claim.state, claim.number, claim.amount_minor, claim.verdict) == ("reported", 1, 40_000, "yes")
    accepted = await fund.accept(claim.id)
    made = await fund.payout(accepted.id, method="cash")
    assert (made.state, made.amount_minor, made.member_id) == ("open", 40_000, await fund.id_of(fund.member))
    await fund.council.approve(made.id, fund.council.president)
    ended = await fund.council.approve(made.id, fund.council.secretary)
    assert ended.state == "carried"
    paid = await fund.get(claim.id, fund.member)
    assert (paid.state, paid.amount_minor, paid.entry_seq) == ("paid", 40_000, ended.entry_seq)
    assert paid.decision is not None
    assert [one.choice for one in paid.decision.signatures] == ["approved", "approved"]
    async with fund.database.transaction(fund.treasurer) as session:
        assert await ledger.control_balance(session, fund.council.group.id, "5020") == 40_000
        assert await ledger.verify_group(session, fund.council.group.id) is None
    assert (await fund.fund()).fund_minor == 2 * PAID - 40_000
    with pytest.raises(NotAccepted):
        await fund.payout(claim.id)


async def test_the_beneficiary_decides_nothing_about_it(fund: Fund) -> None:
    own = await fund.report(fund.treasurer)
    for act in (fund.accept, fund.refuse):
        with pytest.raises(OwnClaim):
            await act(own.id, fund.treasurer)
    await fund.accept(own.id)
    with pytest.raises(OwnClaim):
        await fund.levy(own.id)
    made = await fund.payout(own.id, fund.council.admin)
    with pytest.raises(OwnDecision):
        await fund.council.approve(made.id, fund.treasurer)
    with pytest.raises(OwnDecision):
        await fund.council.approve(made.id, fund.council.admin)


async def test_who_recorded_it_is_never_the_only_one_who_signs(fund: Fund) -> None:
    member_id = await fund.id_of(fund.member)
    await fund.council.rule("welfare_payout", needed=1)
    recorded = await fund.report(fund.treasurer, member_id=member_id)
    await fund.accept(recorded.id, fund.treasurer)
    made = await fund.payout(recorded.id, fund.council.admin)
    with pytest.raises(RecorderAlone):
        await fund.council.approve(made.id, fund.treasurer)
    assert (await fund.council.get(made.id)).approved == 0
    assert (await fund.council.approve(made.id, fund.council.president)).state == "carried"


async def test_who_may_carry_it_out_alone_may_not_have_recorded_it(fund: Fund) -> None:
    await fund.council.rule("welfare_payout", alone_minor=50_000)
    claim = await fund.accepted()
    with pytest.raises(RecorderAlone):
        await fund.payout(claim.id, fund.council.admin, proof=await fund.council.programme.step_up(fund.council.admin))
    made = await fund.payout(claim.id, proof=await fund.council.programme.step_up())
    assert made.state == "carried"


async def test_a_refused_and_an_expired_payout_leave_the_claim_as_it_was(fund: Fund) -> None:
    claim = await fund.accepted()
    made = await fund.payout(claim.id)
    for officer in (fund.council.president, fund.council.secretary):
        await fund.council.refuse(made.id, officer, reason="Not clear yet")
    found = await fund.get(claim.id)
    assert (found.state, found.decision.state if found.decision else "") == ("accepted", "refused")
    again = await fund.payout(claim.id)
    await fund.council.approve(again.id, fund.council.president)
    assert (await fund.get(claim.id)).state == "accepted"


async def test_only_others_claims_are_decided_and_only_by_those_who_run_welfare(fund: Fund) -> None:
    claim = await fund.report()
    for who in (fund.members[1], fund.council.president):
        with pytest.raises(NotPermitted):
            await fund.accept(claim.id, who)
        with pytest.raises(NotFound):
            await fund.get(claim.id, who)
        with pytest.raises(NotFound):
            await fund.withdraw(claim.id, who)
    with pytest.raises(NotFound):
        await fund.report(fund.members[1], member_id=await fund.id_of(fund.member))
    await fund.accept(claim.id)
    made = await fund.payout(claim.id)
    assert (await fund.get(claim.id, fund.council.president)).id == claim.id  # she signs it
    with pytest.raises(NotFound):
        await fund.get(claim.id, fund.members[1])
    with pytest.raises((NotASigner, NotPermitted)):
        await fund.council.approve(made.id, fund.members[1])


async def test_a_claim_ends_once(fund: Fund) -> None:
    claim, key = await fund.report(), str(uuid4())
    assert claim_row(claim).amount == "KES\u00a0400.00"
    assert (await fund.refuse(claim.id, key=key, reason="Not a parent")).refusal == "Not a parent"
    refused = await fund.refuse(claim.id, key=key)
    assert (refused.state, refused.amount_minor) == ("refused", 40_000)
    shown = claim_row(refused)
    assert (shown.amount, shown.steps, shown.payee) == ("", (), "")  # nothing of what is never paid
    with pytest.raises(ClaimEnded) as ended:
        await fund.accept(claim.id)
    assert ended.value.params["state"] == "refused"
    with pytest.raises(ClaimEnded):
        await fund.withdraw(claim.id)
    other = await fund.report()
    withdrawn = await fund.withdraw(other.id)
    assert (withdrawn.state, claim_row(withdrawn).amount) == ("withdrawn", "")
    with pytest.raises(NotAccepted):
        await fund.payout(other.id)


async def test_an_accepted_claim_is_refused_before_it_is_paid(fund: Fund) -> None:
    claim = await fund.accepted()
    made = await fund.payout(claim.id)
    await fund.council.approve(made.id, fund.council.president)
    assert (await fund.refuse(claim.id, reason="It was her neighbour")).state == "refused"
    with pytest.raises(NotAccepted):
        await fund.council.approve(made.id, fund.council.secretary)
    with pytest.raises(ClaimEnded):
        await fund.accept(claim.id)


async def test_events_are_joined_with_all_who_were_together(fund: Fund) -> None:
    await fund.rule(further_ppm=500_000)
    one = await fund.report(person="Wanjiru")
    two = await fund.report(fund.members[1], person="wanjiru")
    other = await fund.report(fund.council.president, person="Mama Wanjiru")
    await fund.accept(other.id)
    assert (await fund.join(one.id, other.id)).same_event == (two.number, other.number)
    assert (await fund.join(one.id, other.id)).same_event == (two.number, other.number)
    with pytest.raises(ClaimEnded):
        await fund.join(other.id, (await fund.report(fund.council.secretary)).id)
    again = await fund.report(person="Mama wa Wanjiru")
    with pytest.raises(OtherEvent):
        await fund.join(again.id, two.id)  # the member has a claim of this event
    await fund.accept(one.id)
    await fund.refuse(other.id)
    assert (await fund.accept(two.id)).amount_minor == 40_000  # nobody is the first any more


async def test_nobody_floods_the_desk(fund: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_OPEN", 2)
    for _ in range(2):
        await fund.report()
    with pytest.raises(TooManyClaims):
        await fund.report()
    await fund.report(fund.members[1])


async def test_the_waiting_period_and_arrears_speak_against_it(fund: Fund) -> None:
    await fund.rule(waiting_days=60)
    claim = await fund.report()
    assert {one.code: one.verdict for one in claim.reasons} == {"covered": "yes", "waiting": "no"}
    with pytest.raises(NotEligible):
        await fund.accept(claim.id)
    await fund.rule(waiting_days=0, suspend_days=0)
    fine = await fund.report()
    assert [one.verdict for one in fine.reasons if one.code == "arrears"] == ["yes"]
    assert fine.rules_version == 3
    assert (await fund.get(claim.id)).verdict == "no"  # the rules under which it was reported


async def test_arrears_count_as_they_were_on_the_day(fund: Fund) -> None:
    """Paying afterwards heals nothing; what was paid before the day counts, whenever it was confirmed."""
    today = await fund.council.programme.today()
    await fund.council.programme.open_call(5_000, "Monthly")
    async with fund.database.transaction(fund.treasurer) as session:
        group_id, member_id = fund.council.group.id, await fund.id_of(fund.member)
        late, soon = today + timedelta(days=10), today + timedelta(days=9)
        assert await owed(session, group_id, contributions.Arrears(member_id, today, soon)) == 0
        assert await owed(session, group_id, contributions.Arrears(member_id, today, late)) == 5_000
        before = today - timedelta(days=1)
        assert await owed(session, group_id, contributions.Arrears(member_id, before, late)) == 5_000 + PAID
    await fund.council.programme.take_cash(await fund.council.programme.cash_command(fund.member))
    async with fund.database.transaction(fund.treasurer) as session:
        assert await owed(session, group_id, contributions.Arrears(member_id, today, late)) == 0
        assert await owed(session, group_id, contributions.Arrears(member_id, before, late)) == 5_000 + PAID


async def test_what_a_person_must_look_at_is_looked_at(fund: Fund) -> None:
    await fund.rule(needs_document=True)
    claim = await fund.report()
    assert claim.verdict == "check"
    with pytest.raises(NotLookedAt) as missing:
        await fund.accept(claim.id)
    assert missing.value.params["count"] == 1
    assert (await fund.accept(claim.id, checked=("documents",))).verdict == "yes"
    other = await fund.report()
    await fund.attach(other.id)
    assert (await fund.accept(other.id)).state == "accepted"


async def test_a_call_asks_everybody_but_the_bereaved(database) -> None:
    fund = await make_fund(
        database,
        members=3,
        source=CALL,
        benefits=(Benefit("parent"), Benefit("child")),
        levy_minor=1_500,
        levy_two_minor=2_500,
    )
    claim = await fund.accepted()
    with pytest.raises(NothingToPay):
        await fund.payout(claim.id)
    key = str(uuid4())
    call = await fund.levy(claim.id, key=key)
    assert (call.amount_minor, call.dues, call.unasked) == (1_500, 6, 0)
    assert (await fund.levy(claim.id, key=key, title=call.title)).id == call.id
    with pytest.raises(AlreadyCalled):
        await fund.levy(claim.id)
    assert call.title not in [due.title for due in await fund.council.programme.dues(fund.member)]
    async with database.transaction(fund.treasurer) as session:
        await ask_later(session, fund.treasurer, AskLater(call.id))
    assert call.title not in [due.title for due in await fund.council.programme.dues(fund.member)]
    for one in fund.members[1:]:
        await fund.council.programme.take_cash(await fund.council.programme.cash_command(one))
    assert (await fund.get(claim.id)).amount_minor == 3_000
    made = await fund.payout(claim.id)
    assert made.amount_minor == 3_000


async def test_what_comes_in_after_the_payout_is_paid_by_another(server, database_name, database) -> None:
    fund = await make_fund(database, members=4, source=CALL, benefits=(Benefit("parent"),), levy_minor=1_500)
    programme, group_id = fund.council.programme, fund.council.group.id

    async def pay_out(claim_id: UUID) -> ProposalView:
        made = await fund.payout(claim_id)
        await fund.council.approve(made.id, fund.council.president)
        return await fund.council.approve(made.id, fund.council.secretary)

    async def fault() -> Fault | None:
        async with database.transaction(Actor(group_id=group_id), is_snapshot=True) as session:
            return (await proving.check_books(session, group_id)).fault

    claim = await fund.accepted()
    await fund.levy(claim.id)
    await programme.take_cash(await programme.cash_command(fund.members[1]))
    first = await pay_out(claim.id)
    paid = await fund.get(claim.id)
    assert (paid.state, paid.amount_minor, paid.left_minor) == ("paid", 1_500, 0)
    with pytest.raises(NotAccepted):
        await fund.payout(claim.id)
    for one in fund.members[2:]:
        await programme.take_cash(await programme.cash_command(one))
    late = await fund.get(claim.id, fund.member)
    assert (late.state, late.amount_minor, late.left_minor) == ("paid", 1_500, 3_000)
    again = await pay_out(claim.id)
    assert (again.state, again.amount_minor) == ("carried", 3_000)
    whole = await fund.get(claim.id)
    assert (whole.state, whole.amount_minor, whole.left_minor) == ("paid", 4_500, 0)
    assert (whole.entry_seq, await fault()) == (first.entry_seq, None)
    with pytest.raises(ClaimEnded):
        await fund.refuse(claim.id)
    owner = Owner(server.url(embedded.SUPERUSER, database_name), group_id)
    owner.run("UPDATE welfare_claims SET paid_minor = paid_minor + 1 WHERE group_id = '{group}'")
    owner.close()
    assert await fault() == Fault(first.entry_seq, "origin")


async def test_a_fund_that_stands_pays_once(fund: Fund) -> None:
    """Also where its rules would bring more by now."""
    claim = await fund.accepted()
    made = await fund.payout(claim.id)
    for who in (fund.council.president, fund.council.secretary):
        await fund.council.approve(made.id, who)
    async with fund.database.transaction(fund.treasurer) as session:
        with pytest.raises(DBAPIError, match="ends once"):
            await session.execute(text("UPDATE welfare_claims SET paid_minor = paid_minor - 1 WHERE state = 'paid'"))
    assert (await fund.get(claim.id)).left_minor == 0


async def test_two_events_of_one_member_are_one_call(database) -> None:
    fund = await make_fund(
        database, members=2, source=CALL, benefits=(Benefit("parent"), Benefit("child")), levy_minor=1_500,
        levy_two_minor=2_501, levy_two_days=20,
    )  # fmt: skip
    one, other = await fund.accepted(), await fund.accepted(relation="child")
    assert (await fund.get(one.id)).levy.amount_minor == 2_501
    call = await fund.levy(other.id)
    assert call.amount_minor == 2_501
    assert call.due_on == await fund.council.programme.today() + timedelta(days=20)
    await fund.council.programme.take_cash(await fund.council.programme.cash_command(fund.members[1]))
    assert [(await fund.get(x.id)).amount_minor for x in (one, other)] == [1_251, 1_250]


async def test_members_bereaved_by_one_event_share_it(fund: Fund) -> None:
    await fund.rule(further_ppm=125_000)
    first = await fund.report(person="Mama Atieno")
    second = await fund.report(fund.members[1], person="mama  atieno")
    assert second.same_event == (first.number,)
    third = await fund.report(fund.council.president, person="Atieno Mama")
    assert [number for _, number, _ in third.alike] == [first.number, second.number]
    joined = await fund.join(third.id, second.id)
    assert joined.same_event == (first.number, second.number)
    paid = [(await fund.accept(one.id)).amount_minor for one in (first, second, third)]
    assert paid == [40_000, 5_000, 5_000]
    with pytest.raises(ClaimKnown):
        await fund.report(person="Mama Atieno")
    hospital = replace(TABLE, benefits=(*TABLE.benefits, Benefit("parent", 5, event="hospital")))
    await fund.rule(hospital)
    ill = await fund.report(fund.council.secretary, event="hospital")
    with pytest.raises(OtherEvent):
        await fund.join(ill.id, first.id)


async def test_when_a_member_died_somebody_else_is_paid(fund: Fund) -> None:
    member_id, widow_id = await fund.id_of(fund.member), await fund.id_of(fund.members[1])
    with pytest.raises(InvalidInput) as own:
        await fund.report(relation="member")
    assert own.value.field in ("relation", "payee")
    with pytest.raises(InvalidInput):
        await fund.report(fund.treasurer, relation="member", member_id=member_id)
    claim = await fund.report(fund.treasurer, relation="member", member_id=member_id, payee_id=widow_id)
    assert (claim.amount_minor, claim.payee) == (60_000, (await fund.get(claim.id, fund.members[1])).payee)
    await fund.accept(claim.id)
    made = await fund.payout(claim.id)
    assert made.member_id == widow_id
    other = await fund.report(fund.treasurer, relation="member", member_id=member_id, payee="Jane Otieno")
    assert other.payee == "Jane Otieno"


async def test_the_fund_never_pays_more_than_it_holds(fund: Fund) -> None:
    await fund.rule(benefits=(Benefit("parent", 2 * PAID + 1),))
    claim = await fund.accepted()
    with pytest.raises(NotEnoughInFund) as left:
        await fund.payout(claim.id)
    assert left.value.params["left_minor"] == 2 * PAID


async def test_two_payouts_that_are_covered_only_alone(fund: Fund) -> None:
    await fund.rule(benefits=(Benefit("parent", 2 * PAID - 1),))
    made = [await fund.payout((await fund.accepted()).id) for _ in range(2)]
    for one in made:
        await fund.council.approve(one.id, fund.council.president)
    assert (await fund.council.approve(made[0].id, fund.council.secretary)).state == "carried"
    with pytest.raises(NotEnoughInFund):
        await fund.council.approve(made[1].id, fund.council.secretary)
    assert (await fund.fund()).fund_minor == 1


async def test_the_fund_is_made_of_what_there_is_less_what_is_owed(fund: Fund) -> None:
    before = await fund.fund()
    assert before.fund_minor == sum(minor for _, minor in before.parts)
    assert [code for code, _ in before.parts] == ["1010"]


async def test_a_low_fund_is_topped_up_once(fund: Fund) -> None:
    await fund.rule(topup_below_minor=2 * PAID + 1, topup_minor=700, registration_minor=300)
    assert (await fund.fund()).topup_minor == 700
    call = await fund.ask("topup")
    assert (call.amount_minor, (await fund.fund()).topup_minor) == (700, 0)
    with pytest.raises(NothingToCall):
        await fund.ask("topup")
    with pytest.raises(NothingToCall):
        await fund.ask("premium")
    assert (await fund.ask("registration")).amount_minor == 300
    assert [kind for kind, _ in (await fund.fund()).calls] == ["registration", "topup"]


async def test_rules_are_versions_and_the_older_stays(fund: Fund) -> None:
    before = (await fund.run(fund.member, schemes.get_scheme)).scheme
    with pytest.raises(RulesChanged):
        await fund.run(fund.council.admin, schemes.set_scheme, SetScheme(replace(TABLE, waiting_days=5)))
    with pytest.raises(NotPermitted):
        await fund.run(fund.treasurer, schemes.set_scheme, SetScheme(before))
    assert (await fund.rule()).version == before.version  # the same changes nothing
    assert (await fund.rule(waiting_days=5)).version == before.version + 1


async def test_a_double_click_reports_once(fund: Fund) -> None:
    command = await fund.report_of()
    found = await asyncio.gather(*(fund.run(fund.member, service.report_claim, command) for _ in range(4)))
    assert len({one.id for one in found}) == 1


async def test_what_befell_the_member_herself_has_her_name(fund: Fund) -> None:
    claim = await fund.report(event="hospital", relation="member", person="")
    assert claim.person == claim.member_name != ""


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event": "wedding"}, "event"),
        ({"relation": "cousin"}, "relation"),
        ({"cause": "curse"}, "cause"),
        ({"person": " "}, "person"),
        ({"person": "x" * 121}, "person"),
        ({"payee": "Somebody"}, "payee"),
    ],
)
async def test_a_report_that_cannot_be_taken_names_its_fault(fund: Fund, changes: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await fund.report(**changes)
    assert caught.value.field == field


async def test_a_list_asks_as_much_for_six_claims_as_for_one(fund: Fund) -> None:
    """Of several members, waiting and accepted, called for and not, with papers: what is shown is as of each alone."""
    await fund.rule(suspend_days=30, source=CALL, levy_minor=5_000, year_cap_minor=200_000)
    first = await fund.report()
    await fund.attach(first.id)

    async def listed() -> tuple[int, list[ClaimView]]:
        with counted(fund.database) as found:
            views = await fund.run(fund.council.admin, reading.list_claims)
        return len(found), views

    one, _ = await listed()
    for relation, who in enumerate([*fund.members, fund.treasurer, fund.member]):
        claim = await fund.report(who, relation=("parent", "child")[relation % 2])
        if relation in (1, 3):
            await fund.attach(claim.id, who)
            await fund.accept(claim.id)
            await fund.levy(claim.id)
    many, views = await listed()
    assert (len(views), many - one) == (5, 1), "one more, of the calls"
    assert [one.call is not None for one in views].count(True) == 2
    assert views == [await fund.get(view.id, fund.council.admin) for view in views]
