"""Identity: persons, phones, one-time codes, sessions, staff. A person is a login and belongs to no group."""
