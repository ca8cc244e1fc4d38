"""The HTTP door: sign-in, public checks, keys, files."""
