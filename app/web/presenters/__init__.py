"""Domain objects as strings that a page shows."""
