"""The command line. Each command imports what it needs when it runs: `--help` stays quick."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.launch.paths import Refusal, say

cli = typer.Typer(
    help="Sanduk: the money records of a group, proved to every member.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
staff = typer.Typer(help="Name, list and remove the people who run the platform.", no_args_is_help=True)
cli.add_typer(staff, name="staff")
ledger = typer.Typer(help="Give out, check and sign the books.", no_args_is_help=True)
cli.add_typer(ledger, name="ledger")
loans = typer.Typer(help="Recompute loans, without a database.", no_args_is_help=True)
cli.add_typer(loans, name="loans")
statements = typer.Typer(help="Read what banks say.", no_args_is_help=True)
cli.add_typer(statements, name="statements")
Data = Annotated[Path | None, typer.Option("--data", help="Data folder; default as the README says.")]


@cli.command()
def up(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.", min=1, max=65535)] = 8000,
    data: Data = None,
    workers: Annotated[int, typer.Option(help="Processes that serve; several need --redis.", min=1, max=64)] = 1,
    redis: Annotated[str, typer.Option(help="What several share, as redis://HOST:PORT.", envvar="REDIS_URL")] = "",
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Jobs are done elsewhere: ./sanduk worker")] = False,
) -> None:
    """Start everything and serve until Ctrl-C."""
    from app.launch.up import up as run
    from app.launch.web import Workers

    run(host, port, data, Workers(workers, redis), has_worker=not no_worker)


@cli.command()
def worker() -> None:
    """Do the jobs of DATABASE_URL's database until Ctrl-C: documents, messages, what runs each night."""
    from app.launch.worker import run

    run()


