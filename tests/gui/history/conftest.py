"""The History page over a catalog with plays of two servers, written as rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import insert

from retrovue.core.context import AppContext
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.servers import ServerInfo, ServerKind
from retrovue.core.domain.text import fold
from retrovue.core.services.history.plays import list_plays
from retrovue.core.storage.tables import plays
from retrovue.core.system.dirs import resolve_dirs
from retrovue.gui.controllers.follow import FollowController
from retrovue.gui.controllers.monitor import MonitorController
from retrovue.gui.controllers.sync import SyncController
from retrovue.gui.pages.history.columns import DayRow, PlayRow
from retrovue.gui.pages.history.page import HistoryPage
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tables.columns import ROW_ROLE
from retrovue.gui.theme.style import Theme, ThemeController
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.work.tasks import TaskRunner

NOON = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def play_row(number: int, started_at: datetime, **facts: object) -> dict[str, object]:
    """A row of `plays` of ten minutes."""
    begin = int(started_at.timestamp())
    row: dict[str, object] = {
        "uid": f"play-{number}",
        "server_id": 1,
        "server_name": "Attic",
        "user_name": "mira",
        "kind": "movie",
        "title": f"Film {number}",
        "remote_id": str(number),
        "player": "Bedroom",
        "product": "Plex Web",
        "stream_decision": "direct_play",
        "source_label": "1080p H264 · AAC 2.0",
        "delivered_label": "1080p H264 · AAC 2.0",
        "started_at": begin,
        "stopped_at": begin + 600,
        "paused_s": 0,
        "play_s": 600,
        "position_ms": 600_000,
        "duration_ms": 1_200_000,
        "percent": 50,
        "is_watched": False,
        "is_live": False,
        "is_inferred": False,
        "buffered": 0,
        "source": "live",
        **facts,
    }
    words = (row["title"], row.get("show_title"), row["user_name"], row["server_name"], row["player"])
    return {**row, "folded": fold(" ".join(str(word) for word in words if word))}


@dataclass
class Desk:
    """A page on a profile, and what its doors were asked for."""

    context: AppContext
    qtbot: QtBot
    runner: TaskRunner
    page: HistoryPage = field(init=False)
    opened: list[tuple[str, object]] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    said: list[tuple[str, Tone]] = field(default_factory=list)
    undos: list[Callable[[], None] | None] = field(default_factory=list)

    def toast(self, words: str, undo: Callable[[], None] | None) -> None:
        """A short message, and what takes back what it tells of."""
        self.toasts.append(words)
        self.undos.append(undo)

    def store(self, *rows: dict[str, object]) -> None:
        """Put plays into the history."""
        keys = set().union(*rows)
        with self.context.database.write() as connection:
            connection.execute(insert(plays), [{**dict.fromkeys(keys), **row} for row in rows])

    def settle(self) -> None:
        """Wait until every task has handed over what it found."""
        refreshing = self.page.area.model._pages._refresh_timer

        def is_still() -> bool:
            busy = (
                self.page._details_timer.isActive()
                or refreshing.isActive()
                or self.page.toolbar.search._pause.isActive()
            )
            return self.runner.active_count == 0 and not busy

        self.qtbot.waitUntil(is_still)

    def show(self) -> HistoryPage:
        """The page, in front and filled."""
        self.page.show()
        self.page.activate()
        self.settle()
        return self.page

    def rows(self) -> list[str]:
        """The list from top to bottom: titles of plays with the number of their parts, lines of days in brackets."""
        self.settle()
        model = self.page.area.model
        found = []
        for number in range(model.rowCount()):
            row = model.index(number, 0).data(ROW_ROLE)
            if isinstance(row, DayRow):
                found.append(f"[{row.day.plays} plays, {row.day.play_s} s]")
            elif isinstance(row, PlayRow):
                found.append(row.play.title + (f" ×{row.play.plays}" if row.play.plays > 1 else ""))
        return found

    def count(self) -> int:
        """How many plays there are."""
        return len(list_plays(self.context, PlayFilter()))


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, runner: TaskRunner, tmp_path: Path) -> Iterator[Desk]:
    context = AppContext(resolve_dirs(tmp_path / "data"), environ={"RETROVUE_SECRETS": "memory"}, write_log=False)
    for name, kind in (("Attic", ServerKind.PLEX), ("Basement", ServerKind.JELLYFIN)):
        info = ServerInfo(kind=kind, name=name, machine_identifier=name, version="1")
        context.servers.add(name=name, url="http://127.0.0.1:9", info=info, now=1)
    theme = ThemeController(qapp, Theme.LIGHT)
    desk = Desk(context, qtbot, runner)
    monitor = MonitorController(runner, lambda: context, theme)
    services = PageServices(
        runner=runner,
        context=context,
        theme=theme,
        settings=QSettings(str(tmp_path / "page.ini"), QSettings.Format.IniFormat),
        sync=SyncController(runner, lambda: context, lambda: datetime.now(UTC)),
        monitor=monitor,
        follow=FollowController(runner, lambda: context, monitor, theme),
        open_page=lambda key, argument: desk.opened.append((key, argument)),
        toast=desk.toast,
        say=lambda text, tone, _action: desk.said.append((text, tone)),
    )
    desk.page = HistoryPage(services)
    qtbot.addWidget(desk.page)
    desk.page.resize(1280, 760)
    yield desk
    runner.shutdown()
    context.close()
    theme.deleteLater()
