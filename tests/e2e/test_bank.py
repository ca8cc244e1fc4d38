"""The treasurer's bank in browsers: a nasty month from the file to the closed books, and files that change nothing."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app.domain.groups import access
from app.domain.ledger import service as ledger
from app.domain.reconciliation import service as reconciliation
from app.domain.reconciliation.bank import confirming, queue
from app.domain.reconciliation.bank.queue_views import ConfirmMatch
from app.domain.reconciliation.views import ClosesView
from app.kit.actor import Actor
from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.nasty_month import HEADER, OPENING
from tests.factories.on_site import MonthOnSite, month_on
from tests.factories.payments import EACH
from tests.factories.site import Site, run, running_site
from tests.services.reports.test_plain_accounting import of_hledger

SignIn = Callable[[Page, str], None]
PATIENCE_MS = 15_000


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The demo, to be changed; its clock too."""
    with running_site() as made:
        yield made


@pytest.fixture
def month(site: Site) -> Iterator[MonthOnSite]:
    with month_on(site) as made:
        yield made


@pytest.fixture
def desk(site: Site, month: MonthOnSite, open_page: Opener, sign_in: SignIn) -> Page:
    """The treasurer of the month's group at a desk."""
    page = open_page(site.address, DESK)
    sign_in(page, "0" + month.treasurer_phone.removeprefix("+254"))
    return page


def send(page: Page, path: Path, content: bytes, account: str = "1020") -> None:
    path.write_bytes(content)
    page.goto("/bank")
    page.get_by_label("Whose statement").select_option(account)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Read the file").click()


def figure(page: Page, name: str) -> Locator:
    return page.locator(f"[data-figure={name}]").first


def was_read(page: Page, *, added: int, known: int) -> None:
    page.locator("[data-file=read]").wait_for(timeout=PATIENCE_MS)
    expect(figure(page, "added")).to_have_text(str(added))
    expect(figure(page, "known")).to_have_text(str(known))


def in_both_themes(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert_accessible(page)
        assert_no_sideways_scroll(page)
    page.emulate_media(color_scheme="light")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=re.compile(f"^{name} [0-9]+$"))


def go_to(page: Page, name: str) -> None:
    tab(page, name).click()
    expect(tab(page, name)).to_have_attribute("aria-selected", "true")


def chosen(page: Page) -> str:
    return page.locator("[data-chosen]").get_attribute("data-chosen", timeout=PATIENCE_MS) or ""


def press_on(page: Page, *keys: str) -> None:
    """Decide about the chosen line by keys, and wait for the next one."""
    before = chosen(page)
    page.locator('[data-line][aria-current="true"]').focus()
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function(
        "before => document.querySelector('[data-chosen]')?.dataset.chosen !== before", arg=before, timeout=PATIENCE_MS
    )


def fill_dialog(page: Page, label: str, text: str) -> None:
    """The dialog that a key has opened, sent with Enter."""
    page.get_by_role("dialog").get_by_label(label).fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)


def open_with(page: Page, key: str) -> Locator:
    page.locator('[data-line][aria-current="true"]').focus()
    page.keyboard.press(key)
    dialog = page.get_by_role("dialog")
    dialog.wait_for(timeout=PATIENCE_MS)
    return dialog


def test_the_same_file_and_one_that_overlaps_change_nothing(desk: Page, month: MonthOnSite, tmp_path: Path) -> None:
    lines = month.month.count
    send(desk, tmp_path / "november.csv", month.month.file())
    was_read(desk, added=lines, known=0)
    expect(desk.get_by_text("Balances follow from the lines")).to_be_visible()
    expect(desk.get_by_text("KES 40,952.32")).to_be_visible()
    in_both_themes(desk)
    for _ in range(2):
        send(desk, tmp_path / "november.csv", month.month.file())
        expect(desk.get_by_text(re.compile("^This very file came before: nothing has changed"))).to_be_visible()
        was_read(desk, added=lines, known=0)
    overlapping = "\n".join(month.month.file().decode().splitlines()[:42]) + "\n"
    send(desk, tmp_path / "second half.csv", overlapping.encode())
    desk.locator("[data-file=read]").wait_for(timeout=PATIENCE_MS)
    expect(figure(desk, "added")).to_have_text("0")
    expect(figure(desk, "known")).not_to_have_text("0")
    desk.goto("/matching")
    expect(tab(desk, "All")).to_have_text(f"All {lines}")


