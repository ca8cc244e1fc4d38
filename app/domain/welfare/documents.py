"""Papers for a claim: checked, sealed with the key of the member whom it concerns, opened for those who may read it.

The sealed content lies in the storage. Who calls puts it there before the transaction commits, so that no row names a
file that isn't there; a file that no row names stays sealed and is read by nobody.
"""

import asyncio
import hashlib
from uuid import UUID

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.welfare import store
from app.domain.welfare.errors import ClaimEnded, TooManyDocuments
from app.domain.welfare.files import kind_of
from app.domain.welfare.models import WelfareDocument
from app.domain.welfare.views import AttachDocument, DocumentView, SealedFile
from app.kit.actor import Actor
from app.kit.crypto import CannotOpen, encrypt, place, seal, unseal
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id
from app.kit.text import tidy

MOST = 6
LONGEST_NAME = 80


async def attach_document(session: Session, actor: Actor, command: AttachDocument) -> SealedFile:
    """Add a paper to a claim that is not decided, by whom it concerns or who runs welfare; `content` is to be stored.

    Raises NotFound, ClaimEnded, TooManyDocuments, InvalidInput(file) for what is no plain paper or picture, or known.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    claim = await store.lock_claim(session, acting.group_id, command.claim_id)
    is_hers = acting.member_id in (claim.member_id, claim.payee_id, claim.reported_by)
    if not is_hers and not acting.may(Permission.PROPOSE_DECISIONS):
        raise NotFound
    if claim.state != "reported":
        raise ClaimEnded(claim.state)
    kind = await asyncio.to_thread(kind_of, command.content)
    known = (await store.documents_of(session, acting.group_id, [claim.id])).get(claim.id, [])
    if len(known) >= MOST:
        raise TooManyDocuments(limit=MOST)
    digest = hashlib.sha256(command.content).digest()
    if any(one.sha256 == digest for one in known):
        raise InvalidInput("file", "paper_known")
    row_id, sealing = new_id(), store.Sealing(session, acting.group_id)
    key = await sealing.key(claim.member_id)
    name = tidy(command.name.replace("\\", "/").rpartition("/")[2])[:LONGEST_NAME] or kind
    row = WelfareDocument(
        group_id=acting.group_id,
        id=row_id,
        claim_id=claim.id,
        kind=kind,
        size_bytes=len(command.content),
        sha256=digest,
        name_enc=encrypt(key, name, place("welfare_documents", "name_enc", acting.group_id, row_id)),
        added_by=acting.member_id,
        added_at=clock_of(session).now(),
    )
    session.add(row)
    await session.flush()
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="welfare.document_added",
        subject="welfare",
        subject_id=claim.id,
        facts={"number": claim.number},
    )
    sealed = seal(key, command.content, _where(acting.group_id, row_id))
    return SealedFile(await sealing.document(claim, row), _name(acting.group_id, row_id), sealed)


async def find_document(session: Session, actor: Actor, document_id: UUID) -> tuple[DocumentView, str]:
    """A paper and its name in the storage, for those who may read the claim. NotFound for others."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    row = await session.get(WelfareDocument, (acting.group_id, document_id))
    if row is None:
        raise NotFound
    claim = await store.get_claim(session, acting.group_id, row.claim_id)
    await store.require_reader(session, acting, claim)
    view = await store.Sealing(session, acting.group_id).document(claim, row)
    return view, _name(acting.group_id, row.id)


async def open_document(session: Session, actor: Actor, document_id: UUID, sealed: bytes) -> bytes:
    """The paper as it came, from what the storage gave. NotFound as `find_document`, and for another content."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    view, _ = await find_document(session, actor, document_id)
    claim = await store.get_claim(session, acting.group_id, view.claim_id)
    row = await session.get_one(WelfareDocument, (acting.group_id, document_id))
    key = await store.Sealing(session, acting.group_id).key(claim.member_id)
    try:
        content = unseal(key, sealed, _where(acting.group_id, row.id))
    except CannotOpen:
        raise NotFound from None
    if hashlib.sha256(content).digest() != row.sha256:
        raise NotFound
    return content


def _where(group_id: UUID, row_id: UUID) -> str:
    return place("welfare_documents", "content", group_id, row_id)


def _name(group_id: UUID, row_id: UUID) -> str:
    return f"{group_id}/{row_id}"
