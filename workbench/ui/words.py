"""How numbers, times and lengths are written on every page: the same way."""

import re
from datetime import UTC, datetime, timedelta


def amount(number: int, one: str, many: str = "") -> str:
    """``amount(1, "piece")`` is "1 piece", ``amount(3000, "piece")`` is "3,000 pieces"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """A length of time, as exact as a person cares for: "40 ms", "4.2 s", "40 s", "3 min 20 s", "2 h 5 min"."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes < 10 and rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def moment(stored: str | None) -> str:
    """A stored time (ISO 8601, UTC) for a reader: "just now", "5 min ago", "yesterday", "3 May 2026"."""
    if not stored:
        return "–"
    then = datetime.fromisoformat(stored)
    ago = datetime.now(UTC) - then
    if ago < timedelta(minutes=1):
        return "just now"
    if ago < timedelta(hours=1):
        return f"{int(ago.total_seconds() // 60)} min ago"
    if ago < timedelta(hours=24):
        return f"{int(ago.total_seconds() // 3600)} h ago"
    if ago < timedelta(hours=48):
        return "yesterday"
    return f"{then.day} {then:%B %Y}"


def loss(value: float | None) -> str:
    """Nats, to three decimals."""
    return "–" if value is None else f"{value:.3f}"


def plain(text: str) -> str:
    """Text that a person wrote, so that Markdown takes no sign of it for an order."""
    return _ORDERS.sub(r"\\\1", " ".join(text.split()))


# Signs that mean something wherever they stand, at the edge of a word, before a letter, or at the beginning.
_ORDERS = re.compile(r"([\\`*\[\]<$~]|(?<!\w)_|_(?!\w)|:(?=\w)|^[#>+|-])")
