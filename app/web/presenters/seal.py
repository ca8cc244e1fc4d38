"""The seal: twelve rays, one for each of the first twelve hex digits of an entry's hash. It helps the eye, no more."""

from math import cos, sin, tau

INNER, SHORTEST, STEP = 17.0, 4.0, 1.4
"""Rays begin 17 units from the centre of a box of 100 by 100; `0` is 4 units long, each step up to `f` adds 1.4."""


def seal_path(hex12: str) -> str:
    """SVG path data of the rays, clockwise from the top, as the mock-ups draw them.

    Longer input is cut to its first twelve digits; ValueError for fewer or for other symbols.
    """
    digits = [int(c, 16) for c in hex12[:12]]
    if len(digits) < 12:
        msg = "a seal needs twelve hex digits"
        raise ValueError(msg)
    return "".join(_ray(place, INNER + SHORTEST + STEP * digit) for place, digit in enumerate(digits))


def _ray(place: int, outer: float) -> str:
    return f"M{_point(place, INNER)}L{_point(place, outer)}"


def _point(place: int, radius: float) -> str:
    angle = tau * place / 12
    return f"{50 + radius * sin(angle):.1f} {50 - radius * cos(angle):.1f}"
