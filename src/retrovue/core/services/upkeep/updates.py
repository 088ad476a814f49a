"""Asks whether there is a newer version, where the package says that releases are published.

Nothing is downloaded and nothing replaced: a person is shown the page. The request carries no ID of this installation
and no setting. The address is in `[project.urls]` of pyproject.toml; a package without one cannot ask.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from urllib.parse import urlsplit

from retrovue import __version__
from retrovue.core.domain.errors import ProtocolError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection
from retrovue.core.sources.http.client import HttpClient

FEED_LABEL, PAGE_LABEL = "Release feed", "Releases"
_MOST_BYTES = 1_000_000
"""GitHub's answer has the notes and every file of a release: 5 to 100 KB."""
_WITHIN_S = 20.0
_VERSION = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){0,3})(?:\+[\w.]+)?([-.]?[a-z][\w.-]*)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class ReleaseAddress:
    """Where releases are published.

    Attributes:
        feed: answers what the newest release is, as GitHub, Gitea and Forgejo do at `/releases/latest`.
        page: the page for people.
    """

    feed: str
    page: str

    @property
    def host(self) -> str:
        """Return the name of the machine that is asked."""
        return urlsplit(self.feed).hostname or ""


def release_address(urls: Callable[[], Iterable[str]] | None = None) -> ReleaseAddress | None:
    """Return where this package's releases are published, or None where it names no place.

    Args:
        urls: returns lines such as `Releases, https://…`; those of the installed package by default.
    """
    named = dict(_labelled(line) for line in (urls or _package_urls)())
    feed, page = named.get(FEED_LABEL.casefold(), ""), named.get(PAGE_LABEL.casefold(), "")
    return ReleaseAddress(feed, page) if _is_web(feed) and _is_web(page) else None


def find_newer(
    address: ReleaseAddress, token: CancelToken, *, running: str = __version__, within_s: float = _WITHIN_S
) -> str:
    """Return the version of the newest release where it is newer than this one, else an empty text.

    Pre-releases are not offered. Thread: a lane; ends within `within_s` seconds.

    Raises:
        SourceError: nobody answered, or the answer names no version.
        Cancelled: the token was canceled.
    """
    client = HttpClient(
        Connection(address.feed, total_timeout_s=within_s, read_timeout_s=min(within_s, 10.0)), cancel=token
    )
    try:
        answer = client.get("", headers={"Accept": "application/json"}, max_bytes=_MOST_BYTES, patient=False)
    finally:
        client.close()
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    tag = found.get("tag_name") if isinstance(found, dict) else None
    order = _order(tag) if isinstance(tag, str) else None
    if not isinstance(tag, str) or order is None:
        raise ProtocolError(
            _("{host} did not say what the newest version is.").format(host=address.host),
            hint=_("Open the release page in a browser instead."),
            detail=f"tag_name: {tag!r:.80}",
        )
    own = _order(running)
    is_offered = order[1] and not found.get("prerelease") and not found.get("draft")
    return tag.removeprefix("v").removeprefix("V") if is_offered and own is not None and order > own else ""


def _order(text: str) -> tuple[tuple[int, ...], bool] | None:
    """Return what versions are compared by: the numbers, and whether it is final. None: no version."""
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        return None
    numbers = tuple(int(part) for part in match[1].split("."))
    return (*numbers, *(0 for _missing in range(4 - len(numbers)))), match[2] is None


def _package_urls() -> Iterable[str]:
    try:
        return metadata.metadata("retrovue").get_all("Project-URL") or ()
    except metadata.PackageNotFoundError:
        # Run from a folder that was never installed.
        return ()


def _labelled(line: str) -> tuple[str, str]:
    name, _comma, url = line.partition(",")
    return name.strip().casefold(), url.strip()


def _is_web(url: str) -> bool:
    """Whether it is an address that a browser opens; a link of another kind could start a program."""
    return re.fullmatch(r"https?://[^\s/]\S*", url) is not None