def test_files_that_are_no_statement_are_refused_in_words(desk: Page, tmp_path: Path) -> None:
    desk.goto("/bank")
    desk.get_by_role("button", name="Read the file").click()
    expect(desk.get_by_role("alert")).to_have_text("Choose a file first.")
    send(desk, tmp_path / "empty.csv", b"")
    expect(desk.get_by_role("alert")).to_have_text("The file is empty.")
    broken = HEADER + "QA,2026-11-01 08:00:00,x,Completed,5.00,,5.00\nQB,2026-11-02 08:00:00,x,Completed,5.00,,11.00\n"
    for name, content, words in (
        ("a.pdf", b"%PDF-1.7 x", "This is a PDF"),
        ("chain.csv", broken.encode(), "From entry 2 on, of "),
        ("rupees.csv", b"Date,Description,Amount (INR),Balance\n01/11/2026,x,5,5\n", "this group keeps KES"),
    ):
        send(desk, tmp_path / name, content)
        desk.locator("[data-file=failed]").wait_for(timeout=PATIENCE_MS)
        expect(desk.locator("[data-file=failed]")).to_contain_text(words)
    in_both_themes(desk)


def test_columns_are_said_once(desk: Page, tmp_path: Path) -> None:
    content = "Wann,Was,Rein\n{0}/11/26,interest {0},5\n"
    send(desk, tmp_path / "strange.csv", content.format(10).encode(), account="1030")
    desk.locator("[data-file=unmapped]").wait_for(timeout=PATIENCE_MS)
    desk.get_by_label("Wann", exact=True).select_option("date")
    desk.get_by_role("button", name="Read with these columns").click()
    expect(desk.get_by_text("Say which column is the date")).to_be_visible()
    in_both_themes(desk)
    desk.get_by_label("Was", exact=True).select_option("description")
    desk.get_by_label("Rein", exact=True).select_option("credit")
    desk.get_by_role("button", name="Read with these columns").click()
    was_read(desk, added=1, known=0)
    expect(desk.get_by_text("Unverifiable: no balances to check by")).to_be_visible()
    send(desk, tmp_path / "stranger.csv", content.format(11).encode(), account="1030")
    was_read(desk, added=1, known=0)


def test_a_nasty_month_from_the_file_to_the_closed_books(
    desk: Page, site: Site, month: MonthOnSite, tmp_path: Path
) -> None:
    """Everything by keys; the same lines by the same rules as in the services' test of this month."""
    send(desk, tmp_path / "november.csv", month.month.file())
    desk.locator("[data-file=read]").wait_for(timeout=PATIENCE_MS)
    desk.get_by_role("link", name="Match the lines").click()
    accept_the_sure(desk)
    money_out(desk)
    undo_and_assign(desk, month)
    clear_the_rest(desk)
    confirm_all(desk, month)
    close_the_month(desk, site, month)
    agree(site, month, tmp_path)


def accept_the_sure(page: Page) -> None:
    page.get_by_role("button", name="Accept 33 sure lines").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("33 sure lines, KES")
    in_both_themes(page)
    dialog.get_by_role("button", name="Accept 33 sure lines").click()
    expect(page.get_by_text(re.compile("33 lines accepted"))).to_be_visible(timeout=PATIENCE_MS)
    expect(tab(page, "To confirm")).to_have_attribute("aria-selected", "true")
    in_both_themes(page)


def money_out(page: Page) -> None:
    """Charges and reversals by Enter; what was paid to the printers is said."""
    go_to(page, "Money out")
    page.locator("[data-chosen]").wait_for()
    for _ in range(13):
        if page.locator('[data-chosen] [data-key="Enter"]').count():
            press_on(page, "Enter")
            continue
        before = chosen(page)
        dialog = open_with(page, "o")
        dialog.get_by_label("What it is").select_option("expense")
        fill_dialog(page, "What for", "Printing")
        assert chosen_or_none(page) != before
    expect(page.get_by_text("No lines here")).to_be_visible(timeout=PATIENCE_MS)


