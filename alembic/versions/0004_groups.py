"""Groups, members, seats, roles; the audit log; repeatable commands."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

IN_TENANT = ("members", "seats", "role_grants", "audit_events", "idempotent_commands")


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE groups (
          id uuid PRIMARY KEY, code text NOT NULL UNIQUE CHECK (code ~ '^[2-9A-HJ-NP-Z]{6}$'),
          name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
          short_name text NOT NULL CHECK (length(short_name) BETWEEN 1 AND 48), template text NOT NULL,
          currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'), timezone text NOT NULL,
          country char(2) NOT NULL CHECK (country ~ '^[A-Z]{2}$'), paybill text CHECK (paybill ~ '^[0-9]{5,7}$'),
          wrapped_key bytea NOT NULL, created_at timestamptz NOT NULL);

        CREATE TABLE members (
          group_id uuid NOT NULL REFERENCES groups, id uuid NOT NULL,
          member_no text NOT NULL CHECK (length(member_no) BETWEEN 1 AND 20), wrapped_key bytea NOT NULL,
          name_enc bytea NOT NULL, phone_enc bytea, phone_index bytea CHECK (length(phone_index) = 32),
          remarks_enc bytea, region text, gender char(1) CHECK (gender IN ('F','M')), joined_on date, person_id uuid,
          state text NOT NULL DEFAULT 'active' CHECK (state IN ('active','left')), created_at timestamptz NOT NULL,
          PRIMARY KEY (group_id, id), CONSTRAINT members_phone UNIQUE (group_id, phone_index),
          UNIQUE (group_id, person_id), CHECK ((phone_enc IS NULL) = (phone_index IS NULL)));
        CREATE UNIQUE INDEX members_no ON members (group_id, upper(member_no));
        CREATE INDEX members_of_person ON members (person_id) WHERE person_id IS NOT NULL;
        CREATE INDEX members_to_claim ON members (phone_index) WHERE person_id IS NULL AND phone_index IS NOT NULL;

        -- staff and the system act in a group's ledger without being members; ids share one space
        CREATE TABLE seats (
          group_id uuid NOT NULL REFERENCES groups, id uuid NOT NULL,
          kind text NOT NULL CHECK (kind IN ('staff','system')),
          person_id uuid, PRIMARY KEY (group_id, id), UNIQUE NULLS NOT DISTINCT (group_id, kind, person_id));

        CREATE TABLE role_grants (
          group_id uuid NOT NULL, id uuid NOT NULL, member_id uuid NOT NULL,
          role text NOT NULL CHECK (role IN ('admin','treasurer','auditor','president','vice','secretary',
            'money_counter','key_holder')),
          granted_by uuid NOT NULL, granted_at timestamptz NOT NULL, ended_by uuid, ended_at timestamptz,
          PRIMARY KEY (group_id, id), FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
          CHECK ((ended_at IS NULL) = (ended_by IS NULL)));
        CREATE UNIQUE INDEX role_grants_live ON role_grants (group_id, member_id, role) WHERE ended_at IS NULL;

        CREATE TABLE audit_events (
          group_id uuid NOT NULL, id uuid NOT NULL, actor_id uuid, action text NOT NULL, subject text NOT NULL,
          subject_id text, facts jsonb NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (group_id, id));
        CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION kit.forbid();
        CREATE TRIGGER rot BEFORE TRUNCATE ON audit_events EXECUTE FUNCTION kit.forbid();

        -- group_id is the nil UUID for commands outside a group
        CREATE TABLE idempotent_commands (
          group_id uuid NOT NULL, key text NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
          fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32), result jsonb NOT NULL,
          at timestamptz NOT NULL, PRIMARY KEY (group_id, key));
        """
    )
    for table in ("groups", *IN_TENANT):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;")
    for table in ("seats", "role_grants"):
        op.execute(
            f"CREATE POLICY tenant ON {table} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant())"
        )
    for table in ("audit_events", "idempotent_commands"):
        op.execute(
            f"""
            CREATE POLICY tenant ON {table}
              USING (group_id = coalesce(kit.tenant(), '00000000-0000-0000-0000-000000000000'))
              WITH CHECK (group_id = coalesce(kit.tenant(), '00000000-0000-0000-0000-000000000000'))
            """
        )
    op.execute(
        """
        CREATE POLICY tenant ON groups USING (id = kit.tenant()) WITH CHECK (id = kit.tenant());
        CREATE POLICY reading ON members FOR SELECT USING (group_id = kit.tenant() OR person_id = kit.me());
        CREATE POLICY adding ON members FOR INSERT WITH CHECK (group_id = kit.tenant());
        CREATE POLICY changing ON members FOR UPDATE
          USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
        CREATE POLICY lookup ON groups FOR SELECT TO sanduk_lookup USING (true);
        CREATE POLICY lookup ON members FOR SELECT TO sanduk_lookup USING (true);
        GRANT SELECT ON groups, members TO sanduk_lookup;
        GRANT SELECT, INSERT ON groups, seats, audit_events, idempotent_commands TO sanduk_app;
        GRANT UPDATE (name, short_name, paybill) ON groups TO sanduk_app;
        GRANT SELECT, INSERT, UPDATE ON members TO sanduk_app;
        GRANT SELECT, INSERT ON role_grants TO sanduk_app;
        GRANT UPDATE (ended_by, ended_at) ON role_grants TO sanduk_app;
        GRANT USAGE ON SCHEMA kit TO sanduk_lookup;
        GRANT EXECUTE ON FUNCTION kit.me() TO sanduk_lookup;
        SET ROLE sanduk_lookup;
        CREATE FUNCTION lookup.profiles_to_claim(index bytea) RETURNS TABLE (group_id uuid, member_id uuid)
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
          $$ SELECT m.group_id, m.id FROM public.members m WHERE m.phone_index = index AND m.person_id IS NULL $$;
        CREATE FUNCTION lookup.staff_groups() RETURNS TABLE (id uuid, code text, name text, template text,
            created_at timestamptz, members bigint)
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
          $$ SELECT g.id, g.code, g.name, g.template, g.created_at,
               (SELECT count(*) FROM public.members m WHERE m.group_id = g.id AND m.state = 'active')
             FROM public.groups g WHERE EXISTS (SELECT FROM public.staff s WHERE s.person_id = kit.me())
             ORDER BY g.created_at DESC LIMIT 500 $$;
        REVOKE ALL ON FUNCTION lookup.profiles_to_claim, lookup.staff_groups FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION lookup.profiles_to_claim, lookup.staff_groups TO sanduk_app;
        RESET ROLE;
        """
    )


def downgrade() -> None:
    op.execute(
        """
        SET ROLE sanduk_lookup;
        DROP FUNCTION lookup.profiles_to_claim; DROP FUNCTION lookup.staff_groups;
        RESET ROLE;
        DROP TABLE idempotent_commands; DROP TABLE audit_events; DROP TABLE role_grants; DROP TABLE seats;
        DROP TABLE members; DROP TABLE groups;
        """
    )
