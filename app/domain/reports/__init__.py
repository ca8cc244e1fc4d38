"""Reports: the books and the passbook, read from the ledger."""
