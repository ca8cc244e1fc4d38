"""Who must sign what; proposals and their signatures; offices with a term. Savings never go below nothing."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = ("approval_rules", "proposals", "signatures")
HELD = """UPDATE ledger.balance b SET ceiling_minor = {ceiling} FROM ledger.account a
  WHERE a.group_id = b.group_id AND a.account_no = b.account_no AND a.control_code IN ('2010', '2020')
    AND a.code <> a.control_code AND {which}"""
"""What members are owed stands below zero there."""


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE role_grants ADD COLUMN until date;

        CREATE TABLE approval_rules (
          group_id uuid NOT NULL REFERENCES groups,
          kind text NOT NULL CHECK (kind IN ('withdrawal','expense','transfer','waiver','reversal','welfare_payout')),
          version int NOT NULL CHECK (version > 0), needed int NOT NULL CHECK (needed BETWEEN 1 AND 5),
          signers text[] NOT NULL CHECK (cardinality(signers) > 0),
          alone_minor bigint NOT NULL CHECK (alone_minor >= 0),
          days int NOT NULL CHECK (days BETWEEN 1 AND 90), set_by uuid NOT NULL, set_at timestamptz NOT NULL,
          PRIMARY KEY (group_id, kind, version));

        CREATE TABLE proposals (
          group_id uuid NOT NULL REFERENCES groups, id uuid NOT NULL, kind text NOT NULL,
          state text NOT NULL CHECK (state IN ('open','carried','refused','withdrawn','expired')),
          amount_minor bigint NOT NULL CHECK (amount_minor > 0), currency char(3) NOT NULL,
          member_id uuid, subject_id uuid, terms jsonb NOT NULL, note text NOT NULL CHECK (length(note) <= 500),
          proposed_by uuid NOT NULL, proposed_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
          needed int NOT NULL CHECK (needed BETWEEN 0 AND 5), signers text[] NOT NULL, rule_version int NOT NULL,
          ended_by uuid, ended_at timestamptz, end_key text CHECK (length(end_key) BETWEEN 1 AND 128), entry_seq bigint,
          provider_code text CHECK (provider_code ~ '^[A-Z0-9]{1,35}$'),
          PRIMARY KEY (group_id, id), FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
          FOREIGN KEY (group_id, proposed_by) REFERENCES members (group_id, id),
          CHECK (expires_at > proposed_at), CHECK ((state = 'open') = (ended_at IS NULL)),
          CHECK ((entry_seq IS NULL AND provider_code IS NULL) OR state = 'carried'),
          CHECK (state IN ('open','expired') OR ended_by IS NOT NULL));
        CREATE INDEX proposals_open ON proposals (group_id, id) WHERE state = 'open';
        CREATE INDEX proposals_member ON proposals (group_id, member_id, id DESC);
        CREATE INDEX proposals_proposer ON proposals (group_id, proposed_by, id DESC);
        -- one open proposal about one due or payment
        CREATE UNIQUE INDEX proposals_once ON proposals (group_id, kind, subject_id)
          WHERE state = 'open' AND subject_id IS NOT NULL;

        -- what was sent under a provider's code was sent once
        CREATE UNIQUE INDEX proposals_code ON proposals (group_id, (terms ->> 'method'), provider_code)
          WHERE provider_code IS NOT NULL;

        CREATE TABLE signatures (
          group_id uuid NOT NULL, proposal_id uuid NOT NULL, member_id uuid NOT NULL, office text NOT NULL,
          choice text NOT NULL CHECK (choice IN ('approved','refused')),
          reason text CHECK (length(reason) BETWEEN 1 AND 500), at timestamptz NOT NULL,
          key text NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
          PRIMARY KEY (group_id, proposal_id, member_id),
          FOREIGN KEY (group_id, proposal_id) REFERENCES proposals (group_id, id),
          FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
          CHECK ((choice = 'refused') = (reason IS NOT NULL)));
        CREATE INDEX signatures_member ON signatures (group_id, member_id, proposal_id DESC);

        -- whatever the services do: nobody signs their own, what is over is not signed, and what is carried is signed
        CREATE FUNCTION forbid_own_signature() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
        BEGIN
          IF NOT EXISTS (SELECT FROM public.proposals p
              WHERE p.group_id = NEW.group_id AND p.id = NEW.proposal_id AND p.state = 'open'
                AND p.proposed_by <> NEW.member_id AND p.member_id IS DISTINCT FROM NEW.member_id) THEN
            RAISE EXCEPTION 'a proposal is signed by others, while it is open' USING ERRCODE = '23514';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER by_others BEFORE INSERT ON signatures FOR EACH ROW EXECUTE FUNCTION forbid_own_signature();
        CREATE FUNCTION forbid_unsigned() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
        BEGIN
          IF OLD.state = 'carried' AND NEW.state = 'carried' AND OLD.provider_code IS NULL THEN
            RETURN NEW;
          END IF;
          IF OLD.state <> 'open' OR (NEW.state = 'carried' AND NEW.needed > (
              SELECT count(*) FROM public.signatures s
              WHERE s.group_id = NEW.group_id AND s.proposal_id = NEW.id AND s.choice = 'approved')) THEN
            RAISE EXCEPTION 'a proposal ends once, and is carried by its signatures' USING ERRCODE = '23514';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER signed BEFORE UPDATE ON proposals FOR EACH ROW EXECUTE FUNCTION forbid_unsigned();
        CREATE TRIGGER ro BEFORE DELETE ON proposals FOR EACH ROW EXECUTE FUNCTION kit.forbid();
        CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON signatures FOR EACH ROW EXECUTE FUNCTION kit.forbid();
        CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON approval_rules FOR EACH ROW EXECUTE FUNCTION kit.forbid();
        """
    )
    for table in TABLES:
        op.execute(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            CREATE TRIGGER rot BEFORE TRUNCATE ON {table} EXECUTE FUNCTION kit.forbid();
            GRANT SELECT, INSERT ON {table} TO sanduk_app;
            """
        )
    op.execute("GRANT UPDATE (state, ended_by, ended_at, end_key, entry_seq, provider_code) ON proposals TO sanduk_app")
    _bound_savings("0", "b.posted_minor <= 0")


def downgrade() -> None:
    _bound_savings("NULL", "b.ceiling_minor = 0")
    op.execute(
        """
        DROP TABLE signatures; DROP TABLE proposals; DROP TABLE approval_rules;
        DROP FUNCTION forbid_own_signature; DROP FUNCTION forbid_unsigned;
        ALTER TABLE role_grants DROP COLUMN until;
        """
    )


def _bound_savings(ceiling: str, which: str) -> None:
    """Of every group at once: the owner passes row-level security while it is not forced."""
    for force in ("NO FORCE", "FORCE"):
        for table in ("ledger.account", "ledger.balance"):
            op.execute(f"ALTER TABLE {table} {force} ROW LEVEL SECURITY")
        if force == "NO FORCE":
            op.execute(HELD.format(ceiling=ceiling, which=which))
