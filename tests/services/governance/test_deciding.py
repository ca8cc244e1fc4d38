"""Proposals from the first word to the last signature; nobody signs their own, whichever way it is tried."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from app import embedded, wiring
from app.domain.audit import service as audit
from app.domain.governance import reading, service
from app.domain.governance.commands import ApproveDecision
from app.domain.governance.errors import (
    AlreadySigned,
    DecisionEnded,
    NotASigner,
    OwnDecision,
    TooFewSigners,
)
from app.domain.governance.ports import Matter, registered_decisions
from app.domain.groups import approvals, inbox, roles
from app.domain.groups.templates import TEMPLATES
from app.domain.groups.views import AssignRole, SetApprovalRule
from app.domain.identity.errors import StepUpNeeded
from app.domain.ledger import service as ledger
from app.integrations.console import ConsoleSender
from app.kit.actor import Actor
from app.kit.clock import MovedClock, SystemClock
from app.kit.config import Settings
from app.kit.db import Database
from app.kit.errors import IdempotencyConflict, InvalidInput, NotFound, NotPermitted
from app.kit.signing import Signer
from app.worker.jobs import Handlers
from tests.factories.governance import EACH, Council
from tests.factories.groups import id_of, make_member, make_officer, new_phone, prove
from tests.factories.payments import step_up


async def cash(council: Council) -> int:
    async with council.database.transaction(council.treasurer) as session:
        assert await ledger.verify_group(session, council.group.id) is None
        return await ledger.balance(session, council.group.id, "1010")


def test_every_kind_has_its_decision() -> None:
    wiring.register()
    assert registered_decisions() == set(approvals.KINDS)
    for template in TEMPLATES:
        for kind in approvals.KINDS:
            first = approvals.first_rule(template, kind)
            assert approvals.check_rule(first) == first


async def test_two_signatures_carry_it_out_once(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    assert (made.state, made.needed, made.approved, made.is_mine) == ("open", 2, 0, True)
    assert [one.choice for one in made.signatures] == ["", "", ""]
    first = await council.approve(made.id, council.admin)
    assert (first.state, first.approved, await cash(council)) == ("open", 1, EACH)
    key = str(uuid4())
    last = await council.approve(made.id, council.president, key=key)
    assert (last.state, last.approved) == ("carried", 2)
    assert last.entry_seq == 2
    assert await council.approve(made.id, council.president, key=key) == last
    assert await cash(council) == EACH - 20_000
    with pytest.raises(DecisionEnded):
        await council.approve(made.id, council.secretary)
    assert [(one.office, one.choice) for one in last.signatures] == [("admin", "approved"), ("president", "approved")]


async def test_nobody_signs_their_own(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    with pytest.raises(OwnDecision):
        await council.approve(made.id, council.treasurer)
    with pytest.raises(OwnDecision):
        await council.refuse(made.id, council.treasurer)
    with pytest.raises(NotPermitted):
        await council.approve(made.id, council.member)
    for_president = await council.programme.take_cash(await council.programme.cash_command(council.president))
    assert for_president.state == "confirmed"
    hers = await council.propose("withdrawal", await council.withdrawal(member=council.president))
    assert await id_of(council.database, council.president) not in {one.member_id for one in hers.signatures}
    with pytest.raises(OwnDecision):
        await council.approve(hers.id, council.president)


async def test_the_tables_refuse_it_too(council: Council, server: embedded.Server, database_name: str) -> None:
    """Whatever the services do: a signature of the proposer's own, and carrying out without signatures."""
    made = await council.propose("withdrawal", await council.withdrawal())
    treasurer = await id_of(council.database, council.treasurer)
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name), autocommit=True) as connection:
        with pytest.raises(psycopg.errors.CheckViolation, match="signed by others"):
            connection.execute(
                "INSERT INTO signatures (group_id, proposal_id, member_id, office, choice, at, key)"
                " VALUES (%s, %s, %s, 'treasurer', 'approved', now(), 'k')",
                (council.group.id, made.id, treasurer),
            )
        with pytest.raises(psycopg.errors.CheckViolation, match="carried by its signatures"):
            connection.execute(
                "UPDATE proposals SET state = 'carried', ended_at = now(), ended_by = proposed_by WHERE id = %s",
                (made.id,),
            )


