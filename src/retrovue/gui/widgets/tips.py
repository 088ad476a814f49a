"""Tooltips whose text comes from elsewhere."""

from PySide6.QtGui import Qt


def plain_tip(text: str) -> str:
    """Return a tooltip that shows `text` literally.

    Qt draws whatever looks like markup as rich text, and loads the pictures that it names. Thread: any.
    """
    return Qt.convertFromPlainText(text) if Qt.mightBeRichText(text) else text
