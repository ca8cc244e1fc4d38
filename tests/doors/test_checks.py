"""The public check page: its answers and words, what it hides, its limits, and the same for programs."""

import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from app import wiring
from app.api import checks, keys, limiting
from app.api.guard import Guard
from app.kit.config import Settings
from app.kit.db import Database
from app.kit.ids import in_fours, new_check_code
from app.web.presenters.seal import seal_path
from tests.services.receipts.receipt_books import CODE, GROUP, NAME, PHONE, Books, issue, open_books, reverse
from tests.unit.receipts.test_signing import node_verifies, openssl_verifies


@pytest_asyncio.fixture(loop_scope="session")
async def books(database: Database) -> Books:
    return await open_books(database)


@pytest_asyncio.fixture(loop_scope="session")
async def anyone(services: wiring.Services) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor without a session, at the real routers on the module's database."""
    limiting.forget_all()
    app = FastAPI()
    for room in (checks, keys):
        app.include_router(room.router)
    app.add_middleware(Guard)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
        yield client


@dataclass
class Shown:
    response: httpx.Response

    @property
    def heading(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.response.text)
        assert found
        return unescape(found[1])

    @property
    def words(self) -> str:
        """What a reader sees, blanks made one."""
        body = re.sub(r"<head>.*?</head>", "", self.response.text, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


async def get(client: httpx.AsyncClient, path: str, status: int) -> Shown:
    response = await client.get(path)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-robots-tag"] == "noindex"
    assert response.headers["referrer-policy"] == "same-origin"
    assert "<script" not in response.text
    assert "style=" not in response.text
    return Shown(response)


async def test_the_form_asks_for_a_code(anyone: httpx.AsyncClient):
    page = await get(anyone, "/c", 200)
    assert page.heading == "Check a receipt"
    assert 'name="code"' in page.response.text
    assert 'name="token"' in page.response.text


async def test_a_genuine_receipt(anyone: httpx.AsyncClient, books: Books):
    receipt = await issue(books)
    page = await get(anyone, f"/c/{receipt.check_code}", 200)
    assert page.heading == "This receipt is genuine"
    assert 'class="verdict verdict--ok" role="status"' in page.response.text
    hexes = receipt.hash.hex().upper()
    for words in (
        "It stands in the group’s book, unchanged.",
        "Amount KES 500.00",
        "Paid on 21 Nov 2026",
        f"Receipt {receipt.number}",
        f"Group {GROUP}",
        "Member A. B. O.-W., no. LRW/0147",
        "M-Pesa code UKL7 ••• 9QD",
        f"Digits of the seal {hexes[:4]} {hexes[4:8]} {hexes[8:12]} {hexes[12:16]}",
        "Same seal, ray by ray",
        "this page is genuine only at 127.0.0.1:8000 .",
    ):
        assert words in page.words
    assert f'd="{seal_path(receipt.hash.hex())}"' in page.response.text
    assert f"Seal {receipt.hash.hex()[:12]}" in page.response.text
    assert f"/c/{receipt.check_code}.json" in page.response.text


async def test_every_way_in_gives_the_same_page(anyone: httpx.AsyncClient, books: Books):
    receipt = await issue(books)
    typed = in_fours(receipt.check_code).lower()
    for path, query in (
        (f"/c/{typed}", {}),
        ("/c", {"code": f" {typed} "}),
        ("/c", {"code": f"http://127.0.0.1:8000/c/{receipt.check_code}"}),
        ("/c", {"token": receipt.token}),
        (f"/c/{receipt.token}", {}),
    ):
        response = await anyone.get(path, params=query)
        assert (response.status_code, Shown(response).heading) == (200, "This receipt is genuine")
    wrapped = "\n".join(receipt.token[i : i + 64] for i in range(0, len(receipt.token), 64))
    pasted = await anyone.post("/c", data={"token": wrapped})
    assert (pasted.status_code, Shown(pasted).heading) == (200, "This receipt is genuine")


async def test_the_page_and_the_json_hide_who_it_is(anyone: httpx.AsyncClient, books: Books):
    receipt = await issue(books)
    shown = (await anyone.get(f"/c/{receipt.check_code}")).text
    told = (await anyone.get(f"/c/{receipt.check_code}.json")).json()
    told.pop("token")
    secrets = [*NAME.replace("-", " ").split(), PHONE, PHONE[1:], PHONE[-9:], CODE, CODE[3:8], str(books.group.id)]
    for secret in [*secrets, str(books.member_id), str(receipt.id), str(receipt.payment_id), receipt.reference]:
        assert secret not in shown
        assert secret not in str(told)


async def test_a_reversed_receipt(anyone: httpx.AsyncClient, books: Books):
    receipt = await reverse(books, await issue(books))
    page = await get(anyone, f"/c/{receipt.check_code}", 200)
    assert page.heading == "This receipt was reversed"
    assert 'class="verdict verdict--bad" role="status"' in page.response.text
    assert re.search(r"It is real, but since \d{1,2} \w{3} 20\d\d it no longer counts\.", page.words)
    assert "amount--void" in page.response.text
    assert f"Receipt {receipt.number}" in page.words
    assert "Reversed on" in page.words
    assert "Do not accept it." in page.words
    assert "genuine" not in page.heading


async def test_an_unknown_code(anyone: httpx.AsyncClient):
    code = new_check_code()
    page = await get(anyone, f"/c/{code}", 404)
    assert page.heading == "We do not know this receipt"
    assert in_fours(code) in page.words
    assert f'value="{in_fours(code)}"' in page.response.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("7Q4M-K9TD", "A code has 13 letters and digits. This has 8."),
        ("7Q4M-K9TD-2HX0-O", "Our codes have no 0, O."),
        ("<script>alert(1)</script>", "Our codes have no <, I, >"),
    ],
)
async def test_a_mistyped_code(anyone: httpx.AsyncClient, typed: str, words: str):
    response = await anyone.get("/c", params={"code": typed})
    page = Shown(response)
    assert (response.status_code, page.heading) == (422, "This code has a mistake")
    assert words in page.words
    assert 'aria-invalid="true"' in response.text
    assert "<script" not in response.text.lower()


