"""Whether things may move."""

from PySide6.QtWidgets import QApplication, QStyle

EASE_MS = 120
"""How long a bar takes to a new value and a toast to fade."""


def motion_allowed() -> bool:
    """False when the person asked the system for less motion, as far as Qt passes it on. Thread: GUI."""
    hint = QStyle.StyleHint.SH_Widget_Animation_Duration
    return QApplication.style().styleHint(hint) > 0
