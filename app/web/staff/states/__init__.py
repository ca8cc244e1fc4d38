"""States of the staff's pages."""
