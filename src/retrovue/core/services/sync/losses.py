"""Whether an item that arrives tells less than what is stored of it: then what is stored is kept, on doubt.

Servers list items without their files while a disk is away, while they scan, and by mistake. A file that went is no
different from an item that went: nothing is lost before it is certain (Law 2).
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from retrovue.core.domain.media import RemoteItem
from retrovue.core.i18n import _
from retrovue.core.sources.documents import LARGEST_FILE
from retrovue.core.storage.catalog.facts import StoredFacts


class Loss(StrEnum):
    """What an item lost.

    `name`, `show`, `files`: all of it, which no server means. `parts`, `sizes`: some of it, which it may mean.
    `version`: a whole version, while others are complete: an ordinary change unless many items lose files at once.
    """

    NAME = "name"
    SHOW = "show"
    FILES = "files"
    PARTS = "parts"
    SIZES = "sizes"
    VERSION = "version"

    @property
    def is_of_files(self) -> bool:
        """Whether files would go, which a person can decide about."""
        return self not in (Loss.NAME, Loss.SHOW)

    @property
    def is_believed_in_time(self) -> bool:
        """Whether a server that says so for long enough is believed."""
        return self in (Loss.PARTS, Loss.SIZES)


@dataclass(frozen=True, slots=True)
class Doubt:
    """An item that arrived with less than what is stored of it, and was not stored for that.

    Attributes:
        offered: a hash of what it arrived with, to see whether the server says the same later.
        title: as it is stored.
    """

    loss: Loss
    offered: str
    title: str
    arrived: int = 0
    stored: int = 0

    def reason(self, remote_id: str) -> str:
        """What happened, naming the item."""
        texts = {
            Loss.NAME: _("“{title}” (ID {id}) arrived without its name. What is stored is kept."),
            Loss.SHOW: _("“{title}” (ID {id}) arrived without its show. What is stored is kept."),
            Loss.FILES: _("“{title}” (ID {id}) arrived without its files. What is stored is kept."),
            Loss.PARTS: _("“{title}” (ID {id}) arrived with {arrived} of its {stored} files. What is stored is kept."),
            Loss.SIZES: _("“{title}” (ID {id}) arrived without the sizes of its files. What is stored is kept."),
            Loss.VERSION: _(
                "“{title}” (ID {id}) arrived with {arrived} of its {stored} files. What is stored is kept."
            ),
        }
        return texts[self.loss].format(title=self.title, id=remote_id, arrived=self.arrived, stored=self.stored)


def doubt_of(facts: StoredFacts, item: RemoteItem) -> Doubt | None:
    """What `item` lacks of what is stored of it; None when it lacks nothing."""
    loss = _loss(facts, item)
    if loss is None:
        return None
    return Doubt(loss, _offered(item), facts.title, len(item.files), len(facts.parts))


def partial_doubt(item: RemoteItem) -> Doubt:
    """The doubt about a new item of which the server says itself that it has more files than it tells."""
    return Doubt(Loss.PARTS, _offered(item), item.title, len(item.files), len(item.files) + 1)


def _loss(facts: StoredFacts, item: RemoteItem) -> Loss | None:
    if facts.title and not item.title:
        return Loss.NAME
    if facts.show_remote_id and not item.show_remote_id:
        return Loss.SHOW
    if not facts.parts:
        return None
    if not item.files:
        return Loss.FILES
    arrived = {file.server_path: file for file in item.files}
    lost = [part for part in facts.parts if part.server_path not in arrived]
    if lost and (item.is_partial or _is_cut(facts, item)):
        return Loss.PARTS
    sizes = [(part.size_bytes, arrived[part.server_path].size_bytes) for part in facts.parts if part not in lost]
    # Absurd sizes of older catalogs are no facts: these may go.
    if any(before is not None and before <= LARGEST_FILE and now is None for before, now in sizes):
        return Loss.SIZES
    gained = len(arrived) - len(facts.parts) + len(lost)
    return Loss.VERSION if len(lost) > gained else None


def _is_cut(facts: StoredFacts, item: RemoteItem) -> bool:
    """Whether a version has fewer parts than it had, while some of them are as they were."""
    before = Counter(part.version_index for part in facts.parts)
    now = Counter(file.version_index for file in item.files)
    versions = {file.server_path: file.version_index for file in item.files}
    return any(
        part.server_path in versions and now[versions[part.server_path]] < before[part.version_index]
        for part in facts.parts
    )


def _offered(item: RemoteItem) -> str:
    facts = "\x1f".join(
        [
            item.title,
            item.show_remote_id or "",
            *sorted(f"{file.server_path}\x1e{file.size_bytes}" for file in item.files),
        ]
    )
    return hashlib.blake2b(facts.encode("utf-8", "replace"), digest_size=8).hexdigest()
