"""`./sanduk demo`, and the demo that the first `up` loads. A file in the data folder remembers what was chosen."""

import asyncio
from pathlib import Path

from app import migrate
from app.kit.config import Settings
from app.launch.paths import Refusal, say
from app.launch.place import Place, bring_up_to_date, open_place, set_environment, wired

LOADED, EMPTY = "loaded", "empty"


def chosen(place: Place) -> str:
    """`loaded`, `empty`, or nothing when this data folder has not been asked yet."""
    mark = _mark(place)
    return mark.read_text(encoding="utf-8").strip() if mark.exists() else ""


def load_at_first_start(place: Place) -> None:
    """In development, on our own database, unless `demo --empty` said otherwise."""
    if place.server and not chosen(place) and not Settings().is_production:
        say("Loading the demo ...")
        _load(place)


def run(data: Path | None, *, reset: bool, empty: bool) -> None:
    """Load the demo, or begin again with it (`reset`), or choose an empty start. Raises Refusal."""
    with open_place(data) as place:
        set_environment(place)
        if Settings().is_production:
            msg = "The demo is for development; this is a production installation."
            raise Refusal(msg, 2)
        if reset:
            _clear(place)
        elif empty and chosen(place) == LOADED:
            msg = "The demo is loaded already. To begin again without it, losing everything: demo --reset --empty"
            raise Refusal(msg, 2)
        bring_up_to_date(place)
        if empty:
            _choose(place, EMPTY)
            say("The next start is without the demo.")
        else:
            _load(place)
            say("The demo is loaded.")


def sign_ins() -> list[str]:
    """Who can sign in to the demo, a line each."""
    from app import demo

    people = (
        ("treasurer", demo.TREASURER_PHONE),
        ("member", demo.MEMBER_PHONE),
        ("admin", demo.ADMIN_PHONE),
        ("staff", demo.STAFF_PHONE),
    )
    return [f"  {who:<10} {phone}" for who, phone in people]


def _clear(place: Place) -> None:
    """Everything in the database is lost; keys stay."""
    if not place.is_embedded:
        msg = "demo --reset works on the embedded database only, never on the one in DATABASE_URL."
        raise Refusal(msg, 2)
    migrate.downgrade(place.owner)
    _mark(place).unlink(missing_ok=True)


def _load(place: Place) -> None:
    from app import demo

    async def load() -> None:
        services = wired()
        try:
            await demo.load(services.database)
        finally:
            await services.database.close()

    asyncio.run(load())
    _choose(place, LOADED)


def _choose(place: Place, what: str) -> None:
    if place.is_embedded:
        _mark(place).write_text(f"{what}\n", encoding="utf-8")


def _mark(place: Place) -> Path:
    return place.data / "demo"
