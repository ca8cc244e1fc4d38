"""Groups: opened by staff, who then see names and counts, never amounts."""

from dataclasses import asdict, replace
from uuid import UUID
from zoneinfo import available_timezones

from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy import func, select

from app.domain.audit import service as audit
from app.domain.groups import inbox
from app.domain.groups.access import authorise, view_of
from app.domain.groups.members import add_members, check_member_no, check_name
from app.domain.groups.models import Group, RoleGrant, Seat
from app.domain.groups.permissions import Permission
from app.domain.groups.rules import add_rules, check_rules
from app.domain.groups.templates import TEMPLATES
from app.domain.groups.views import Acting, CreateGroup, GroupView, MemberData, StaffGroupView, UpdateGroup
from app.domain.groups.ways import check_place, way_of
from app.domain.identity import codes
from app.domain.identity import service as identity
from app.domain.identity.phones import parse_phone
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import CONTROL
from app.kit import idempotency
from app.kit.actor import Actor
from app.kit.crypto import place
from app.kit.db import Session, clock_of, keyring_of, set_tenant
from app.kit.errors import Faults, InvalidInput, NotFound
from app.kit.ids import new_group_code, new_id
from app.kit.money import Money
from app.kit.text import tidy


async def create_group(session: Session, actor: Actor, command: CreateGroup) -> GroupView:
    """Open a group with its books and its first admin. Staff only (NotFound for others). Idempotent by its key.

    The transaction acts in the new group afterwards.
    """
    await _require_staff(session, actor)
    values = {name: tidy(one) if isinstance(one, str) else one for name, one in asdict(command).items()}
    command = _with_first_rules(CreateGroup(**values))
    admin = _check(command)
    group_id = new_id()
    content = {name: one for name, one in asdict(command).items() if name != "idempotency_key" and one is not None}
    connection = await session.connection()
    await set_tenant(connection, Actor(person_id=actor.person_id))  # the key belongs to the platform
    earlier = await idempotency.claim(
        session, group_id=None, key=command.idempotency_key, content=content, result={"group_id": str(group_id)}
    )
    if earlier is not None:
        known = UUID(str(earlier["group_id"]))
        await set_tenant(connection, actor.within(known))
        return view_of(await session.get_one(Group, known))
    await set_tenant(connection, actor.within(group_id))
    group = _new_group(session, group_id, command)
    session.add(group)
    await session.flush()
    seat = Seat(group_id=group_id, id=new_id(), kind="staff", person_id=actor.person_id)
    session.add(seat)
    await session.flush()
    await add_rules(session, group, 1, (command.amount_minor, command.frequency, command.due_day), seat.id)
    await open_books(session, group)
    (admin_id,) = await add_members(session, group_id, [admin])
    session.add(
        RoleGrant(
            group_id=group_id,
            id=new_id(),
            member_id=admin_id,
            role="admin",
            granted_by=seat.id,
            granted_at=clock_of(session).now(),
        )
    )
    await audit.record(
        session,
        group_id=group_id,
        actor_id=seat.id,
        action="group.opened",
        subject="group",
        subject_id=group_id,
        facts={"template": command.template, "currency": command.currency},
    )
    return view_of(group)


async def list_groups(session: Session, actor: Actor) -> list[StaffGroupView]:
    """All groups, newest first, at most 500. Staff only."""
    await _require_staff(session, actor)
    columns = func.lookup.staff_groups().table_valued("id", "code", "name", "template", "created_at", "members")
    return [
        StaffGroupView(
            id=row.id,
            code=row.code,
            name=row.name,
            template=row.template,
            created_at=row.created_at,
            members=row.members,
        )
        for row in await session.execute(select(columns))
    ]


async def _require_staff(session: Session, actor: Actor) -> None:
    if actor.person_id is None or not await identity.is_staff(session, actor.person_id):
        raise NotFound


def _with_first_rules(command: CreateGroup) -> CreateGroup:
    template = TEMPLATES.get(command.template)
    if template is None or command.frequency:
        return command
    return replace(command, frequency=template.frequency, due_day=template.due_day)


