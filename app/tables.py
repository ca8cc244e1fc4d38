"""Imports every domain's models, so that the metadata is complete for migrations and tests."""

from sqlmodel import SQLModel

import app.domain.audit.models
import app.domain.contributions.models
import app.domain.governance.models
import app.domain.groups.importing.models
import app.domain.groups.joining.models
import app.domain.groups.models
import app.domain.identity.models
import app.domain.loans.models
import app.domain.meetings.models
import app.domain.notifications.models
import app.domain.payments.models
import app.domain.receipts.models
import app.domain.reconciliation.bank.models
import app.domain.reports.models
import app.domain.welfare.models
import app.kit.idempotency  # noqa: F401

metadata = SQLModel.metadata
