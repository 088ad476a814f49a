"""What the delegates of the Library page ask for besides the text of a cell."""

from PySide6.QtCore import Qt

TONE_ROLE = int(Qt.ItemDataRole.UserRole) + 200
"""The token of a cell's text colour."""
MARK_ROLE = TONE_ROLE + 1
"""True where a tick follows the text."""
LEAD_ROLE = TONE_ROLE + 2
"""A short text before the title, such as S02E05."""
TAIL_ROLE = TONE_ROLE + 3
"""A short text after the title, such as the year."""

TILES_ROLE = TONE_ROLE + 4
"""True where the tiles of servers say it all and the text is for the clipboard and assistive technology."""
SHARED_ROLE = TONE_ROLE + 5
"""True where a copy is on a server that is somebody else's."""
