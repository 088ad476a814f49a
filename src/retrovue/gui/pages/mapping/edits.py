"""Saving and removing rules, each with a way back."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.mapping.work import Saved, remove_rule, save_rule
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane


class RuleEdits(QObject):
    """Stores what the page asks for; a toast offers to undo it. `server` says whose rules they are.

    Signals:
        saved: the rule as it was asked for, and the `Saved` of what came of it.
        removed: a `Saved`.
        refused: the exception; nothing was stored.
    """

    saved = Signal(object, object)
    removed = Signal(object)
    refused = Signal(object)

    def __init__(self, services: PageServices, server: Callable[[], Server | None], parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._server = server

    def save(self, rule: PathMapping) -> None:
        """Store a new rule (`id` None) or a changed one."""
        server = self._server()
        if server is None:
            return
        context = self._services.context
        handle = self._services.runner.submit(lambda _token, _report: save_rule(context, server, rule), lane=Lane.WRITE)
        handle.succeeded.connect(lambda saved: self._on_saved(rule, saved))
        handle.failed.connect(self.refused)

    def remove(self, rule_id: int | None) -> None:
        """Delete a rule; None is a new one that is not stored."""
        if rule_id is None:
            return
        context = self._services.context
        handle = self._services.runner.submit(lambda _token, _report: remove_rule(context, rule_id), lane=Lane.WRITE)
        handle.succeeded.connect(self._on_removed)
        handle.failed.connect(self.refused)

    def _on_saved(self, rule: PathMapping, saved: Saved) -> None:
        self.saved.emit(rule, saved)
        said = ngettext(
            "Rule saved. {n} file has a local path.",
            "Rule saved. {n} files have a local path.",
            saved.mapped,
        ).format(n=text.number(saved.mapped))
        undo = partial(self.remove, saved.mapping.id) if saved.before is None else partial(self.save, saved.before)
        self._services.toast(said, undo)

    def _on_removed(self, saved: Saved) -> None:
        self.removed.emit(saved)
        said = _("The rule for {path} was removed.").format(path=saved.mapping.server_path)
        self._services.toast(said, partial(self.save, saved.mapping))
