"""Audit: who did what, appended in the same transaction, without personal data."""