def chosen_or_none(page: Page) -> str:
    page.wait_for_timeout(300)
    found = page.locator("[data-chosen]")
    return found.get_attribute("data-chosen") or "" if found.count() else ""


def undo_and_assign(page: Page, month: MonthOnSite) -> None:
    """One stranger is left out and taken back; another's money is two members'; a third's is the treasurer's own."""
    go_to(page, "Unknown payer")
    first = chosen(page)
    open_with(page, "n")
    fill_dialog(page, "Reason", "sent to us by mistake")
    expect(tab(page, "Left out")).to_have_text("Left out 1")
    page.locator('[data-line][aria-current="true"]').focus()
    page.keyboard.press("u")
    expect(tab(page, "Left out")).to_have_text("Left out 0")
    assert chosen(page) == first
    in_both_themes(page)
    dialog = open_with(page, "f")
    for number, name in (("M0010", "Keep for the member"), ("M0011", "Keep for the member")):
        dialog.get_by_label("Find a member").fill(number)
        dialog.locator("li", has_text=number).get_by_role("button", name=name).click()
        if number == "M0010":
            amount = dialog.locator("input[name^=part-]").first
            expect(amount).to_be_focused()
            amount.fill("100")
            amount.blur()
            expect(dialog.get_by_text(re.compile("210.* left to say"))).to_be_visible()
    expect(dialog.get_by_text("All of it is said")).to_be_visible()
    in_both_themes(page)
    dialog.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)
    dialog = open_with(page, "f")
    herself = f"O-{month.treasurer_phone[-7:]}"
    dialog.get_by_label("Find a member").fill(herself)
    dialog.locator("li", has_text=herself).get_by_role("button", name="Keep for the member").click()
    expect(dialog.get_by_text("All of it is said")).to_be_visible()
    dialog.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)


def clear_the_rest(page: Page) -> None:
    go_to(page, "All")
    page.locator("[data-chosen]").wait_for()
    for _ in range(60):
        if not page.locator("[data-chosen]").count():
            break
        if page.locator('[data-chosen] [data-key="Enter"]').count():
            press_on(page, "Enter")
        else:
            open_with(page, "o")
            fill_dialog(page, "What for", "School fees sent to us")
            page.wait_for_timeout(200)
    expect(page.get_by_text("No lines here")).to_be_visible(timeout=PATIENCE_MS)


