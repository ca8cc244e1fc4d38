"""A small set of line icons, drawn for us on a 24 by 24 grid."""

import reflex as rx

from app.kit.i18n import t

PATHS = {
    "home": "M4 11l8-7 8 7M6 9.5V20h12V9.5M10 20v-6h4v6",
    "pay": "M3 8a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zM3 10.5h18M7 14.5h3",
    "book": "M5 4h12a2 2 0 0 1 2 2v14H7a2 2 0 0 1-2-2zM5 17a2 2 0 0 1 2-1h12M9 8h6",
    "today": "M5 6h14v14H5zM5 10h14M9 3.5V7M15 3.5V7M9 15l2 2 4-4",
    "coins": "M4 7c0-3.3 10-3.3 10 0s-10 3.3-10 0zM4 7v5c0 1.5 2.2 2.5 5 2.5M10 14c0-3 10-3 10 0s-10 3-10 0zM10 14v4c0 3 10 3 10 0v-4M14 7v3",
    "bank": "M4 9.5L12 4l8 5.5zM5.5 9.5V18M10 9.5V18M14 9.5V18M18.5 9.5V18M3.5 20h17",
    "bell": "M6 16.5c1-1 1.5-2.5 1.5-6a4.5 4.5 0 0 1 9 0c0 3.5.5 5 1.5 6zM10 19.5a2 2 0 0 0 4 0M12 3.5V6",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "people": "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3.5 19c0-3.2 2.5-5 5.5-5s5.5 1.8 5.5 5M15.5 5.5a3 3 0 0 1 0 5M17.5 14.5c2 .7 3 2.3 3 4.5",
    "receipt": "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
    "books": "M5 4h3v16H5zM10 4h3v16h-3zM15 5l3-1 3.5 15-3 1z",
    "heart": "M12 20C5 15.5 3 12 3 8.8A4.6 4.6 0 0 1 12 7a4.6 4.6 0 0 1 9 1.8C21 12 19 15.5 12 20z",
    "chart": "M4 20h16M6.5 16.5v-4M11 16.5V8M15.5 16.5v-6M19 16.5V5",
    "log": "M9 6h11M9 12h11M9 18h11M4.5 6h.1M4.5 12h.1M4.5 18h.1",
    "clock": "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2",
    "warn": "M12 4L2.5 20h19zM12 10v4.5M12 17.2v.1",
    "cross": "M6 6l12 12M18 6L6 18",
    "info": "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5.5M12 7.6v.1",
    "lock": "M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3",
    "chevron": "M9 5l7 7-7 7",
    "back": "M19 12H5m6-6l-6 6 6 6",
    "copy": "M9 9h11v11H9zM5 15H4V6a2 2 0 0 1 2-2h9v1",
    "key": "M8 15a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 11h9M18 11v4",
    "sun": "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1 1M17.4 17.4l1 1M5.6 18.4l1-1M17.4 6.6l1-1",
    "moon": "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
    "device": "M6.5 3h11v18h-11zM11 17.8h2",
    "computer": "M4.5 5h15v10.5h-15zM2.5 19h19",
    "link": "M10 14a4 4 0 0 0 6 .5l3-3a4.2 4.2 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4.2 4.2 0 0 0 6 6l1-1",
    "out": "M12 4H4v16h16v-8M10 14L20 4M14 4h6v6",
    "sign": "M4 20h16M5 16.5V20h3.5L19 9.5 15.5 6z",
    "loan": "M5 12a7 7 0 0 1 12-5l2.5 2.5M19.5 4.5v5h-5M19 12a7 7 0 0 1-12 5l-2.5-2.5M4.5 19.5v-5h5",
    "more": "M5 12h.1M12 12h.1M19 12h.1",
    "plus": "M12 5v14M5 12h14",
    "minus": "M5 12h14",
    "switch": "M8 10l4-4 4 4M8 14l4 4 4-4",
    "settings": "M4 7h9m4 0h3M15 5a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM4 17h3m4 0h9M9 15a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
    "download": "M12 5v11M7.5 11.5L12 16l4.5-4.5M5 20h14",
    "eye": "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
    "eye-off": "M4 4l16 16M9.5 5.8a9 9 0 0 1 2.5-.3c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-3 3.7M6 7.8A16 16 0 0 0 2.5 12S6 18.5 12 18.5"
    "a9 9 0 0 0 4-.9M9.9 10a3 3 0 0 0 4.1 4.1",
    "upload": "M12 16V5M7.5 9.5L12 5l4.5 4.5M5 20h14",
}


def icon(name: str, *, size: str = "") -> rx.Component:
    """A decorative icon; `size` is "", "s" (16) or "m" (20). Beside it always stands a word."""
    return rx.el.svg(
        rx.el.path(d=PATHS[name]),
        view_box="0 0 24 24",
        class_name=f"i i--{size}" if size else "i",
        custom_attrs={"aria-hidden": "true"},
    )


def eye() -> rx.Component:
    """Hides the amounts of a member's screens, and shows them again (`assets/theme.js`)."""
    return rx.el.button(
        icon("eye"),
        icon("eye-off"),
        type="button",
        class_name="eye",
        custom_attrs={"data-private": "toggle", "aria-label": t("privacy.toggle")},
    )


LOCKS = "".join(
    f"M{x - 1.6:g} 14.5a1.6 1.6 0 1 1 3.2 0 1.6 1.6 0 1 1-3.2 0zM{x - 0.5:g} 15h1v3h-1z" for x in (7, 12, 17)
)


def mark() -> rx.Component:
    """The box with its three padlocks."""
    return rx.el.svg(
        rx.el.rect(x="2", y="4", width="20", height="17", rx="4", class_name="logo__box"),
        rx.el.path(d="M2 10.5h20", class_name="logo__lid"),
        rx.el.path(d=LOCKS, class_name="logo__locks"),
        view_box="0 0 24 24",
        class_name="logo",
        custom_attrs={"aria-hidden": "true"},
    )


def lid() -> rx.Component:
    """The lid of the box with its three padlocks, drawn across the top of a card."""
    bows = "".join(f"M{x + 3} 14v-5a4 4 0 0 1 8 0v5" for x in (75, 157, 239))
    locks = "".join(
        f"M{x + 2} 13h10a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2h-10a2 2 0 0 1-2-2v-6a2 2 0 0 1 2-2z" for x in (75, 157, 239)
    )
    holes = "".join(f"M{x + 7} 17v2.5" for x in (75, 157, 239))
    return rx.el.svg(
        rx.el.path(d="M-400 0h1200v10h-1200z", class_name="lid__shade"),
        rx.el.path(d="M-400 10h1200", class_name="lid__edge"),
        rx.el.path(d=bows, class_name="lid__bow"),
        rx.el.path(d=locks, class_name="lid__lock"),
        rx.el.path(d=holes, class_name="lid__hole"),
        view_box="0 0 328 28",
        class_name="box__lid",
        custom_attrs={"aria-hidden": "true", "preserveAspectRatio": "xMidYMin slice"},
    )
