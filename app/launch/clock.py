"""`./sanduk clock`: what day development takes it to be. One row, written as the owner; refused in production."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import psycopg

from app.launch import demo
from app.launch.paths import Refusal
from app.launch.place import answering, bring_up_to_date, open_place, settings_now

MORNING = time(6)
"""UTC, at which a day that is named begins: by then it has come in Nairobi and in Nashik."""
STEP = re.compile(r"([+-])(\d{1,5})d")
FARTHEST = timedelta(days=40 * 365)


def run(to: str, data: Path | None, *, reset: bool) -> str:
    """Show the clock (`to` empty), move it on by days (`+30d`), set it to a day, or put it right. Returns the line
    that says where it is now. Raises Refusal."""
    if settings_now().is_production:
        raise _for_development()
    if to and reset:
        msg = "Give a day or --reset, not both."
        raise Refusal(msg, 2)
    with open_place(data) as place:
        if demo.chosen(place) == demo.PRODUCTION:
            raise _for_development()
        bring_up_to_date(place)
        if not to and not reset:
            with answering(), psycopg.connect(place.application) as connection:
                return _said(_read(connection))
        if not place.owner:
            msg = "DATABASE_OWNER_URL is not set: the clock is moved as the owner role."
            raise Refusal(msg, 2)
        with answering(), psycopg.connect(place.owner) as connection:
            shift = timedelta() if reset else shift_to(to, datetime.now(UTC), _read(connection))
            connection.execute("DELETE FROM kit.development_clock")
            if shift:
                connection.execute("INSERT INTO kit.development_clock (shift) VALUES (%s)", (shift,))
            return _said(shift)


def shift_to(words: str, now: datetime, before: timedelta) -> timedelta:
    """How far from `now` the clock then is; steps go on from `before`. Raises Refusal."""
    if step := STEP.fullmatch(words):
        days = timedelta(days=int(step[2]))
        shift = before + days if step[1] == "+" else before - days
    else:
        try:
            shift = datetime.combine(date.fromisoformat(words), MORNING, UTC) - now
        except ValueError:
            msg = f"{words} is neither a number of days (+30d, -7d) nor a day (2027-01-15)."
            raise Refusal(msg, 2) from None
    if abs(shift) > FARTHEST:
        msg = f"{words} is too far away: 40 years at most."
        raise Refusal(msg, 2)
    return shift


def _read(connection: psycopg.Connection) -> timedelta:
    row = connection.execute("SELECT shift FROM kit.development_clock").fetchone()
    return row[0] if row else timedelta()


def _said(shift: timedelta) -> str:
    at = datetime.now(UTC) + shift
    return f"clock {at:%Y-%m-%d %H:%M} UTC " + (f"(moved by {_days(shift)} days)" if shift else "(real)")


def _days(shift: timedelta) -> str:
    return f"{shift / timedelta(days=1):+.1f}".removesuffix(".0")


def _for_development() -> Refusal:
    return Refusal("The clock can be moved in development only.", 2)
