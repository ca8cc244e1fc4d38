"""The demo, made through the services: the welfare programme of the founding document with its rules, before its first
payment (74 members in 14 counties, KES 0 confirmed, KES 37,000 pending), and a self-help group in Nashik with a year of
savings and three loans.
"""

from app.demo import nashik
from app.demo.load import ADMIN_PHONE, KEY, MEMBER_PHONE, NAME, OFFICERS, STAFF_PHONE, TREASURER_PHONE, load

KEYS = (KEY, nashik.KEY)
"""Under which the demo's groups were opened."""

NAMES = (NAME, nashik.COMMAND.name)
"""Of the demo's groups."""

__all__ = [
    "ADMIN_PHONE",
    "KEYS",
    "MEMBER_PHONE",
    "NAMES",
    "OFFICERS",
    "STAFF_PHONE",
    "TREASURER_PHONE",
    "load",
    "nashik",
]
