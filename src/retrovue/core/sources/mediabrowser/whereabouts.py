"""The library of an item by its path: a request by ids ignores the library."""

from collections.abc import Iterable

from retrovue.core.domain.path_syntax import without_password
from retrovue.core.domain.servers import RemoteLibrary


class Whereabouts:
    """The folders of a server's libraries, as last listed. Thread: any (replaced as a whole)."""

    def __init__(self, libraries: Iterable[RemoteLibrary] = ()) -> None:
        self._roots = [
            (_names(path), library.remote_id)
            for library in libraries
            for root in library.roots
            for path in (root.path, root.network_path)
            if path
        ]

    def is_elsewhere(self, path: str | None, library: RemoteLibrary) -> bool:
        """Return whether the innermost library folder of a path belongs only to other libraries.

        A path in no folder (a link, a channel) does not count: libraries can share folders, and an account without
        permission gets no folders.
        """
        holders = self.holders(path)
        return bool(holders) and library.remote_id not in holders

    def holders(self, path: str | None) -> set[str]:
        """Return the ids of the libraries with the innermost library folder of a path."""
        if not path:
            return set()
        names = _names(path)
        found = [(len(root), holder) for root, holder in self._roots if names[: len(root)] == root]
        innermost = max((length for length, _holder in found), default=0)
        return {holder for length, holder in found if length == innermost}


def _names(path: str) -> list[str]:
    """Return the parts of a path. Windows and shares ignore case; `\\\\nas\\tv` and `smb://nas/tv` are equal."""
    plain = without_password(path).replace("\\", "/")
    if plain != path or plain[1:2] == ":" or "://" in plain:
        plain = plain.partition("://")[2].casefold() if "://" in plain else plain.casefold()
    return [name for name in plain.split("/") if name]
