"""Sanduk: the box everyone can look into."""
