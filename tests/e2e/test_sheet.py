"""The collection sheet in browsers: 25 members by keyboard alone, a lost connection, a thumb on a phone."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site, running_site

TREASURER, ADMIN = "0700000102", "0700000101"
SignIn = Callable[[Page, str], None]
TWENTY_FIVE = 25
DAY_BEFORE = f"/sheet?day={datetime.now(UTC).date() - timedelta(days=1)}"
"""Of the one meeting that is recorded: today's sheet stays open for the other tests."""
FOCUS = "document.activeElement.dataset"


@pytest.fixture(scope="module")
def meeting() -> Iterator[Site]:
    """The demo, to be changed."""
    with running_site() as site:
        yield site


@pytest.fixture
def sheet(meeting: Site, open_page: Opener, sign_in: SignIn) -> Page:
    """The treasurer's blank sheet on a desk."""
    page = open_page(meeting.address, DESK)
    sign_in(page, TREASURER)
    page.goto("/sheet")
    page.locator(".sheet__grid").wait_for()
    return page


def fill_25(page: Page) -> int:
    """By keys alone, from the first member on: present, late, absent and excused; all that is due, or a part.

    What they hand over, in whole units.
    """
    page.locator("[data-kind=marks]").first.focus()
    total = 0
    for number in range(TWENTY_FIVE):
        page.keyboard.press("A" if number == 4 else "E" if number == 9 else "L" if number % 8 == 7 else "P")
        is_own = page.evaluate(f"document.querySelectorAll('input[data-at=\"' + {FOCUS}.at + '\"]').length") == 1
        if number not in (4, 9) and not is_own:
            page.keyboard.press("Tab")
            if number % 6 == 5:
                page.keyboard.type("200")
                total += 200
            else:
                page.keyboard.press("=")
                total += 500
        page.keyboard.press("Enter")
    return total


def test_lines_keys_and_sums(sheet: Page) -> None:
    """Arrows, Enter, undo, wrong amounts: said at once, by the line."""
    marks, paid = sheet.locator("[data-kind=marks]"), sheet.locator("[data-kind=paid]")
    marks.first.focus()
    sheet.keyboard.press("=")
    expect(marks.first).to_have_value("P")
    expect(paid.first).to_have_value("500")
    expect(sheet.locator("[data-done]")).to_have_text("1 of 74 done")
    expect(sheet.locator("tfoot [data-sheet-sum]")).to_have_text("500")
    sheet.keyboard.press("ArrowRight")
    expect(paid.first).to_be_focused()
    sheet.keyboard.press("ArrowLeft")
    sheet.keyboard.press("ArrowDown")
    sheet.keyboard.press("x")
    expect(marks.nth(1)).to_have_value("")
    sheet.keyboard.press("l")
    expect(marks.nth(1)).to_have_value("L")
    sheet.keyboard.press("ArrowUp")
    expect(marks.first).to_be_focused()
    for _ in range(3):
        sheet.keyboard.press("Control+z")
    expect(sheet.locator("[data-done]")).to_have_text("0 of 74 done")
    paid.first.focus()
    sheet.keyboard.type("501")
    expect(paid.first).to_have_attribute("aria-invalid", "true")
    said = sheet.locator("#cash .sheet__said")
    expect(said).to_contain_text(re.compile("Line 1, .*: more than the 500 open of Welfare contribution"))
    sheet.keyboard.press("Control+a")
    sheet.keyboard.type("five")
    expect(said).to_contain_text("write the amount in digits")
    sheet.keyboard.press("Control+a")
    sheet.keyboard.type("300")
    expect(said).to_be_empty()
    sheet.get_by_label("Counted cash, Coins").fill("100")
    expect(said).to_contain_text(re.compile("KES 200 short. Perhaps line 1, "))
    sheet.get_by_role("button", name="Review and record").click()
    expect(sheet.get_by_text(re.compile("200.00 short: less was counted"))).to_be_visible()
    assert_accessible(sheet)


