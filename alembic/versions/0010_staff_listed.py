"""Staff can be listed and removed, both from the command line."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE POLICY removing ON staff FOR DELETE USING (person_id = kit.me());
        GRANT DELETE ON staff TO sanduk_app;
        SET ROLE sanduk_lookup;
        CREATE FUNCTION lookup.staff_persons() RETURNS TABLE (id uuid, wrapped_key bytea, phone_enc bytea)
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
          SELECT p.id, p.wrapped_key, p.phone_enc FROM public.staff s JOIN public.persons p ON p.id = s.person_id
          ORDER BY s.added_at, s.person_id $$;
        REVOKE ALL ON FUNCTION lookup.staff_persons FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION lookup.staff_persons TO sanduk_app;
        RESET ROLE;
        """
    )


def downgrade() -> None:
    op.execute(
        """
        SET ROLE sanduk_lookup;
        DROP FUNCTION lookup.staff_persons;
        RESET ROLE;
        REVOKE DELETE ON staff FROM sanduk_app;
        DROP POLICY removing ON staff;
        """
    )
