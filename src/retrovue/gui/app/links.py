"""`retrovue://item/show:7`: a link in a browser, a note or a chat that opens an item in the window.

A link comes from anywhere, so it only ever shows something: it changes nothing, asks no server and opens no file.
"""

import re
from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot

from retrovue.core.domain.media import CatalogItem
from retrovue.core.i18n import _
from retrovue.gui.app.instance import SecondStart
from retrovue.gui.pages.library.criteria import OneItem
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import message_for

SCHEME = "retrovue:"
_ITEM = re.compile(r"retrovue://item/((?:show|episode|movie):[1-9][0-9]{0,17})/?", re.ASCII)


def link_in(arguments: Sequence[str]) -> str | None:
    """The link among the words of a command line, valid or not."""
    return next((word for word in arguments if word.lower().startswith(SCHEME)), None)


def item_of_link(link: str) -> str | None:
    """The item that a link names (`show:7`), None where it is not a link of ours, to the letter."""
    found = _ITEM.fullmatch(link)
    return found.group(1) if found else None


class LinkOpener(QObject):
    """Shows the items that links name. Thread: GUI.

    Args:
        own: the words that this process was started with.
    """

    def __init__(self, services: PageServices, own: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._own = own

    @Slot()
    def open_own(self) -> None:
        """Open the link that this process was started with, if there is one."""
        self._open_in(self._own)

    @Slot(object)
    def on_started_again(self, message: SecondStart) -> None:
        """Open the link of a second start, if it has one."""
        self._open_in(message.arguments)

    def _open_in(self, arguments: Sequence[str]) -> None:
        link = link_in(arguments)
        if link is None:
            return
        reference = item_of_link(link)
        if reference is None:
            # Not the link itself: whoever made it would choose the words.
            self._services.say(_("RetroVue cannot open this link."), Tone.WARNING, None)
            return
        context = self._services.context

        def find(_token: object, _report: object) -> CatalogItem:
            from retrovue.core.services.catalog.lookup import find_items

            return find_items(context, reference)[0]

        handle = self._services.runner.submit(find, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_found)
        handle.failed.connect(self._on_failed)

    @Slot(object)
    def _on_found(self, item: CatalogItem) -> None:
        if item.removed_at is not None:
            # No list has it, and an empty one would not say why.
            said = _("“{title}” is not in the catalog, or not any more.").format(title=item.title)
            self._services.say(said, Tone.WARNING, None)
            return
        self._services.open_page("library", OneItem.of(item))

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        message = message_for(error)
        self._services.say(f"{message.text} {message.hint}".strip(), Tone.WARNING, None)
