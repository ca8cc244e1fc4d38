"""The admin's rooms: pages and their states, same file names."""
