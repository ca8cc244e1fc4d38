"""A payment that is decided keeps what it says; of a confirmed one only the reversal is written beside it."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # a confirmation meets no function: its row was submitted before
    op.execute(
        """
        CREATE FUNCTION payment_reversed_once() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        DECLARE reversal CONSTANT text[] :=
          '{state,reversed_seq,reversed_by,reversed_at,reversal_reason,reversal_key}';
        BEGIN
          IF OLD.state <> 'confirmed' OR NEW.state <> 'reversed' OR
             to_jsonb(NEW) - reversal <> to_jsonb(OLD) - reversal THEN
            RAISE EXCEPTION 'payment % keeps what was decided', OLD.id USING ERRCODE = '23514';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER reversed_once BEFORE UPDATE ON payments FOR EACH ROW
          WHEN (OLD.state <> 'submitted') EXECUTE FUNCTION payment_reversed_once();
        -- until then only what becomes of it is written: never whose it is, nor how much
        CREATE TRIGGER as_sent BEFORE UPDATE ON payments FOR EACH ROW
          -- one by one: a comparison of rows is written down otherwise by a dump of a dump
          WHEN (OLD.state = 'submitted' AND (NEW.group_id IS DISTINCT FROM OLD.group_id
              OR NEW.id IS DISTINCT FROM OLD.id
              OR NEW.member_id IS DISTINCT FROM OLD.member_id
              OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
              OR NEW.currency IS DISTINCT FROM OLD.currency
              OR NEW.source IS DISTINCT FROM OLD.source
              OR NEW.method IS DISTINCT FROM OLD.method
              OR NEW.paid_on IS DISTINCT FROM OLD.paid_on))
          EXECUTE FUNCTION kit.forbid();
        """
    )


def downgrade() -> None:
    op.execute(
        """
        DROP TRIGGER as_sent ON payments;
        DROP TRIGGER reversed_once ON payments;
        DROP FUNCTION payment_reversed_once;
        """
    )
