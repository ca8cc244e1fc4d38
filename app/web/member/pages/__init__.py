"""Pages of the member."""
