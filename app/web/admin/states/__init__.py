"""States of the admin's pages."""
