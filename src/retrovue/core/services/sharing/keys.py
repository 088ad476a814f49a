"""The API key: 32 characters, made here and kept where the tokens of servers are."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _
from retrovue.core.system import deeds
from retrovue.core.system.secrets import SecretPlace

KEY_LENGTH = 32
KEY_VARIABLE = "RETROVUE_API_KEY"
_NAME = "api-key"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """The key, and where it is kept: one that is kept in memory ends with the program."""

    text: str
    place: SecretPlace

    def matches(self, given: str) -> bool:
        """Whether somebody gave this key. It takes equally long whatever was given."""
        return hmac.compare_digest(self.text.encode(), given.encode("utf-8", "surrogatepass"))


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
    kept, place = host.secrets.own(_NAME)
    return new_key(host) if kept is None or place is None else ApiKey(kept, place)


def new_key(host: AppContext) -> ApiKey:
    """Make a key and keep it. The one before is no longer good.

    Raises:
        ReadOnlyError: it cannot be kept in the file that was chosen for secrets.
    """
    key = keep_key(host, secrets.token_hex(KEY_LENGTH // 2))
    deeds.tell(_("Made a new API key for other programs."))
    return key


def keep_key(host: AppContext, text: str) -> ApiKey:
    """Keep this key in place of the one before.

    Raises:
        ReadOnlyError: it cannot be kept in the file that was chosen for secrets.
    """
    return ApiKey(text, host.secrets.put_own(_NAME, text))
