"""Which library an item is in, told by its path: a server that is asked for ids does not look at their library."""

from collections.abc import Iterable

from retrovue.core.domain.path_syntax import without_password
from retrovue.core.domain.servers import RemoteLibrary


class Whereabouts:
    """The folders of a server's libraries, as it last listed them. Thread: any (replaced as a whole)."""

    def __init__(self, libraries: Iterable[RemoteLibrary] = ()) -> None:
        self._roots = [
            (_names(path), library.remote_id)
            for library in libraries
            for root in library.roots
            for path in (root.path, root.network_path)
            if path
        ]

    def is_elsewhere(self, path: str | None, library: RemoteLibrary) -> bool:
        """Whether the innermost library folder that a path is in belongs to other libraries only.

        A path that is in no folder at all (a link, a channel) says nothing: libraries may share folders, and an
        account with few rights is told of none.
        """
        holders = self.holders(path)
        return bool(holders) and library.remote_id not in holders

    def holders(self, path: str | None) -> set[str]:
        """The ids of the libraries that have the innermost library folder which a path is in."""
        if not path:
            return set()
        names = _names(path)
        found = [(len(root), holder) for root, holder in self._roots if names[: len(root)] == root]
        innermost = max((length for length, _holder in found), default=0)
        return {holder for length, holder in found if length == innermost}


def _names(path: str) -> list[str]:
    """The parts of a path. Windows and shares write it in any letter case; `\\\\nas\\tv` and `smb://nas/tv` alike."""
    plain = without_password(path).replace("\\", "/")
    if plain != path or plain[1:2] == ":" or "://" in plain:
        plain = plain.partition("://")[2].casefold() if "://" in plain else plain.casefold()
    return [name for name in plain.split("/") if name]