def test_every_wrong_cell_is_said_at_its_line_and_the_hand_is_at_the_first(sheet: Page) -> None:
    paid = sheet.locator(".sheet__grid [data-kind=paid]")
    paid.nth(7).fill("2,000")
    paid.nth(5).fill("abc")
    sheet.get_by_label("Counted cash, Coins").fill("ten")
    sheet.get_by_role("button", name="Review and record").click()
    expect(paid.nth(5)).to_be_focused()
    expect(sheet.locator(".sheet__fault")).to_have_text(
        [re.compile("write the amount in digits"), re.compile("more than the 500 open")]
    )
    said = sheet.locator("#cash .sheet__said")
    expect(said).to_contain_text("Counted cash, Coins: write the number in digits.")
    expect(sheet.get_by_text("could not be read")).to_have_count(0)
    expect(sheet.get_by_role("button", name="Review and record")).not_to_have_attribute("aria-busy", "true")
    assert_accessible(sheet)
    sheet.set_viewport_size(PHONE)  # type: ignore[arg-type]
    sheet.get_by_role("button", name="Review and record").click()
    expect(sheet.locator(".sheet__card input")).to_be_focused()
    expect(sheet.locator(".sheet__card .sheet__said")).to_be_in_viewport()
    assert_no_sideways_scroll(sheet)
    assert_accessible(sheet)


def test_a_half_filled_sheet_survives_a_lost_connection_and_a_reload(sheet: Page) -> None:
    marks, paid = sheet.locator("[data-kind=marks]"), sheet.locator("[data-kind=paid]")
    marks.first.focus()
    sheet.keyboard.press("=")
    sheet.wait_for_timeout(2500)  # the worker keeps the page as it stands
    sheet.context.set_offline(True)
    sheet.keyboard.press("Enter")
    sheet.keyboard.press("L")
    sheet.reload()
    expect(marks.nth(0)).to_have_value("P")
    expect(marks.nth(1)).to_have_value("L")
    paid.nth(1).focus()
    sheet.keyboard.type("150")
    expect(sheet.locator("tfoot [data-sheet-sum]")).to_have_text("650")
    sheet.context.set_offline(False)  # the page comes back by itself
    expect(sheet.get_by_role("button", name="Review and record")).to_be_visible(timeout=20_000)
    expect(paid.nth(0)).to_have_value("500")
    expect(paid.nth(1)).to_have_value("150")


def test_who_signs_out_leaves_nothing_filled_in(sheet: Page) -> None:
    sheet.locator("[data-kind=marks]").first.focus()
    sheet.keyboard.press("=")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('sheet ')).length"
    sheet.wait_for_function(f"{kept} === 1")
    sheet.get_by_role("button", name="Sign out").click()
    sheet.wait_for_url(re.compile("/(sign-in)?$"))
    assert sheet.evaluate(kept) == 0


def test_25_members_by_keyboard_alone(sheet: Page) -> None:
    sheet.goto(DAY_BEFORE)
    sheet.locator(".sheet__grid").wait_for()
    total = fill_25(sheet)
    expect(sheet.locator("[data-done]")).to_have_text("25 of 74 done")
    expect(sheet.locator("tfoot [data-sheet-sum]")).to_have_text(f"{total:,}")
    for size in (DESK, PHONE):
        sheet.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            sheet.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert_no_sideways_scroll(sheet)
            assert_accessible(sheet)
    sheet.set_viewport_size(DESK)  # type: ignore[arg-type]
    expect(sheet.locator(".sheet__grid")).to_be_visible()
    sheet.locator("[data-kind=marks]").nth(24).focus()
    sheet.keyboard.press("Control+Enter")
    expect(sheet.get_by_label("Counted cash, 1,000")).to_be_focused()
    thousands, rest = divmod(total, 1000)
    for count in (thousands, 0, 0, rest // 100, 0, 0):
        sheet.keyboard.type(str(count))
        sheet.keyboard.press("Enter")
    expect(sheet.locator("#cash .sheet__said")).to_have_text("Sheet and counted cash agree.")
    expect(sheet.get_by_role("button", name="Review and record")).to_be_focused()
    sheet.keyboard.press("Enter")
    dialog = sheet.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile("Record the meeting of"))
    expect(dialog).to_contain_text(f"KES\u00a0{total:,}.00")
    assert_accessible(sheet)
    record = dialog.get_by_role("button", name=re.compile("Record [0-9]+ payments"))
    payments = int(re.findall("[0-9]+", record.inner_text())[0])
    record.focus()
    sheet.keyboard.press("Enter")
    expect(sheet.get_by_text(f"{payments} payments, KES\u00a0{total:,}.00")).to_be_visible()
    expect(sheet.get_by_role("link", name=re.compile(r"^\w{6}-0000"))).to_have_count(payments)
    assert_accessible(sheet)
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('sheet '))"
    assert sheet.evaluate(kept) == []
    sheet.goto(DAY_BEFORE)
    expect(sheet.get_by_text("The meeting of ")).to_be_visible()
    expect(sheet.get_by_role("link", name=re.compile(r"^\w{6}-0000"))).to_have_count(payments)
    expect(sheet.get_by_role("button", name="Review and record")).to_have_count(0)
    sheet.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert_no_sideways_scroll(sheet)
    assert_accessible(sheet)
    sheet.set_viewport_size(DESK)  # type: ignore[arg-type]
    sheet.goto("/books")
    expect(sheet.get_by_role("row", name=re.compile("Cash in the box"))).to_contain_text(f"{total:,}.00")
    sheet.goto("/audit")
    expect(
        sheet.get_by_text(re.compile(rf"recorded the meeting of .*: {payments} payments, KES.{total:,}"))
    ).to_be_visible()


