"""F13 to F15: random commands, foreign ids, and a migration under the version before it."""

import os
import re
import subprocess
import sys
import time

import psycopg

from app import embedded, migrate
from app.kit import roles
from app.kit.ids import new_id
from app.launch.paths import ROOT
from tests.faults.report import Control, Outcome
from tests.faults.site import Book, Writers, installed

PASSED = re.compile(r"(\d+) passed")
OLD_EVENT = """INSERT INTO audit_events (group_id, id, actor_id, action, subject, subject_id, facts, at)
  VALUES (%s, %s, NULL, 'payment.confirmed', 'payment', NULL, '{}', now())"""
"""As the version before the chain appends to its log."""


def by_pytest(fault: str, what: str, *tests: str) -> Outcome:
    """What the suite tries already, run once more."""
    outcome = Outcome(fault, what)
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    found = PASSED.search(done.stdout)
    outcome.what += f" ({found[1] if found else 0} tests)"
    outcome.must(done.returncode == 0, (done.stdout.strip().splitlines() or ["no answer"])[-1])
    return outcome


def migrated(entries: int) -> Outcome:
    """F15: the newest migration on a full database, while the version before it goes on writing."""
    before, after = migrate.revisions()[1], migrate.head()
    outcome = Outcome("F15", f"migration {before} to {after} under 4 writers of the version before")
    with installed(revision=before) as server:
        book, other = Book.open(server), Book.open(server)
        with Writers(other, count=2) as older:
            older.wait_for(entries, 60)
        _log(book, 50)
        outcome.must(other.verify() == "clean", "the books were not clean before")
        with Writers(book, count=4) as writers:
            writers.wait_for(50)
            begun = time.monotonic()
            migrate.upgrade(server.url(roles.OWNER))
            outcome.what += f" ({time.monotonic() - begun:.1f} s)"
            writers.wait_for(50)
            _log(book, 5)
        other.settle(outcome, older.acks)
        outcome.must(outcome.verify == "clean", "the books before the migration")
        book.settle(outcome, writers.acks)
        outcome.controls.append(_by_hand(server, book))
    return outcome


def _log(book: Book, events: int) -> None:
    for _ in range(events):
        with book.connect() as connection:
            connection.execute(OLD_EVENT, (book.group, new_id()))


def _by_hand(server: embedded.Server, book: Book) -> Control:
    """A migration that touches one amount is seen by the same verifier."""
    with psycopg.connect(server.url(embedded.SUPERUSER)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE ledger.posting SET amount_minor = amount_minor + 1 WHERE group_id = %s AND seq = 2 AND line_no = 1",
            (book.group,),
        )
    found = book.verify()
    return Control("a migration that changes an amount", found != "clean", found)
