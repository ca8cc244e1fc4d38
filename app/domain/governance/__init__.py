"""Governance: what several people must agree to. Proposed by one, signed by others, carried out once."""