def test_one_member_at_a_time_on_a_phone(meeting: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(meeting.address, PHONE)
    sign_in(page, ADMIN)
    page.goto("/sheet")
    card = page.locator(".sheet__card")
    card.wait_for()
    expect(card.get_by_text("1 of 74")).to_be_visible()
    name = card.get_by_role("heading").inner_text()
    card.get_by_role("button", name="Late").click()
    expect(card.get_by_role("button", name="Late")).to_have_attribute("aria-pressed", "true")
    card.get_by_role("button", name=re.compile("^Save, then ")).click()
    expect(card.get_by_text("2 of 74")).to_be_visible()
    expect(card.get_by_role("heading")).not_to_have_text(name)
    card.get_by_role("button", name="Member before").click()
    expect(card.get_by_role("button", name="Late")).to_have_attribute("aria-pressed", "true")
    assert_no_sideways_scroll(page)
    assert_accessible(page)
    page.reload()
    expect(card.get_by_role("button", name="Late")).to_have_attribute("aria-pressed", "true")


def test_the_keys_stand_whole_at_the_lower_edge_in_both_languages(sheet: Page) -> None:
    """A long name of a contribution is read in full too."""
    heads = sheet.locator(".sheet thead th.num span")
    heads.nth(1).evaluate("head => { head.textContent = 'Burial of Mama Atieno' }")
    assert heads.nth(1).evaluate("head => head.scrollHeight - head.clientHeight < 8")
    for language, code in (("Kiswahili", "sw"), ("English", "en")):
        sheet.get_by_role("button", name=language).first.click()
        expect(sheet.locator("html")).to_have_attribute("lang", code)
        sheet.wait_for_function(
            """() => {
                const place = [...document.querySelectorAll(".sheet__keys kbd")].at(-1)?.getBoundingClientRect();
                return place?.height > 0 && place.bottom <= innerHeight;
            }""",
            timeout=10_000,
        )


def test_the_sheet_follows_what_others_record(meeting: Site, sheet: Page, open_page: Opener, sign_in: SignIn) -> None:
    """What was typed stays, the line says that it was recorded, and nobody else is accused."""
    paid = sheet.locator(".sheet__grid [data-kind=paid]")
    for at, figure in ((30, "500"), (31, "300"), (32, "500")):
        paid.nth(at).fill(figure)
    sheet.get_by_label("Counted cash, 1,000").fill("1")
    sheet.get_by_label("Counted cash, Coins").fill("300")
    said = sheet.locator("#cash .sheet__said")
    expect(said).to_have_text("Sheet and counted cash agree.")
    first = paid.nth(30)
    name = (first.get_attribute("aria-label") or "").split(",")[0]
    line = int(first.get_attribute("data-at") or 0) + 1
    paid.nth(31).focus()
    other = open_page(meeting.address, DESK)
    sign_in(other, ADMIN)
    other.goto("/collections")
    other.get_by_role("row", name=re.compile(name)).get_by_role("button", name="Record cash").click()
    other.get_by_role("dialog").get_by_role("button", name="Record").click()
    words = f"Line {line}, {name}: Welfare contribution was recorded meanwhile. Take the amount off here."
    expect(said).to_have_text(words)
    expect(paid.nth(31)).to_be_focused()
    expect(paid.nth(30)).to_have_value("500")
    sheet.reload()
    expect(said).to_have_text(words)
    sheet.get_by_role("button", name="Review and record").click()
    expect(paid.nth(30)).to_be_focused()
    expect(sheet.get_by_role("dialog")).to_have_count(0)
    sheet.keyboard.press("Delete")
    expect(said).to_contain_text("KES 500 over.")
    expect(said).to_contain_text(f"Line {line}, {name}: Welfare contribution was recorded by somebody else.")
    expect(said).not_to_contain_text("Perhaps line")
