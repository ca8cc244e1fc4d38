"""The seal: twelve rays, one for each of the first twelve hex digits of an entry's hash. An eye's help, not the proof."""

import math

INNER = 17.0
"""Where rays begin, from the centre of a 100 by 100 drawing."""
SHORTEST = 21.0
PER_DIGIT = 1.4


def seal_path(hex12: str) -> str:
    """The rays as one SVG path, clockwise from twelve o'clock: 21 units long for `0`, 1.4 more for each step up to `f`.

    Longer input is cut to its first twelve digits; ValueError for fewer or for other symbols.
    """
    digits = [int(c, 16) for c in hex12[:12]]
    if len(digits) < 12:
        msg = "a seal needs twelve hex digits"
        raise ValueError(msg)
    return "".join(_ray(place, SHORTEST + PER_DIGIT * digit) for place, digit in enumerate(digits))


def _ray(place: int, outer: float) -> str:
    return f"M{_point(place, INNER)}L{_point(place, outer)}"


def _point(place: int, radius: float) -> str:
    angle = math.tau * place / 12
    return f"{50 + radius * math.sin(angle):.1f} {50 - radius * math.cos(angle):.1f}"
