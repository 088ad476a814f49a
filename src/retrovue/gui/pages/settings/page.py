"""The Settings page: sections on the left, their rows on the right, a search over all of them."""

from PySide6.QtCore import QLocale, QSize, Slot
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QScrollArea, QVBoxLayout, QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.system.language import translations
from retrovue.core.system.settings import Settings
from retrovue.gui.messages import show_error
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.settings.data import DataSection
from retrovue.gui.pages.settings.rows import SettingsSection, event_texts
from retrovue.gui.theme import Theme, at_least
from retrovue.gui.widgets.card import hairline
from retrovue.gui.widgets.fields import SearchField
from retrovue.gui.widgets.page import Page, PageHead

_LIST_WIDTH = 208
_NAME_HEIGHT = 34
_MAX_WIDTH = 640


class SettingsPage(Page):
    """See the module. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.head = PageHead(_("Settings"))
        self.head.set_subtitle(_("Every change is kept at once"))
        self.search = SearchField(placeholder=_("Search settings"))
        self.search.textChanged.connect(self._filter)
        self.sections: list[SettingsSection | DataSection] = [
            self._general(),
            self._appearance(),
            self._alerts(),
            self._sync(),
            self._files(),
            DataSection(services),
            self._advanced(),
        ]
        self.names = QListWidget()
        self.names.setAccessibleName(_("Sections"))
        self.names.setFixedWidth(_LIST_WIDTH)
        self.names.setFrameShape(QListWidget.Shape.NoFrame)
        for section in self.sections:
            item = QListWidgetItem(section.title)
            item.setSizeHint(QSize(0, at_least(_NAME_HEIGHT, self.names.fontMetrics())))
            self.names.addItem(item)
        self.names.setViewportMargins(8, 12, 8, 8)
        self.names.currentRowChanged.connect(self._on_chosen)
        self._build()
        for section in self.sections:
            if isinstance(section, SettingsSection):
                section.changed.connect(self._change)
        self._show(services.context.settings)

    # --- sections -----------------------------------------------------------------------------------------------

    def _general(self) -> SettingsSection:
        section = SettingsSection(_("General"))
        section.add_switch(
            "close_to_tray", remark=_("Where the desktop has a tray. Elsewhere closing the window quits, after asking.")
        )
        return section

    def _appearance(self) -> SettingsSection:
        section = SettingsSection(_("Appearance"))
        choices = {"system": _("As the system"), "light": _("Light"), "dark": _("Dark")}
        section.add_choice("appearance", choices)
        names = {language: QLocale(language).nativeLanguageName() for language in translations()}
        # Languages are called by their own names: whoever looks for one may not read the others.
        languages = {"": _("As the system"), "en": "English", **names}
        section.add_choice("language", languages, remark=_("Takes effect at the next start."))
        return section

    def _alerts(self) -> SettingsSection:
        section = SettingsSection(_("Notices"))
        section.add_events(event_texts())
        section.add_text(
            "quiet_hours",
            placeholder="22:30-07:00",
            remark=_("In these hours nothing pops up; everything is still recorded."),
        )
        return section

    def _sync(self) -> SettingsSection:
        section = SettingsSection(_("Sync"))
        section.add_choice(
            "sync_schedule", {"off": _("Only by hand"), "at_start": _("At each start"), "every": _("While running")}
        )
        section.add_number("sync_every_hours", 1, 168, unit=_("h"))
        section.add_number(
            "verification_days",
            1,
            365,
            unit=_("days"),
            remark=_("After so long a library is compared entry by entry, even when its server says nothing moved."),
        )
        section.add_choice("gentle", {"auto": _("Automatic"), "on": _("Always"), "off": _("Never")})
        section.add_number("pages_in_flight", 1, 16)
        section.add_choice("gzip", {"auto": _("Outside this network"), "on": _("Always"), "off": _("Never")})
        return section

    def _files(self) -> SettingsSection:
        section = SettingsSection(_("Files"))
        choices = {"off": _("Only by hand"), "daily": _("Daily"), "weekly": _("Weekly")}
        section.add_choice("file_check_schedule", choices)
        return section

    def _advanced(self) -> SettingsSection:
        section = SettingsSection(_("Advanced"))
        levels = {"debug": _("Everything"), "info": _("The usual"), "warning": _("Warnings"), "error": _("Errors")}
        section.add_choice("log_level", levels, remark=_("Takes effect at the next start."))
        return section

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 24, 0)
        head.addWidget(self.head, 1)
        head.addWidget(self.search)
        column.addLayout(head)
        column.addWidget(hairline())
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.names)
        row.addWidget(hairline(vertical=True))
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        inside = QWidget()
        inside.setMaximumWidth(_MAX_WIDTH)
        body = QVBoxLayout(inside)
        body.setContentsMargins(24, 16, 24, 24)
        body.setSpacing(24)
        for section in self.sections:
            body.addWidget(section)
        body.addStretch(1)
        self._area.setWidget(inside)
        row.addWidget(self._area, 1)
        column.addLayout(row, 1)

    # --- what the frame asks for --------------------------------------------------------------------------------

    def activate(self) -> None:
        """Show the settings as they are now."""
        self.refresh()

    def refresh(self) -> None:
        """Read what other programs may have changed."""
        self._show(self._services.context.settings)
        for section in self.sections:
            if isinstance(section, DataSection):
                section.refresh()

    def start_search(self) -> None:
        """Ctrl+F."""
        self.search.setFocus()

    def escape(self) -> bool:
        """Esc clears the search."""
        if not self.search.text():
            return False
        self.search.clear()
        return True

    # --- what is done -------------------------------------------------------------------------------------------

    def _show(self, settings: Settings) -> None:
        for section in self.sections:
            if isinstance(section, SettingsSection):
                section.show_settings(settings)

    @Slot(str, object)
    def _change(self, name: str, value: object) -> None:
        store = self._services.context.settings_store
        if getattr(store.current, name) == value:
            return

        def save(_token: CancelToken, _report: object) -> Settings:
            if name == "notices" and isinstance(value, dict):
                # Merged here: of two quick clicks the second must not be based on what was before the first.
                return store.update(notices={**store.current.notices, **value})
            return store.update(**{name: value})

        handle = self._services.runner.submit(save, lane="files")
        handle.succeeded.connect(self._on_saved)
        handle.failed.connect(self._on_refused)

    @Slot(object)
    def _on_saved(self, settings: Settings) -> None:
        self._services.theme.set_choice(Theme(settings.appearance))

    @Slot(object)
    def _on_refused(self, error: BaseException) -> None:
        self._show(self._services.context.settings)
        show_error(self, error)

    @Slot(int)
    def _on_chosen(self, row: int) -> None:
        if row >= 0:
            self._area.ensureWidgetVisible(self.sections[row], 0, 40)

    @Slot(str)
    def _filter(self, wanted: str) -> None:
        needle = wanted.strip().lower()
        for row, section in enumerate(self.sections):
            fits = not needle or any(needle in word.lower() for word in section.words)
            section.setVisible(fits)
            self.names.item(row).setHidden(not fits)