@cli.command("test")
def run_tests(
    what: Annotated[list[str] | None, typer.Argument(help="faults (F1 ...): harm scratch places.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Run just these stages; repeatable.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="faults: for machines, on stdout.")] = False,
) -> None:
    """Run every check: style, types, layers, tests, browser journeys. Or the faults, at length."""
    from app.launch.checks import run_all, run_faults

    if what:
        raise typer.Exit(run_faults(what, as_json=as_json))
    raise typer.Exit(run_all(only or []))


@cli.command()
def lint() -> None:
    """Run the checks that need no database: style, types, layers."""
    from app.launch.checks import LINT, run_all

    raise typer.Exit(run_all(list(LINT)))


@cli.command()
def migrate(
    print_roles: Annotated[bool, typer.Option("--print-roles", help="Print the SQL that makes the roles.")] = False,
    down_to: Annotated[str | None, typer.Option("--down-to", help="Go back to this revision; data is lost.")] = None,
    data: Data = None,
) -> None:
    """Bring the database's tables up to date, as the owner role."""
    from app import migrate as migrations
    from app.kit import roles
    from app.launch.place import open_place

    if down_to and down_to not in ("base", *migrations.revisions()):
        msg = f"No such revision: {down_to}. There are: base, {', '.join(reversed(migrations.revisions()))}."
        raise Refusal(msg, 2)
    if print_roles:
        sys.stdout.write(roles.script("sanduk"))
        return
    owner = os.environ.get("DATABASE_OWNER_URL")
    if owner:
        _migrate(owner, down_to)
        say(f"The database is at revision {down_to or migrations.head()}.")
        return
    if os.environ.get("DATABASE_URL"):
        msg = "DATABASE_OWNER_URL is not set: migrations run as the owner role."
        raise Refusal(msg, 2)
    with open_place(data, may_begin=down_to is None) as place:
        _migrate(place.owner, down_to)
    say(f"The database is at revision {down_to or migrations.head()}.")


def _migrate(owner: str, down_to: str | None) -> None:
    from app import migrate as migrations
    from app.launch.place import answering

    with answering():
        if down_to:
            migrations.downgrade(owner, down_to)
        else:
            migrations.upgrade(owner)


@cli.command()
def demo(
    reset: Annotated[bool, typer.Option("--reset", help="Begin again; everything in the database is lost.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Start without the demo.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --reset: erase groups besides the demo's too.")] = False,
    data: Data = None,
) -> None:
    """Load the demo programme: 74 members, before the first payment."""
    from app.launch import demo as loading

    loading.run(data, reset=reset, empty=empty, yes=yes)


@cli.command(context_settings={"ignore_unknown_options": True})
def clock(
    to: Annotated[str, typer.Argument(help="+30d, -7d or 2027-01-15; nothing shows it.")] = "",
    reset: Annotated[bool, typer.Option("--reset", help="Back to the real time.")] = False,
    data: Data = None,
) -> None:
    """Show or move what day it is, for trying lateness; development only."""
    from app.launch.clock import run

    sys.stdout.write(f"{run(to, data, reset=reset)}\n")


@cli.command()
def psql(
    arguments: Annotated[list[str] | None, typer.Argument(help="More for psql, after --.")] = None,
    role: Annotated[Literal["app", "owner"], typer.Option(help="Who to be.")] = "app",
    data: Data = None,
) -> None:
    """Open a database shell as the application or the owner."""
    from app.launch.shell import open_shell

    raise typer.Exit(open_shell(role, arguments or [], data))


@cli.command()
def backup(
    to: Annotated[Path | None, typer.Option("--to", help="Folder of backups; default SANDUK_BACKUP_FOLDER.")] = None,
    keys_to: Annotated[Path | None, typer.Option("--keys-to", help="Folder of the keys; default keys in it.")] = None,
    recipient: Annotated[str, typer.Option(help="Encrypt to this age or SSH public key.")] = "",
    keep_days: Annotated[int, typer.Option(help="Then remove older ones; 0 keeps all.", min=0)] = 0,
    data: Data = None,
) -> None:
    """Back up the database and, in a file apart, the keys; prints the backup's folder."""
    from app.launch.backup import back_up

    sys.stdout.write(f"{back_up(data, to, keys_to, recipient, keep_days)}\n")


Identity = Annotated[Path | None, typer.Option(help="File with the age or SSH identity that opens it.")]
Keys = Annotated[Path | None, typer.Option(help="The file of keys, or its folder.")]
Issuer = Annotated[Path | None, typer.Option("--trust", help="JWK set of who must have made it; default own keys.")]
Unsigned = Annotated[bool, typer.Option("--unsigned", help="Take it also when nobody known signed it.")]
Checkpoints = Annotated[Path | None, typer.Option(help="Folder of checkpoints that were kept outside.")]


@cli.command()
def restore(
    backup: Annotated[Path, typer.Argument(help="A backup, or a folder of backups: the newest is meant.")],
    replace: Annotated[bool, typer.Option("--replace", help="Put what is there aside, and take its place.")] = False,
    identity: Identity = None,
    keys: Keys = None,
    issuer: Issuer = None,
    unsigned: Unsigned = False,
    checkpoints: Checkpoints = None,
    data: Data = None,
) -> None:
    """Bring a backup back into an empty place, verified; what doesn't fit changes nothing."""
    from app.launch.backup import Held, bring_back

    held = Held(issuer, checkpoints, unsigned)
    sys.stdout.write(f"{bring_back(backup, data, identity, keys, held, may_replace=replace)}\n")


@cli.command("restore-drill")
def restore_drill(
    backup: Annotated[Path | None, typer.Argument(help="A backup or their folder; default as for backup.")] = None,
    identity: Identity = None,
    keys: Keys = None,
    issuer: Issuer = None,
    unsigned: Unsigned = False,
    checkpoints: Checkpoints = None,
    data: Data = None,
) -> None:
    """Restore the newest backup into a scratch database and verify it; 0 holds, 1 differs, 2 bad input."""
    from app.launch.backup import Held, drill

    words, status = drill(backup, data, identity, keys, Held(issuer, checkpoints, unsigned))
    sys.stdout.write(words)
    raise typer.Exit(status)


@cli.command()
def bench(
    name: Annotated[Literal["web", "ledger", "loans", "reconcile"], typer.Argument(help="What to measure.")],
    rounds: Annotated[int, typer.Option(help="ledger, loans, reconcile: rounds, everything in each.", min=1)] = 3,
    seconds: Annotated[float, typer.Option("--seconds", "-t", help="Length of one measurement.", min=0.1)] = 3.0,
    pgledger: Annotated[list[Path] | None, typer.Option(help="ledger: its SQL, to compare with; repeatable.")] = None,
    grown: Annotated[bool, typer.Option("--grown", help="ledger: in turn with a database of many books.")] = False,
    grown_postings: Annotated[int, typer.Option(help="ledger: how many it holds.", min=2)] = 10_000_000,
    grown_groups: Annotated[int, typer.Option(help="ledger: in how many books.", min=1)] = 50_000,
    clients: Annotated[int, typer.Option(help="web: members at once.", min=1, max=5000)] = 300,
    think: Annotated[float, typer.Option(help="web: seconds between two acts of one member.", min=0.01)] = 5.0,
    workers: Annotated[int, typer.Option(help="web: processes.", min=1, max=16)] = 1,
    redis: Annotated[str, typer.Option(help="web: the address by which processes share state.")] = "",
    lines: Annotated[int, typer.Option(help="reconcile: of the bank.", min=10, max=200_000)] = 100_000,
    nightly: Annotated[bool, typer.Option("--nightly", help="loans: the night's work instead.")] = False,
    loans: Annotated[int, typer.Option(help="loans: of the night, against a tenth.", min=10)] = 100_000,
) -> None:
    """Measure on this machine; JSON on stdout."""
    if name == "web":
        from app.launch import bench_web as of_the_web

        result = of_the_web.run(clients, think, seconds, workers, redis)
    elif name == "loans" and nightly:
        from app.launch import bench_nights as of_nights

        result = of_nights.run(of_nights.Plan(loans))
    elif name == "loans":
        from app.launch import bench_loans as of_loans

        result = of_loans.run(of_loans.Plan(rounds))
    elif name == "reconcile":
        from app.launch import bench_reconcile as of_the_bank

        result = of_the_bank.run(of_the_bank.Plan(rounds, lines))
    else:
        from app.launch import bench_ledger as of_the_ledger

        postings = grown_postings if grown else 0
        files = tuple(pgledger or ())
        result = of_the_ledger.run(of_the_ledger.Plan(rounds, seconds, files, postings, grown_groups))
    sys.stdout.write(result + "\n")


@cli.command("verify-receipt")
def verify_receipt(
    file: Annotated[Path, typer.Argument(help="A receipt or statement as PDF, or its signed token (.jws).")],
    keys: Annotated[Path | None, typer.Option(help="JWK set of the issuer; default this installation's keys.")] = None,
    data: Data = None,
) -> None:
    """Say, offline, whether a receipt is signed and its PDF shows what was signed; 0 valid, 1 invalid."""
    from app.launch.verify import report, verify

    words, status = report(verify(file, keys, data), file)
    sys.stdout.write(words)
    raise typer.Exit(status)


@cli.command()
def oracle(
    files: Annotated[list[Path], typer.Argument(help="Cases as JSON; their kind is told by their keys.")],
) -> None:
    """Recompute independent cases; 0 all come out as they say, 1 not all, 2 a file can't be read."""
    from app.launch.oracle import run

    words, status = run(files)
    sys.stdout.write(words)
    raise typer.Exit(status)


@loans.command("schedule")
def loan_schedule(is_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False) -> None:
    """Print the repayment schedule of the product on stdin, in the form of the public cases."""
    from app.launch.loans import run

    sys.stdout.write(run(is_json=is_json))


@ledger.command("balances")
def ledger_balances(
    group: Annotated[str, typer.Option(help="The group's code.")],
    as_of: Annotated[str, typer.Option("--as-of", help="A day, 2026-11-30: by the date of the money.")] = "",
    recorded: Annotated[
        str, typer.Option(help="An instant, 2026-11-30T18:00+03:00: as the books stood then; without an offset UTC.")
    ] = "",
    is_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
    data: Data = None,
) -> None:
    """Print a group's trial balance: now, as of a day, or as of a moment."""
    from app.launch.ledger_balances import run

    sys.stdout.write(run(group, as_of, recorded, data, is_json=is_json))


@staff.command("add")
def add_staff(phone: Annotated[str, typer.Argument(help="As +254700000001.")], data: Data = None) -> None:
    """Let this phone sign in as staff."""
    from app.launch.staff import add

    sys.stdout.write(f"{add(phone, data)}\n")


@staff.command("remove")
def remove_staff(phone: Annotated[str, typer.Argument(help="As +254700000001.")], data: Data = None) -> None:
    """End it: this phone is no longer staff's."""
    from app.launch.staff import remove

    sys.stdout.write(f"{remove(phone, data)}\n")


@staff.command("list")
def list_staff(data: Data = None) -> None:
    """Print the staff's phones, a line each."""
    from app.launch.staff import phones

    found, where = phones(data)
    say(f"Staff in {where}:" if found else f"No staff in {where}.")
    sys.stdout.write("".join(f"{phone}\n" for phone in found))


@ledger.command("export")
def export_ledger(
    group: Annotated[str, typer.Option(help="The group's code.")],
    kind: Annotated[
        Literal["hledger", "beancount", "csv", "json"],
        typer.Option("--format", help="hledger is also Debian's ledger; json checks itself."),
    ],
    names: Annotated[bool, typer.Option("--names", help="Name the members; else they stand as ids.")] = False,
    data: Data = None,
) -> None:
    """Print a group's books."""
    from app.launch.ledger import export

    export(group, kind, data, has_names=names)


@ledger.command("verify")
def verify_ledger(
    group: Annotated[str, typer.Option(help="Only the group of this code.")] = "",
    export: Annotated[Path | None, typer.Option(help="An export as JSON: needs no database.")] = None,
    checkpoints: Checkpoints = None,
    keys: Annotated[Path | None, typer.Option(help="JWK set of the issuer; default this installation's keys.")] = None,
    kept: Annotated[Path | None, typer.Option(help="An earlier export: are its entries still inside?")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: Data = None,
) -> None:
    """Recompute the books and name the first entry that doesn't hold; 0 they hold, 1 they don't."""
    from app.launch.ledger import tell, verify

    words, status = tell(verify(group, export, checkpoints, keys, data, kept), as_json=as_json)
    sys.stdout.write(words)
    raise typer.Exit(status)


@ledger.command("checkpoint")
def checkpoint_ledger(data: Data = None) -> None:
    """Sign a checkpoint over the books of all groups now, and put it outside."""
    from app.launch.ledger import checkpoint

    sys.stdout.write(checkpoint(data))


@statements.command("parse")
def parse_statement(
    file: Annotated[Path, typer.Argument(help="A bank's or M-Pesa's statement; - for stdin.")],
    is_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Read a statement as the import does: CSV, XLSX, OFX, MT940, CAMT.053; 0 read, 2 refused. Needs no database."""
    from app.launch.statements import parse

    words, status = parse(file, as_json=is_json)
    sys.stdout.write(words)
    raise typer.Exit(status)


def main() -> None:
    try:
        cli(prog_name="./sanduk")
    except Refusal as refusal:
        say(str(refusal))
        sys.exit(refusal.code)


if __name__ == "__main__":
    main()
