"""Receipts: numbered without gaps, signed, and checked by anyone."""
