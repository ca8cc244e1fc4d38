"""A running site's own database: what a journey needs before it begins, and asks for after it ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from app import embedded, wiring
from app.domain.identity.asking import CodePolicy
from app.integrations.local_keys import LocalKeys
from app.kit import roles
from app.kit.crypto import Keyring
from app.kit.db import Database, psycopg_url
from app.kit.signing import Signer
from tests.factories.background import Background
from tests.factories.groups import make_members, make_officer, new_phone
from tests.factories.nasty_month import Month, write_month
from tests.factories.payments import Programme, let_spend, make_programme
from tests.factories.site import Site


@dataclass(frozen=True)
class MonthOnSite:
    """A group beside the demo's, with the month that its bank will tell of; the treasurer signs in by her phone."""

    told: Programme
    month: Month
    treasurer_phone: str
    background: Background


@contextmanager
def month_on(site: Site) -> Iterator[MonthOnSite]:
    """The group, its members and what they owe, made through the services in the site's database."""
    background = Background()
    keys = site.data / "keys"
    database = Database(
        psycopg_url(embedded.url(site.data, roles.APPLICATION)),
        tools={
            "keyring": Keyring(LocalKeys(keys, create=False)),
            "signer": Signer.load(keys, issuer=site.address, may_create=False),
            "codes": CodePolicy(),
        },
        hints=True,
        has_moved_clock=True,
    )

    async def begin() -> MonthOnSite:
        told = await make_programme(database, members=1)
        phone = new_phone()
        treasurer = await make_officer(database, told.group, "treasurer", phone)
        await make_members(database, told.group, 34)
        await let_spend(told)
        told = replace(told, treasurer=treasurer)
        return MonthOnSite(told, await write_month(told), phone, background)

    wiring.register()
    try:
        yield background.run(begin())
    finally:
        background.run(database.close())
        background.stop()
