"""QR codes as one SVG path."""

import segno


def qr_path(text: str) -> tuple[str, str]:
    """Path data of the dark modules, and the view box with a quiet zone of four modules."""
    code = segno.make(text, error="m", micro=False)
    size = code.symbol_size(border=0)[0]
    path = []
    for y, row in enumerate(code.matrix):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:
                path.append(f"M{x} {y}h{run - x}v1h-{run - x}z")
            x = max(run, x + 1)
    return "".join(path), f"-4 -4 {size + 8} {size + 8}"
