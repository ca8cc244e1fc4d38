"""Persons, listed phones, one-time codes, sessions, staff: the login side, without a group."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("persons", "listed_phones", "code_requests", "step_ups", "sessions", "staff")


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE persons (
          id uuid PRIMARY KEY, wrapped_key bytea NOT NULL, phone_enc bytea NOT NULL,
          phone_index bytea NOT NULL UNIQUE CHECK (length(phone_index) = 32), created_at timestamptz NOT NULL);
        CREATE TABLE listed_phones (phone_index bytea PRIMARY KEY CHECK (length(phone_index) = 32));
        CREATE TABLE code_requests (
          id uuid PRIMARY KEY, purpose text NOT NULL CHECK (purpose IN ('sign_in','step_up')),
          phone_index bytea NOT NULL, phone_enc bytea NOT NULL, code_hash bytea, created_at timestamptz NOT NULL,
          expires_at timestamptz NOT NULL, attempts smallint NOT NULL DEFAULT 0, used_at timestamptz);
        CREATE INDEX code_requests_recent ON code_requests (phone_index, created_at DESC);
        CREATE TABLE step_ups (
          id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES persons, made_at timestamptz NOT NULL,
          used_at timestamptz);
        CREATE TABLE sessions (
          id uuid PRIMARY KEY, token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
          person_id uuid NOT NULL REFERENCES persons, group_id uuid, role text, user_agent text NOT NULL,
          created_at timestamptz NOT NULL, seen_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
          ended_at timestamptz);
        CREATE INDEX sessions_of_person ON sessions (person_id, created_at DESC);
        CREATE TABLE staff (person_id uuid PRIMARY KEY REFERENCES persons, added_at timestamptz NOT NULL);
        """
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;")
    op.execute(
        """
        CREATE POLICY mine ON persons USING (id = kit.me()) WITH CHECK (true);
        CREATE POLICY mine ON step_ups USING (person_id = kit.me()) WITH CHECK (person_id = kit.me());
        CREATE POLICY mine ON sessions USING (person_id = kit.me()) WITH CHECK (person_id = kit.me());
        CREATE POLICY mine ON staff FOR SELECT USING (person_id = kit.me());
        CREATE POLICY adding ON staff FOR INSERT WITH CHECK (person_id = kit.me());
        -- what a phone number may do is looked up before anyone is known
        CREATE POLICY listing ON listed_phones USING (true) WITH CHECK (true);
        CREATE POLICY asking ON code_requests USING (true) WITH CHECK (true);
        CREATE POLICY lookup ON persons FOR SELECT TO sanduk_lookup USING (true);
        CREATE POLICY lookup ON sessions FOR SELECT TO sanduk_lookup USING (true);
        CREATE POLICY lookup ON staff FOR SELECT TO sanduk_lookup USING (true);
        GRANT SELECT ON persons, sessions, staff TO sanduk_lookup;
        GRANT SELECT, INSERT ON persons, listed_phones, staff TO sanduk_app;
        GRANT SELECT, INSERT, UPDATE ON code_requests, step_ups, sessions TO sanduk_app;
        SET ROLE sanduk_lookup;
        CREATE FUNCTION lookup.person_by_phone(index bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
          SET search_path = pg_catalog AS $$ SELECT id FROM public.persons WHERE phone_index = index $$;
        CREATE FUNCTION lookup.session_by_token(token bytea)
          RETURNS TABLE (id uuid, person_id uuid, group_id uuid, role text, seen_at timestamptz,
                         expires_at timestamptz, is_staff boolean)
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
          SELECT s.id, s.person_id, s.group_id, s.role, s.seen_at, s.expires_at, f.person_id IS NOT NULL
          FROM public.sessions s LEFT JOIN public.staff f ON f.person_id = s.person_id
          WHERE s.token_hash = token AND s.ended_at IS NULL $$;
        REVOKE ALL ON FUNCTION lookup.person_by_phone, lookup.session_by_token FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION lookup.person_by_phone, lookup.session_by_token TO sanduk_app;
        RESET ROLE;
        """
    )


def downgrade() -> None:
    op.execute(
        """
        SET ROLE sanduk_lookup;
        DROP FUNCTION lookup.person_by_phone; DROP FUNCTION lookup.session_by_token;
        RESET ROLE;
        DROP TABLE staff; DROP TABLE sessions; DROP TABLE step_ups; DROP TABLE code_requests;
        DROP TABLE listed_phones; DROP TABLE persons;
        """
    )
