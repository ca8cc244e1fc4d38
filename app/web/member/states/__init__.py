"""States of the member's pages."""
