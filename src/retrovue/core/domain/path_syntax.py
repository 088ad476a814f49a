"""Path syntax: the kind and components of a path, equal names, and which names a system allows.

Everything is derived from the text alone, so that a Windows path means the same on every computer.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard

MAX_PATH_LENGTH = 32_766
"""Characters. Windows' longest path is 32,767 with its closing NUL."""


class PathKind(StrEnum):
    """The kinds of absolute paths."""

    DRIVE = "drive"
    UNC = "unc"
    POSIX = "posix"
    URL = "url"

    @property
    def is_windows(self) -> bool:
        """Return whether names compare in any letter case and both separators count."""
        return self in _WINDOWS_KINDS


_WINDOWS_KINDS = (PathKind.DRIVE, PathKind.UNC)


_DRIVE = re.compile(r"[A-Za-z]:(?:[\\/]|$)")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+)://([^/]*)")
_VERBATIM = ("\\\\?\\", "//?/")


@dataclass(frozen=True, slots=True)
class ParsedPath:
    """An absolute path, split into its components.

    Attributes:
        root: as written: `D:`, `\\\\`, `/` or `smb://host`.
        names: the components after the root, unchanged; empty ones and `.` are left out. Server and share
            of a UNC path are its first two names.
    """

    kind: PathKind
    root: str
    names: tuple[str, ...]

    @property
    def separator(self) -> str:
        """Return the separator between names."""
        return "\\" if self.kind.is_windows else "/"

    @property
    def prefix(self) -> str:
        """Return the text before the first name."""
        if self.kind is PathKind.DRIVE:
            return self.root + "\\"
        return self.root + "/" if self.kind is PathKind.URL else self.root

    @property
    def text(self) -> str:
        """Return the path with the separators of its own kind."""
        return self.prefix + self.separator.join(self.names)

    def exact_key(self) -> tuple[str, ...]:
        """Return the comparison key, without Unicode normalization."""
        return exact_key(self.kind, self.root, self.names)

    def key(self) -> tuple[str, ...]:
        """Return the comparison key of the NFC-normalized text."""
        return normalised_key(self.kind, self.root, self.names)


SplitPath = tuple[PathKind, str, Sequence[str]]
"""Kind, root and names of a path, as in `ParsedPath` but without the cost of an object per path."""


