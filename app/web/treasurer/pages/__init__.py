"""Pages of the treasurer."""
