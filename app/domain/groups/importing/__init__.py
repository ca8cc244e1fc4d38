"""Bringing in a members' list: read, match columns, check each line, then all at once or nothing."""
