"""A claim that is paid by a call may be paid again, for what the call brings later: only its sum grows."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

LATE = """
  IF OLD.state = 'paid' AND NEW.paid_minor > OLD.paid_minor
     AND to_jsonb(NEW) - 'paid_minor' = to_jsonb(OLD) - 'paid_minor' THEN
    RETURN NEW;
  END IF;"""


def upgrade() -> None:
    _guard(LATE)


def downgrade() -> None:
    _guard("")


def _guard(late: str) -> None:
    """What is over stays over, whatever the services do."""
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION forbid_second_end() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog AS $$
        BEGIN{late}
          IF OLD.state IN ('refused','withdrawn','paid') THEN
            RAISE EXCEPTION 'a claim ends once' USING ERRCODE = '23514';
          END IF;
          RETURN NEW;
        END $$
        """
    )
