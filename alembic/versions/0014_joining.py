"""Invitations, requests to join or to mend a name, leaving, changes of phone, one's places."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE members ADD COLUMN left_at timestamptz;
        ALTER TABLE members ADD CONSTRAINT members_left CHECK (state = 'left' OR left_at IS NULL);
        CREATE INDEX audit_events_subject ON audit_events (group_id, subject_id, id DESC);
        CREATE INDEX audit_events_actor ON audit_events (group_id, actor_id, id DESC);

        CREATE TABLE invites (
          group_id uuid NOT NULL REFERENCES groups, id uuid NOT NULL,
          code_index bytea NOT NULL UNIQUE CHECK (length(code_index) = 32), code_enc bytea NOT NULL,
          uses_allowed int NOT NULL CHECK (uses_allowed BETWEEN 1 AND 500),
          uses int NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND uses_allowed),
          created_by uuid NOT NULL, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
          revoked_by uuid, revoked_at timestamptz,
          PRIMARY KEY (group_id, id), FOREIGN KEY (group_id, created_by) REFERENCES members (group_id, id),
          CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)));

        CREATE TABLE member_requests (
          group_id uuid NOT NULL REFERENCES groups, id uuid NOT NULL,
          kind text NOT NULL CHECK (kind IN ('join','name')), person_id uuid NOT NULL, member_id uuid,
          invite_id uuid, name_enc bytea NOT NULL, phone_enc bytea,
          state text NOT NULL CHECK (state IN ('waiting','approved','denied','withdrawn')),
          reason text CHECK (length(reason) BETWEEN 1 AND 500), asked_at timestamptz NOT NULL,
          decided_by uuid, decided_at timestamptz,
          PRIMARY KEY (group_id, id), FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
          FOREIGN KEY (group_id, invite_id) REFERENCES invites (group_id, id),
          CHECK ((kind = 'join') = (invite_id IS NOT NULL)), CHECK ((kind = 'join') = (phone_enc IS NOT NULL)),
          CHECK (kind = 'join' OR member_id IS NOT NULL), CHECK (state <> 'denied' OR reason IS NOT NULL),
          CHECK (state <> 'approved' OR member_id IS NOT NULL),
          CHECK ((state = 'waiting') = (decided_at IS NULL)),
          CHECK ((state IN ('approved','denied')) = (decided_by IS NOT NULL)));
        CREATE UNIQUE INDEX member_requests_once ON member_requests (group_id, person_id, kind)
          WHERE state = 'waiting';
        CREATE INDEX member_requests_person ON member_requests (person_id, id DESC);
        CREATE INDEX member_requests_state ON member_requests (group_id, state, id DESC);

        CREATE TABLE phone_changes (
          id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES persons,
          old_index bytea NOT NULL CHECK (length(old_index) = 32),
          new_index bytea NOT NULL CHECK (length(new_index) = 32), new_phone_enc bytea NOT NULL,
          old_request uuid NOT NULL, new_request uuid NOT NULL,
          state text NOT NULL CHECK (state IN ('started','waiting','done','cancelled')),
          asked_at timestamptz NOT NULL, effective_at timestamptz, ended_at timestamptz,
          CHECK ((state IN ('done','cancelled')) = (ended_at IS NOT NULL)),
          CHECK (state NOT IN ('waiting','done') OR effective_at IS NOT NULL));
        CREATE UNIQUE INDEX phone_changes_once ON phone_changes (person_id) WHERE state IN ('started','waiting');
        CREATE INDEX phone_changes_new ON phone_changes (new_index) WHERE state = 'waiting';
        CREATE INDEX phone_changes_old ON phone_changes (old_index) WHERE state = 'waiting';
        ALTER TABLE code_requests DROP CONSTRAINT code_requests_purpose_check;
        ALTER TABLE code_requests ADD CONSTRAINT code_requests_purpose_check
          CHECK (purpose IN ('sign_in','step_up','phone_old','phone_new'));
        """
    )
    for table in ("invites", "member_requests", "phone_changes"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;")
    op.execute(
        """
        CREATE POLICY tenant ON invites USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
        CREATE POLICY reading ON member_requests FOR SELECT USING (group_id = kit.tenant() OR person_id = kit.me());
        CREATE POLICY adding ON member_requests FOR INSERT WITH CHECK (group_id = kit.tenant());
        CREATE POLICY changing ON member_requests FOR UPDATE
          USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
        CREATE POLICY mine ON phone_changes USING (person_id = kit.me()) WITH CHECK (person_id = kit.me());
        CREATE POLICY lookup ON invites FOR SELECT TO sanduk_lookup USING (true);
        CREATE POLICY lookup ON phone_changes FOR SELECT TO sanduk_lookup USING (true);
        GRANT SELECT ON invites, phone_changes TO sanduk_lookup;
        GRANT SELECT, INSERT ON invites, member_requests, phone_changes TO sanduk_app;
        GRANT UPDATE (uses, revoked_by, revoked_at) ON invites TO sanduk_app;
        GRANT UPDATE (member_id, state, reason, decided_by, decided_at) ON member_requests TO sanduk_app;
        GRANT UPDATE (state, effective_at, ended_at) ON phone_changes TO sanduk_app;
        GRANT UPDATE (phone_enc, phone_index) ON persons TO sanduk_app;
        SET ROLE sanduk_lookup;
        CREATE FUNCTION lookup.group_by_invite(index bytea)
          RETURNS TABLE (group_id uuid, invite_id uuid, name text, short_name text, uses_left int,
                         expires_at timestamptz, is_revoked boolean)
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
          $$ SELECT i.group_id, i.id, g.name, g.short_name, i.uses_allowed - i.uses, i.expires_at,
               i.revoked_at IS NOT NULL
             FROM public.invites i JOIN public.groups g ON g.id = i.group_id WHERE i.code_index = index $$;
        -- a change of phone whose cool-down is over, by either number
        CREATE FUNCTION lookup.phone_change_due(index bytea, at timestamptz)
          RETURNS TABLE (person_id uuid, change_id uuid)
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
          $$ SELECT c.person_id, c.id FROM public.phone_changes c
             WHERE c.state = 'waiting' AND c.effective_at <= at AND (c.new_index = index OR c.old_index = index)
             ORDER BY c.effective_at, c.id $$;
        -- every group in which the person who acts is a live member, with her roles there
        CREATE FUNCTION lookup.my_places()
          RETURNS TABLE (group_id uuid, member_id uuid, name text, short_name text, code text, roles text[])
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
          $$ SELECT g.id, m.id, g.name, g.short_name, g.code, ARRAY(
               SELECT r.role FROM public.role_grants r
               WHERE r.group_id = m.group_id AND r.member_id = m.id AND r.ended_at IS NULL)
             FROM public.members m JOIN public.groups g ON g.id = m.group_id
             WHERE m.person_id = kit.me() AND m.state = 'active' ORDER BY g.name, g.id $$;
        REVOKE ALL ON FUNCTION lookup.group_by_invite, lookup.phone_change_due, lookup.my_places FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION lookup.group_by_invite, lookup.phone_change_due, lookup.my_places TO sanduk_app;
        RESET ROLE;
        """
    )


def downgrade() -> None:
    op.execute(
        """
        SET ROLE sanduk_lookup;
        DROP FUNCTION lookup.group_by_invite; DROP FUNCTION lookup.phone_change_due; DROP FUNCTION lookup.my_places;
        RESET ROLE;
        REVOKE UPDATE (phone_enc, phone_index) ON persons FROM sanduk_app;
        DELETE FROM code_requests WHERE purpose IN ('phone_old','phone_new');
        ALTER TABLE code_requests DROP CONSTRAINT code_requests_purpose_check;
        ALTER TABLE code_requests ADD CONSTRAINT code_requests_purpose_check CHECK (purpose IN ('sign_in','step_up'));
        DROP TABLE phone_changes; DROP TABLE member_requests; DROP TABLE invites;
        DROP INDEX audit_events_actor; DROP INDEX audit_events_subject;
        ALTER TABLE members DROP CONSTRAINT members_left;
        ALTER TABLE members DROP COLUMN left_at;
        """
    )
