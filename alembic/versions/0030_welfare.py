"""Welfare: the rules of a group, claims with their documents, the calls made for them."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLES = ("welfare_rules", "welfare_claims", "welfare_documents", "welfare_calls")


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE welfare_rules (
          group_id uuid NOT NULL REFERENCES groups, version int NOT NULL CHECK (version > 0), terms jsonb NOT NULL,
          set_by uuid NOT NULL, set_at timestamptz NOT NULL,
          PRIMARY KEY (group_id, version));

        CREATE TABLE welfare_claims (
          group_id uuid NOT NULL REFERENCES groups, id uuid NOT NULL, number int NOT NULL CHECK (number > 0),
          event_id uuid NOT NULL, place int CHECK (place > 0), rules_version int NOT NULL,
          member_id uuid NOT NULL, payee_id uuid, payee_enc bytea,
          event text NOT NULL CHECK (event IN ('death','hospital')),
          relation text NOT NULL
            CHECK (relation IN ('member','spouse','child','parent','parent_in_law','sibling','other')),
          cause text NOT NULL CHECK (cause IN ('natural','accident')),
          happened_on date NOT NULL, born_enc bytea, was_single boolean,
          person_enc bytea NOT NULL, person_index bytea NOT NULL CHECK (length(person_index) = 32), note_enc bytea,
          state text NOT NULL CHECK (state IN ('reported','accepted','refused','withdrawn','paid')),
          currency char(3) NOT NULL, reasons jsonb, members int, checked text[],
          reported_by uuid NOT NULL, reported_at timestamptz NOT NULL,
          decided_by uuid, decided_at timestamptz, decision_key text CHECK (length(decision_key) BETWEEN 1 AND 128),
          refusal_enc bytea, call_id uuid, paid_minor bigint CHECK (paid_minor > 0), entry_seq bigint,
          PRIMARY KEY (group_id, id), CONSTRAINT welfare_claims_number UNIQUE (group_id, number),
          FOREIGN KEY (group_id, event_id) REFERENCES welfare_claims (group_id, id),
          FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
          FOREIGN KEY (group_id, payee_id) REFERENCES members (group_id, id),
          FOREIGN KEY (group_id, rules_version) REFERENCES welfare_rules (group_id, version),
          FOREIGN KEY (group_id, call_id) REFERENCES calls (group_id, id),
          CHECK ((payee_id IS NULL) <> (payee_enc IS NULL)),
          CHECK ((state = 'reported') = (decided_at IS NULL)),
          CHECK (decided_by IS DISTINCT FROM member_id OR state = 'withdrawn'),
          CHECK ((state IN ('accepted','paid')) = (place IS NOT NULL)),
          CHECK ((state = 'paid') = (entry_seq IS NOT NULL AND paid_minor IS NOT NULL)));
        CREATE INDEX welfare_claims_newest ON welfare_claims (group_id, id DESC);
        CREATE INDEX welfare_claims_member ON welfare_claims (group_id, member_id, id DESC);
        CREATE INDEX welfare_claims_payee ON welfare_claims (group_id, payee_id) WHERE payee_id IS NOT NULL;
        CREATE INDEX welfare_claims_event ON welfare_claims (group_id, event_id);
        CREATE INDEX welfare_claims_person ON welfare_claims (group_id, person_index);
        CREATE INDEX welfare_claims_call ON welfare_claims (group_id, call_id) WHERE call_id IS NOT NULL;
        CREATE INDEX welfare_claims_rules ON welfare_claims (group_id, rules_version);
        -- one member is the first of an event, one the second
        CREATE UNIQUE INDEX welfare_claims_place ON welfare_claims (group_id, event_id, place)
          WHERE place IS NOT NULL;

        CREATE TABLE welfare_documents (
          group_id uuid NOT NULL, id uuid NOT NULL, claim_id uuid NOT NULL,
          kind text NOT NULL CHECK (kind IN ('pdf','jpeg','png')),
          size_bytes int NOT NULL CHECK (size_bytes BETWEEN 1 AND 5000000),
          sha256 bytea NOT NULL CHECK (length(sha256) = 32), name_enc bytea NOT NULL,
          added_by uuid NOT NULL, added_at timestamptz NOT NULL,
          PRIMARY KEY (group_id, id), CONSTRAINT welfare_documents_once UNIQUE (group_id, claim_id, sha256),
          FOREIGN KEY (group_id, claim_id) REFERENCES welfare_claims (group_id, id));

        CREATE TABLE welfare_calls (
          group_id uuid NOT NULL, call_id uuid NOT NULL,
          kind text NOT NULL CHECK (kind IN ('levy','registration','premium','topup')),
          PRIMARY KEY (group_id, call_id), FOREIGN KEY (group_id, call_id) REFERENCES calls (group_id, id));

        CREATE INDEX proposals_subject ON proposals (group_id, subject_id, id DESC) WHERE subject_id IS NOT NULL;

        -- whatever the services do: what is over stays over, and a claim is paid once
        CREATE FUNCTION forbid_second_end() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
        BEGIN
          IF OLD.state IN ('refused','withdrawn','paid') THEN
            RAISE EXCEPTION 'a claim ends once' USING ERRCODE = '23514';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER once BEFORE UPDATE ON welfare_claims FOR EACH ROW EXECUTE FUNCTION forbid_second_end();
        CREATE TRIGGER ro BEFORE DELETE ON welfare_claims FOR EACH ROW EXECUTE FUNCTION kit.forbid();
        """
    )
    for table in TABLES:
        if table != "welfare_claims":
            op.execute(
                f"CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION kit.forbid()"
            )
        op.execute(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            GRANT SELECT, INSERT ON {table} TO sanduk_app;
            """
        )
    op.execute(
        """
        GRANT UPDATE (state, event_id, place, reasons, members, checked, decided_by, decided_at, decision_key,
                      refusal_enc, call_id, paid_minor, entry_seq) ON welfare_claims TO sanduk_app
        """
    )


def downgrade() -> None:
    op.execute(
        """
        DROP INDEX proposals_subject;
        DROP TABLE welfare_calls; DROP TABLE welfare_documents; DROP TABLE welfare_claims; DROP TABLE welfare_rules;
        DROP FUNCTION forbid_second_end;
        """
    )
