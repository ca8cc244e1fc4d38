"""One's own pages, in the frame of whatever role one acts in."""
