"""Every text of the catalogue is shown somewhere: none outlives the page that said it."""

import re
from pathlib import Path

import app
from app.kit.i18n import catalogue

SOURCES = [path for kind in ("*.py", "*.html") for path in Path(app.__file__).parent.rglob(kind)]
CODE = "\n".join(path.read_text("utf-8") for path in SOURCES)
WORDS = frozenset(re.findall(r"""["']([A-Za-z0-9_.]+)["']""", CODE))
"""What stands in the code between quotes: whole keys, and the names from which keys are made."""

MADE = (
    "account.",
    "activity.change.",
    "audit.kind.",
    "balance.item.",
    "balance.source.",
    "balance.what.",
    "balance.why.",
    "bank.chain.",
    "bank.role.",
    "bank.state.",
    "check.",
    "check.code_",
    "check.compare_",
    "code.again_",
    "code.to_",
    "check.statement_",
    "collecting.",
    "collections.suggested.",
    "counts.line.",
    "country.",
    "decision.kind.",
    "device.",
    "demo.about.",
    "demo.group.",
    "demo.sees.",
    "due.",
    "entry.",
    "error.",
    "imports.",
    "imports.field.",
    "imports.status.",
    "imports.tab.",
    "invalid.",
    "invite.",
    "job.",
    "landing.",
    "lending.tab.",
    "loan.",
    "loan.answer.",
    "loan.bound.",
    "loan.history.",
    "loan.marked.",
    "loan.share.",
    "loan.state.",
    "loan.why.",
    "terms.",
    "terms.hint.",
    "late.",
    "late.fine.",
    "paper.loan.",
    "paper.loan_early.",
    "pay.mpesa.",
    "pay.upi.",
    "approvals.alone.",
    "settings.pay_to.",
    "signing.choice.",
    "signing.state.",
    "signing.title.",
    "settings.pay_to_hint.",
    "landing.sample.",
    "matching.act.",
    "matching.decided.",
    "matching.key.",
    "matching.kind.",
    "matching.take.",
    "matching.verdict.",
    "member.gender_",
    "method.",
    "notice.",
    "profile.theme_",
    "payments.by.",
    "ranking.",
    "reason.",
    "region.",
    "regions.",
    "report.",
    "report.about.",
    "report.column.",
    "report.kind.",
    "request.",
    "role.",
    "rules.asked.",
    "rules.frequency.",
    "rules.purpose.",
    "signin.free_",
    "signin.send_",
    "statement.",
    "template.",
    "verified.answer.",
    "welfare.ask.",
    "welfare.call.",
    "welfare.cause.",
    "welfare.event.",
    "welfare.example.",
    "welfare.reason.",
    "welfare.relation.",
    "welfare.rule.premium.",
    "welfare.rule.source.",
    "welfare.says.",
    "welfare.set.",
    "welfare.set.hint.",
    "welfare.set.part.",
    "welfare.single.",
    "welfare.state.",
    "welfare.step.",
    "verified.reason.",
)
"""How keys begin that code puts together; what follows stands there as words of its own, or ends with `note`."""

TWICE_MADE = frozenset(
    {
        "entry.credit_confirmed",
        "entry.fine_confirmed",
        "entry.credit_paid_out",
        "entry.loan_confirmed",
        "entry.loan_fee_confirmed",
        "entry.loan_interest_confirmed",
        "entry.loan_penalty_confirmed",
        "entry.loan_recovered_confirmed",
        "entry.pot_confirmed",
        "entry.pot_paid_out",
        "entry.savings_confirmed",
        "entry.savings_paid_out",
        "invalid.import_phone",
        "invalid.import_phone_country",
        "invalid.import_phone_empty",
        "invalid.import_phone_long",
        "invalid.import_phone_short",
        "signin.free_sms_whatsapp",
        "signin.free_whatsapp_sms",
    }
)
"""Where what follows is put together as well: a purpose and `_confirmed` or `_paid_out`, `import_` and what is
wrong with a phone, two ways of a code."""


def is_used(key: str) -> bool:
    return key in WORDS or key in TWICE_MADE or any(is_made(key, start) for start in MADE if key.startswith(start))


def is_made(key: str, start: str) -> bool:
    rest = key.removeprefix(start).removesuffix("note").rstrip("._").split(".")
    return all(part in WORDS or part.upper() in WORDS for part in rest)


def test_every_text_is_used() -> None:
    assert [key for key in catalogue("en") if not is_used(key)] == []


def test_a_text_that_nobody_shows_is_found() -> None:
    assert not any(map(is_used, ("today.nowhere", "error.nowhere", "landing.whom.nowhere.note", "check.code_nowhere")))


def test_keys_are_made_as_the_list_says() -> None:
    for start in MADE:
        assert re.search(rf"""["']{re.escape(start)}(\{{|["'] [+~])""", CODE), start
    assert catalogue("en").keys() >= TWICE_MADE
