"""The API key: 32 characters, made here and kept where the tokens of servers are."""

import hmac
import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _
from retrovue.core.system import deeds
from retrovue.core.system.files import write_private_json
from retrovue.core.system.locks import ProcessLock
from retrovue.core.system.secrets import SecretPlace

log = logging.getLogger(__name__)

KEY_LENGTH = 32
KEY_VARIABLE = "RETROVUE_API_KEY"
_NAME = "api-key"
_STAMP = "sharing-renewed.json"
"""Replaced with each renewal: the keyring does not say when a secret changed, and is not asked with each request."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """The key, and where it is kept: one that is kept in memory ends with the program."""

    text: str
    place: SecretPlace

    def matches(self, given: str) -> bool:
        """Whether somebody gave this key. It takes equally long whatever was given."""
        return hmac.compare_digest(self.text.encode(), given.encode("utf-8", "surrogatepass"))


class Renewals:
    """Whether secrets for other programs were renewed, by this process or another one of this profile. Thread: any."""

    def __init__(self, host: AppContext) -> None:
        self._host = host
        self._lock = threading.Lock()
        # A renewal between reading the first key and the first look must not go unnoticed.
        self._seen: object = self
        self.turn = 0
        """Grows with each renewal that was read."""

    @property
    def is_due(self) -> bool:
        """Whether there was one since `read`: one look at a file."""
        return self._stamp() != self._seen

    def read(self, known: ApiKey) -> ApiKey:
        """Return the key as it is kept now; `known` where that is nowhere. Can wait for the keyring.

        Raises:
            SecretError: the keyring is locked or refused; the next call tries again.
        """
        with self._lock:
            stamp = self._stamp()
            kept, place = (None, None) if known.place is SecretPlace.ENVIRONMENT else self._host.secrets.own(_NAME)
            self._seen = stamp
            self.turn += 1
        return known if kept is None or place is None else ApiKey(kept, place)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = (self._host.dirs.lock_dir / _STAMP).stat()
        except OSError:
            return None
        # A second renewal within one tick of the file system's clock is another file.
        return found.st_mtime_ns, found.st_ino


def api_key(host: AppContext, environ: Mapping[str, str]) -> ApiKey:
    """The key of this profile; one is made where there is none yet.

    Raises:
        ConfigError: the one in the environment is too short or has other characters than letters and digits.
        SecretError: the keyring is locked.
    """
    given = environ.get(KEY_VARIABLE, "").strip()
    if given:
        if len(given) != KEY_LENGTH or not given.isascii() or not given.isalnum():
            raise ConfigError(
                _("{variable} is not an API key.").format(variable=KEY_VARIABLE),
                hint=_("An API key has exactly {n} letters and digits.").format(n=KEY_LENGTH),
            )
        return ApiKey(given, SecretPlace.ENVIRONMENT)
    return _kept(host) or _first_key(host)


def _kept(host: AppContext) -> ApiKey | None:
    kept, place = host.secrets.own(_NAME)
    return None if kept is None or place is None else ApiKey(kept, place)


def _first_key(host: AppContext) -> ApiKey:
    """The key that is made where there is none. Of two processes that find none in the same moment one makes it: the
    key that the other one printed would not be the key."""
    with ProcessLock(host.dirs.lock_dir / "api-key.lock"):
        return _kept(host) or new_key(host)


def new_key(host: AppContext) -> ApiKey:
    """Make a key and keep it. The one before is no longer good.

    Raises:
        ReadOnlyError: it cannot be kept in the file that was chosen for secrets.
    """
    key = keep_key(host, secrets.token_hex(KEY_LENGTH // 2))
    deeds.tell(_("Made a new API key for other programs."))
    return key


def keep_key(host: AppContext, text: str) -> ApiKey:
    """Keep this key in place of the one before, from the next request on.

    Raises:
        ReadOnlyError: it cannot be kept in the file that was chosen for secrets.
    """
    key = ApiKey(text, host.secrets.put_own(_NAME, text))
    tell_renewed(host)
    return key


def tell_renewed(host: AppContext) -> None:
    """Say to whatever answers for this profile, in any process, that a secret is another one."""
    try:
        write_private_json(host.dirs.lock_dir / _STAMP, {"renewed_at": host.clock.epoch()})
    except OSError as error:
        # The secret itself is kept: what runs learns of it with its next start.
        log.warning("running programs do not learn of a new secret: %s", error.strerror)
