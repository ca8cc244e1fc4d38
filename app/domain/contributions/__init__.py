"""Contributions: calls on the members and the dues they make, paid through payments."""
