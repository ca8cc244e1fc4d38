"""Pages of the person."""
