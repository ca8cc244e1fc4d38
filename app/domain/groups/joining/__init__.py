"""Joining: invitations, requests of those who ask, and their answers. Nobody comes in without an answer."""
