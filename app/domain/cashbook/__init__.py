"""Cashbook: money that leaves the group or moves between its places, as others have signed for it."""
