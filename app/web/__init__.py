"""The browser's door: Reflex pages and the HTML that the HTTP side serves."""
