"""A member keeps and shows her papers: the receipt as a file, and a statement that the worker prints."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site, running_site

SignIn = Callable[[Page, str], None]


def save(page: Page, link: str, path: Path) -> str:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    download.value.save_as(path)
    return download.value.suggested_filename


def text_of(path: Path) -> str:
    return subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def site() -> Iterator[Site]:
    """The product with its demo, for one test that writes."""
    with running_site() as made:
        yield made


def test_receipt_and_statement_as_files(site: Site, open_page: Opener, sign_in: SignIn, tmp_path: Path) -> None:
    member, treasurer = open_page(site.address, PHONE), open_page(site.address, DESK)
    sign_in(member, "0700000103")
    member.goto("/pay")
    member.get_by_label("M-Pesa code").fill("UKL7X4P9QA")
    member.get_by_role("button", name=re.compile("I have paid")).click()
    expect(member.get_by_role("heading", name="To be confirmed")).to_be_visible()
    sign_in(treasurer, "0700000102")
    treasurer.goto("/payments")
    treasurer.get_by_label("Tick all").click()
    treasurer.get_by_role("button", name=re.compile("^Confirm 1 payment")).click()
    expect(treasurer.get_by_text("1 payment confirmed")).to_be_visible()

    member.goto("/passbook")
    member.locator("a[href*='/receipt?id']").first.click()
    name = save(member, "Download PDF", tmp_path / "receipt.pdf")
    assert re.fullmatch(r"[2-9A-Z]{6}-000001-A4\.pdf", name)
    assert name.removesuffix("-A4.pdf") in text_of(tmp_path / "receipt.pdf")
    save(member, "PDF for a phone", tmp_path / "phone.pdf")
    assert "500.00" in text_of(tmp_path / "phone.pdf")

    member.goto("/passbook")
    member.get_by_role("link", name="Statement").click()
    expect(member.get_by_text("Welfare contribution")).to_be_visible()
    member.get_by_role("button", name="Sign and make the files").click()
    expect(member.get_by_role("link", name="Download PDF")).to_be_visible(timeout=60_000)
    assert_accessible(member)
    assert_no_sideways_scroll(member)
    save(member, "Download PDF", tmp_path / "statement.pdf")
    assert "Member statement" in text_of(tmp_path / "statement.pdf")
    assert save(member, "CSV", tmp_path / "statement.csv").endswith(".csv")
    assert save(member, "Excel", tmp_path / "statement.xlsx").endswith(".xlsx")
    address = member.locator("a[href*='/s/']").get_attribute("href") or ""
    anyone = open_page(site.address, PHONE)
    anyone.goto(address)
    expect(anyone.get_by_role("heading", name="This statement is genuine")).to_be_visible()
    assert_accessible(anyone)

    treasurer.goto("/members")
    treasurer.get_by_role("link", name="Statement").first.click()
    expect(treasurer.get_by_role("heading", name="Line by line")).to_be_visible()
    treasurer.goto("/statements?member=nobody")
    expect(treasurer.get_by_role("button", name="Try again")).to_be_visible()
