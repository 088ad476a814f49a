"""Sizes: formatting for people, and parsing what they type."""

import re

from retrovue.core.i18n import decimal

_UNITS = {"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15}
_BINARY = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50}
_FORM = re.compile(r"(?P<number>\d[\d \u00a0\u202f.,']*)(?P<unit>[kmgtp]?)(?P<binary>i?)(?P<byte>b?)", re.IGNORECASE)
_MOST = 10**19
_NAMES = ("B", "KB", "MB", "GB", "TB", "PB")


def format_size(size_bytes: int) -> str:
    """ "8.1 GB", "12 KB", "8,1 GB" in German: powers of 1,000, as disks are sold; `parse_size` reads each of them."""
    value, power = float(size_bytes), 0
    # 999,950,000 bytes round up to 1,000.0 MB, which has to be written 1.0 GB.
    while power < len(_NAMES) - 1 and round(abs(value), _digits(power)) >= 1000:
        value, power = value / 1000, power + 1
    return f"{decimal(value, _digits(power))} {_NAMES[power]}"


def _digits(power: int) -> int:
    return 0 if power < 2 else 1


def parse_size(text: str) -> int | None:
    """ "8 TB", "7,5 tb", "500 GB", "1 TiB" or a plain number of bytes, as bytes; None for anything else.

    Units are powers of 1,000, as disks are sold, unless written with an i. A single comma or point is a decimal mark;
    before exactly three digits and without a unit it separates thousands.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        return None
    unit = match["unit"].lower()
    if match["binary"] and not unit:
        return None
    number = _number(match["number"], has_unit=bool(unit))
    if number is None:
        return None
    size_bytes = round(number * (_BINARY[unit] if match["binary"] else _UNITS[unit]))
    return size_bytes if size_bytes < _MOST else None


def _number(text: str, *, has_unit: bool) -> float | None:
    plain = re.sub(r"[ \u00a0\u202f']", "", text)
    marks = re.findall(r"[.,]", plain)
    if len(marks) > 1 or (marks and not has_unit and re.fullmatch(r"\d{1,3}[.,]\d{3}", plain)):
        # One of the two marks separates thousands, the other one decimals.
        last = max(plain.rfind("."), plain.rfind(","))
        is_decimal = len(set(marks)) == 2
        whole, fraction = (plain[:last], plain[last + 1 :]) if is_decimal else (plain, "")
        plain = re.sub(r"[.,]", "", whole) + ("." + fraction if fraction else "")
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        return None
