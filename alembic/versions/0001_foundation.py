"""Tenant settings, the schema of narrow look-ups, time limits of the application role."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE SCHEMA kit;
        CREATE FUNCTION kit.tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
         AS $$ SELECT nullif(current_setting('app.group_id', true), '')::uuid $$;
        CREATE FUNCTION kit.me() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
         AS $$ SELECT nullif(current_setting('app.person_id', true), '')::uuid $$;
        CREATE FUNCTION kit.forbid() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'LG001';
        END $$;
        GRANT USAGE ON SCHEMA kit TO sanduk_app, sanduk_lookup;
        GRANT USAGE ON SCHEMA public TO sanduk_app, sanduk_lookup;
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        CREATE SCHEMA lookup;
        GRANT USAGE ON SCHEMA lookup TO sanduk_app;
        GRANT USAGE, CREATE ON SCHEMA lookup TO sanduk_lookup;
        """
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA lookup CASCADE; DROP SCHEMA kit CASCADE;")
