"""Savings that stand for loans. A lien is whole until the loan is paid out, and shrinks with the principal owed.

While a loan is asked for that closes another, who stands for both stands for the larger: the new one binds what goes
beyond.
"""

from uuid import UUID

from sqlalchemy import text

from app.kit.db import Session, clock_of

_LIENS = text(
    """WITH running AS (
  SELECT g.member_id, l.id AS loan_id, least(g.pledge_minor, ceil(g.pledge_minor::numeric * (
    SELECT coalesce(sum(i.due_minor - i.paid_minor - i.waived_minor), 0) FROM loan_items i
    WHERE i.group_id = l.group_id AND i.loan_id = l.id AND i.part = 'principal') / l.lent_minor)) AS lien_minor
  FROM loan_guarantors g JOIN loans l ON l.group_id = g.group_id AND l.id = g.loan_id
  WHERE g.group_id = :group_id AND g.state = 'agreed' AND l.state = 'active')
SELECT g.member_id, l.id AS loan_id, CASE WHEN l.state = 'active' THEN
    (SELECT r.lien_minor FROM running r WHERE r.loan_id = l.id AND r.member_id = g.member_id)
  ELSE greatest(0, g.pledge_minor - coalesce(
    (SELECT r.lien_minor FROM running r WHERE r.loan_id = l.replaces_id AND r.member_id = g.member_id), 0))
  END AS lien_minor
FROM loan_guarantors g JOIN loans l ON l.group_id = g.group_id AND l.id = g.loan_id
  LEFT JOIN proposals p ON p.group_id = l.group_id AND p.id = l.proposal_id
WHERE g.group_id = :group_id AND g.state = 'agreed' AND (CAST(:member_id AS uuid) IS NULL OR g.member_id = :member_id)
  AND (CAST(:loan_id AS uuid) IS NULL OR l.id = :loan_id)
  AND (l.state IN ('asked', 'active') OR (l.state = 'sent' AND p.state = 'open' AND p.expires_at > :now)
    OR (l.state = 'approved' AND l.expires_on >= (:now AT TIME ZONE (SELECT timezone FROM groups
      WHERE id = :group_id))::date))"""
)


async def liens(
    session: Session, group_id: UUID, *, member_id: UUID | None = None, loan_id: UUID | None = None
) -> list[tuple[UUID, UUID, int]]:
    """Member, loan and lien in minor units, of all in the group, one member or one loan. The caller has authorised."""
    values = {"group_id": group_id, "member_id": member_id, "loan_id": loan_id, "now": clock_of(session).now()}
    return [(row.member_id, row.loan_id, int(row.lien_minor)) for row in await session.execute(_LIENS, values)]


async def pledged_by(session: Session, group_id: UUID, member_id: UUID) -> int:
    """How much of her savings stands for others now."""
    return sum(minor for _, _, minor in await liens(session, group_id, member_id=member_id))