@pytest.mark.parametrize("typed", ["36SJNG-000001", "36sjng 000001"])
async def test_a_receipt_number_is_called_one(anyone: httpx.AsyncClient, typed: str):
    shown = await get(anyone, f"/c?code={typed}", 422)
    assert shown.heading == "This is the receipt’s number"
    assert "36SJNG-000001 says which receipt it is." in shown.response.text
    assert "mistake" not in shown.response.text
    answer = await anyone.get("/c/36SJNG-000001.json")
    assert (answer.status_code, answer.json()) == (422, {"state": "invalid", "why": "number"})


async def test_the_time_names_its_zone(anyone: httpx.AsyncClient, books: Books):
    receipt = await issue(books)
    for path, status in ((f"/c/{receipt.check_code}", 200), ("/c?code=ABC", 422)):
        assert re.search(r"Checked on \d+ \w+ \d+ at \d\d:\d\d EAT\.", (await get(anyone, path, status)).response.text)


async def test_a_misread_symbol_is_suggested(anyone: httpx.AsyncClient):
    suggestions = 0
    for _ in range(40):
        code = new_check_code()
        wrong = code.replace("8", "B", 1)
        if wrong != code:
            text = (await anyone.get("/c", params={"code": wrong})).text
            suggestions += f"Did you mean {in_fours(code)}?" in text
    assert suggestions > 0


async def test_a_changed_token(anyone: httpx.AsyncClient, books: Books):
    token = (await issue(books)).token
    forged = token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]
    response = await anyone.post("/c", data={"token": forged})
    page = Shown(response)
    assert (response.status_code, page.heading) == (422, "This receipt is not genuine")
    assert 'class="verdict verdict--bad"' in response.text
    assert "seal" not in page.words.lower()


async def test_an_empty_or_huge_token(anyone: httpx.AsyncClient):
    assert Shown(await anyone.post("/c", data={"token": "  "})).heading == "Check a receipt"
    assert (await anyone.post("/c", data={"token": "a" * 30_000})).status_code == 422


async def test_another_sites_form_is_refused(anyone: httpx.AsyncClient):
    response = await anyone.post("/c", data={"token": "x"}, headers={"origin": "https://evil.example"})
    assert response.status_code == 403


