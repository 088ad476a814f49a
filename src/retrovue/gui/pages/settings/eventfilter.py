"""The filter of one notification: by type, user, library and server."""

from collections.abc import Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.core.system.settings import names_of
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.fields import Field, FieldBlock
from retrovue.gui.widgets.labels import label

_WIDTH = 440


def kind_texts() -> dict[str, str]:
    """The types of streams that notifications can be limited to, with their words."""
    return {"movie": _("Movies"), "episode": _("Episodes"), "live": _("Live TV")}


def filter_words(fields: Mapping[str, str]) -> str:
    """A filter in one line: "Only movies, episodes · Not mira"; empty without one."""
    kinds = [kind_texts()[kind] for kind in names_of(fields.get("kinds", "")) if kind in kind_texts()]
    parts = [_("Only {names}").format(names=", ".join(kinds))] if kinds else []
    for name in ("users", "libraries", "servers"):
        names = names_of(fields.get(name, ""))
        if names:
            parts.append(_("Not {names}").format(names=", ".join(names)))
    return " · ".join(parts)


class KindChecks(QWidget):
    """A check box for each type of stream. None that is ticked, or all, is no filter."""

    changed = Signal(str)
    """The types that are ticked, separated by `|`; empty for all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        self.boxes: dict[str, WrappedCheckBox] = {}
        for kind, words in kind_texts().items():
            box = self.boxes[kind] = WrappedCheckBox(words)
            # Three short words: the box's own minimum is for sentences, and three of those push the page sideways.
            box.setMinimumWidth(box.sizeHint().width())
            box.clicked.connect(lambda _on: self.changed.emit(self.kinds()))
            row.addWidget(box)

    def show_kinds(self, kinds: str) -> None:
        """Tick these types, or all where there are none."""
        chosen = names_of(kinds) or tuple(self.boxes)
        for kind, box in self.boxes.items():
            box.setChecked(kind in chosen)

    def kinds(self) -> str:
        """What is ticked now."""
        chosen = [kind for kind, box in self.boxes.items() if box.isChecked()]
        return "" if len(chosen) in (0, len(self.boxes)) else "|".join(chosen)


class EventFilterDialog(BaseDialog):
    """Which streams a notification is about. Thread: GUI."""

    wanted = Signal(object)
    """The filter as the setting has it: a mapping of texts."""

    def __init__(self, title: str, fields: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(_("Filter notification"), parent)
        self.content.addWidget(label(title, FontRole.CARD_TITLE))
        remark = _("Applies to this notification only, in addition to the filters for all notifications.")
        self.content.addWidget(label(remark, tone="text2", wrap=True))
        self.content.addWidget(label(_("Notify about"), FontRole.HEADER, tone="text2"))
        self.kinds = KindChecks()
        self.kinds.show_kinds(fields.get("kinds", ""))
        self.content.addWidget(self.kinds)
        self.fields: dict[str, Field] = {}
        for name, caption in (
            ("users", _("Ignore users")),
            ("libraries", _("Ignore libraries")),
            ("servers", _("Ignore servers")),
        ):
            field = self.fields[name] = Field(placeholder=_("Names, separated by |"), name=caption)
            field.setText(fields.get(name, ""))
            self.content.addWidget(FieldBlock(caption, field))
        self.clear_button = self.add_button(Button(_("Clear filter")), leading=True)
        self.clear_button.clicked.connect(self._clear)
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.save_button = self.add_button(Button(_("Save filter"), kind=ButtonKind.PRIMARY), default=True)
        self.save_button.clicked.connect(self._save)
        self.setMinimumWidth(_WIDTH)

    @Slot()
    def _clear(self) -> None:
        self.kinds.show_kinds("")
        for field in self.fields.values():
            field.clear()

    @Slot()
    def _save(self) -> None:
        chosen = {name: field.text().strip() for name, field in self.fields.items()}
        chosen["kinds"] = self.kinds.kinds()
        self.wanted.emit({name: said for name, said in chosen.items() if said})
        self.accept()
