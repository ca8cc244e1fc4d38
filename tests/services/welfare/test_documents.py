"""Papers of claims: only plain ones are taken, they are sealed, and only those open them who may."""

import hashlib
import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.domain.welfare import documents
from app.domain.welfare.errors import ClaimEnded, TooManyDocuments
from app.domain.welfare.ports import CannotStore
from app.integrations.storage_folder import StorageFolder
from app.kit.errors import InvalidInput, NotFound
from tests.factories.welfare import PICTURE, Fund

ONE, TWO = "0fbbf733-fdde-4b7d-be12-011d82fd3258", "84302aa6-b1c7-4b84-9047-2d93f81682a6"


async def opened(fund: Fund, document_id: UUID, sealed: bytes, who=None) -> bytes:
    return await fund.run(who or fund.treasurer, documents.open_document, document_id, sealed)


async def test_a_paper_is_sealed_and_opens_for_those_who_may_read_the_claim(fund: Fund, tmp_path: Path) -> None:
    claim = await fund.report()
    made = await fund.attach(claim.id)
    assert (made.document.name, made.document.kind, made.document.size_bytes) == (
        "burial permit.png",
        "png",
        len(PICTURE),
    )
    assert PICTURE[16:40] not in made.content
    storage = StorageFolder(tmp_path / "files")
    await storage.put(made.name, made.content)
    found = await storage.get(made.name)
    assert found == made.content
    for who in (fund.member, fund.treasurer, fund.council.admin):
        assert await opened(fund, made.document.id, made.content, who) == PICTURE
    for who in (fund.members[1], fund.council.president):
        with pytest.raises(NotFound):
            await opened(fund, made.document.id, made.content, who)
        with pytest.raises(NotFound):
            await fund.attach(claim.id, who, PICTURE + b"")
    assert [one.name for one in (await fund.get(claim.id)).documents] == ["burial permit.png"]


async def test_changed_or_exchanged_content_does_not_open(fund: Fund) -> None:
    claim = await fund.report()
    one = await fund.attach(claim.id)
    other = await fund.attach((await fund.report()).id)
    broken = one.content[:-1] + bytes([one.content[-1] ^ 1])
    for sealed in (broken, other.content, b"", PICTURE):
        with pytest.raises(NotFound):
            await opened(fund, one.document.id, sealed)


async def test_the_same_paper_twice_too_many_and_too_late(fund: Fund) -> None:
    claim = await fund.report()
    await fund.attach(claim.id)
    with pytest.raises(InvalidInput) as twice:
        await fund.attach(claim.id)
    assert twice.value.why == "paper_known"
    for number in range(documents.MOST - 1):
        await fund.attach(claim.id, content=pdf(f"% {number}".encode()))
    with pytest.raises(TooManyDocuments):
        await fund.attach(claim.id, content=pdf(b"% one more"))
    await fund.accept(claim.id)
    with pytest.raises(ClaimEnded):
        await fund.attach(claim.id, content=pdf(b"% late"))


def pdf(body: bytes) -> bytes:
    return b"%PDF-1.4\n" + body + hashlib.sha256(body).digest() + b"\n%%EOF\n"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a", f"{ONE}/../{TWO}", ONE, f"/{ONE}/{TWO}"])
async def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotStore):
        await StorageFolder(tmp_path).put(name, b"x")
    assert not os.listdir(tmp_path)  # noqa: PTH208


async def test_nothing_in_the_folder_is_replaced_and_nothing_half_written_stays(tmp_path: Path) -> None:
    storage, name = StorageFolder(tmp_path), f"{uuid4()}/{uuid4()}"
    assert await storage.get(name) is None
    await storage.put(name, b"first")
    with pytest.raises(CannotStore):
        await storage.put(name, b"second")
    assert await storage.get(name) == b"first"
    assert len(list((tmp_path / name).parent.iterdir())) == 1
    assert (tmp_path / name).stat().st_mode & 0o077 == 0
