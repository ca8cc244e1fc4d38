"""The one place that joins things: vendors chosen by configuration, handlers registered, tools given to sessions."""

from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from app.domain.cashbook.decisions import Expense, Transfer, Withdrawal
from app.domain.contributions.deciding import Reversal, Waiver
from app.domain.contributions.service import KIND, ContributionSettlement
from app.domain.governance.ports import Decision, register_decision
from app.domain.groups.taking_over import register_rules_taker
from app.domain.identity.asking import CodePolicy
from app.domain.identity.ports import CodeSender, NoticeSender
from app.domain.ledger.checkpoint_ports import OutsidePlace
from app.domain.ledger.holds import register_pledge
from app.domain.loans import settling as loans
from app.domain.loans.amending import Rescheduling
from app.domain.loans.deciding import Lending, WriteOff
from app.domain.loans.liens import pledged_by
from app.domain.loans.service import take_products
from app.domain.payments.ports import register_settlement
from app.domain.reconciliation.bank import credit
from app.domain.reconciliation.bank.ports import register_reader
from app.domain.welfare.decisions import WelfarePayout
from app.domain.welfare.ports import Storage
from app.domain.welfare.schemes import take_scheme
from app.integrations.console import ConsoleNotices, ConsoleSender
from app.integrations.local_keys import LocalKeys, MissingKeys
from app.integrations.statement_reader import StatementReader
from app.integrations.storage_folder import StorageFolder
from app.integrations.weasy_pdf import WeasyPrinter
from app.kit import json_logs
from app.kit.config import BadSettings, Settings, settings
from app.kit.crypto import Keyring
from app.kit.db import Database, psycopg_url
from app.kit.signing import Signer, SigningKeyMissing

CONTRIBUTIONS = ContributionSettlement()
DECISIONS: dict[str, Decision] = {
    "withdrawal": Withdrawal(),
    "expense": Expense(),
    "transfer": Transfer(),
    "waiver": Waiver(),
    "reversal": Reversal(),
    "welfare_payout": WelfarePayout(),
    "loan": Lending(),
    "loan_reschedule": Rescheduling(),
    "loan_write_off": WriteOff(),
}
CREDITS = credit.CreditSettlement()
LOANS = loans.LoanSettlement()
FONTS = Path(__file__).parent / "web" / "paper" / "fonts"


class CannotStart(Exception):
    """The configuration is refused; the text says why, a line each."""


@dataclass(frozen=True)
class Services:
    """What every door works with."""

    settings: Settings
    database: Database
    signer: Signer
    sender: CodeSender
    notices: NoticeSender = field(default_factory=ConsoleNotices)
    outside: OutsidePlace | None = None
    printer: WeasyPrinter = field(default_factory=lambda: WeasyPrinter(FONTS))

    @cached_property
    def storage(self) -> Storage:
        """Where the papers of claims lie."""
        return StorageFolder(self.settings.files_folder)


def register() -> None:
    """Fill the registries by which lower code starts higher code. Repeating changes nothing."""
    register_settlement(KIND, CONTRIBUTIONS)
    for kind, decision in DECISIONS.items():
        register_decision(kind, decision)
    register_settlement(credit.KIND, CREDITS)
    register_settlement(loans.KIND, LOANS)
    register_pledge(pledged_by)
    register_rules_taker(take_scheme)
    register_rules_taker(take_products)
    register_reader(StatementReader())


def observe(chosen: Settings) -> None:
    """Logs as JSON and defects to Sentry, where they are asked for. Repeating changes nothing."""
    if chosen.logs_json:
        json_logs.configure()
    if dsn := chosen.sentry_dsn.get_secret_value():
        from app.integrations import sentry

        sentry.start(dsn, environment=chosen.env)


def wire(*, writes: bool = False) -> Services:
    """Build everything from the environment. In a public demo nothing can be written, unless it `writes`.

    Raises CannotStart for a configuration or keys that must not serve.
    """
    try:
        chosen = settings()
    except BadSettings as error:
        raise CannotStart(str(error)) from error
    if refusals := chosen.refusals():
        raise CannotStart("\n".join(refusals))
    register()
    observe(chosen)
    keyring, signer = _keys(chosen)
    sender = _sender(chosen)
    policy = CodePolicy(countries=chosen.otp_countries, a_day=chosen.otp_a_day, by_provider=sender.makes_codes)
    database = Database(
        psycopg_url(chosen.database_url),
        pool_size=chosen.database_pool,
        tools={"keyring": keyring, "signer": signer, "codes": policy},
        hints=True,
        read_only=chosen.is_demo and not writes,
        has_moved_clock=not chosen.is_production,
    )
    notices = ConsoleNotices(is_production=chosen.is_production)
    return Services(
        settings=chosen, database=database, signer=signer, sender=sender, notices=notices, outside=outside_of(chosen)
    )


def outside_of(chosen: Settings) -> OutsidePlace | None:
    """Where checkpoints go; None when no place is named."""
    if not chosen.checkpoints:
        return None
    if not chosen.checkpoints.startswith("s3:"):
        from app.integrations.checkpoint_folder import CheckpointFolder

        return CheckpointFolder(Path(chosen.checkpoints))
    from app.integrations.checkpoint_bucket import CheckpointBucket

    bucket, _, prefix = chosen.checkpoints.removeprefix("s3://").partition("/")
    return CheckpointBucket(
        url=chosen.s3_url,
        region=chosen.s3_region,
        bucket=bucket,
        prefix=prefix,
        key=chosen.s3_key,
        secret=chosen.s3_secret.get_secret_value(),
    )


def _sender(chosen: Settings) -> CodeSender:
    if chosen.otp == "console" or chosen.is_demo:
        return ConsoleSender()
    from app.integrations.twilio_verify import TwilioVerify

    return TwilioVerify(
        key=chosen.twilio_key,
        secret=chosen.twilio_secret.get_secret_value(),
        service=chosen.twilio_service,
        url=chosen.twilio_url,
    )


def _keys(chosen: Settings) -> tuple[Keyring, Signer]:
    """The keys of the key folder, made at the first start in development only."""
    may_create = not chosen.is_production
    try:
        keyring = Keyring(LocalKeys(chosen.key_folder, create=may_create))
        return keyring, Signer.load(chosen.key_folder, issuer=chosen.public_url, may_create=may_create)
    except OSError as error:
        msg = f"The key folder {chosen.key_folder} can't be used: {error.strerror}."
        raise CannotStart(msg) from error
    except (MissingKeys, SigningKeyMissing, ValueError) as error:
        raise CannotStart(str(error)) from error


@cache
def services() -> Services:
    """This process's services, built at first use."""
    return wire()
