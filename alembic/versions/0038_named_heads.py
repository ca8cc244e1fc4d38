"""How many groups our own checkpoints name, and which: so that a group that is gone with all its rows is missed."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        GRANT SELECT (group_id, number) ON checkpoint_heads TO sanduk_lookup;
        CREATE POLICY lookup ON checkpoint_heads FOR SELECT TO sanduk_lookup USING (current_user = 'sanduk_lookup');
        SET ROLE sanduk_lookup;
        CREATE FUNCTION lookup.groups_of_checkpoints() RETURNS TABLE (group_id uuid)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$ SELECT DISTINCT h.group_id FROM public.checkpoint_heads h $$;
        CREATE FUNCTION lookup.heads_of_checkpoints() RETURNS TABLE (number bigint, heads bigint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$ SELECT h.number, count(*) FROM public.checkpoint_heads h GROUP BY h.number $$;
        REVOKE ALL ON FUNCTION lookup.groups_of_checkpoints, lookup.heads_of_checkpoints FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION lookup.groups_of_checkpoints, lookup.heads_of_checkpoints TO sanduk_app;
        RESET ROLE;
        """
    )


def downgrade() -> None:
    op.execute(
        """
        SET ROLE sanduk_lookup;
        DROP FUNCTION lookup.groups_of_checkpoints; DROP FUNCTION lookup.heads_of_checkpoints;
        RESET ROLE;
        DROP POLICY lookup ON checkpoint_heads;
        REVOKE SELECT (group_id, number) ON checkpoint_heads FROM sanduk_lookup;
        """
    )
