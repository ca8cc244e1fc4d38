"""`python -m tests.faults [--json] [F1 F2 ...]`: every fault in turn; 0 when all are right, 1 when one isn't."""

import argparse
import json
import sys
import time
from collections.abc import Callable

from tests.faults import crashes, races, recovering, tampering, upgrading
from tests.faults.report import Outcome

JOBS = "tests/services/test_jobs.py"
MODELS = ("tests/faults/test_ledger_model.py", "tests/services/ledger/test_ledger_stateful.py")
FOREIGN = ("tests/invariants/test_services_by_role.py", "tests/doors/test_guard.py")

FAULTS: tuple[tuple[str, Callable[[], Outcome]], ...] = (
    ("F1", lambda: crashes.database_killed(5)),
    ("F2", lambda: crashes.client_killed(10)),
    ("F2", lambda: upgrading.by_pytest("F2", "a killed worker's jobs are done once in effect", JOBS)),
    ("F3", lambda: crashes.network_cut(3)),
    ("F4", lambda: crashes.disk_full(200)),
    ("F5", races.clock_off),
    ("F6", lambda: races.identical(32)),
    ("F7", lambda: races.withdrawals(32)),
    ("F8", lambda: races.approvers(50)),
    ("F10", recovering.restored),
    ("F10", recovering.to_a_moment),
    ("F11", tampering.edited),
    ("F12", tampering.rewritten),
    ("F13", lambda: upgrading.by_pytest("F13", "random runs of commands against a model", *MODELS)),
    ("F14", lambda: upgrading.by_pytest("F14", "services, pages and events with foreign ids", *FOREIGN)),
    ("F15", lambda: upgrading.migrated(2000)),
)


def run(wanted: list[str], *, as_json: bool) -> int:
    outcomes = []
    for name, try_it in FAULTS:
        if wanted and name not in wanted:
            continue
        begun = time.monotonic()
        outcome = try_it()
        outcome.seconds = round(time.monotonic() - begun, 1)
        outcomes.append(outcome)
        (sys.stderr if as_json else sys.stdout).write(outcome.lines())
        sys.stdout.flush()
    right = all(one.right for one in outcomes)
    if as_json:
        told = {"ok": right, "faults": [one.as_json() for one in outcomes]}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        controls = sum(len(one.controls) for one in outcomes)
        verdict = "all right" if right else f"wrong: {', '.join(one.fault for one in outcomes if not one.right)}"
        sys.stdout.write(f"{len(outcomes)} faults, {controls} negative controls; {verdict}\n")
    return 0 if right else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./sanduk test faults")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("faults", nargs="*", metavar="F1")
    arguments = parser.parse_args()
    if unknown := set(arguments.faults) - {name for name, _ in FAULTS}:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    raise SystemExit(run(arguments.faults, as_json=arguments.json))
