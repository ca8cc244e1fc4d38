"""States of the treasurer's pages."""
