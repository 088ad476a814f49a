"""No text is cut: the window in a made-up language whose texts are 40 % longer, with accents and brackets."""

import gettext
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QListWidget,
    QRadioButton,
    QStackedWidget,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)
from tests.gui.wizards import Around, TlsTunnel, free_port

from retrovue.core import i18n
from retrovue.core.domain.media import FileState
from retrovue.core.domain.servers import Certificate, ServerKind, ServerState
from retrovue.core.services.files.disks import CapacitySource, Disk
from retrovue.core.services.files.folders import RootDetail, StateChange
from retrovue.core.services.looking import CheckSummary, FileFault, RootSummary
from retrovue.core.services.mapping.rules import add as add_rule
from retrovue.core.system.language import speak
from retrovue.demo.files import mappings as mapped_folders
from retrovue.demo.files import write_files
from retrovue.gui.pages.cleanup.capacity import CapacityDialog
from retrovue.gui.pages.cleanup.ignore import IgnoreDialog
from retrovue.gui.pages.mapping.dialogs import RootsDialog
from retrovue.gui.pages.servers.certificate import CertificateDialog
from retrovue.gui.pages.servers.dialogs import EditDialog, SignInDialog
from retrovue.gui.pages.servers.methods import Target
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.chips import AddChip, FilterChip
from retrovue.gui.widgets.railitem import RailItem
from retrovue.gui.widgets.segments import Segment

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("activity", "library", "servers", "mapping", "sync", "history", "statistics", "cleanup", "settings", "log")
SIZES = ((1280, 800), (1024, 700))
LONGER = 0.4
PADDING = 10
"""Of a header's title, in px on each side."""
ACCENTS = str.maketrans("aeiouAEIOUcnsyz", "áéïöüÅÉÎÖÛçñšýž")


def pseudo(text: str) -> str:
    """ "Save rule" as "[Šávé rülé~~~]", with placeholders and menu keys untouched."""
    parts = re.split(r"(\{[^}]*\}|&\w|--?[a-z-]+)", text)
    told = "".join(part if index % 2 else part.translate(ACCENTS) for index, part in enumerate(parts))
    plain = len(re.sub(r"\{[^}]*\}", "", text))
    return f"[{told}{'~' * max(1, round(plain * LONGER) - 2)}]"


def longer_words(text: str) -> str:
    """The same, with the length spread over the words, so that lines break where they would."""
    tail = re.search(r"…?$", text)
    made = pseudo(text)
    words = text.count(" ") + 1
    if words == 1 or tail is None:
        return made
    marks = made.count("~")
    body = made.replace("~", "")[1:-1].split(" ")
    share, rest = divmod(marks, len(body))
    grown = [word + "~" * (share + (index < rest)) for index, word in enumerate(body)]
    return f"[{' '.join(grown)}]"


