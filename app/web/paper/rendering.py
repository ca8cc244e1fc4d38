"""From values to a document's HTML: templates, languages, dates and figures as paper shows them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import get_currency_name
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.domain.reports.ports import Attachment
from app.kit import i18n, words
from app.kit.i18n import catalogue, t

EAST_AFRICAN = ("KES", "TZS", "UGX")
"""Currencies whose amounts stand in words in English and in Swahili."""
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Paper:
    """A document before it is printed; `name` is the file's, without its ending."""

    name: str
    html: str
    attachments: tuple[Attachment, ...]


def css_string(text: str) -> Markup:
    """A quoted CSS string that no content can leave: all but letters, digits and blanks as escapes."""
    inner = "".join(c if c.isalnum() or c == " " else f"\\{ord(c):06x}" for c in text)
    return Markup(f'"{inner}"')  # noqa: S704 - every sign that means something in HTML or CSS is an escape


_environment = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_environment.globals["t"] = t
_environment.filters["css"] = css_string


def language(wanted: str = "") -> str:
    """The wanted language, or the reader's, when every text of documents is there in it; else English."""
    wanted = wanted or i18n.language.get()
    is_ours = wanted in words.LANGUAGES and (i18n.FOLDER / wanted).is_dir() and _texts("en") <= _texts(wanted)
    return wanted if is_ours else "en"


def _texts(lang: str) -> set[str]:
    return {key for key in catalogue(lang) if key.startswith(("paper.", "report.", "sheet.", "method."))}


def in_words(minor: int, currency: str, lang: str) -> list[tuple[str, str]]:
    """Language and amount in words: the document's language first, then the other one that the money's people read."""
    other = {"en": "sw", "sw": "en"}.get(lang) if currency in EAST_AFRICAN else None
    return [(one, words.money(minor, currency, one)) for one in (lang, other) if one]


def render(template: str, **values: object) -> str:
    return _environment.get_template(template).render(**values)


def day(on: date, lang: str) -> str:
    """`21 Nov 2026`; short month names have no full stop in a table."""
    return format_date(on, "d MMM y", locale=lang)


def moment(at: datetime, zone: str, lang: str) -> str:
    """`21 Nov 2026, 14:02` in the group's zone."""
    return format_datetime(at.astimezone(ZoneInfo(zone)), "d MMM y, HH:mm", locale=lang)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def currency_name(currency: str, lang: str) -> str:
    return get_currency_name(currency, count=2, locale=lang)


def place_of(public_url: str, path: str) -> str:
    """`sanduk.example/c`: an address as people type it."""
    return public_url.rsplit("://", maxsplit=1)[-1] + path
