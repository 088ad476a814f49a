"""Stand-ins for names in a text that is shown to strangers: the same name always has the same stand-in."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"\w+(?:['’.\-]\w+)*")
_MAX_WORDS = 9
_LEAST_LETTERS = 4
# Drives, shares, URLs of files, and POSIX paths of two parts and more; a date or "and/or" is none. Names may hold
# blanks, but none begins or ends with one: there another word of the sentence stands.
_SIGN = r"[^/\"“”»<>|\n]"
_EDGE = r"[^/\s\"“”»<>|]"
_PATH = re.compile(
    r"(?:(?<![\w/])(?:smb|nfs|afp|file)://[^\s\"'“”»<>|]+"
    r"|(?<![\w\\])(?:[A-Za-z]:[\\/]|\\\\)[^\"“”»<>|\n]*?[^\s\"“”»<>|](?=[\"'“”»<>|]|\s*$|[,;)]|: )"
    rf"|(?<![\w/.:])/(?:{_EDGE}(?:{_SIGN}*?{_EDGE})?/)+(?:{_EDGE}{_SIGN}*?\.[A-Za-z0-9]{{2,4}}(?![\w.])|[^/\s\"'“”»<>|,;):]*))"
)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,4}$")


class Pseudonyms:
    """Replaces names of servers, libraries, users and titles, and the parts of paths. One thread.

    Args:
        servers, libraries, users: names, replaced wherever they stand as whole words.
        titles: of shows, episodes and movies; looked up by runs of words, so that there may be hundreds of thousands.
    """

    def __init__(
        self,
        *,
        servers: Iterable[str] = (),
        libraries: Iterable[str] = (),
        users: Iterable[str] = (),
        titles: Iterable[str] = (),
    ) -> None:
        self._names: dict[str, str] = {}
        for kind, names in (("server", servers), ("library", libraries), ("user", users)):
            for number, name in enumerate(sorted({name for name in names if name.strip()}), start=1):
                self._names.setdefault(name, f"{kind}-{number}")
        self._titles = {key for title in titles if (key := _key(title)) and len(key) >= _LEAST_LETTERS}
        self._known_titles: dict[str, str] = {}
        self._parts: dict[str, str] = {}

    def apply(self, text: str) -> str:
        """The text with stand-ins."""
        text = _PATH.sub(lambda match: self._path(match.group()), text)
        for name in sorted(self._names, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", self._names[name], text)
        return "\n".join(self._line(line) for line in text.split("\n")) if self._titles else text

    def _path(self, path: str) -> str:
        # The drive, the scheme and the kind of separators help to understand; names of folders do not.
        head = re.match(r"[A-Za-z]:[\\/]|\\\\|[a-z]+://|/", path)
        start = head.group() if head is not None else ""
        parts = re.split(r"([\\/])", path[len(start) :])
        return start + "".join(part if part in ("\\", "/", "") else self._part(part) for part in parts)

    def _part(self, part: str) -> str:
        suffix = _SUFFIX.search(part)
        known = self._parts.setdefault(part, f"name-{len(self._parts) + 1}")
        return known + (suffix.group() if suffix else "")

    def _line(self, line: str) -> str:
        words = list(_WORD.finditer(line))
        out: list[str] = []
        at, place = 0, 0
        while place < len(words):
            for last in range(min(len(words), place + _MAX_WORDS), place, -1):
                start, end = words[place].start(), words[last - 1].end()
                key = _key(line[start:end])
                if key in self._titles:
                    stand_in = self._known_titles.setdefault(key, f"title-{len(self._known_titles) + 1}")
                    out += [line[at:start], stand_in]
                    at, place = end, last
                    break
            else:
                place += 1
        return "".join([*out, line[at:]])


def _key(title: str) -> str:
    return " ".join(_WORD.findall(title)).casefold()