async def update_group(session: Session, actor: Actor, command: UpdateGroup) -> GroupView:
    """Change the group's names and where members pay. Raises InvalidInput naming the field. Repeating changes nothing.

    Another place sends everybody's money elsewhere: StepUpNeeded without a fresh one-time code of the admin's,
    when all else is right; the members are told of it. Locks the group's row.
    """
    acting = await authorise(session, actor, Permission.MANAGE_GROUP)
    texts = {name: tidy(getattr(command, name)) for name in ("name", "short_name", "pay_to")}
    texts["pay_to"] = texts["pay_to"].lower()
    command = replace(command, **texts)
    wanted = {name: text or None for name, text in texts.items()}
    faults = Faults()
    _check_names(command, acting.country, faults)
    faults.raise_found()
    statement = select(Group).where(Group.id == acting.group_id).with_for_update()
    group = (await session.execute(statement.execution_options(populate_existing=True))).scalar_one()
    changed = [name for name, text in wanted.items() if getattr(group, name) != text]
    before = group.pay_to
    if "pay_to" in changed:
        await codes.use_step_up(session, acting.person_id, command.step_up_id)
    for name in changed:
        setattr(group, name, wanted[name])
    await session.flush()
    if names := [name for name in changed if name != "pay_to"]:
        await _record(session, acting, "group.changed", {"fields": ",".join(names)})
    if "pay_to" in changed:
        after = group.pay_to or ""
        await _record(session, acting, "group.pay_to_changed", {"before": before or "", "after": after})
        await inbox.tell_members(session, group.id, "pay_to_changed", {"number": after}, but=acting.member_id)
    return view_of(group)


async def _record(session: Session, acting: Acting, action: str, facts: dict[str, str | int]) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="group",
        subject_id=acting.group_id,
        facts=facts,
    )


def _check(command: CreateGroup) -> MemberData:
    """The first admin, her phone in E.164. Raises InvalidInput for the first wrong field, with those after it."""
    faults = Faults()
    _check_names(command, command.country, faults)
    _check_settings(command, faults)
    number = name = phone = ""
    with faults.gather():
        phone = parse_phone(command.admin_phone, command.country, field="admin_phone")
    with faults.gather():
        number = check_member_no(command.admin_member_no, field="admin_member_no")
    with faults.gather():
        name = check_name(command.admin_name, field="admin_name")
    faults.raise_found()
    return MemberData(member_no=number, name=name, phone=phone)


def _check_names(command: CreateGroup | UpdateGroup, country: str, faults: Faults) -> None:
    with faults.gather():
        if not command.name or len(command.name) > 120:
            raise InvalidInput("name", "group_name", limit=120)
    with faults.gather():
        if not command.short_name or len(command.short_name) > 48:
            raise InvalidInput("short_name", "group_short_name", limit=48)
    with faults.gather():
        check_place(way_of(country), command.pay_to)


def _check_settings(command: CreateGroup, faults: Faults) -> None:
    """Template, zone, country and currency are chosen, not typed: a wrong one ends the check."""
    if command.template not in TEMPLATES:
        raise InvalidInput("template", "template")
    if command.timezone not in available_timezones():
        raise InvalidInput("timezone", "timezone")
    if command.country not in SUPPORTED_REGIONS:
        raise InvalidInput("country", "country")
    Money(0, command.currency)
    with faults.gather():
        check_rules(command.amount_minor, command.frequency, command.due_day)


def _new_group(session: Session, group_id: UUID, command: CreateGroup) -> Group:
    return Group(
        id=group_id,
        code=new_group_code(),
        name=command.name,
        short_name=command.short_name,
        template=command.template,
        currency=command.currency,
        timezone=command.timezone,
        country=command.country,
        pay_to=command.pay_to.lower() or None,
        wrapped_key=keyring_of(session).new_data_key(place("groups", "wrapped_key", group_id, group_id)).wrapped,
        created_at=clock_of(session).now(),
    )


async def open_books(session: Session, group: Group) -> None:
    """Empty books with the accounts of the group's template."""
    await ledger.open_group(session, group.id, group.currency)
    for code in TEMPLATES[group.template].accounts:
        await ledger.open_account(session, group.id, code=code, class_=CONTROL[code], currency=group.currency)