@pytest.fixture(scope="module")
def translations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the language "xx", made of every text of the program."""
    made = Catalog(locale=None, charset="utf-8", fuzzy=False)
    # The German file has every text, as test_translations.py wants it; to gather them again takes seconds.
    with (ROOT / "resources" / "translations" / "de" / "LC_MESSAGES" / "retrovue.po").open("rb") as file:
        texts = read_po(file)
    for message in texts:
        if message.id:
            one = isinstance(message.id, str)
            made.add(message.id, longer_words(message.id) if one else tuple(map(longer_words, message.id)))
    folder = tmp_path_factory.mktemp("translations")
    (folder / "xx" / "LC_MESSAGES").mkdir(parents=True)
    with (folder / "xx" / "LC_MESSAGES" / "retrovue.mo").open("wb") as file:
        write_mo(file, made)
    return folder


@pytest.fixture
def make_long(make_desk: Callable[..., Any], translations: Path) -> Iterator[Callable[..., Any]]:
    """Makes windows in the long language."""
    environ = {"RETROVUE_TRANSLATIONS": str(translations)}

    def make(**options: object) -> Any:
        assert speak("xx", environ) == "xx"
        return make_desk(language="xx", translations=translations, **options)

    yield make
    i18n.set_language(None, Path())


def lines_of(label: QLabel) -> int:
    """The width that a label on one line needs, in px."""
    return max(label.fontMetrics().horizontalAdvance(line) for line in label.text().split("\n"))


def cut_label(label: QLabel) -> bool:
    room = label.contentsRect()
    if not label.text() or label.textFormat() == Qt.TextFormat.RichText:
        return False
    if not label.wordWrap():
        return lines_of(label) > room.width()
    flags = Qt.TextFlag.TextWordWrap
    needed = label.fontMetrics().boundingRect(QRect(0, 0, room.width(), 10_000), int(flags), label.text())
    return needed.width() > room.width() or needed.height() > room.height() + 1


def cut_combo(combo: QComboBox) -> bool:
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    room = combo.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, combo)
    texts = [combo.itemText(index) for index in range(combo.count())]
    return any(combo.fontMetrics().horizontalAdvance(text) > room.width() for text in texts)


def cut_rail(item: RailItem) -> bool:
    return item.width() > 60 and item.fontMetrics().horizontalAdvance(item.text()) > item.width() - 66


def is_cut(widget: QWidget) -> bool:
    """Whether a widget is narrower, or lower, than what it says."""
    if isinstance(widget, RailItem):
        return cut_rail(widget)
    if isinstance(widget, QLabel):
        return cut_label(widget)
    if isinstance(widget, QComboBox):
        return cut_combo(widget)
    if isinstance(widget, WrappedCheckBox):
        return widget.heightForWidth(widget.width()) > widget.height()
    if isinstance(widget, QListWidget):
        return widget.sizeHintForColumn(0) > widget.viewport().width()
    if isinstance(widget, Button | Segment | FilterChip | AddChip | QCheckBox | QRadioButton):
        return bool(widget.text()) and widget.sizeHint().width() > widget.width()
    return False


def hangs_out(widget: QWidget, window: QWidget) -> bool:
    """Whether a button or label reaches over the right edge of what holds it."""
    if not isinstance(widget, QLabel | QAbstractButton) or not getattr(widget, "text", lambda: "")():
        return False
    parent = widget.parentWidget()
    while parent is not None:
        right = widget.mapTo(parent, QPoint(widget.width(), 0)).x()
        if right > parent.width():
            return True
        if parent is window:
            return False
        parent = parent.parentWidget()
    return False


def problems(window: QWidget) -> list[str]:
    """What is cut in a window, in words."""
    found = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and (is_cut(widget) or hangs_out(widget, window)):
            said = widget.text() if hasattr(widget, "text") and callable(widget.text) else widget.accessibleName()
            names = " < ".join(type(parent).__name__ for parent in holders(widget))
            found.append(f"{said!r} in {names}: {widget.width()} px wide, {widget.sizeHint().width()} wanted")
    return found


def holders(widget: QWidget) -> Iterator[QWidget]:
    at: QWidget | None = widget
    for _level in range(5):
        if at is None:
            return
        yield at
        at = at.parentWidget()


def cut_headers(window: QWidget) -> list[str]:
    """The titles of columns that are wider than their columns."""
    found = []
    for header in window.findChildren(QHeaderView):
        if not header.isVisible() or header.orientation() is not Qt.Orientation.Horizontal:
            continue
        for section in range(header.count()):
            title = str(header.model().headerData(section, Qt.Orientation.Horizontal) or "")
            wanted = QFontMetrics(header.font()).horizontalAdvance(title) + 2 * PADDING if title else 0
            room = header.sectionSize(section)
            if not header.isSectionHidden(section) and wanted > room:
                found.append(f"the column {title!r}: {room} px wide, {wanted} wanted")
    return found


def laid_out() -> None:
    """Texts that wrap settle their heights in a few rounds."""
    for _round in range(4):
        QApplication.processEvents()


def look_at(desk: Any, size: tuple[int, int], key: str, *, headers: bool = False) -> list[str]:
    """What is cut on a page in a window of this size."""
    desk.window.resize(*size)
    desk.page(key)
    laid_out()
    wide = [] if desk.window.width() == size[0] else [f"the window needs {desk.window.width()} px"]
    titles = cut_headers(desk.window) if headers else []
    return [f"{key} at {size[0]}: {text}" for text in wide + problems(desk.window) + titles]


def test_the_long_language_is_longer_and_keeps_placeholders(translations: Path) -> None:
    spoken = gettext.translation("retrovue", translations, languages=["xx"])
    text = spoken.gettext("Save rule")
    assert text.startswith("[Sá")
    assert len(text) >= round(len("Save rule") * (1 + LONGER))
    assert spoken.ngettext("{n} episode", "{n} episodes", 3).format(n=3).startswith("[3~")


def test_what_is_cut_is_noticed(qtbot: Any) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    label, box, combo = QLabel("a rather long text", holder), QCheckBox("another long text", holder), QComboBox(holder)
    combo.addItem("the longest text of all of them")
    for widget in (label, box, combo):
        widget.setFixedWidth(40)
    holder.resize(300, 100)
    holder.show()
    assert len(problems(holder)) == 3
    for widget in (label, box, combo):
        widget.setFixedWidth(290)
    assert problems(holder) == []


@pytest.mark.slow
def test_no_text_of_a_full_window_is_cut(make_long: Callable[..., Any]) -> None:
    desk = make_long(synced=True)
    assert desk.window.width() > 0
    found = [text for size in SIZES for key in PAGES for text in look_at(desk, size, key)]
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_no_text_of_an_empty_window_is_cut(make_long: Callable[..., Any]) -> None:
    desk = make_long(with_server=False)
    found = [text for size in SIZES for key in PAGES for text in look_at(desk, size, key)]
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("with_files", [True, False])
def test_no_text_of_the_parts_of_path_mapping_is_cut(
    make_long: Callable[..., Any], tmp_path: Path, with_files: bool
) -> None:
    desk = make_long(with_server=with_files, synced=with_files)
    if with_files:
        write_files(desk.server.library, tmp_path / "media")
        server = desk.context.servers.all()[0]
        for server_path, folder in mapped_folders(desk.server.library, tmp_path / "media"):
            add_rule(desk.context, server, None, server_path, str(folder))
        (tmp_path / "media" / "tv" / "extra.mkv").write_bytes(b"1")
    page = desk.page("mapping")
    found = []
    for key in ("disks", "extra", "duplicates", "rules"):
        page.show_argument(key)
        desk.settle()
        for size in SIZES:
            found += look_at(desk, size, "mapping")
        if key == "extra" and with_files:
            page.refresh()
            desk.settle()
            for size in SIZES:
                found += look_at(desk, size, "mapping")
    assert not found, "\n".join(found)


def test_no_text_of_the_dialogs_of_path_mapping_is_cut(make_long: Callable[..., Any]) -> None:
    desk = make_long(with_server=False)
    bad = RootSummary("/mnt/tv", {FileState.UNREACHABLE: 5}, FileFault.MANY_LOST, 5)
    good = RootSummary("/mnt/movies", {FileState.FOUND: 1190, FileState.MISSING: 4, FileState.SIZE_DIFFERS: 3})
    disk = Disk("/mnt/tv", "nas", None, False, 10**12, 10**11, CapacitySource.MANUAL, datetime.now(UTC), 0, 0, ())
    change = StateChange(datetime.now(UTC), "/a", None, FileState.SIZE_DIFFERS, FileState.UNREACHABLE)
    roots = RootsDialog("Attic", CheckSummary([good, bad], {**good.counts}), datetime.now(UTC), desk.window)
    capacity = CapacityDialog([disk], disk, desk.window)
    ignored = IgnoreDialog(["*.part"], (), desk.window)
    found = []
    for dialog in (roots, capacity, ignored):
        dialog.open()
        laid_out()
        found += problems(dialog)
    roots.show_detail(RootDetail("/mnt/tv", (), 0, (change,)))
    capacity.total.setText("1 GB")
    capacity.free.setText("2 GB")
    capacity.save.click()
    ignored.edit.setPlainText("*")
    ignored.save.click()
    laid_out()
    for dialog in (roots, capacity, ignored):
        found += problems(dialog)
        dialog.close()
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_no_german_text_is_cut(make_desk: Callable[..., Any]) -> None:
    """Headers of tables have the room that columns leave them: the real translation must fit, a long one elides."""
    assert speak("de", {}) == "de"
    desk = make_desk(synced=True, language="de")
    found = [text for size in SIZES for key in PAGES for text in look_at(desk, size, key, headers=True)]
    i18n.set_language(None, Path())
    assert not found, "\n".join(found)


def test_no_text_of_the_wizard_is_cut(make_long: Callable[..., Any]) -> None:
    desk = make_long(with_server=False)
    wizard = desk.page("servers").add_server()
    steps = wizard.findChild(QStackedWidget)
    assert steps.count() >= 4
    found = []
    for step in range(steps.count()):
        steps.setCurrentIndex(step)
        QApplication.sendPostedEvents()
        found += problems(wizard)
    wizard.close()
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_no_text_of_signing_in_is_cut(make_long: Callable[..., Any]) -> None:
    desk = make_long()
    page = desk.page("servers")
    page.doors = Around().doors
    wizard = page.add_server()
    wizard.resize(wizard.minimumSize())
    steps, signing, panel = wizard.findChild(QStackedWidget), wizard.sign_in_page, wizard.sign_in_page.panel
    steps.setCurrentIndex(2)
    found = []
    for kind, ways in panel.ways.items():
        signing.set_target(Target(kind, "http://nas.home.arpa:8096"), "Nas")
        for way in ways.findChildren(Segment):
            panel._show(way.property("key"))
            panel.quick.code.show_code("481902", 9e9, i18n._("Waiting for Jellyfin. This window continues by itself."))
            panel.quick.code.show()
            panel.account._show("code")
            laid_out()
            found += [f"{kind.value}: {text}" for text in problems(wizard)]
    signing.set_target(Target(ServerKind.PLEX))
    laid_out()
    found += problems(wizard)
    assert not found, "\n".join(found)
    wizard.close()


@pytest.mark.slow
@pytest.mark.parametrize("error", ["certificate", "kind", "port"])
def test_no_text_of_a_verdict_is_cut(make_long: Callable[..., Any], error: str) -> None:
    desk = make_long(with_server=False)
    page = desk.page("servers")
    page.doors = Around().doors
    wizard = page.add_server()
    wizard.resize(wizard.minimumSize())
    wizard.kind_page.choose(ServerKind.JELLYFIN)
    wizard.next_button.click()
    with TlsTunnel(desk.server.port, "self-signed") as tunnel:
        url = {"certificate": tunnel.url, "kind": desk.server.url, "port": f"http://127.0.0.1:{free_port()}"}[error]
        desk.qtbot.keyClicks(wizard.server_page.url, url)
        wizard.next_button.click()
        desk.wait(lambda: wizard.server_page.verdict.isVisible() and wizard.server_page._handle is None)
        laid_out()
        found = problems(wizard)
        assert not found, "\n".join(found)
        wizard.close()


@pytest.mark.slow
def test_no_text_of_the_dialogs_of_a_server_is_cut(make_long: Callable[..., Any]) -> None:
    desk = make_long()
    page = desk.page("servers")
    page.doors = Around().doors
    shown = Certificate("9f" * 32, "nas.home.arpa", "nas.home.arpa", date(2026, 3, 1), date(2027, 3, 1))
    server = page.current
    dialogs = [
        EditDialog(desk.services, server, page),
        CertificateDialog(server.url, shown, None, page),
        CertificateDialog(server.url, shown, "3f" * 32, page),
        *(SignInDialog(desk.services, replace(server, kind=kind), page.doors, page) for kind in ServerKind),
    ]
    found = []
    for dialog in dialogs:
        dialog.open()
        laid_out()
        found += problems(dialog)
        dialog.close()
    desk.settle()
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("state", [ServerState.SIGN_IN_AGAIN, ServerState.CERTIFICATE])
def test_no_text_of_what_ails_a_server_is_cut(make_long: Callable[..., Any], state: ServerState) -> None:
    desk = make_long()
    server = desk.context.servers.all()[0]
    desk.context.servers.change(server.id, is_owner=False, tls_fingerprint="3f" * 32, follow_live=False)
    desk.context.servers.set_state(server.id, state, detail=None, now=0)
    found = [text for size in SIZES for text in look_at(desk, size, "servers")]
    assert len(desk.page("servers").details.notices.banners) == 2
    assert not found, "\n".join(found)
