"""Pictures of a document as `data:` addresses: the QR code, the seal, the rosette of a receipt's head."""

from base64 import b64encode
from math import cos, sin, tau

from app.web.presenters.qr import qr_path
from app.web.presenters.seal import seal_path

OK, BAD, INK, LINES = "#047857", "#b91c1c", "#0f172a", "#24655f"


def _address(box: str, content: str) -> str:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{content}</svg>'
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def qr_image(text: str) -> str:
    path, box = qr_path(text)
    return _address(box, f'<path fill="{INK}" d="{path}"/>')


def seal_image(hex12: str, *, is_bad: bool = False) -> str:
    """The rays of the first twelve digits; a cross and the danger colour for what no longer counts."""
    mark = "M44 44l12 12M56 44l-12 12" if is_bad else "M43 50.5l5 5L57.5 45"
    return _address(
        "0 0 100 100",
        f'<g fill="none" stroke="{BAD if is_bad else OK}" stroke-linecap="round" stroke-linejoin="round">'
        f'<circle cx="50" cy="50" r="48" stroke-width="2.5"/><path d="{seal_path(hex12)}" stroke-width="6"/>'
        f'<path d="{mark}" stroke-width="4.5"/></g>',
    )


def rosette_image(hex12: str) -> str:
    """Turned lines behind a receipt's head, from the same digits as the seal: decoration, kept faint for the text."""
    digits = [int(c, 16) for c in hex12[:12]]
    waves, swell = 11 + digits[0] % 7, 9 + digits[1] % 6
    curve = _closed(waves, swell, digits[2] / 16)
    rings = ((scale, turn) for scale in (1, 0.76, 0.56) for turn in range(6))
    copies = "".join(
        f'<path d="{curve}" transform="translate(100 100) scale({scale}) rotate({turn * 60 / waves:.1f})"/>'
        for scale, turn in rings
    )
    return _address("0 0 200 200", f'<g fill="none" stroke="{LINES}" stroke-width=".7">{copies}</g>')


def _closed(waves: int, swell: int, shift: float) -> str:
    points = []
    for step in range(240):
        angle = tau * step / 240
        radius = 78 + swell * sin(waves * angle) + swell / 2 * sin(2 * waves * angle + tau * shift)
        points.append(f"{radius * cos(angle):.1f} {radius * sin(angle):.1f}")
    return f"M{'L'.join(points)}Z"
