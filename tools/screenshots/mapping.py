"""Pictures of the Path mapping page: its parts full, empty, at work and in trouble."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.screenshots.stage import Scene, Stage

from retrovue.core.domain.errors import StorageError
from retrovue.core.i18n import _
from retrovue.gui.work.lanes import Lane

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from retrovue.core.domain.paths import PathMapping
    from retrovue.core.system.volumes import Volume
    from retrovue.gui.pages.cleanup.page import CleanupPage
    from retrovue.gui.pages.mapping.page import MappingPage

Settle = Callable[..., None]
Show = Callable[["Stage"], "QWidget | None"]

_GB = 10**9
_TB = 10**12
_EXTRAS = (
    ("tv", "Copper Sky/Season 02/Copper.Sky.S02E09.720p.old.mkv", 1_420_000_000, 410),
    ("tv", "Static Hour/static-hour-unaired-pilot.avi", 733_000_000, 2_900),
    ("tv", "_incoming/The.Lantern.District.S03E01.part2.mkv", 3_950_000_000, 2),
    ("movies", "Harbour Nine/Harbour Nine (director's cut).mkv", 18_600_000_000, 96),
    ("movies", "New folder/VTS_01_1.VOB", 1_073_000_000, 4_600),
    ("movies", "海辺の測候所/海辺の測候所 1080p.mkv", 7_240_000_000, 33),
    ("movies-4k", "demo-reel.m2ts", 512_000_000, 700),
)


class _Volumes:
    """Disks as a person has them; the real one of this computer would fill every picture."""

    def __init__(self, media: Path, *, unplugged: bool) -> None:
        self._media = media
        self._unplugged = unplugged

    def volumes(self) -> "list[Volume]":
        """Three disks, of which the last can be away."""
        from retrovue.core.system.volumes import Volume, VolumeKind

        nas = VolumeKind.NETWORK
        return [
            Volume(str(self._media / "tv"), nas, "nfs4", 16 * _TB, 312 * _GB, "nas:/tv"),
            Volume(str(self._media / "movies"), nas, "cifs", 14 * _TB, 1_900 * _GB, "nas:/movies"),
            Volume(str(self._media), VolumeKind.LOCAL, "ext4", 10 * _TB, 4_400 * _GB, "media"),
            Volume(
                str(self._media / "anime"),
                VolumeKind.REMOVABLE,
                "exfat",
                8 * _TB,
                640 * _GB,
                "Archive",
                is_mounted=not self._unplugged,
            ),
        ]

    def common_folders(self) -> list[str]:
        """None."""
        return []


def _page(stage: "Stage", settle: Settle) -> "MappingPage":
    page = _page_at_once(stage)
    settle(stage.application)
    return page


def _page_at_once(stage: "Stage") -> "MappingPage":
    from retrovue.gui.pages.mapping.page import MappingPage

    page = stage.page("mapping")
    assert isinstance(page, MappingPage)
    return page


def _cleanup_at_once(stage: "Stage") -> "CleanupPage":
    from retrovue.gui.pages.cleanup.page import CleanupPage

    page = stage.page("cleanup")
    assert isinstance(page, CleanupPage)
    return page


def _media(stage: "Stage") -> Path:
    rules = stage.shell.services().context.mappings.all()
    return Path(os.path.commonpath([rule.local_path for rule in rules if rule.local_path.startswith("/")]))


def _shown(part: Callable[["Stage"], Any]) -> Show:
    def show(stage: "Stage") -> None:
        part(stage)

    return show


class _Scenes:
    """Brings the page into each state. `settle` waits until nothing runs."""

    def __init__(self, settle: Settle) -> None:
        self.settle = settle
        self.gates: list[_Gate] = []
        self.added: list[int] = []
        self.removed: list[PathMapping] = []

    def part(self, stage: "Stage", key: str) -> Any:
        """A part of the page, in front."""
        page = _cleanup_at_once(stage)
        self.settle(stage.application)
        page.parts.choose(key)
        self.settle(stage.application)
        return page.parts.section

    def disks(self, stage: "Stage") -> Any:
        """The disks."""
        return self.part(stage, "disks")

    def extra(self, stage: "Stage") -> Any:
        """The extra files."""
        return self.part(stage, "extra")

    def duplicates(self, stage: "Stage") -> Any:
        """The duplicates."""
        return self.part(stage, "duplicates")

    def rules(self, stage: "Stage") -> None:
        _page(stage, self.settle)

    def folders(self, stage: "Stage") -> "QWidget | None":
        from retrovue.gui.pages.mapping.dialogs import RootsDialog

        self.rules(stage)
        _page(stage, self.settle).show_folders()
        self.settle(stage.application)
        return _dialog(RootsDialog)

    def conflicts(self, stage: "Stage") -> None:
        from retrovue.core.services.mapping import rules as mappings

        context = stage.shell.services().context
        if not self.added:
            server, media = context.servers.all()[0], _media(stage)
            for path, folder in (("/srv/import", media / "tv"), ("/media/movies/classics", media / "classics")):
                self.added.append(mappings.add(context, server, None, path, str(folder))[0].id or 0)
        self.rules(stage)
        page = _page(stage, self.settle)
        page.rules.table.choose(self.added[-1])

    def no_conflicts(self, stage: "Stage") -> None:
        from retrovue.core.services.mapping import rules as mappings

        while self.added:
            mappings.remove(stage.shell.services().context, self.added.pop())

    def suggested(self, stage: "Stage") -> None:
        from retrovue.core.services.mapping import rules as mappings

        context = stage.shell.services().context
        media = _media(stage)
        tv = next((rule for rule in context.mappings.all() if rule.server_path == "/media/tv"), None)
        if tv is not None and tv.id is not None:
            self.removed.append(tv)
            mappings.remove(context, tv.id)
        self.rules(stage)
        page = _page(stage, self.settle)
        if page.side.state.suggest.found is None:
            page.suggest_in(str(media))
            self.settle(stage.application)

    def put_back(self, stage: "Stage") -> None:
        from retrovue.core.services.files import check as files
        from retrovue.core.services.mapping import rules as mappings

        context = stage.shell.services().context
        server = context.servers.all()[0]
        while self.removed:
            rule = self.removed.pop()
            mappings.add(context, server, None, rule.server_path, rule.local_path)
        files.check(context, server=server)
        _page(stage, self.settle).escape()

    def on_disks(self, stage: "Stage", *, unplugged: bool) -> Any:
        context: Any = stage.shell.services().context
        context.volume_provider = _Volumes(_media(stage), unplugged=False)
        self.disks(stage).refresh()
        self.settle(stage.application)
        if unplugged:
            # Read once while it was there, so that its last figures are known.
            context.volume_provider = _Volumes(_media(stage), unplugged=True)
            self.disks(stage).refresh()
            self.settle(stage.application)
        return self.disks(stage)

    def show_disks(self, stage: "Stage") -> None:
        self.on_disks(stage, unplugged=True)

    def capacity(self, stage: "Stage") -> "QWidget | None":
        from retrovue.gui.pages.cleanup.capacity import CapacityDialog

        section = self.on_disks(stage, unplugged=True)
        section.set_capacity()
        dialog = _dialog(CapacityDialog)
        if isinstance(dialog, CapacityDialog):
            dialog.total.setText("8 TB")
            dialog.free.setText("12 TB")
            dialog.save.click()
        return dialog

    def disks_error(self, stage: "Stage") -> None:
        self.on_disks(stage, unplugged=True).show_failure(
            StorageError(_("Another program is using the catalog."), hint=_("Close it, then try again.")),
            lambda: None,
        )

    def clear_disks(self, stage: "Stage") -> None:
        self.disks(stage).show_banner(None)

    def with_extra(self, stage: "Stage") -> None:
        media = _media(stage)
        for folder, name, size_bytes, days in _EXTRAS:
            path = media / folder / name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
                os.truncate(path, size_bytes)
                moment = time.time() - days * 86_400
                os.utime(path, (moment, moment))
        section = self.extra(stage)
        section.refresh()
        self.settle(stage.application)
        section.table.selectRow(2)

    def extra_none(self, stage: "Stage") -> None:
        section = self.extra(stage)
        section.refresh()
        self.settle(stage.application)

    def extra_running(self, stage: "Stage") -> None:
        section: Any = _cleanup_at_once(stage).parts.section
        if not self.gates:
            self.gates.append(_Gate(stage, "extra"))
            section.refresh()
        section._on_progress((1_204, str(_media(stage) / "tv" / "Static Hour" / "Season 02")))

    def at_rest(self, stage: "Stage") -> None:
        while self.gates:
            self.gates.pop().open()
        self.settle(stage.application)

    def ignored(self, stage: "Stage") -> "QWidget | None":
        from retrovue.gui.pages.cleanup.ignore import IgnoreDialog

        self.extra(stage).ignored.suggest(["*.part?.mkv", "_incoming/*", "New folder"])
        return _dialog(IgnoreDialog)

    def extra_problems(self, stage: "Stage") -> None:
        self.conflicts(stage)
        section = self.extra(stage)
        section.refresh()
        self.settle(stage.application)

    def duplicates_running(self, stage: "Stage") -> None:
        page = _cleanup_at_once(stage)
        if not self.gates:
            self.gates.append(_Gate(stage, "duplicates"))
        page.parts.choose("duplicates")
        section: Any = page.parts.section
        section.refresh()
        section._on_progress((212, 640))

    def duplicates_error(self, stage: "Stage") -> None:
        self.duplicates(stage).show_failure(
            StorageError(_("Another program is using the catalog."), hint=_("Close it, then try again.")),
            lambda: None,
        )

    def clear_duplicates(self, stage: "Stage") -> None:
        self.duplicates(stage).show_banner(None)
        self.rules(stage)

    def show_duplicates(self, stage: "Stage") -> None:
        section = self.duplicates(stage)
        section.table.selectRow(0)


def mapping_scenes(settle: Settle) -> list[Scene]:
    """Every picture of the page; `settle` waits until nothing runs."""
    scenes = _Scenes(settle)
    return [
        Scene("mapping-disks-empty", _shown(scenes.disks), is_empty=True),
        Scene("mapping-extra-no-rules", _shown(scenes.extra), is_empty=True),
        Scene("mapping-duplicates-empty", _shown(scenes.duplicates), scenes.rules, is_empty=True),
        Scene("mapping-folders", scenes.folders),
        Scene("mapping-conflicts", scenes.conflicts, scenes.no_conflicts),
        Scene("mapping-suggested", scenes.suggested, scenes.put_back),
        Scene("mapping-disks", scenes.show_disks),
        Scene("mapping-capacity", scenes.capacity),
        Scene("mapping-disks-error", scenes.disks_error, scenes.clear_disks),
        Scene("mapping-extra-first", _shown(scenes.extra)),
        Scene("mapping-extra-none", scenes.extra_none),
        Scene("mapping-extra", scenes.with_extra),
        Scene("mapping-extra-running", scenes.extra_running, scenes.at_rest, runs_on=True),
        Scene("mapping-extra-problems", scenes.extra_problems, scenes.no_conflicts),
        Scene("mapping-ignored", scenes.ignored),
        Scene("mapping-duplicates-running", scenes.duplicates_running, scenes.at_rest, runs_on=True),
        Scene("mapping-duplicates", scenes.show_duplicates),
        Scene("mapping-duplicates-error", scenes.duplicates_error, scenes.clear_duplicates),
    ]


class _Gate:
    """Holds a lane, so that what comes after it waits on screen."""

    def __init__(self, stage: "Stage", report: str) -> None:
        self._event = threading.Event()
        stage.application.runner.submit(lambda _token, _report: self._event.wait(60), lane=Lane.REPORT, of=report)

    def open(self) -> None:
        """Let go."""
        self._event.set()


def _dialog(kind: type["QWidget"]) -> "QWidget | None":
    from PySide6.QtWidgets import QApplication

    return next((one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()), None)
