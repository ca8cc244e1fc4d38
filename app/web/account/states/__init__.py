"""States of the person's pages."""
