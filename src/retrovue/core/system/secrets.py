"""Tokens of servers: in the system's keyring, else in memory for one run, or in a file with consent.

They are never in the database, a log, an argument list or an export. The keyring is imported on first use (0.2 s) and
can block while the system shows a password prompt: never call this on the GUI thread.
"""

import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from retrovue.core.domain.errors import ConfigError, ReadOnlyError, SecretError
from retrovue.core.i18n import _
from retrovue.core.system import deeds
from retrovue.core.system.files import read_private_json, write_private_json
from retrovue.core.system.locks import ProcessLock
from retrovue.core.system.logging import register_secret

SERVICE = "RetroVue"
FILE_NAME = "secrets.json"
PLACE_VARIABLE = "RETROVUE_SECRETS"
TOKEN_VARIABLE = "RETROVUE_TOKEN"
MAX_LENGTH = 1200
"""Windows stores at most 2,560 bytes of UTF-16 per credential."""

log = logging.getLogger(__name__)


class SecretPlace(StrEnum):
    """The place of a token. `environment` and `memory` last for one run."""

    KEYRING = "keyring"
    FILE = "file"
    MEMORY = "memory"
    ENVIRONMENT = "environment"


class KeyringBackend(Protocol):
    """The methods of a `keyring` backend that are used."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return the secret, or None."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store the secret."""

    def delete_password(self, service: str, username: str) -> None:
        """Delete the secret. Raises when there is none."""


def system_keyring() -> KeyringBackend | None:
    """Return the keyring of this system, or None without a secure one.

    Without a Secret Service `get_keyring()` returns a backend that fails on every call. The plain-text files of
    `keyrings.alt` do not count.
    """
    import keyring

    backend = keyring.get_keyring()
    module = type(backend).__module__
    if module.startswith(("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")):
        return None
    if module.startswith("keyring.backends.chainer") and not getattr(backend, "backends", True):
        return None
    return backend


def token_variable(server_name: str) -> str:
    """Return the environment variable that overrides the token of a server for one run."""
    return f"{TOKEN_VARIABLE}_{re.sub(r'[^A-Z0-9]+', '_', server_name.upper())}"


