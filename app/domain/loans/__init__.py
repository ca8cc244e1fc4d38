"""Loans as pure arithmetic: terms in, schedules, allocations and costs out. No session, no clock, no float."""
