"""The import page with wrong files, a wrong line, the way back, and another file."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site

TREASURER = "0700000102"
HEADER = "Member No,Full Name,Phone,County,Joined\n"
LIST = HEADER + "Z/1,Grace Wanjiru,0719000001,KISUMU,2024-03-05\nZ/2,Ann Were,0719000002,Kisummu,5/6/2023\n"


def send(page: Page, path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Read the file").click()


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_a_wrong_file_is_said_where_the_next_one_is_chosen(
    demo_site: Site, open_page: Opener, sign_in: Callable[[Page, str], None], tmp_path: Path, size: dict[str, int]
) -> None:
    page = open_page(demo_site.address, size)
    sign_in(page, TREASURER)
    page.goto("/import")
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("alert")).to_have_text("Choose a file first.")
    send(page, tmp_path / "head.csv", HEADER)
    expect(page.get_by_role("alert")).to_contain_text("nothing below its column names")
    expect(page.get_by_text("BSS Welfare").locator("visible=true").first).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_a_list_is_left_found_again_mended_and_discarded(
    demo_site: Site, open_page: Opener, sign_in: Callable[[Page, str], None], tmp_path: Path
) -> None:
    page = open_page(demo_site.address, DESK)
    sign_in(page, TREASURER)
    page.goto("/import")
    send(page, tmp_path / "mine.csv", LIST)
    expect(page.get_by_text("Did you mean Kisumu?")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Nothing is saved until the last step.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("mine.csv"))).to_be_visible()
    page.goto("/members")
    page.get_by_role("link", name=re.compile("mine.csv")).click()
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Did you mean Kisumu?")).to_be_visible()
    expect(dialog.get_by_label("County")).to_have_value("Kisumu")
    assert_accessible(page)
    dialog.get_by_label("Phone").fill("07")
    dialog.get_by_role("button", name="Save the line").click()
    expect(dialog.get_by_text("The phone number is too short")).to_be_visible()
    dialog.get_by_label("Phone").fill("0719000002")
    dialog.get_by_role("button", name="Save the line").click()
    expect(page.get_by_role("button", name="Import 2 new members")).to_be_visible()
    page.get_by_role("tab", name=re.compile("All")).click()
    expect(page.get_by_text("5 Mar 2024")).to_be_visible()
    expect(page.get_by_text("your file says")).to_have_count(0)
    ann = page.get_by_role("row", name=re.compile("Ann Were"))
    ann.get_by_role("button", name="Leave out").click()
    expect(page.get_by_role("button", name="Import 1 new member")).to_be_visible()
    ann.get_by_role("button", name="Put back").click()
    expect(page.get_by_role("button", name="Import 2 new members")).to_be_visible()
    page.get_by_role("button", name="Discard and choose another file").click()
    expect(page.get_by_role("button", name="Read the file")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("mine.csv"))).to_have_count(0)


def test_all_that_is_wrong_with_a_new_group_is_said_at_once(
    demo_site: Site, open_page: Opener, sign_in: Callable[[Page, str], None]
) -> None:
    page = open_page(demo_site.address, DESK)
    sign_in(page, "0700000001")
    page.goto("/staff")
    page.get_by_role("button", name="Open a group").click()
    page.get_by_label("Where members pay").fill("12")
    page.get_by_role("button", name="Open the group").click()
    expect(page.locator(".field__error")).to_have_count(6)
    boxes = [page.get_by_label(label, exact=True).bounding_box() for label in ("Phone number", "Member number")]
    assert len({box["y"] for box in boxes if box}) == 1
    assert_accessible(page)
