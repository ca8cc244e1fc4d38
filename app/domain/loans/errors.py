"""Facts that stop a change to how a group lends."""

from app.kit.errors import DomainError


class ProductChanged(DomainError):
    """Somebody else set a newer version."""

    code = "product_changed"
    http_status = 409


class TooManyProducts(DomainError):
    """A group has at most `most` products, offered or not."""

    code = "too_many_products"
    http_status = 409
