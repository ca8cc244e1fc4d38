"""Papers over HTTP and the events of the welfare pages: nobody decides about her own, and nothing hostile is kept."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from app import wiring
from app.api import welfare
from app.api.guard import Guard
from app.domain.identity import sessions
from app.domain.welfare.files import MAX_BYTES
from app.domain.welfare.scheme import Benefit
from app.integrations.console import ConsoleSender
from app.kit.actor import Actor
from app.kit.config import Settings
from app.kit.db import Database
from app.kit.signing import Signer
from app.web.member.states.signing import SigningState
from app.web.treasurer.states.claims import ClaimsState
from tests.doors.tabs import act, call, open_tab
from tests.doors.test_bad_addresses import BAD
from tests.factories.groups import id_of
from tests.factories.welfare import PICTURE, TABLE, Fund, make_fund

ADDRESS = "http://127.0.0.1:8000"


@pytest_asyncio.fixture(loop_scope="session")
async def fund(
    database: Database, tools: dict[str, object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Fund]:
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    settings = Settings(files_folder=tmp_path / "files")
    made = wiring.Services(settings=settings, database=database, signer=signer, sender=ConsoleSender())
    monkeypatch.setattr(wiring, "services", lambda: made)
    yield await make_fund(database)


async def client(fund: Fund, actor: Actor, role: str) -> httpx.AsyncClient:
    """A browser that is signed in."""
    assert actor.person_id
    async with fund.database.transaction(Actor(person_id=actor.person_id)) as session:
        token = await sessions.open_session(session, actor.person_id, user_agent="test")
        found = await sessions.find_session(session, token)
        assert found
        await sessions.set_place(session, found.id, actor.group_id, role)
    app = FastAPI()
    app.include_router(welfare.router)
    app.add_middleware(Guard)
    made = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS)
    made.cookies.set(Settings().cookie_name, token)
    return made


async def send(browser: httpx.AsyncClient, claim: object, content: bytes, name: str = "permit.png") -> httpx.Response:
    files = {"file": (name, content, "image/png")}
    return await browser.post("/documents/welfare", files=files, data={"claim": str(claim)})


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_paper_goes_in_sealed_and_comes_out_as_a_download(fund: Fund, tmp_path: Path) -> None:
    claim = await fund.report()
    browser = await client(fund, fund.member, "member")
    sent = await send(browser, claim.id, PICTURE, name='../..\\"<b>permit.png')
    assert (sent.status_code, sent.headers["location"]) == (303, "/welfare?attached=1")
    (document,) = (await fund.get(claim.id)).documents
    kept = files_in(tmp_path)
    assert [path.name for path in kept] == [str(document.id)]
    assert PICTURE[12:] not in kept[0].read_bytes()
    desk = await client(fund, fund.treasurer, "treasurer")
    for reader in (browser, desk):
        got = await reader.get(f"/documents/welfare/{document.id}")
        assert got.content == PICTURE
        assert got.headers["content-type"] == "image/png"
        assert got.headers["content-disposition"].startswith('attachment; filename="welfare-')
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "no-store" in got.headers["cache-control"]
    stranger = await client(fund, fund.members[1], "member")
    assert (await stranger.get(f"/documents/welfare/{document.id}")).status_code == 404
    assert (await send(stranger, claim.id, PICTURE + b"\0")).status_code == 404
    sealed = kept[0].read_bytes()
    kept[0].write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert (await desk.get(f"/documents/welfare/{document.id}")).status_code == 404
    kept[0].unlink()
    assert (await desk.get(f"/documents/welfare/{document.id}")).status_code == 404


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "file_missing"),
        (b"<script>", "paper_kind"),
        (PICTURE[:-4], "paper_broken"),
        (b"%PDF-1.4 /JavaScript %%EOF", "paper_active"),
        (b"\x89PNG" + bytes(MAX_BYTES), "file_too_large"),
        (bytes(MAX_BYTES + 100_000), "file_too_large"),
    ],
)
async def test_what_is_hostile_is_refused_and_not_kept(fund: Fund, tmp_path: Path, content: bytes, why: str) -> None:
    claim = await fund.report()
    answer = await send(await client(fund, fund.member, "member"), claim.id, content)
    assert answer.headers["location"].startswith(f"/welfare?refused={why}")
    assert not files_in(tmp_path)
    assert (await fund.get(claim.id)).documents == ()


@pytest.mark.parametrize("bad", BAD)
async def test_addresses_that_name_nothing(fund: Fund, bad: str) -> None:
    browser = await client(fund, fund.treasurer, "treasurer")
    assert (await send(browser, bad, PICTURE)).status_code == 404
    assert (await browser.get(f"/documents/welfare/{bad.encode().hex()}")).status_code == 404


async def test_a_foreign_page_sends_nothing(fund: Fund) -> None:
    claim = await fund.report()
    browser = await client(fund, fund.member, "member")
    files = {"file": ("a.png", PICTURE, "image/png")}
    headers = {"origin": "https://elsewhere.example"}
    answer = await browser.post("/documents/welfare", files=files, data={"claim": str(claim.id)}, headers=headers)
    assert answer.status_code == 403


async def desk(fund: Fund, who: Actor, role: str = "treasurer") -> ClaimsState:
    act(who, role)
    state = await open_tab(ClaimsState)
    await call(state, "load")
    return state


async def test_no_event_decides_about_ones_own(fund: Fund) -> None:
    own = await fund.report(fund.treasurer)
    state = await desk(fund, fund.treasurer)
    row = state.rows[0]
    assert (row.may_refuse, row.may_accept, row.may_withdraw) == (False, False, True)
    assert row.own_words.startswith("Nobody accepts their own claim: ")
    assert (await desk(fund, fund.council.admin, "admin")).rows[0].own_words == ""
    act(fund.treasurer, "treasurer")
    for what in ("accept", "refuse", "levy", "pay", "join"):
        await call(state, "ask", what, str(own.id))
        assert state.asking == ""
    state.row, state.asking = row, "accept"  # as a forged tab would hold it
    await call(state, "accept", {})
    assert "Others decide" in state.problem
    state.asking = "refuse"
    await call(state, "refuse", {"reason": "x"})
    assert "Others decide" in state.problem
    assert (await fund.get(own.id)).state == "reported"
    assert row.payee.startswith("To be paid to")
    await call(state, "take_back", str(own.id))
    assert (state.rows[0].payee, state.rows[0].own_words) == ("", "")


async def test_the_beneficiarys_events_sign_nothing(fund: Fund) -> None:
    claim = await fund.accept((await fund.report(fund.council.president)).id)
    made = await fund.payout(claim.id)
    act(fund.council.president, "member")
    state = await open_tab(SigningState)
    await call(state, "load")
    assert [row.may_sign for row in state.rows] == [False]
    await call(state, "sign", str(made.id))
    assert state.code_title == ""
    state._signing, state.refusing = str(made.id), state.rows[0]
    await call(state, "refuse", {"reason": "no"})
    assert "Nobody signs" in state.problem
    assert (await fund.council.get(made.id)).approved == 0


async def test_a_report_says_nothing_that_was_not_chosen(fund: Fund) -> None:
    await fund.rule(benefits=(*TABLE.benefits, Benefit("member", 500, event="hospital")))
    state = await desk(fund, fund.treasurer)
    await call(state, "ask_report")
    await call(state, "report", {"happened_on": state.today, "cause": "natural"})
    wrong = {name for name, problem in state.problems.items() if problem}
    assert (wrong, state.asking, state.rows) == ({"member", "event", "relation"}, "report", [])
    chosen = {"member": str(await id_of(fund.database, fund.member)), "event": "hospital", "relation": "member"}
    typed_before = {"person": "Mama", "payee": "Somebody", "happened_on": state.today, "cause": "natural"}
    await call(state, "report", chosen | typed_before)
    assert (state.problem, state.asking, len(state.rows)) == ("", "", 1)
    assert "Mama" not in state.rows[0].whom


async def test_the_desk_takes_a_claim_from_the_check_to_the_proposal(fund: Fund) -> None:
    await fund.rule(needs_document=True, levy_minor=500)
    claim = await fund.report()
    state = await desk(fund, fund.treasurer)
    await call(state, "ask", "accept", str(claim.id))
    assert [one.code for one in state.to_check] == ["documents"]
    await call(state, "accept", {})
    assert "Look at what must be checked" in state.problem
    await call(state, "accept", {"check_documents": "on"})
    assert (state.problem, state.done, state.asking) == ("", "Accepted: claim 1", "")
    await call(state, "ask", "levy", str(claim.id))
    assert (state.title, "KES\u00a05.00" in state.says) == ("Welfare contribution, claim 1", True)
    await call(state, "call", {"title": " "})
    assert state.problem_field == "title"
    await call(state, "call", {"title": "For Mzee"})
    assert "Asked: For Mzee" in state.done
    await call(state, "ask", "pay", str(claim.id))
    await call(state, "pay", {"method": "barter"})
    assert state.problem_field == "method"
    await call(state, "pay", {"method": "cash"})
    assert (state.problem, "Proposed: KES\u00a0400.00" in state.done) == ("", True)
    assert (state.rows[0].signing, state.rows[0].may_pay) == ("0 of 2 signed", False)
