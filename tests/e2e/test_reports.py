"""A treasurer before the annual meeting: reports on screen, narrowed, as PDF, CSV and XLSX; a voucher; an invoice."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.e2e.test_documents import save, text_of
from tests.factories.site import Site, running_site

SignIn = Callable[[Page, str], None]
TREASURER, MEMBER = "0700000102", "0700000103"


@pytest.fixture
def site() -> Iterator[Site]:
    """The product with its demo, for one test that writes."""
    with running_site() as made:
        yield made


def test_reports_for_the_annual_meeting(site: Site, open_page: Opener, sign_in: SignIn, tmp_path: Path) -> None:
    member, page = open_page(site.address, PHONE), open_page(site.address, DESK)
    sign_in(member, MEMBER)
    member.goto("/statement")
    save(member, "What I owe, as PDF", tmp_path / "mine.pdf")
    assert "KES 500.00" in text_of(tmp_path / "mine.pdf")
    member.goto("/pay")
    member.get_by_label("M-Pesa code").fill("UKL7X4P9QA")
    member.get_by_role("button", name=re.compile("I have paid")).click()
    expect(member.get_by_role("heading", name="To be confirmed")).to_be_visible()
    sign_in(page, TREASURER)
    page.goto("/payments")
    page.get_by_label("Tick all").click()
    page.get_by_role("button", name=re.compile("^Confirm 1 payment")).click()
    expect(page.get_by_text("1 payment confirmed")).to_be_visible()

    page.goto("/members")
    page.get_by_role("link", name="Download").click()
    page.wait_for_url(re.compile("what=members"))
    expect(page.get_by_role("combobox", name="Report")).to_have_value("members")
    for kind in ("contributions", "overdue", "regions", "transactions", "balance", "receipts", "invoices"):
        page.get_by_role("combobox", name="Report").select_option(kind)
        page.wait_for_url(re.compile(f"what={kind}"))
        expect(page.locator(".reports__table tbody tr").first).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for size in (PHONE, DESK):
                page.set_viewport_size(size)  # type: ignore[arg-type]
                assert_no_sideways_scroll(page)
            assert_accessible(page)

    page.goto("/reports?what=transactions")
    page.get_by_label("Account").select_option("1010")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url(re.compile("account=1010"))
    expect(page.get_by_text("Nothing to show")).to_be_visible()
    page.get_by_role("link", name="Everything").click()
    expect(page.locator(".reports__table tbody tr")).to_have_count(1)
    page.get_by_label("At least").fill("a lot")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".field__error")).to_be_visible()
    page.goto("/reports?what=overdue")
    expect(page.locator(".reports__table tbody tr")).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".reports__table tbody tr")).to_have_count(73)
    page.get_by_role("button", name="Make the PDF").click()
    expect(page.get_by_role("link", name="Download PDF")).to_be_visible(timeout=60_000)
    assert save(page, "Download PDF", tmp_path / "owed.pdf").endswith("-overdue.pdf")
    assert "Who owes" in text_of(tmp_path / "owed.pdf")
    assert save(page, "CSV", tmp_path / "owed.csv").endswith(".csv")
    assert len((tmp_path / "owed.csv").read_text().splitlines()) > 73
    assert save(page, "Excel", tmp_path / "owed.xlsx").endswith(".xlsx")
    page.locator(".reports__table a").first.click()
    page.wait_for_url(re.compile("/member"))
    save(page, "Invoice (PDF)", tmp_path / "invoice.pdf")
    page.goto("/reports/programmes")
    expect(page.locator(".reports__table tbody tr")).to_have_count(1)
    assert_accessible(page)
    page.goto("/reports?what=secrets")
    expect(page.get_by_text("Not found")).to_be_visible()
