"""Backups: taken in one snapshot, described by a manifest, restored only after they were held against it."""