async def test_too_many_checks(anyone: httpx.AsyncClient, books: Books):
    receipt = await issue(books)
    path = f"/c/{receipt.check_code}"
    assert [(await anyone.get(path)).status_code for _ in range(60)] == [200] * 60
    page = await get(anyone, path, 429)
    assert page.heading == "Too many checks at once"
    assert int(page.response.headers["retry-after"]) > 0
    for_programs = await anyone.get(f"{path}.json")
    assert (for_programs.status_code, for_programs.json()["error"]["code"]) == (429, "too_many_requests")
    assert (await anyone.get("/c")).status_code == 200
    assert (await anyone.get("/.well-known/jwks.json")).status_code == 200


async def test_programs_verify_by_themselves(anyone: httpx.AsyncClient, books: Books, tmp_path: Path):
    """With nothing but the two addresses: openssl and node agree with the page."""
    receipt = await issue(books)
    response = await anyone.get(f"/c/{receipt.check_code}.json")
    answer = response.json()
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "no-store"
    assert answer["state"] == "valid"
    assert answer["receipt"]["amount_minor"] == 50_000
    assert answer["receipt"]["hash"] == receipt.hash.hex()
    assert answer["keys"] == "http://127.0.0.1:8000/.well-known/jwks.json"
    published = await anyone.get("/.well-known/jwks.json")
    assert published.headers["content-type"] == "application/jwk-set+json"
    assert published.headers["access-control-allow-origin"] == "*"
    (jwk,) = published.json()["keys"]
    assert "d" not in jwk
    assert openssl_verifies(answer["token"], jwk, tmp_path)
    assert node_verifies(answer["token"], jwk)


async def test_programs_hear_the_other_answers_too(anyone: httpx.AsyncClient, books: Books):
    reversed_ = await reverse(books, await issue(books))
    answer = (await anyone.get(f"/c/{reversed_.check_code}.json")).json()
    assert answer["state"] == "reversed"
    assert answer["receipt"]["reversed_at"] is not None
    unknown = await anyone.get(f"/c/{new_check_code()}.json")
    assert (unknown.status_code, unknown.json()) == (404, {"state": "unknown"})
    wrong = await anyone.get("/c/7Q4M.json")
    assert (wrong.status_code, wrong.json()) == (422, {"state": "invalid", "why": "length"})


async def test_an_unreachable_database_says_nothing_about_the_receipt(
    anyone: httpx.AsyncClient, tools: dict[str, object], monkeypatch: pytest.MonkeyPatch
):
    nowhere = Database("postgresql+psycopg://sanduk_app@127.0.0.1:1/none", tools=tools)
    services = wiring.services()
    gone = wiring.Services(settings=services.settings, database=nowhere, signer=services.signer, sender=services.sender)
    monkeypatch.setattr(wiring, "services", lambda: gone)
    page = await get(anyone, f"/c/{new_check_code()}", 503)
    assert page.heading == "We can’t check just now"
    assert (await anyone.get(f"/c/{new_check_code()}.json")).status_code == 503
    await nowhere.close()


async def test_the_documented_shell_lines_work(anyone: httpx.AsyncClient, books: Books, tmp_path: Path):
    """The script of docs/receipts.md, as it stands there, on the files it names."""
    receipt = await issue(books)
    text = (Path(__file__).parents[2] / "docs" / "receipts.md").read_text("utf-8")
    script = re.search(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    assert script
    assert shutil.which("openssl")
    (tmp_path / "receipt.jws").write_text(receipt.token)
    (tmp_path / "jwks.json").write_text((await anyone.get("/.well-known/jwks.json")).text)
    lines = "\n".join(line for line in script[1].splitlines() if not line.startswith("curl"))
    done = run_shell(lines, tmp_path)
    assert (done.returncode, "Signature Verified Successfully" in done.stdout) == (0, True), done
    (tmp_path / "receipt.jws").write_text(receipt.token.replace(".", ".e", 1))
    assert run_shell(lines, tmp_path).returncode != 0


def run_shell(lines: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-eu", "-c", lines], cwd=folder, capture_output=True, text=True, check=False)


async def test_who_came_from_her_own_pages_finds_back(anyone: httpx.AsyncClient) -> None:
    assert 'href="/start"' not in (await anyone.get("/c")).text
    own = await anyone.get("/c", headers={"cookie": f"{Settings().cookie_name}=anything"})
    assert 'href="/start"' in own.text
