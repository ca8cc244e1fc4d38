"""The treasurer's rooms: pages and their states, same file names."""