def confirm_all(page: Page, month: MonthOnSite) -> None:
    """One by one and in bulk; one's own money stays, and somebody else confirms it."""
    go_to(page, "To confirm")
    press_on(page, "Enter")
    expect(page.get_by_text(re.compile("^In the books: KES"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Confirm [0-9]+ lines$")).click()
    asked = page.get_by_role("dialog")
    expect(asked.get_by_role("heading")).to_have_text(re.compile("^[0-9]+ lines to confirm, KES.[0-9,.]+ in, KES"))
    in_both_themes(page)
    count = asked.get_by_role("heading").inner_text().split()[0]
    asked.get_by_role("button", name=f"Confirm {count} lines", exact=True).click()
    expect(page.get_by_text(re.compile("^[0-9]+ lines are in the books, KES"))).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("1 line holds your own money and stayed"))).to_be_visible()
    expect(tab(page, "To confirm")).to_have_text("To confirm 1")
    in_both_themes(page)
    told = month.told

    async def by_the_admin() -> None:
        admin = told.group.admin
        async with told.database.transaction(admin) as session:
            (one,) = await queue.list_matches(session, admin)
            await confirming.confirm_match(session, admin, ConfirmMatch(one.id, "admin"))

    month.background.run(by_the_admin())
    expect(tab(page, "To confirm")).to_have_text("To confirm 0", timeout=PATIENCE_MS)
    go_to(page, "In the books")
    page.locator("[data-chosen] a").first.click()
    page.wait_for_url(re.compile("/(receipts|books)"))


def close_the_month(page: Page, site: Site, month: MonthOnSite) -> None:
    page.goto("/balance")
    mobile = page.locator("[data-account='1020']")
    expect(mobile.locator("[data-figure=unexplained]")).to_have_text(f"+ {OPENING / 100:,.2f}")
    expect(page.get_by_text(re.compile("can be closed from 1 Dec 2026 on"))).to_be_visible()
    mobile.get_by_role("button", name="Book it as held before").click()
    asked = page.get_by_role("dialog")
    expect(asked.get_by_text(re.compile("held KES.12,345.67 before its first statement"))).to_be_visible()
    asked.get_by_role("button", name="Book it").click()
    expect(mobile.locator("[data-figure=difference]")).to_have_text("0.00")
    run("clock", "+12d", data=site.data)
    page.goto("/balance?month=2026-11")
    close = page.get_by_role("button", name="Close November 2026")
    expect(close).to_be_disabled()
    in_both_themes(page)
    for stated, left in ((month.month.balance - 1, "− 0.01"), (month.month.balance, "0.00")):
        mobile.get_by_role("button", name="Say what the bank shows").click()
        fill_dialog(page, "Amount, KES", f"{stated / 100:.2f}")
        expect(mobile.locator("[data-figure=unexplained]")).to_have_text(left)
        expect(close).to_be_enabled(enabled=left == "0.00")
    close.click()
    expect(page.get_by_role("dialog")).to_contain_text("A close is never taken back.")
    in_both_themes(page)
    page.get_by_role("dialog").get_by_role("button", name="Close November 2026").click()
    expect(page.get_by_text("November 2026 is closed.")).to_be_visible()
    expect(page.get_by_text("Through 30 Nov 2026")).to_be_visible()
    in_both_themes(page)
    closes: ClosesView = month.background.run(ask(month, reconciliation.list_closes))
    assert [str(one.through) for one in closes.rows] == ["2026-11-30"]


async def ask(month: MonthOnSite, service: Callable, *arguments: object) -> object:
    told = month.told
    async with told.database.transaction(told.treasurer) as session:
        return await service(session, told.treasurer, *arguments)


def agree(site: Site, month: MonthOnSite, tmp_path: Path) -> None:
    """Bank, books and hledger, to the minor unit."""
    told = month.told

    async def books() -> dict[str, int]:
        async with told.database.transaction(Actor(group_id=told.group.id)) as session:
            assert await ledger.verify_group(session, told.group.id) is None
            rows = await ledger.trial_balance(session, told.group.id)
        return {f"{one.control_code} {one.currency}": one.debit_minor - one.credit_minor for one in rows}

    found: dict[str, int] = month.background.run(books())
    assert found["1020 KES"] == month.month.balance
    assert found["3010 KES"] == -OPENING
    assert found["2030 KES"] <= -(2 * 150_00 + 4 * EACH)
    view = month.background.run(ask(month, access.get_group))
    journal = tmp_path / "books.journal"
    journal.write_text(run("ledger", "export", "--group", view.code, "--format", "hledger", data=site.data))
    by_hledger = of_hledger(journal)
    assert by_hledger is not None
    assert by_hledger == {code: minor for code, minor in found.items() if minor}


def test_one_line_at_a_time_on_a_phone(site: Site, open_page: Opener, sign_in: SignIn, tmp_path: Path) -> None:
    """Another group's: a new one with a month of its own."""
    with month_on(site) as month:
        page = open_page(site.address, PHONE)
        sign_in(page, "0" + month.treasurer_phone.removeprefix("+254"))
        send(page, tmp_path / "november.csv", month.month.file())
        page.locator("[data-file=read]").wait_for(timeout=PATIENCE_MS)
        in_both_themes(page)
        page.goto("/matching?tab=likely")
        page.locator("[data-chosen]").wait_for()
        expect(page.locator("[data-line]").first).to_be_hidden()
        expect(page.get_by_text("Line 1 of 13")).to_be_visible()
        first = chosen(page)
        page.get_by_role("button", name="Next line").click()
        expect(page.get_by_text("Line 2 of 13")).to_be_visible()
        assert chosen(page) != first
        in_both_themes(page)
        page.locator("[data-chosen]").get_by_role("button", name="Accept").click()
        expect(page.get_by_text(re.compile("Undo is possible until it is confirmed"))).to_be_visible()
        expect(page.get_by_text("Line 2 of 12")).to_be_visible()
        page.get_by_role("button", name="Undo the last").click()
        expect(page.get_by_text(re.compile("Line [0-9]+ of 13"))).to_be_visible()
        page.goto("/balance")
        page.locator("[data-account='1020']").wait_for()
        in_both_themes(page)
