"""Our own small components on `rx.el`: they take Vars and handlers, and know no state."""

from app.web.components.basics import (
    amount,
    banner,
    button,
    card,
    choice,
    download,
    empty,
    fault,
    field,
    form,
    heading,
    language_switch,
    linkbutton,
    message,
    pill,
    post_form,
    row_link,
    skeleton,
)
from app.web.components.dialog import dialog
from app.web.components.icons import eye, icon, lid, mark
from app.web.components.screens import phases

__all__ = [
    "amount",
    "banner",
    "button",
    "card",
    "choice",
    "dialog",
    "download",
    "empty",
    "eye",
    "fault",
    "field",
    "form",
    "heading",
    "icon",
    "language_switch",
    "lid",
    "linkbutton",
    "mark",
    "message",
    "phases",
    "pill",
    "post_form",
    "row_link",
    "skeleton",
]
