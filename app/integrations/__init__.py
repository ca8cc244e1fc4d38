"""Vendors, one file each, behind the ports of the domain; imported by app.wiring alone."""
