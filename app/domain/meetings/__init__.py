"""Meetings that were held: who was there, and what money came in."""
