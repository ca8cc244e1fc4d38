"""Every page with its address; all are static, so that each is prerendered."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from app.web.account.pages.profile import account, profile, staff_account
from app.web.account.states.profile import ProfileState
from app.web.admin.pages.lending_terms import lending_terms
from app.web.admin.pages.people import people
from app.web.admin.pages.settings import settings
from app.web.admin.pages.welfare import welfare_rules
from app.web.admin.states.lending_terms import LendingTermsState
from app.web.admin.states.people import PeopleState
from app.web.admin.states.settings import SettingsState
from app.web.admin.states.welfare import WelfareRulesState
from app.web.member.pages.home import home
from app.web.member.pages.loan import loan
from app.web.member.pages.loan_apply import loan_apply
from app.web.member.pages.loans import loans
from app.web.member.pages.notices import notices
from app.web.member.pages.passbook import passbook
from app.web.member.pages.pay import pay
from app.web.member.pages.receipt import receipt
from app.web.member.pages.rules import rules
from app.web.member.pages.savings import savings
from app.web.member.pages.signing import sign
from app.web.member.pages.statement import statement
from app.web.member.pages.verified import verified
from app.web.member.pages.welfare import welfare
from app.web.member.states.home import HomeState
from app.web.member.states.loan import LoanState
from app.web.member.states.loan_apply import LoanApplyState
from app.web.member.states.loans import LoansState
from app.web.member.states.notices import BellState, NoticesState
from app.web.member.states.passbook import PassbookState
from app.web.member.states.pay import PayState
from app.web.member.states.receipt import ReceiptState
from app.web.member.states.rules import RulesState
from app.web.member.states.savings import SavingsState
from app.web.member.states.signing import SigningState
from app.web.member.states.statement import StatementState
from app.web.member.states.verified import VerifiedState
from app.web.member.states.welfare import WelfareState
from app.web.public.landing import landing
from app.web.public.leave import leave
from app.web.staff.pages.groups import groups
from app.web.staff.pages.jobs import jobs
from app.web.staff.states.door import DoorState
from app.web.staff.states.groups import GroupsState
from app.web.staff.states.jobs import JobsState
from app.web.treasurer.pages.audit import audit
from app.web.treasurer.pages.balance import balance
from app.web.treasurer.pages.bank import bank
from app.web.treasurer.pages.books import books
from app.web.treasurer.pages.claims import claims
from app.web.treasurer.pages.collections import collections
from app.web.treasurer.pages.imports import imports
from app.web.treasurer.pages.joining import joining
from app.web.treasurer.pages.lending import lending
from app.web.treasurer.pages.loan_file import loan_file
from app.web.treasurer.pages.matching import matching
from app.web.treasurer.pages.member import member
from app.web.treasurer.pages.members import members
from app.web.treasurer.pages.money_out import money_out
from app.web.treasurer.pages.notices import desk_notices
from app.web.treasurer.pages.payments import payments
from app.web.treasurer.pages.programmes import programmes
from app.web.treasurer.pages.receipts import receipts
from app.web.treasurer.pages.reports import reports
from app.web.treasurer.pages.sheet import sheet
from app.web.treasurer.pages.signing import to_sign
from app.web.treasurer.pages.statements import statements
from app.web.treasurer.pages.today import today
from app.web.treasurer.pages.verified import desk_verified
from app.web.treasurer.states.audit import AuditState
from app.web.treasurer.states.balance import BalanceState
from app.web.treasurer.states.bank import BankState
from app.web.treasurer.states.books import BooksState
from app.web.treasurer.states.claims import ClaimsState
from app.web.treasurer.states.collections import CollectionsState
from app.web.treasurer.states.imports import ImportState
from app.web.treasurer.states.joining import JoiningState
from app.web.treasurer.states.lending import LendingState
from app.web.treasurer.states.loan_file import LoanFileState
from app.web.treasurer.states.matching import MatchingState
from app.web.treasurer.states.member import MemberState
from app.web.treasurer.states.members import MembersState
from app.web.treasurer.states.money_out import MoneyOutState
from app.web.treasurer.states.notices import DeskNoticesState
from app.web.treasurer.states.payments import PaymentsState
from app.web.treasurer.states.programmes import ProgrammesState
from app.web.treasurer.states.receipts import ReceiptsState
from app.web.treasurer.states.reports import ReportsState
from app.web.treasurer.states.sheet import SheetState
from app.web.treasurer.states.signing import DeskSigningState
from app.web.treasurer.states.statements import StatementsState
from app.web.treasurer.states.today import TodayState
from app.web.treasurer.states.verified import DeskVerifiedState

PAGES: tuple[tuple[str, Callable[[], rx.Component], str, Any], ...] = (
    ("/", landing, "landing.title", None),
    ("/leave", leave, "leave.title", None),
    ("/home", home, "home.title", HomeState.load),
    ("/pay", pay, "pay.title", PayState.load),
    ("/passbook", passbook, "passbook.title", PassbookState.load),
    ("/savings", savings, "savings.title", SavingsState.load),
    ("/loans", loans, "loans.title", LoansState.load),
    ("/loans/apply", loan_apply, "apply.title", LoanApplyState.load),
    ("/loan", loan, "loan.title", LoanState.load),
    ("/sign", sign, "signing.title", SigningState.load),
    ("/rules", rules, "rules.title", RulesState.load),
    ("/receipt", receipt, "receipt.title", ReceiptState.load),
    ("/welfare", welfare, "welfare.title", WelfareState.load),
    ("/statement", statement, "statement.title", StatementState.load),
    ("/verified", verified, "verified.title", VerifiedState.load),
    ("/notifications", notices, "notices.title", NoticesState.load),
    ("/today", today, "today.title", TodayState.load),
    ("/payments", payments, "payments.title", PaymentsState.load),
    ("/collections", collections, "collections.title", CollectionsState.load),
    ("/matching", matching, "matching.title", MatchingState.load),
    ("/bank", bank, "bank.title", BankState.load),
    ("/balance", balance, "balance.title", BalanceState.load),
    ("/money-out", money_out, "out.title", MoneyOutState.load),
    ("/claims", claims, "welfare.title", ClaimsState.load),
    ("/lending", lending, "loans.title", LendingState.load),
    ("/lending/loan", loan_file, "loan.title", LoanFileState.load),
    ("/lending/terms", lending_terms, "terms.title", LendingTermsState.load),
    ("/to-sign", to_sign, "signing.title", DeskSigningState.load),
    ("/sheet", sheet, "collecting.title", SheetState.load),
    ("/members", members, "members.title", MembersState.load),
    ("/member", member, "member.title", MemberState.load),
    ("/joining", joining, "joining.title", JoiningState.load),
    ("/import", imports, "imports.title", ImportState.load),
    ("/receipts", receipts, "receipts.title", ReceiptsState.load),
    ("/statements", statements, "statement.title", StatementsState.load),
    ("/reports", reports, "report.title", ReportsState.load),
    ("/reports/programmes", programmes, "programmes.title", ProgrammesState.load),
    ("/books", books, "books.title", BooksState.load),
    ("/books/verified", desk_verified, "verified.title", DeskVerifiedState.load),
    ("/audit", audit, "audit.title", AuditState.load),
    ("/admin/people", people, "people.title", PeopleState.load),
    ("/admin/welfare", welfare_rules, "welfare.set.title", WelfareRulesState.load),
    ("/settings", settings, "settings.title", SettingsState.load),
    ("/notices", desk_notices, "notices.title", DeskNoticesState.load),
    ("/staff", groups, "groups.title", GroupsState.load),
    ("/staff/jobs", jobs, "jobs.title", JobsState.load),
    ("/profile", profile, "profile.title", ProfileState.load),
    ("/account", account, "profile.title", ProfileState.load),
    ("/staff/account", staff_account, "profile.title", ProfileState.load),
)

LIVE: dict[str, Any] = {
    "/home": HomeState.refresh,
    "/pay": PayState.refresh,
    "/passbook": PassbookState.refresh,
    "/savings": SavingsState.refresh,
    "/loans": LoansState.refresh,
    "/loan": LoanState.refresh,
    "/sign": SigningState.refresh,
    "/receipt": ReceiptState.refresh,
    "/welfare": WelfareState.refresh,
    "/claims": ClaimsState.refresh,
    "/verified": VerifiedState.refresh,
    "/notifications": NoticesState.refresh,
    "/today": TodayState.refresh,
    "/payments": PaymentsState.refresh,
    "/collections": CollectionsState.refresh,
    "/matching": MatchingState.refresh,
    "/bank": BankState.refresh,
    "/balance": BalanceState.refresh,
    "/sheet": SheetState.refresh,
    "/money-out": MoneyOutState.refresh,
    "/lending": LendingState.refresh,
    "/lending/loan": LoanFileState.refresh,
    "/to-sign": SigningState.refresh,
    "/receipts": ReceiptsState.refresh,
    "/reports": ReportsState.refresh,
    "/books": BooksState.refresh,
    "/books/verified": DeskVerifiedState.refresh,
    "/notices": NoticesState.refresh,
    **dict.fromkeys(
        (
            *("/rules", "/statement", "/profile", "/audit"),
            *("/members", "/member", "/joining", "/import", "/statements", "/admin/people", "/settings", "/account"),
            *("/admin/welfare", "/loans/apply", "/lending/terms", "/reports/programmes"),
        ),
        BellState.refresh,
    ),
    **dict.fromkeys(("/staff", "/staff/jobs", "/staff/account"), DoorState.refresh),
}
"""The event by which an open page is read again when something changed in its group; others show a live bell alone,
and those of staff close when their session has ended."""
OWN = frozenset({"/home", "/pay", "/passbook", "/savings", "/receipt", "/notifications"})
"""Pages of a person's own affairs: others' payments change nothing on them."""