def exact_key(kind: PathKind, root: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the comparison key of a path as written: upper case where the kind ignores case."""
    if kind in _WINDOWS_KINDS:
        return (fold_case(root), *[fold_case(name) for name in names])
    return (_url_key(root) if kind is PathKind.URL else root, *names)


def normalised_key(kind: PathKind, root: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the comparison key of a path with composed letters (NFC)."""
    if kind is PathKind.POSIX:
        return (root, *[name if name.isascii() else nfc(name) for name in names])
    return exact_key(kind, root, [name if name.isascii() else nfc(name) for name in names])


def _url_key(root: str) -> str:
    # Scheme and host compare in any case, a username in front of the host does not. A password is not part of a place.
    scheme, _colon, authority = without_password(root).partition("://")
    user, at, host = authority.rpartition("@")
    return f"{scheme.lower()}://{user}{at}{host.lower()}"


_STREAMED = frozenset(("http", "https", "rtsp", "rtmp", "rtmps", "mms"))


def is_server_path(text: str | None) -> TypeGuard[str]:
    """Return whether a text can be the path of a server's file: every such path names a folder as well.

    A number or a word where the path should be is a damaged answer; taking it for a rename would lose the file.
    """
    return text is not None and ("/" in text or "\\" in text)


def without_password(path: str) -> str:
    """Return an address without its password, and a stream's address without its query (which has tokens).

    Every other path is returned unchanged. Thread: any.
    """
    scheme, separator, rest = path.partition("://")
    if not separator or not _URL.match(path):
        return path
    authority, slash, tail = rest.partition("/")
    host, colon, port = authority.rpartition(":")
    if colon and "@" not in authority and "@" in tail and not port.isdigit() and not host.startswith("["):
        # A password with a slash in it: what looks like a port is the start of the password.
        inner, _at, remainder = tail.partition("@")
        authority, slash, tail = f"{authority}/{inner}@" + remainder.partition("/")[0], *remainder.partition("/")[1:]
    user, at, host = authority.rpartition("@")
    if scheme.lower() in _STREAMED:
        host = re.split("[?#]", host, maxsplit=1)[0]
        tail = re.split("[?#]", tail, maxsplit=1)[0]
    return f"{scheme}://{user.partition(':')[0]}{at}{host}{slash}{tail}"


def nfc(text: str) -> str:
    """Return `text` with composed letters: macOS writes "é" as two characters, other systems as one."""
    return unicodedata.normalize("NFC", text)


_NO_TEXT = re.compile("[\udc80-\udcff]")
_KEPT = re.compile("[\U0010fe80-\U0010feff]")
_LOST = re.compile("[\ufffd\udc80-\udcff\U0010fe80-\U0010feff]+")


def storable(path: str) -> str:
    """Return `path` as text that can be stored anywhere.

    Linux allows names whose bytes are not valid text. Python reads them as lone surrogates, which neither a file nor a
    database accepts. Here they become private-use characters.
    """
    return path if path.isascii() else _NO_TEXT.sub(lambda half: chr(ord(half[0]) - 0xDC00 + 0x10FE00), path)


def native(path: str) -> str:
    """Reverse `storable`: return the path that the system accepts."""
    return path if path.isascii() else _KEPT.sub(lambda kept: chr(ord(kept[0]) - 0x10FE00 + 0xDC00), path)


def native_or_none(path: str | None) -> str | None:
    """Return `native` of a local path, or None."""
    return None if path is None else native(path)


def spelling(text: str) -> str:
    """Return what two spellings of a name have in common.

    Accents are composed. Bytes that are not valid text become one replacement character, as servers write them,
    however many there are.
    """
    return text if text.isascii() else nfc(_LOST.sub("\ufffd", text))


def spelled_alike(one: str | None, other: str | None) -> bool:
    """Return whether two paths differ only in spelling.

    A disk can encode accents differently than a rule, and a server cannot send names that are not valid text.
    """
    if one is None or other is None or one == other:
        return one == other
    return not one.isascii() and spelling(one) == spelling(other)


def _upper(character: str) -> str:
    # Windows pairs single letters, and only those that map back: "ß" is not "SS", "ı" is not "I".
    upper = character.upper()
    return upper if len(upper) == 1 and upper.lower() == character else character


def fold_case(name: str) -> str:
    """Return `name` as Windows compares it: letter by letter, never longer or shorter."""
    return name.upper() if name.isascii() else "".join(map(_upper, name))


def path_kind(text: str) -> PathKind | None:
    """Return the kind of an absolute path, or None when it is relative or empty. Thread: any."""
    if text.startswith("/"):
        # Exactly two slashes are how UNC is written on other systems; three are one slash by POSIX.
        unc = len(text) > 2 and text[1] == "/" and text[2] != "/"
        return PathKind.UNC if unc else PathKind.POSIX
    if text.startswith(("\\\\", "\\/")):
        return PathKind.UNC
    if _DRIVE.match(text):
        return PathKind.DRIVE
    return PathKind.URL if _URL.match(text) else None


def parse_path(text: str) -> ParsedPath | None:
    """Split an absolute path; return None when it is not absolute. Never raises. Thread: any."""
    split = split_path(text)
    return None if split is None else ParsedPath(split[0], split[1], tuple(split[2]))


def split_path(text: str) -> SplitPath | None:
    """Return kind, root and names of a path, without the cost of an object: `parse_path` for many paths."""
    if text.startswith("/") and not text.startswith("//"):
        return PathKind.POSIX, "/", _split_names(text[1:])
    if text.startswith(_VERBATIM):
        # \\?\D:\x and \\?\UNC\nas\share are long spellings of the same places.
        inner = text[4:]
        text = "\\\\" + inner[4:] if inner[:4].upper() in ("UNC\\", "UNC/") else inner
    kind = path_kind(text)
    match kind:
        case None:
            return None
        case PathKind.DRIVE:
            return kind, text[:2], _split_names(text[2:].replace("\\", "/"))
        case PathKind.UNC:
            return kind, "\\\\", _split_names(text[2:].replace("\\", "/"))
        case PathKind.POSIX:
            return kind, "/", _split_names(text)
        case PathKind.URL:
            end = text.find("/", text.index("://") + 3)
            end = len(text) if end < 0 else end
            return kind, text[:end], _split_names(text[end:])


def _split_names(rest: str) -> list[str]:
    names = rest.split("/")
    if "" in names or "." in names:
        return [name for name in names if name and name != "."]
    return names


# Three quick tests that most names pass; only a suspect list is split. One pattern for everything, ignoring
# letter case, took five times as long, and a sync maps every file.
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"|?*\\]')
_RESERVED_HINT = re.compile(
    r"/(?:[cC][oO][nNmM]|[pP][rR][nN]|[aA][uU][xX]|[nN][uU][lL]|[lL][pP][tT])",
)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$) *(?:\.|$)", re.IGNORECASE)


class NameFault(StrEnum):
    """The reason why Windows does not allow a name."""

    CONTROL_CHARACTER = "control_character"
    BACKSLASH = "backslash"
    FORBIDDEN_CHARACTER = "forbidden_character"
    TRAILING_DOT_OR_BLANK = "trailing_dot_or_blank"
    RESERVED_NAME = "reserved_name"


def windows_fault(joined_names: str) -> tuple[NameFault, str] | None:
    """Return the first of the names joined by "/" that Windows does not allow, and the reason."""
    if not (
        _FORBIDDEN.search(joined_names)
        or joined_names.endswith((".", " "))
        or "./" in joined_names
        or " /" in joined_names
        or _RESERVED_HINT.search("/" + joined_names)
    ):
        return None
    for name in joined_names.split("/"):
        fault = _name_fault(name)
        if fault is not None:
            return fault, name
    return None


def _name_fault(name: str) -> NameFault | None:
    if any(character < " " for character in name):
        return NameFault.CONTROL_CHARACTER
    if "\\" in name:
        return NameFault.BACKSLASH
    if any(character in '<>:"|?*' for character in name):
        return NameFault.FORBIDDEN_CHARACTER
    if name.endswith((".", " ")):
        return NameFault.TRAILING_DOT_OR_BLANK
    return NameFault.RESERVED_NAME if _RESERVED.match(name) else None
