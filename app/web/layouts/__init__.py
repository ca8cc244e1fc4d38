"""The frames of pages: a phone shell for members, a desk shell for those who work."""

from app.web.layouts.desk import desk_shell
from app.web.layouts.phone import phone_shell

__all__ = ["desk_shell", "phone_shell"]
