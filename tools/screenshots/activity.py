"""Pictures of the Activity page: four sessions on three kinds of server, their details, the question before a stop."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.screenshots.stage import KEY, Scene, Stage, running, start

from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.core.services.servers import registration as servers
from retrovue.demo.playback import BROWSER, LIVING_ROOM, PHONE, Player, User
from retrovue.gui.work.lanes import Lane

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from retrovue.gui.pages.activity.page import ActivityPage

Settle = Callable[..., None]
_NAMES = {ServerKind.EMBY: "Cabin", ServerKind.JELLYFIN: "Basement"}
_TABLET = Player("Kitchen tablet", "player-tablet-0009", "Emby for iOS", "iPadOS", "iPad", "198.51.100.7", False)
_CHANGED = ChangeSet(frozenset({"servers"}), "pictures")
_SESSIONS = 4


def activity_scenes(settle: Settle) -> list[Scene]:
    """The scenes in the order in which they are taken; the last one takes the servers away again."""
    takes = _Takes(settle)
    return [
        Scene("activity-house", takes.house),
        Scene("activity-recorder", takes.recorder, takes.record_again),
        Scene("activity-details", takes.details, takes.close),
        Scene("activity-stop", takes.stop, takes.close),
        Scene("activity-down", takes.down, takes.plex_alone),
    ]


class _Takes:
    def __init__(self, settle: Settle) -> None:
        self._settle = settle
        self._others: dict[ServerKind, object] = {}
        self._other_recorder = Recorder("monitor")

    def _page(self, stage: "Stage") -> "ActivityPage":
        from retrovue.gui.pages.activity.page import ActivityPage

        page = stage.page("activity")
        assert isinstance(page, ActivityPage)
        self._settle(stage.application)
        return page

    def house(self, stage: "Stage") -> None:
        """A paused direct play, a direct stream, a transcode and a direct play on three kinds of server."""
        page = self._page(stage)
        if self._others:
            return
        for kind in _NAMES:
            self._others[kind] = start(kind)
        context = stage.shell.services().context

        def add(_token: object, _report: object) -> None:
            for kind, demo in self._others.items():
                servers.add(context, kind=kind, name=_NAMES[kind], url=demo.url, secret=KEY)  # type: ignore[attr-defined]

        stage.application.runner.submit(add, lane=Lane.IO)
        self._settle(stage.application)
        self._play(stage)
        stage.application.runner.changed.emit(_CHANGED)
        for _round in range(40):
            stage.shell.services().monitor.poll_now()
            self._settle(stage.application, least_ms=300)
            if len(page.cards.cards) == _SESSIONS:
                break

    def _play(self, stage: "Stage") -> None:
        board = stage.server.playbacks
        for playback in board.active():
            board.stop(playback.session_key)
        episode = stage.server.library.members("3", "episode")[6]
        board.start(episode.id, User(2, "edda"), LIVING_ROOM, offset_ms=700_000, bandwidth_kbps=18_400)
        movie = stage.server.library.members("1", "movie")[4]
        paused = board.start(
            movie.id, User(1, "marlow"), BROWSER, offset_ms=2_900_000, decision="direct stream", bandwidth_kbps=7_200
        )
        board.pause(paused.session_key)
        emby, jellyfin = self._others[ServerKind.EMBY], self._others[ServerKind.JELLYFIN]
        film = next(item for item in emby.library.items.values() if item.kind == "movie")  # type: ignore[attr-defined]
        emby.playbacks.start(  # type: ignore[attr-defined]
            film.id, User(5, "grandpa_k"), _TABLET, offset_ms=3_500_000, decision="transcode", bandwidth_kbps=3_900
        )
        shows = jellyfin.library.items.values()  # type: ignore[attr-defined]
        part = [item for item in shows if item.kind == "episode"][9]
        jellyfin.playbacks.start(part.id, User(6, "Yui"), PHONE, offset_ms=402_000, bandwidth_kbps=9_600)  # type: ignore[attr-defined]

    def recorder(self, stage: "Stage") -> None:
        """The window beside `retrovue monitor`, which records."""
        self.house(stage)
        page, monitor = self._page(stage), stage.shell.services().monitor
        if page.note.isVisible():
            return
        context = stage.shell.services().context
        watched = context.servers.all()
        monitor.watch([])
        self._other_recorder.enter()
        for _round in range(40):
            self._settle(stage.application, least_ms=100)
            if self._other_recorder.claim(context):
                break
        monitor.watch(watched)
        for _round in range(40):
            self._settle(stage.application, least_ms=300)
            if page.note.isVisible() and len(page.cards.cards) == _SESSIONS:
                break

    def record_again(self, stage: "Stage") -> None:
        self._other_recorder.leave()

    def details(self, stage: "Stage") -> "QWidget":
        self.house(stage)
        page = self._page(stage)
        card = next(card for card in page.cards.cards if card.active.session.decision == "transcode")
        page.show_details(card.active)
        assert page.dialog is not None
        return page.dialog

    def stop(self, stage: "Stage") -> "QWidget":
        self.house(stage)
        page = self._page(stage)
        page.stopper.ask(page.cards.cards[0].active)
        assert page.stopper.dialog is not None
        return page.stopper.dialog

    def close(self, stage: "Stage") -> None:
        page = self._page(stage)
        for dialog in (page.dialog, page.stopper.dialog):
            if dialog is not None:
                dialog.close()

    def down(self, stage: "Stage") -> None:
        self.house(stage)
        page = self._page(stage)
        self._others[ServerKind.EMBY].stop()  # type: ignore[attr-defined]
        for _round in range(40):
            stage.shell.services().monitor.poll_now()
            self._settle(stage.application, least_ms=300)
            if page.cards.down:
                break

    def plex_alone(self, stage: "Stage") -> None:
        context = stage.shell.services().context

        def remove(_token: object, _report: object) -> None:
            for server in context.servers.all():
                if server.name in _NAMES.values():
                    servers.remove(context, server)

        stage.application.runner.submit(remove, lane=Lane.WRITE)
        self._settle(stage.application)
        stage.application.runner.changed.emit(_CHANGED)
        running.close()
        self._others.clear()
