"""What can't be backed up or restored. The text is for a person, and holds no password."""


class CannotBackUp(Exception):
    """The database, the folder or the keys don't allow a backup."""


class BadBackup(Exception):
    """A file that is cut, changed, foreign, or closed to the identity given. Nothing was changed."""


class CannotRestore(Exception):
    """The backup is whole but can't be brought into the place named. Nothing was changed."""
