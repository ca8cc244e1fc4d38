"""Loans: terms in, schedules, allocations and costs out. All but the service is arithmetic without session or clock."""
