"""Payments: a member's word or a treasurer's cash, decided by another, posted and receipted."""
