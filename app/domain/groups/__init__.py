"""Groups: their members, roles and permissions."""
