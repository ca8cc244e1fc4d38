"""A browser's name for itself, as people call the thing in their hand."""

from app.kit.i18n import t

SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "android"),
    ("CrOS", "Chromebook"),
    ("Windows", "windows"),
    ("Macintosh", "Mac"),
    ("Linux", "linux"),
)
SAID = ("android", "android_tablet", "windows", "linux")
"""What has a word in each language; the rest are names."""
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Opera Mini", "Opera Mini"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""What the text contains, the more particular first, and the name."""


def device_name(user_agent: str) -> str:
    """`Android phone, Chrome`; what names neither is another program."""
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    if system == "android" and "Mobile" not in user_agent:
        system = "android_tablet"
    thing = t(f"device.{system}") if system in SAID else system
    return ", ".join(part for part in (thing, browser) if part) or t("device.other")