async def test_each_signature_takes_a_fresh_code(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    proof = await step_up(council.database, council.admin)
    await council.approve(made.id, council.admin, proof=proof)
    other = await council.propose("withdrawal", await council.withdrawal())
    with pytest.raises(StepUpNeeded):
        await council.approve(other.id, council.admin, proof=proof)
    async with council.database.transaction(council.president) as session:
        with pytest.raises(StepUpNeeded):
            await service.approve_decision(session, council.president, ApproveDecision(other.id, "none"))


async def test_one_word_each(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    await council.approve(made.id, council.admin)
    with pytest.raises(AlreadySigned):
        await council.refuse(made.id, council.admin)
    with pytest.raises(AlreadySigned):
        await council.approve(made.id, council.admin)


async def test_it_is_refused_once_the_others_cannot_make_it(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    with pytest.raises(InvalidInput):
        await council.refuse(made.id, council.admin, reason=" ")
    key = str(uuid4())
    first = await council.refuse(made.id, council.admin, key=key, reason="Not this month")
    assert first.state == "open"
    assert await council.refuse(made.id, council.admin, key=key, reason="Not this month") == first
    second = await council.refuse(made.id, council.president)
    assert second.state == "refused"
    assert [one.reason for one in second.signatures] == ["Not this month", "Not agreed"]
    with pytest.raises(DecisionEnded):
        await council.approve(made.id, council.secretary)
    assert await cash(council) == EACH


async def test_who_proposed_it_takes_it_back(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    with pytest.raises(NotFound):
        await council.withdraw(made.id, council.admin)
    key = str(uuid4())
    taken = await council.withdraw(made.id, key=key)
    assert taken.state == "withdrawn"
    assert await council.withdraw(made.id, key=key) == taken
    with pytest.raises(DecisionEnded):
        await council.withdraw(made.id)


async def test_what_nobody_signs_lapses(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    assert made.expires_at - made.proposed_at == timedelta(days=14)
    assert not await council.expire(made.id)
    late = council.database.with_tools(clock=MovedClock(SystemClock(), timedelta(days=14, seconds=2)))
    after = replace(council, database=late)
    assert (await after.get(made.id)).state == "expired"
    proof = await step_up(council.database, council.admin)
    with pytest.raises(DecisionEnded) as stopped:
        await after.approve(made.id, council.admin, proof=proof)
    assert stopped.value.params == {"state": "expired"}
    assert await after.expire(made.id)
    assert not await after.expire(made.id)
    assert (await council.get(made.id)).state == "expired"


async def test_the_same_command_proposes_once(council: Council) -> None:
    key, matter = str(uuid4()), await council.withdrawal()
    made = await council.propose("withdrawal", matter, key=key)
    assert await council.propose("withdrawal", matter, key=key) == made
    with pytest.raises(IdempotencyConflict):
        await council.propose("withdrawal", replace(matter, amount_minor=1), key=key)


async def test_more_must_sign_than_there_are(council: Council) -> None:
    await council.rule("withdrawal", needed=4)
    with pytest.raises(TooFewSigners) as stopped:
        await council.propose("withdrawal", await council.withdrawal())
    assert stopped.value.params == {"needed": 4, "there": 3}
    await make_officer(council.database, council.group, "vice")
    assert (await council.propose("withdrawal", await council.withdrawal())).needed == 4


async def test_a_rule_that_too_few_can_sign_by_is_named(council: Council) -> None:
    """Four hold an office; who proposes is one of them, and for savings a member may ask instead."""

    async def short(kind: str, **changes: object) -> dict[str, int]:
        async with council.database.transaction(council.admin) as session:
            found = {one.kind: one for one in await approvals.list_approval_rules(session, council.admin)}
            rule = replace(found[kind], **changes)  # type: ignore[arg-type]
            return await reading.list_short_rules(session, council.admin, [rule])

    assert await short("expense", needed=3) == {}
    assert await short("expense", needed=4) == {"expense": 3}
    assert await short("expense", needed=4, alone_minor=approvals.ALONE) == {}
    assert await short("withdrawal", needed=4) == {}
    assert await short("withdrawal", needed=5) == {"withdrawal": 4}
    assert await short("expense", needed=1, signers=("key_holder",)) == {"expense": 0}
    assert await short("expense", needed=1, signers=("president",)) == {}, "who proposes holds another office"


async def test_a_term_that_is_over_signs_nothing(council: Council) -> None:
    phone, today = new_phone(), await council.programme.today()
    async with council.database.transaction(council.admin) as session:
        for role, until, why in (("vice", today - timedelta(days=1), "date_past"), ("auditor", today, "term_of_role")):
            command = AssignRole(phone, role, "V-1", "Zawadi Were", until=until)
            with pytest.raises(InvalidInput) as stopped:
                await roles.assign_role(session, council.admin, command)
            assert stopped.value.why == why
        proof = await prove(session, council.admin)
        command = AssignRole(phone, "vice", "V-1", "Zawadi Were", proof, today)
        await roles.assign_role(session, council.admin, command)
    made = await council.propose("withdrawal", await council.withdrawal())
    assert "vice" in {one.office for one in made.signatures}
    moved = MovedClock(SystemClock(), timedelta(days=1))
    tomorrow = replace(council, database=council.database.with_tools(clock=moved))
    assert "vice" not in {one.office for one in (await tomorrow.get(made.id)).signatures}


async def test_a_rule_is_a_version_that_all_are_told_of(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    set_ = await council.rule("withdrawal", needed=1, signers=("key_holder",), days=3)
    assert (set_.version, set_.signers) == (1, ("key_holder",))
    assert (await council.get(made.id)).needed == 2, "what is proposed keeps its rule"
    with pytest.raises(TooFewSigners):
        await council.propose("withdrawal", await council.withdrawal())
    async with council.database.transaction(council.member) as session:
        known = {one.kind: one for one in await approvals.list_approval_rules(session, council.member)}
        assert known["withdrawal"] == set_
        assert "approvals_set" in {one.kind for one in await inbox.list_my_notifications(session, council.member)}
    async with council.database.transaction(council.admin) as session:
        with pytest.raises(StepUpNeeded):
            await approvals.set_approval_rule(session, council.admin, SetApprovalRule(replace(set_, days=4)))
        for wrong in ({"needed": 0}, {"signers": ("auditor",)}, {"signers": ()}, {"days": 91}, {"kind": "barter"}):
            with pytest.raises(InvalidInput):
                await approvals.set_approval_rule(session, council.admin, SetApprovalRule(replace(set_, **wrong)))  # type: ignore[arg-type]


async def test_below_the_limit_the_treasurer_is_alone_with_a_fresh_code(council: Council) -> None:
    await council.rule("withdrawal", alone_minor=20_000)
    with pytest.raises(StepUpNeeded):
        await council.propose("withdrawal", await council.withdrawal())
    key, proof = str(uuid4()), await step_up(council.database, council.treasurer)
    matter = await council.withdrawal()
    done = await council.propose("withdrawal", matter, key=key, proof=proof)
    assert (done.state, done.needed, await cash(council)) == ("carried", 0, EACH - 20_000)
    assert await council.propose("withdrawal", matter, key=key, proof=proof) == done
    above = await council.propose("withdrawal", await council.withdrawal(20_001))
    assert (above.state, above.needed) == ("open", 2)


async def test_nobody_is_alone_with_their_own(council: Council) -> None:
    """The treasurer's own savings, and what a member asks for, take another's signature whatever the limit."""
    await council.rule("withdrawal", alone_minor=EACH)
    command = await council.programme.cash_command(council.treasurer)
    await council.programme.take_cash(command, council.admin)
    own = await council.propose("withdrawal", await council.withdrawal(member=council.treasurer))
    assert (own.state, own.needed) == ("open", 1)
    assert (await council.approve(own.id, council.admin)).state == "carried"
    asked = await council.ask(await council.withdrawal())
    assert (asked.state, asked.needed) == ("open", 1)
    assert (await council.approve(asked.id, council.treasurer)).state == "carried"
    assert await cash(council) == 2 * EACH - 40_000


async def test_a_member_asks_for_her_own_alone(council: Council) -> None:
    other = await make_member(council.database, council.group)
    with pytest.raises(NotFound):
        await council.ask(await council.withdrawal(), other)
    with pytest.raises(InvalidInput):
        await council.ask(Matter(1_000, "Chairs", terms={"method": "cash"}), kind="expense")
    with pytest.raises(NotPermitted):
        await council.propose("withdrawal", await council.withdrawal(), council.member)
    asked = await council.ask(await council.withdrawal())
    async with council.database.transaction(council.member) as session:
        assert [one.id for one in await reading.list_my_decisions(session, council.member)] == [asked.id]
    with pytest.raises(NotFound):
        await council.get(asked.id, other)


async def test_lists_and_counts(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())

    async def counts(who: Actor) -> int:
        async with council.database.transaction(who) as session:
            return await reading.count_to_sign(session, who)

    assert [await counts(one) for one in (council.treasurer, council.admin, council.president, council.member)] == [
        0,
        1,
        1,
        0,
    ]
    await council.approve(made.id, council.admin)
    assert await counts(council.admin) == 0
    async with council.database.transaction(council.president) as session:
        (row,) = await reading.list_to_sign(session, council.president)
        assert (row.may_sign, row.approved) == (True, 1)
        assert "decision_waiting" in {one.kind for one in await inbox.list_my_notifications(session, council.president)}
    await council.approve(made.id, council.president)
    async with council.database.transaction(council.member) as session:
        assert "decision_carried" in {one.kind for one in await inbox.list_my_notifications(session, council.member)}
    async with council.database.transaction(council.treasurer) as session:
        assert [one.state for one in await reading.list_decisions(session, council.treasurer)] == ["carried"]
        assert "decision_carried" in {one.kind for one in await inbox.list_my_notifications(session, council.treasurer)}
        events = [one for one in await audit.list_events(session, council.group.id) if one.subject == "decision"]
    actions = [event.action.removeprefix("decision.") for event in reversed(events)]
    assert actions == ["proposed", "approved", "approved", "carried"]
    assert {str(made.id)} == {event.subject_id for event in events}


async def test_a_roles_signature_needs_the_role(council: Council) -> None:
    await council.rule("withdrawal", needed=1, signers=("president",))
    made = await council.propose("withdrawal", await council.withdrawal())
    with pytest.raises(NotASigner):
        await council.approve(made.id, council.secretary)
    assert (await council.approve(made.id, council.president)).state == "carried"


async def test_the_worker_is_asked_to_let_it_lapse(council: Council, database: Database) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    async with database.transaction(council.treasurer) as session:
        found = text("SELECT scheduled_at FROM procrastinate_jobs WHERE args ->> 'proposal_id' = :id")
        (at,) = (await session.execute(found, {"id": str(made.id)})).scalars()
    assert timedelta() <= at - made.expires_at < timedelta(minutes=1)


async def test_another_groups_proposal_is_missing(council: Council, database: Database) -> None:
    with pytest.raises(NotFound):
        await council.approve(UUID(int=7), council.admin)


async def test_the_worker_lets_it_lapse_once(council: Council, tools: dict[str, object]) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    late = council.database.with_tools(clock=MovedClock(SystemClock(), timedelta(days=15)))
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    services = wiring.Services(settings=Settings(), database=late, signer=signer, sender=ConsoleSender())
    work = Handlers(services).all()[service.EXPIRE]
    for _ in range(2):
        await work(group_id=str(council.group.id), proposal_id=str(made.id))
    assert (await council.get(made.id)).state == "expired"
    async with council.database.transaction(council.treasurer) as session:
        events = await audit.list_events(session, council.group.id)
    assert [event.action for event in events].count("decision.expired") == 1
