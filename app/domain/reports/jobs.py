"""What staff see of the worker's queue: jobs that were given up, and one more try for them."""

from app.domain.audit import service as audit
from app.domain.identity import service as identity
from app.kit import jobs
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound
from app.kit.jobs import DeadJob


async def list_dead_jobs(session: Session, actor: Actor) -> list[DeadJob]:
    """The newest first, at most 200. Staff only."""
    await _require_staff(session, actor)
    return await jobs.list_dead(session)


async def retry_dead_job(session: Session, actor: Actor, job_id: int) -> None:
    """One more try. Staff only; NotFound when it is not dead (any more)."""
    await _require_staff(session, actor)
    if not await jobs.retry_dead(session, job_id):
        raise NotFound
    await audit.record(
        session,
        group_id=None,
        actor_id=actor.person_id,
        action="job.retried",
        subject="job",
        subject_id=str(job_id),
    )


async def _require_staff(session: Session, actor: Actor) -> None:
    if actor.person_id is None or not await identity.is_staff(session, actor.person_id):
        raise NotFound
