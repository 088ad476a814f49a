"""When two local paths are one file."""

from collections.abc import Hashable

from retrovue.core.domain.path_syntax import parse_path


def same_file_key(path: str) -> Hashable:
    """What two spellings of one local path share: separators, accents, and letter case where the kind ignores it.

    Looks at no disk: a link, or a share that is mounted twice, is another path.
    """
    if path.isascii() and path.startswith("/") and "//" not in path and "/." not in path:
        # By far the most, and 100,000 of them are compared at once.
        return path
    parsed = parse_path(path)
    if parsed is None:
        return path
    key = parsed.key()
    return "/" + "/".join(key[1:]) if key[0] == "/" else key