class SecretStore:
    """The tokens of one profile. Thread: any but the GUI thread, since a keyring can prompt and block.

    Args:
        profile_id: called once, on first use, because the id is in the database.
        keyring: returns the backend or None; injected in tests.
    """

    def __init__(
        self,
        data_dir: Path,
        profile_id: Callable[[], str],
        *,
        environ: Mapping[str, str] | None = None,
        keyring: Callable[[], KeyringBackend | None] = system_keyring,
    ) -> None:
        self._path = data_dir / FILE_NAME
        self._profile_id = profile_id
        self._environ = os.environ if environ is None else environ
        self._open_keyring = keyring
        self._backend: KeyringBackend | None = None
        self._asked = False
        self._problem: SecretError | None = None
        self._memory: dict[str, str] = {}
        self.is_put_off = False
        """Keep a new token in memory first, for `move_to_keyring` to bring to the keyring: its prompt can wait for a
        person for minutes, and what needs the token must not wait with it."""
        self._lock = threading.RLock()

    def get(self, server_uuid: str, server_name: str) -> str | None:
        """Return the token of a server, or None.

        Raises:
            SecretError: the keyring is locked or refused.
        """
        secret = self._find(server_uuid, server_name)[0]
        register_secret(secret)
        return secret

    def own(self, name: str) -> tuple[str | None, SecretPlace | None]:
        """Return a secret that is no server's, stored by `put` under a name, and its place; (None, None) without one.

        Raises:
            SecretError: the keyring is locked or refused.
        """
        secret, place = self._find(name, None)
        register_secret(secret)
        return secret, place

    def where(self, server_uuid: str, server_name: str) -> SecretPlace | None:
        """Return the place that the token of a server is read from; None without a token.

        Raises:
            SecretError: the keyring is locked or refused.
        """
        return self._find(server_uuid, server_name)[1]

    def override(self, server_name: str) -> str | None:
        """Return the token from the environment, if any."""
        for name in (token_variable(server_name), TOKEN_VARIABLE):
            value = self._environ.get(name, "").strip()
            if value:
                register_secret(value)
                return value
        return None

    def place_for_new(self) -> SecretPlace:
        """Return where a new token would go without consent to a file. Opens the keyring, but reads nothing."""
        with self._lock:
            return self._place(self._environ.get(PLACE_VARIABLE, "").strip().lower(), allow_file=False)

    def put(self, server_uuid: str, secret: str, *, allow_file: bool = False) -> SecretPlace:
        """Store a token: in the keyring, else in a file with the user's consent, else in memory. Return the place.

        A keyring that is locked or refuses the token counts as none.

        Raises:
            ConfigError: it is empty or too long to be a token.
            SecretError: the token file is damaged.
            ReadOnlyError: the token file cannot be written.
        """
        if not secret or len(secret) > MAX_LENGTH or not secret.isprintable():
            raise ConfigError(
                _("This is not a token: it is empty, too long or contains control characters."),
                hint=_("Copy the token again, without line breaks."),
            )
        register_secret(secret)
        choice = self._environ.get(PLACE_VARIABLE, "").strip().lower()
        with self._lock:
            place = self._place(choice, allow_file=allow_file)
            if place is SecretPlace.KEYRING and self.is_put_off:
                place = SecretPlace.MEMORY
            elif place is SecretPlace.KEYRING and not self._put_in_keyring(server_uuid, secret):
                place = SecretPlace.FILE if allow_file else SecretPlace.MEMORY
            if place is SecretPlace.FILE:
                self._put_in_file(server_uuid, secret)
            self._memory.pop(server_uuid, None)
            if place is SecretPlace.MEMORY:
                self._memory[server_uuid] = secret
        log.info("a token was stored (%s)", place.value)
        return place

    def put_own(self, name: str, secret: str) -> SecretPlace:
        """Store a secret that is no server's, to be read by `own`; return the place. See `put`.

        Where new tokens are put off it goes to the keyring all the same, without the lock: the prompt keeps only the
        caller waiting, and nothing would bring it there later.
        """
        place = self.put(name, secret)
        if place is SecretPlace.MEMORY and self.is_put_off and name in self.unkept():
            try:
                return self.move_to_keyring(name, None) or place
            except SecretError as error:
                log.info("the keyring did not take a secret: %s (%s)", error.reason, error.detail)
                deeds.complain(error.text)
        return place

    def delete(self, server_uuid: str) -> None:
        """Delete a token everywhere.

        Raises:
            SecretError: the keyring is locked or refused; the token is deleted everywhere else.
        """
        with self._lock:
            self._memory.pop(server_uuid, None)
            self._forget_in_file(server_uuid)
            backend = self._keyring()
            if backend is None:
                return
            with _keyring_errors():
                if backend.get_password(SERVICE, self._key(server_uuid)) is not None:
                    backend.delete_password(SERVICE, self._key(server_uuid))

    def move_to_keyring(self, server_uuid: str, server_name: str | None) -> SecretPlace | None:
        """Move a token from the file or from memory to the keyring. Return its place.

        Args:
            server_name: None for a secret that is no server's.

        Raises:
            SecretError: the keyring is locked, refused, or there is none.
        """
        with self._lock:
            secret, place = self._find(server_uuid, server_name)
            if secret is None or place not in (SecretPlace.FILE, SecretPlace.MEMORY):
                return place
            backend = self._keyring()
            problem = self._problem
        if backend is None and problem is not None:
            raise SecretError(problem.text, hint=problem.hint, detail=problem.detail, reason=problem.reason)
        if backend is None:
            raise SecretError(
                _("This computer has no keyring."), hint=_("Set one up, then try again."), reason="unavailable"
            )
        # Without the lock: while the keyring asks a person, syncs read the token where it still is.
        with _keyring_errors():
            backend.set_password(SERVICE, self._key(server_uuid), secret)
        with self._lock:
            self._forget_in_file(server_uuid)
            if self._memory.get(server_uuid) == secret:
                del self._memory[server_uuid]
        log.info("a token was moved to the keyring")
        return SecretPlace.KEYRING

    def move_to_file(self, server_uuid: str) -> None:
        """Move a token from memory to the file, with the user's consent.

        Raises:
            SecretError: the token file is damaged.
            ReadOnlyError: the token file cannot be written.
        """
        with self._lock:
            secret = self._memory.get(server_uuid)
            if secret is not None:
                self._put_in_file(server_uuid, secret)
                del self._memory[server_uuid]
        log.info("a token was moved to the file")

    def unkept(self) -> frozenset[str]:
        """Return the servers (by uuid) whose tokens are lost when the program ends, unless that was chosen."""
        if self._environ.get(PLACE_VARIABLE, "").strip().lower() == SecretPlace.MEMORY:
            return frozenset()
        with self._lock:
            return frozenset(self._memory)

    def look_for_keyring(self) -> bool:
        """Return whether there is a keyring, checking again where there was none before."""
        with self._lock:
            if self._backend is None:
                self._asked = False
            return self._keyring() is not None

    def keyring_name(self) -> str | None:
        """Return the name of the system's keyring for diagnostics, or None."""
        backend = self._keyring()
        return None if backend is None else f"{type(backend).__module__}.{type(backend).__qualname__}"

    def _find(self, server_uuid: str, server_name: str | None) -> tuple[str | None, SecretPlace | None]:
        given = None if server_name is None else self.override(server_name)
        if given is not None:
            return given, SecretPlace.ENVIRONMENT
        with self._lock:
            kept = self._memory.get(server_uuid)
            if kept is not None:
                return kept, SecretPlace.MEMORY
            # Read the file before the keyring: a user who chose the file should get no password prompt.
            stored = self._read_file().get(self._key(server_uuid)) if self._path.exists() else None
            if stored:
                return stored, SecretPlace.FILE
            backend = self._keyring()
            if backend is None and self._problem is not None and self._problem.is_locked:
                # The token can be in the locked keyring. Reporting none would make the user sign in again.
                raise SecretError(
                    self._problem.text, hint=self._problem.hint, detail=self._problem.detail, reason="locked"
                )
            if backend is None:
                return None, None
            with _keyring_errors():
                found = backend.get_password(SERVICE, self._key(server_uuid))
            return (found, SecretPlace.KEYRING) if found else (None, None)

    def _place(self, choice: str, *, allow_file: bool) -> SecretPlace:
        if choice in (SecretPlace.FILE, SecretPlace.MEMORY):
            return SecretPlace(choice)
        if self._keyring() is not None:
            return SecretPlace.KEYRING
        return SecretPlace.FILE if allow_file else SecretPlace.MEMORY

    def _put_in_keyring(self, server_uuid: str, secret: str) -> bool:
        backend = self._keyring()
        if backend is None:
            return False
        try:
            with _keyring_errors():
                backend.set_password(SERVICE, self._key(server_uuid), secret)
        except SecretError as error:
            log.info("the keyring did not take a token: %s (%s)", error.reason, error.detail)
            deeds.complain(error.text)
            return False
        self._forget_in_file(server_uuid)
        return True

    def _keyring(self) -> KeyringBackend | None:
        with self._lock:
            if not self._asked:
                self._asked = True
                try:
                    with _keyring_errors():
                        self._backend = self._open_keyring()
                    self._problem = None
                except SecretError as error:
                    log.info("the keyring could not be opened: %s", error.detail)
                    deeds.complain(error.text)
                    self._problem = error
                    # Its service might not run yet before the login, so do not cache this.
                    self._asked = not error.is_locked
            return self._backend

    def _key(self, server_uuid: str) -> str:
        return f"{self._profile_id()}:{server_uuid}"

    def _read_file(self) -> dict[str, str]:
        try:
            content = read_private_json(self._path)
        except (OSError, ValueError) as error:
            raise SecretError(
                _("The token file cannot be read: {path}").format(path=self._path),
                hint=_("Delete it and sign in again, or fix its permissions."),
                detail=type(error).__name__,
            ) from error
        tokens = content.get("tokens")
        if not isinstance(tokens, dict):
            return {}
        return {key: value for key, value in tokens.items() if isinstance(value, str)}

    def _write_file(self, tokens: dict[str, str]) -> None:
        try:
            write_private_json(self._path, {"version": 1, "tokens": tokens})
        except OSError as error:
            raise ReadOnlyError(
                _("The token file cannot be written: {path}").format(path=self._path),
                hint=_("Check the permissions of the data folder."),
                detail=f"{type(error).__name__}: {error.strerror}",
            ) from error

    def _put_in_file(self, server_uuid: str, secret: str) -> None:
        with self._changing_file():
            self._write_file({**self._read_file(), self._key(server_uuid): secret})

    def _forget_in_file(self, server_uuid: str) -> None:
        if not self._path.exists():
            return
        with self._changing_file():
            tokens = self._read_file()
            if tokens.pop(self._key(server_uuid), None) is None:
                return
            if tokens:
                self._write_file(tokens)
            else:
                self._path.unlink(missing_ok=True)

    def _changing_file(self) -> ProcessLock:
        """From reading to writing: of two processes that store a token in the same moment, one would lose it."""
        return ProcessLock(self._path.parent / "locks" / "secrets.lock")


def _backend_failures() -> tuple[type[BaseException], ...]:
    """Return the exceptions of keyring backends: their own, and those of D-Bus that they let through."""
    from keyring.errors import KeyringError

    failures: list[type[BaseException]] = [KeyringError, OSError, RuntimeError, ValueError]
    for module, name in (
        ("secretstorage.exceptions", "SecretStorageException"),
        ("jeepney.wrappers", "DBusErrorResponse"),
    ):
        if module in sys.modules:
            failures.append(getattr(sys.modules[module], name))
    return tuple(failures)


@contextmanager
def _keyring_errors() -> Iterator[None]:
    """Translate failures of a backend into a `SecretError` that distinguishes locked and unavailable."""
    try:
        yield
    except _backend_failures() as error:
        from keyring.errors import InitError, KeyringLocked

        locked = isinstance(error, KeyringLocked | InitError)
        raise SecretError(
            _("This computer’s keyring is locked.") if locked else _("This computer’s keyring is not responding."),
            hint=_("Unlock it, then try again."),
            command_hint=_("Unlock it and try again, or give the token for this run in RETROVUE_TOKEN."),
            # The message of a backend can quote the token.
            detail=type(error).__name__,
            reason="locked" if locked else "unavailable",
        ) from error
