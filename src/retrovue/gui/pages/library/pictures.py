"""Posters for what is on screen: a drawn placeholder at once, the real one when it has arrived."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.pages.library.decoding import decode
from retrovue.gui.widgets.poster import paint_placeholder
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle, TaskRunner

_MAX_KEPT_BYTES = 24 * 1024 * 1024
_MAX_WANTED = 60
_BATCH = 12
_REPAINT_MS = 60

_Address = tuple[int, str]
_Shape = tuple[int, int, float]


class Pictures(QObject):
    """Rounded posters of any size from a bounded cache. Thread: GUI; pictures are read on the lane "artwork".

    Painting asks; what was asked for last is read first, and what has scrolled away is forgotten.

    Args:
        open_service: makes the `ArtworkService`; called once, on the lane.
    """

    arrived = Signal()
    """Some pictures are here: paint again. At most every 60 ms."""

    def __init__(self, runner: TaskRunner, open_service: Callable[[], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._open_service = open_service
        self._service: Any = None
        self._kept: OrderedDict[tuple[object, ...], tuple[QPixmap, int]] = OrderedDict()
        self._kept_bytes = 0
        self._wanted: OrderedDict[tuple[_Address, _Shape, float], None] = OrderedDict()
        self._absent: set[_Address] = set()
        self._reading: TaskHandle | None = None
        self._repaint = QTimer(self)
        self._repaint.setSingleShot(True)
        self._repaint.setInterval(_REPAINT_MS)
        self._repaint.timeout.connect(self.arrived)

    def poster(
        self, title: str, server_id: int, address: str | None, size: QSize, ratio: float, *, radius: float = 4
    ) -> QPixmap:
        """The poster in this size, or the placeholder of `title` until it is here. Never blocks."""
        shape = (size.width(), size.height(), ratio)
        if address:
            found = self._kept.get((server_id, address, shape, radius))
            if found is not None:
                self._kept.move_to_end((server_id, address, shape, radius))
                return found[0]
            if (server_id, address) not in self._absent:
                self._want(((server_id, address), shape, radius))
        key = (title, shape, radius)
        found = self._kept.get(key)
        if found is None:
            return self._keep(key, _drawn(title, size, ratio, radius))
        self._kept.move_to_end(key)
        return found[0]

    @Slot()
    def ask_again(self) -> None:
        """Ask for what was not to be had; servers may have come back."""
        self._absent.clear()

    @property
    def kept_bytes(self) -> int:
        """How much memory the pictures take."""
        return self._kept_bytes

    def _keep(self, key: tuple[object, ...], picture: QPixmap) -> QPixmap:
        cost = picture.width() * picture.height() * 4
        self._kept[key] = (picture, cost)
        self._kept_bytes += cost
        while self._kept_bytes > _MAX_KEPT_BYTES and len(self._kept) > 1:
            _key, (_picture, freed) = self._kept.popitem(last=False)
            self._kept_bytes -= freed
        return picture

    def _want(self, wish: tuple[_Address, _Shape, float]) -> None:
        self._wanted[wish] = None
        self._wanted.move_to_end(wish)
        while len(self._wanted) > _MAX_WANTED:
            self._wanted.popitem(last=False)
        if self._reading is None:
            # Painting goes on below this call: the whole screen is asked for before the first read.
            self._reading = _NOT_YET
            QTimer.singleShot(0, self._read_next)

    @Slot()
    def _read_next(self) -> None:
        self._reading = None
        if not self._wanted or self._runner.is_closed:
            return
        wishes = [self._wanted.popitem()[0] for _n in range(min(_BATCH, len(self._wanted)))]

        def read(token: CancelToken, report: object) -> list[tuple[tuple[_Address, _Shape, float], QImage]]:
            return self._read(wishes, token)

        self._reading = self._runner.submit(read, lane=Lane.ARTWORK)
        self._reading.succeeded.connect(lambda images: self._on_read(wishes, images))
        self._reading.finished.connect(self._read_next)

    def _read(
        self, wishes: list[tuple[_Address, _Shape, float]], token: CancelToken
    ) -> list[tuple[tuple[_Address, _Shape, float], QImage]]:
        """On the lane: fetch, decode, scale and round."""
        from retrovue.core.services.catalog.artwork import ArtworkRequest

        if self._service is None:
            self._service = self._open_service()
        images: dict[_Address, QImage] = {}

        def done(request: ArtworkRequest, content: bytes) -> bool:
            image = decode(content)
            if image is None:
                return False
            images[request.server_id, request.address] = image
            return True

        self._service.fetch([ArtworkRequest(*address) for address in {wish[0] for wish in wishes}], token, done)
        made = []
        for wish in wishes:
            address, (width, height, ratio), radius = wish
            image = images.get(address)
            if image is not None:
                made.append((wish, _rounded(image, QSize(width, height), ratio, radius)))
        return made

    def _on_read(
        self,
        wishes: list[tuple[_Address, _Shape, float]],
        images: list[tuple[tuple[_Address, _Shape, float], QImage]],
    ) -> None:
        for (address, shape, radius), image in images:
            self._keep((*address, shape, radius), QPixmap.fromImage(image))
        self._absent.update({wish[0] for wish in wishes} - {wish[0] for wish, _image in images})
        if images:
            self._repaint.start()


# Stands for the read that begins when painting has asked for everything.
_NOT_YET: Any = object()


def _rounded(image: QImage, size: QSize, ratio: float, radius: float) -> QImage:
    """The middle of `image` filling `size` logical pixels, with round corners."""
    device = QSize(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))
    filled = image.scaled(
        device, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    made = QImage(device, QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    clip = QPainterPath()
    clip.addRoundedRect(QRectF(0, 0, device.width(), device.height()), radius * ratio, radius * ratio)
    painter.setClipPath(clip)
    painter.drawImage((device.width() - filled.width()) // 2, (device.height() - filled.height()) // 2, filled)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def _drawn(title: str, size: QSize, ratio: float, radius: float) -> QPixmap:
    picture = QPixmap(round(size.width() * ratio), round(size.height() * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint_placeholder(painter, QRect(0, 0, size.width(), size.height()), title, radius=radius)
    painter.end()
    return picture
