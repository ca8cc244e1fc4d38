"""Another phone for a login: a code to the old one and one to the new, then a day in which it can be called off.

Until the day is over the old phone signs in; from then on the new one alone. `app.domain.groups.phones` completes a
change, because the groups' lists name the phone too.
"""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from app.domain.identity import codes
from app.domain.identity.asking import DAY, PER_DAY
from app.domain.identity.errors import NoPhoneChange, SamePhone
from app.domain.identity.models import Person, PhoneChange
from app.domain.identity.service import find_person, list_phone, person_phone
from app.domain.identity.views import CodeStarted, DueChange, PhoneChangeStarted, PhoneChangeView
from app.kit.crypto import NIL, encrypt, place
from app.kit.db import Session, keyring_of, real_clock_of
from app.kit.errors import NotFound
from app.kit.ids import new_id

COOL_DOWN = timedelta(hours=24)


async def start_change(session: Session, person_id: UUID, phone: str) -> PhoneChangeStarted:
    """Two codes, to the present phone and to `phone` (E.164); an earlier change is called off. Who mends a mistyped
    number needs no second code to the present one: that of the earlier change stays good while it is unused.

    A phone that is somebody's gets no code: the answer is the same, and the change can't be completed. Raises
    SamePhone, TooManyRequests. Locks the person.
    """
    keyring = keyring_of(session)
    await _lock_person(session, person_id)
    present = await person_phone(session, person_id)
    if phone == present:
        raise SamePhone(field="phone")
    index, change_id = keyring.blind_index(phone), new_id()
    kept = await _kept_code(session, person_id, present, index)
    await cancel_change(session, person_id)
    old = kept or await codes.start_code(session, present, purpose="phone_old", request_id=uuid4(), may=True)
    is_free = await find_person(session, index) is None
    new = await codes.start_code(session, phone, purpose="phone_new", request_id=uuid4(), may=is_free)
    session.add(
        PhoneChange(
            id=change_id,
            person_id=person_id,
            old_index=keyring.blind_index(present),
            new_index=index,
            new_phone_enc=keyring.seal_small(phone, _place(change_id)),
            old_request=old.request_id,
            new_request=new.request_id,
            state="started",
            asked_at=real_clock_of(session).now(),
        )
    )
    await session.flush()
    return PhoneChangeStarted(change_id=change_id, old=old, new=new)


async def _kept_code(session: Session, person_id: UUID, present: str, new_index: bytes) -> CodeStarted | None:
    """The present phone's unused code, where only the new number is another; as often in a day as it may get codes."""
    change = await _open_change(session, person_id)
    if change is None or change.state != "started" or change.new_index == new_index:
        return None
    changes = select(func.count()).where(
        col(PhoneChange.person_id) == person_id, col(PhoneChange.asked_at) > real_clock_of(session).now() - DAY
    )
    too_many = (await session.execute(changes)).scalar_one() >= PER_DAY["phone_old"]
    if too_many or not await codes.is_fresh(session, change.old_request):
        return None
    return CodeStarted(request_id=change.old_request, phone=present, code=None, is_sent=False)


async def codes_to_type(session: Session, person_id: UUID) -> dict[str, UUID]:
    """The requests whose codes are still to be typed, `old` and `new`; none once the day has begun.

    Raises NoPhoneChange. Each is checked with its purpose, `phone_old` or `phone_new`; then comes `settle_change`.
    """
    change = await _open_change(session, person_id, lock=False)
    if change is None:
        raise NoPhoneChange
    both = {"old": change.old_request, "new": change.new_request}
    return {which: one for which, one in both.items() if not await codes.is_used(session, one)}


async def settle_change(session: Session, person_id: UUID) -> bool:
    """The day begins once both codes were typed right, in whatever order. True when it has begun; twice is once."""
    change = await _open_change(session, person_id)
    if change is None:
        raise NoPhoneChange
    if change.state == "started":
        for one in (change.old_request, change.new_request):
            if not await codes.is_used(session, one):
                return False
        change.state, change.effective_at = "waiting", real_clock_of(session).now() + COOL_DOWN
        await session.flush()
    return True


async def cancel_change(session: Session, person_id: UUID) -> bool:
    """Call it off, at any time before it counts; the present phone stays. True when there was one."""
    change = await _open_change(session, person_id)
    if change is None:
        return False
    change.state, change.ended_at = "cancelled", real_clock_of(session).now()
    await session.flush()
    return True


async def find_change(session: Session, person_id: UUID) -> PhoneChangeView | None:
    """What is under way for the person who acts; codes that are too old end a change that was only started."""
    change = await _open_change(session, person_id, lock=False)
    if change is None or (
        change.state == "started" and real_clock_of(session).now() > change.asked_at + codes.LIFETIME
    ):
        return None
    return PhoneChangeView(
        id=change.id,
        state=change.state,
        phone=keyring_of(session).open_small(change.new_phone_enc, _place(change.id)),
        effective_at=change.effective_at,
    )


async def find_due(session: Session, phone: str) -> DueChange | None:
    """The change whose day is over, by its old or its new phone; before anybody is known."""
    found = func.lookup.phone_change_due(keyring_of(session).blind_index(phone), real_clock_of(session).now())
    row = (await session.execute(select(found.table_valued("person_id", "change_id")).limit(1))).one_or_none()
    return DueChange(person_id=row.person_id, change_id=row.change_id) if row else None


async def complete_change(session: Session, due: DueChange) -> str | None:
    """The person's phone is the new one: E.164. None when it is done, called off or too early, or is taken by now.

    The transaction acts as the person. Locks the change and the person.
    """
    await _lock_person(session, due.person_id)
    change = await _open_change(session, due.person_id)
    now = real_clock_of(session).now()
    if change is None or change.id != due.change_id or change.effective_at is None or now < change.effective_at:
        return None
    phone = keyring_of(session).open_small(change.new_phone_enc, _place(change.id))
    try:
        async with session.begin_nested():
            await _write_phone(session, due.person_id, phone)
    except IntegrityError:
        change.state, change.ended_at = "cancelled", now
        await session.flush()
        return None
    change.state, change.ended_at = "done", now
    await session.flush()
    await list_phone(session, change.new_index)
    return phone


async def _write_phone(session: Session, person_id: UUID, phone: str) -> None:
    keyring = keyring_of(session)
    person = await session.get_one(Person, person_id)
    key = keyring.unwrap(person.wrapped_key, place("persons", "wrapped_key", NIL, person_id))
    person.phone_enc = encrypt(key, phone, place("persons", "phone_enc", NIL, person_id))
    person.phone_index = keyring.blind_index(phone)
    await session.flush()


async def _lock_person(session: Session, person_id: UUID) -> None:
    statement = select(Person).where(col(Person.id) == person_id).with_for_update()
    if (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none() is None:
        raise NotFound


async def _open_change(session: Session, person_id: UUID, *, lock: bool = True) -> PhoneChange | None:
    statement = select(PhoneChange).where(
        col(PhoneChange.person_id) == person_id, col(PhoneChange.state).in_(("started", "waiting"))
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.execute(statement)).scalar_one_or_none()


def _place(change_id: UUID) -> str:
    return place("phone_changes", "new_phone_enc", NIL, change_id)
