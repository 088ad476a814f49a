"""A chart as a file: PNG, SVG or CSV, made on the GUI thread in memory and written by a lane."""

import io
import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRectF, QSize, QStandardPaths, Qt, Signal
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.catalog.sheets import SheetWriter
from retrovue.gui.charts.data import ChartData
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskRunner

PICTURE_SCALE = 2.0
"""Pictures are for documents and large screens, whatever the screen of this computer is."""

_NOT_IN_FILE_NAMES = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
_LONGEST_NAME = 60

Paint = Callable[[QPainter, QRectF], None]
"""Paints everything that belongs into the picture."""


class Form(StrEnum):
    """What a chart is saved as; the value is the suffix."""

    PNG = "png"
    SVG = "svg"
    CSV = "csv"


def form_filter(form: Form) -> str:
    """The name of a form in a file dialog."""
    return {
        Form.PNG: _("PNG picture (*.png)"),
        Form.SVG: _("SVG drawing (*.svg)"),
        Form.CSV: _("Comma-separated values (*.csv)"),
    }[form]


def picture(size: QSize, paint: Paint, *, scale: float = PICTURE_SCALE) -> QImage:
    """What `paint` paints, in `scale` times as many pixels as `size`. Thread: GUI."""
    image = QImage(size * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return image


def png(image: QImage) -> bytes:
    """A picture as a PNG file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(content.data())


def svg(size: QSize, title: str, paint: Paint) -> bytes:
    """What `paint` paints, as an SVG file. Thread: GUI."""
    from PySide6.QtSvg import QSvgGenerator

    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setTitle(title)
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    # Or texts, whose sizes are in points, are painted for the 72 dots an inch of paper.
    generator.setResolution(96)
    painter = QPainter(generator)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return bytes(content.data())


def csv(data: ChartData) -> bytes:
    """The values as a spreadsheet takes them: numbers unrounded, with a point."""
    out = io.StringIO()
    writer = SheetWriter(out)
    several = len(data.series) > 1
    writer.writerow([data.heading, *(series.name for series in data.series), *([_("Total")] if several else [])])
    for mark in data.marks:
        values = [*mark.values, *([mark.total] if several else [])]
        writer.writerow([mark.full_name, *(_plain(value) for value in values)])
    # The mark at the start tells spreadsheets that this is UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) else round(value, 4)


def file_name(name: str) -> str:
    """`name` as every file system takes it: titles are of collections and people, too, and "/" would be a folder."""
    plain = " ".join(_NOT_IN_FILE_NAMES.sub(" ", name).split())
    return plain[:_LONGEST_NAME].strip(" .")


AskPath = Callable[[QWidget, str, str, str], str]


class FileSaver(QObject):
    """Asks where to, and writes on the lane "export". Thread: GUI."""

    saved = Signal(object)
    """The name of the file."""
    failed = Signal(object)

    def __init__(self, runner: TaskRunner, page: QWidget, *, ask: AskPath) -> None:
        super().__init__(page)
        self._runner = runner
        self._page = page
        self.ask = ask

    def save(self, name: str, form: Form, content: bytes) -> None:
        """Write `content` to the file that a person chooses, "RetroVue <name>" unless renamed."""
        places = QStandardPaths.StandardLocation
        folder = places.DocumentsLocation if form is Form.CSV else places.PicturesLocation
        suggestion = str(Path(QStandardPaths.writableLocation(folder)) / f"RetroVue {file_name(name)}.{form.value}")
        chosen = self.ask(self._page, _("Save chart"), suggestion, form_filter(form))
        if not chosen:
            return
        path = Path(chosen if Path(chosen).suffix else f"{chosen}.{form.value}")

        def write(_token: CancelToken, _report: Report) -> str:
            from retrovue.core.services.files.reports import save_bytes

            save_bytes(path, content)
            return path.name

        handle = self._runner.submit(write, lane=Lane.EXPORT)
        handle.succeeded.connect(self.saved)
        handle.failed.connect(self.failed)
