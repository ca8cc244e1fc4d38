"""The ledger: double entry, append-only, chained by hash; one chain per group."""
