"""Bank statements: read, kept until they are settled, matched to what members owe."""
