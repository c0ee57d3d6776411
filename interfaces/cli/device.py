"""Owns the words for a device: which browser on which system, from its User-Agent."""

import re

_BROWSERS = {
    r"Edg(e|A|iOS)?/": "Edge",
    r"OPR/|OPT/": "Opera",
    r"SamsungBrowser/": "Samsung Internet",
    r"Firefox/|FxiOS/": "Firefox",
    r"Chrome/|CriOS/": "Chrome",
    r"Safari/": "Safari",
}
_SYSTEMS = {
    r"iPhone": "iPhone",
    r"iPad": "iPad",
    r"Android": "Android",
    r"CrOS": "ChromeOS",
    r"Windows": "Windows",
    r"Mac OS X": "macOS",
    r"Linux": "Linux",
}
# In these orders, because browsers and systems also give the names of those that they resemble.


def device_in_words(user_agent: str) -> str:
    """A browser and its system, such as "Firefox on Linux"; another program keeps its own name."""
    browser = _first(_BROWSERS, user_agent)
    if browser is None or not user_agent.startswith("Mozilla/"):
        return user_agent
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _first(names: dict[str, str], user_agent: str) -> str | None:
    return next((name for form, name in names.items() if re.search(form, user_agent)), None)
