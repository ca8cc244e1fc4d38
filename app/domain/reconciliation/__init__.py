"""Reconciliation: the books held against what is there, and months closed."""
