"""A session's role counts only while it is held: a withdrawn one ends with the next event."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = """RETURNS TABLE (id uuid, person_id uuid, group_id uuid, role text, seen_at timestamptz,
  expires_at timestamptz, is_staff boolean) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog"""


def upgrade() -> None:
    op.execute(
        f"""
        CREATE POLICY lookup ON role_grants FOR SELECT TO sanduk_lookup USING (true);
        GRANT SELECT ON role_grants TO sanduk_lookup;
        SET ROLE sanduk_lookup;
        CREATE OR REPLACE FUNCTION lookup.session_by_token(token bytea) {COLUMNS} AS $$
          SELECT s.id, s.person_id, s.group_id,
            CASE WHEN s.role = 'staff' THEN CASE WHEN f.person_id IS NOT NULL THEN s.role END
                 WHEN m.id IS NOT NULL AND (s.role = 'member' OR EXISTS (
                   SELECT FROM public.role_grants r WHERE r.group_id = s.group_id AND r.member_id = m.id
                     AND r.role = s.role AND r.ended_at IS NULL)) THEN s.role END,
            s.seen_at, s.expires_at, f.person_id IS NOT NULL
          FROM public.sessions s
          LEFT JOIN public.staff f ON f.person_id = s.person_id
          LEFT JOIN public.members m
            ON m.group_id = s.group_id AND m.person_id = s.person_id AND m.state = 'active'
          WHERE s.token_hash = token AND s.ended_at IS NULL $$;
        RESET ROLE;
        """
    )


def downgrade() -> None:
    op.execute(
        f"""
        SET ROLE sanduk_lookup;
        CREATE OR REPLACE FUNCTION lookup.session_by_token(token bytea) {COLUMNS} AS $$
          SELECT s.id, s.person_id, s.group_id, s.role, s.seen_at, s.expires_at, f.person_id IS NOT NULL
          FROM public.sessions s LEFT JOIN public.staff f ON f.person_id = s.person_id
          WHERE s.token_hash = token AND s.ended_at IS NULL $$;
        RESET ROLE;
        REVOKE SELECT ON role_grants FROM sanduk_lookup;
        DROP POLICY lookup ON role_grants;
        """
    )
