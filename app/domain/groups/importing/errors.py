"""Facts that stop an import."""

from app.kit.errors import DomainError


class LinesFlagged(DomainError):
    """Some lines are neither mended nor left out; nothing was imported."""

    code = "lines_flagged"
    http_status = 409


class NothingToImport(DomainError):
    """Every line is left out."""

    code = "nothing_to_import"
    http_status = 409


class ImportFinished(DomainError):
    """This list was imported; it can't be changed any more."""

    code = "import_finished"
    http_status = 409


class ColumnsMissing(DomainError):
    """The number and the name of each member are needed."""

    code = "columns_missing"
    http_status = 422
