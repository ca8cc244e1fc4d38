"""Every colour, once for light and once for dark. A test computes the contrast of each pair that stands together."""

LIGHT = {
    "action": "#0f766e", "on-action": "#ffffff", "action-hover": "#115e59", "action-tint": "#effcf9",
    "brand": "#14b8a6", "on-brand": "#0f172a",
    "box": "#134e4a", "on-box": "#ffffff", "on-box-soft": "#ccfbf1", "box-line": "#2d8179", "box-mark": "#5fb8ad",
    "text": "#0f172a", "muted": "#475569",
    "surface": "#f8fafc", "raised": "#ffffff", "sunk": "#f1f5f9", "line": "#e2e8f0", "control": "#64748b",
    "success": "#047857", "success-tint": "#ecfdf5", "success-block": "#ecfdf5",
    "danger": "#b91c1c", "danger-tint": "#fef2f2", "danger-block": "#fef2f2",
    "danger-fill": "#dc2626", "on-danger": "#ffffff",
    "warning": "#92400e", "warning-tint": "#fef3c7", "warning-block": "#fef3c7", "hatch": "#d97706",
    "member": "#334155", "member-tint": "#e2e8f0",
    "treasurer": "#115e59", "treasurer-tint": "#eefaf7",
    "admin": "#86198f", "admin-tint": "#fcf3fd",
    "auditor": "#3730a3", "auditor-tint": "#f0f2ff",
    "staff": "#1e293b", "staff-tint": "#e9eef5",
    "focus": "#0d9488", "scrim": "#0f172a8f", "skeleton": "#e2e8f0",
}  # fmt: skip

DARK = {
    "action": "#2dd4bf", "on-action": "#0f172a", "action-hover": "#5eead4", "action-tint": "#17363f",
    "brand": "#14b8a6", "on-brand": "#0f172a",
    "box": "#0f4a46", "on-box": "#ffffff", "on-box-soft": "#ccfbf1", "box-line": "#2d8179", "box-mark": "#5fb8ad",
    "text": "#f1f5f9", "muted": "#94a3b8",
    "surface": "#0f172a", "raised": "#1e293b", "sunk": "#162033", "line": "#334155", "control": "#94a3b8",
    "success": "#6ee7b7", "success-tint": "#064e3b", "success-block": "#053b30",
    "danger": "#fca5a5", "danger-tint": "#7f1d1d", "danger-block": "#450a0a",
    "danger-fill": "#f87171", "on-danger": "#0f172a",
    "warning": "#fcd34d", "warning-tint": "#78350f", "warning-block": "#3f2006", "hatch": "#f59e0b",
    "member": "#e2e8f0", "member-tint": "#334155",
    "treasurer": "#5eead4", "treasurer-tint": "#0c2a30",
    "admin": "#f0abfc", "admin-tint": "#2b1a3a",
    "auditor": "#c7d2fe", "auditor-tint": "#1a2147",
    "staff": "#e2e8f0", "staff-tint": "#202b3d",
    "focus": "#2dd4bf", "scrim": "#020617b8", "skeleton": "#334155",
}  # fmt: skip

TEXT_PAIRS = (
    ("text", "surface"), ("text", "raised"), ("text", "sunk"), ("text", "action-tint"),
    ("muted", "surface"), ("muted", "raised"), ("muted", "sunk"), ("muted", "action-tint"),
    ("action", "raised"), ("action", "surface"), ("action", "action-tint"), ("on-action", "action"),
    ("on-action", "action-hover"), ("on-brand", "brand"), ("on-box", "box"), ("on-box-soft", "box"),
    ("success", "raised"), ("success", "success-tint"), ("success", "success-block"),
    ("danger", "raised"), ("danger", "danger-tint"), ("danger", "danger-block"), ("on-danger", "danger-fill"),
    ("warning", "warning-tint"), ("warning", "warning-block"),
    ("member", "member-tint"), ("treasurer", "raised"), ("treasurer", "treasurer-tint"), ("admin", "raised"),
    ("admin", "admin-tint"), ("auditor", "raised"), ("staff", "raised"), ("text", "treasurer-tint"),
    ("text", "admin-tint"), ("text", "auditor-tint"), ("text", "staff-tint"), ("muted", "treasurer-tint"),
    ("muted", "admin-tint"), ("muted", "auditor-tint"), ("muted", "staff-tint"), ("action", "treasurer-tint"),
    ("action", "admin-tint"), ("action", "auditor-tint"), ("action", "staff-tint"), ("on-brand", "on-box"),
)  # fmt: skip
"""Text on ground: at least 4.5 to 1 (WCAG 2.2 AA)."""

CONTROL_PAIRS = (
    ("control", "raised"), ("control", "surface"), ("focus", "raised"), ("focus", "surface"), ("hatch", "raised"),
    ("success", "raised"), ("action", "raised"), ("danger", "raised"), ("focus", "treasurer-tint"),
)  # fmt: skip
"""Lines and fills that carry meaning: at least 3 to 1."""


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""

    def channel(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
