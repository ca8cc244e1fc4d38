"""What one has left: the groups in which the person who acts was a member, for the page of what is still owed."""

from alembic import op

revision = "0036"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        SET ROLE sanduk_lookup;
        CREATE FUNCTION lookup.my_left_places() RETURNS TABLE (group_id uuid, member_id uuid, left_at timestamptz)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$ SELECT g.id, m.id, m.left_at FROM public.members m JOIN public.groups g ON g.id = m.group_id
          WHERE m.person_id = kit.me() AND m.state = 'left' AND g.cleared_at IS NULL
          ORDER BY m.left_at DESC, g.id LIMIT 5 $$;
        REVOKE ALL ON FUNCTION lookup.my_left_places FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION lookup.my_left_places TO sanduk_app;
        RESET ROLE;
        """
    )


def downgrade() -> None:
    op.execute("SET ROLE sanduk_lookup; DROP FUNCTION lookup.my_left_places; RESET ROLE;")
