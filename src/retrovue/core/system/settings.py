"""The settings: one frozen dataclass, stored in `settings.json`, each field overridable by `RETROVUE_<FIELD>`.

A field is declared once, with its default, title and allowed values. An invalid value is replaced by the default, with
a warning. Unknown keys are kept for the version that knows them.
"""

import contextlib
import dataclasses
import json
import os
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, cast

from retrovue.core.domain.errors import ConfigError, ReadOnlyError
from retrovue.core.i18n import _
from retrovue.core.system.files import read_private_json, write_private_json

VERSION = 1
PREFIX = "RETROVUE_"
NOTICE_DEFAULTS: Mapping[str, bool] = {
    "started": True,
    "stopped": False,
    "paused": False,
    "resumed": False,
    "watched": False,
    "decision_changed": False,
    "error": True,
    "several_streams": False,
    "new_device": False,
    "sync_finished": False,
    "sync_failed": True,
    "held_back": True,
    "leaving_soon": True,
    "server_down": True,
    "server_up": True,
}
"""Events that can raise a notice, and whether they do by default."""

NOTICE_KINDS = ("movie", "episode", "live")
"""Types of streams that notices can be limited to; "live" is live TV."""

Check = Callable[[object], Any]
"""Returns the value to store, or raises ValueError with the reason."""


def _setting(default: Any, title: Callable[[], str], check: Check) -> Any:
    metadata = {"title": title, "check": check}
    if isinstance(default, Mapping):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def _one_of(*values: str) -> Check:
    def check(value: object) -> str:
        if isinstance(value, str) and value.strip().lower() in values:
            return value.strip().lower()
        raise ValueError(_("must be one of {values}").format(values=", ".join(values)))

    return check


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    word = str(value).strip().lower()
    if isinstance(value, str) and word in words:
        return words[word]
    raise ValueError(_("must be true or false"))


def _whole(low: int, high: int) -> Check:
    def check(value: object) -> int:
        number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
        if isinstance(number, int) and not isinstance(number, bool) and low <= number <= high:
            return number
        raise ValueError(_("must be a whole number from {low} to {high}").format(low=low, high=high))

    return check


def _number(low: float, high: float) -> Check:
    def check(value: object) -> float:
        try:
            number = float(value) if isinstance(value, str) else value
        except ValueError:
            number = None
        if isinstance(number, int | float) and not isinstance(number, bool) and low <= number <= high:
            return float(number)
        raise ValueError(_("must be a number from {low} to {high}").format(low=low, high=high))

    return check


def _text(pattern: str) -> Check:
    def check(value: object) -> str:
        if isinstance(value, str) and re.fullmatch(pattern, value.strip()):
            return value.strip()
        raise ValueError(_("wrong format"))

    return check


def _origins(value: object) -> str:
    """Web pages by scheme, name and port, separated by `|`; nothing else of an address belongs to an origin."""
    if isinstance(value, str):
        origins = [origin.strip().rstrip("/").lower() for origin in value.split("|") if origin.strip()]
        if all(re.fullmatch(r"https?://[a-z0-9.:\[\]_-]+", origin) for origin in origins):
            return "|".join(origins)
    raise ValueError(_("must be addresses such as https://dash.example, separated by |"))


def _some_of(*values: str) -> Check:
    """Check names separated by `|`; none stands for all."""

    def check(value: object) -> str:
        if isinstance(value, str) and set(named := names_of(value.lower())) <= set(values):
            return "|".join(name for name in values if name in named)
        raise ValueError(_("must be some of {values}, separated by |").format(values=", ".join(values)))

    return check


def _hours(value: object) -> str:
    """`22:00-07:00`, or an empty text for no quiet hours."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return ""
        start, dash, end = text.partition("-")
        if dash:
            # Python's message about an invalid time mentions ISO formats, which users do not know.
            with contextlib.suppress(ValueError):
                return f"{time.fromisoformat(start.strip()):%H:%M}-{time.fromisoformat(end.strip()):%H:%M}"
    raise ValueError(_("must be hours such as 22:00-07:00"))


def _notices(value: object) -> dict[str, bool]:
    """Check a mapping of events, or the list of event names from the environment."""
    if isinstance(value, str):
        named = {name.strip() for name in value.split(",") if name.strip()}
        unknown = named - set(NOTICE_DEFAULTS)
        if unknown:
            raise ValueError(_("unknown events: {names}").format(names=", ".join(sorted(unknown))))
        return {event: event in named for event in NOTICE_DEFAULTS}
    if isinstance(value, dict):
        # Keep events of a newer version. Missing ones get their default.
        return {**NOTICE_DEFAULTS, **{str(event): _flag(state) for event, state in value.items()}}
    raise ValueError(_("must be a list of events"))


def _notice_filters(value: object) -> dict[str, dict[str, str]]:
    """Check the filters of events, a mapping or (from the environment) its JSON. An empty filter is none."""
    try:
        found = json.loads(value or "{}") if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise ValueError(_("must be filters by event"))
    checked: dict[str, dict[str, str]] = {}
    for event, fields in found.items():
        texts = {str(name): text.strip() for name, text in fields.items() if isinstance(text, str) and text.strip()}
        if "kinds" in texts:
            texts["kinds"] = _some_of(*NOTICE_KINDS)(texts["kinds"])
        if texts:
            checked[str(event)] = texts
    return checked


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting. Durations are in the unit that the name ends with.

    `notice_kinds` names `NOTICE_KINDS`, separated by `|`; empty stands for all. `notice_filters` has, by event, what is
    left out besides: `users`, `libraries`, `servers` and the `kinds` that alone are let through, all separated by `|`.
    `quiet_hours` is `HH:MM-HH:MM` in local time (it may cross midnight) or empty. `language` is empty for the
    system's. `gentle` decides how many pages are requested in parallel: `auto` depends on the server, `on` is one.
    `follow_gently` decides when live changes are fetched later and one page at a time: `auto` while someone is
    streaming, on battery and on a metered connection.
    `catalog_address` is `postgresql://user@host/name`, never with a password, and empty for the file of the profile.
    `gzip` `auto` compresses outside private networks. `client_id` identifies this installation to servers.
    """

    appearance: str = _setting("system", lambda: _("Theme"), _one_of("system", "light", "dark"))
    language: str = _setting("", lambda: _("Language"), _text(r"(?:[A-Za-z]{2,3}(?:[_-][A-Za-z]{2,4})?)?"))
    close_to_tray: bool = _setting(True, lambda: _("Close the window to the tray"), _flag)
    minimise_to_tray: bool = _setting(False, lambda: _("Minimize the window to the tray"), _flag)
    autostart: bool = _setting(False, lambda: _("Start at login"), _flag)
    start_minimised: bool = _setting(True, lambda: _("Start hidden in the tray at login"), _flag)
    update_check: bool = _setting(False, lambda: _("Check for new versions"), _flag)
    notices: Mapping[str, bool] = _setting(NOTICE_DEFAULTS, lambda: _("Notifications"), _notices)
    quiet_hours: str = _setting("", lambda: _("Quiet hours"), _hours)
    quiet_lets_problems: bool = _setting(False, lambda: _("Notify about problems during quiet hours"), _flag)
    notice_delay_s: float = _setting(10.0, lambda: _("Notify about a stream after (seconds)"), _number(0, 600))
    notice_place: str = _setting("all", lambda: _("Streams to notify about"), _one_of("all", "local", "remote"))
    notice_kinds: str = _setting("", lambda: _("Types to notify about"), _some_of(*NOTICE_KINDS))
    notice_filters: Mapping[str, Mapping[str, str]] = _setting(
        {}, lambda: _("Filters of single notifications"), _notice_filters
    )
    notice_buffering: int = _setting(3, lambda: _("Notify about buffering after (times)"), _whole(1, 50))
    notice_streams: int = _setting(2, lambda: _("Notify about streams of one user from (streams)"), _whole(2, 50))
    notice_not_me: bool = _setting(False, lambda: _("Ignore my own streams"), _flag)
    notice_my_names: str = _setting("", lambda: _("My usernames on the servers, separated by |"), _text(r"[^\n]*"))
    notice_muted_users: str = _setting("", lambda: _("Ignored users, separated by |"), _text(r"[^\n]*"))
    notice_muted_libraries: str = _setting("", lambda: _("Ignored libraries, separated by |"), _text(r"[^\n]*"))
    notice_muted_servers: str = _setting("", lambda: _("Ignored servers, separated by |"), _text(r"[^\n]*"))
    close_without_tray: str = _setting(
        "ask", lambda: _("Closing the window when there is no tray"), _one_of("ask", "quit", "minimise")
    )
    backup_schedule: str = _setting("weekly", lambda: _("Backup schedule"), _one_of("off", "weekly"))
    sync_schedule: str = _setting("every", lambda: _("Sync schedule"), _one_of("off", "at_start", "every"))
    sync_every_hours: int = _setting(12, lambda: _("Hours between syncs"), _whole(1, 168))
    tautulli_every_hours: int = _setting(12, lambda: _("Hours between Tautulli syncs (0: manual only)"), _whole(0, 168))
    file_check_schedule: str = _setting("weekly", lambda: _("File check schedule"), _one_of("off", "daily", "weekly"))
    extra_files_ignore: str = _setting(
        "", lambda: _("Names to ignore when searching for extra files, separated by |"), _text(r"[^\n]*")
    )
    verification_days: int = _setting(7, lambda: _("Days between full comparisons"), _whole(1, 365))
    pages_in_flight: int = _setting(4, lambda: _("Parallel requests"), _whole(1, 16))
    gentle: str = _setting("auto", lambda: _("Go easy on the server"), _one_of("auto", "on", "off"))
    page_size: int = _setting(500, lambda: _("Items per page"), _whole(10, 1000))
    gzip: str = _setting("auto", lambda: _("Compress responses"), _one_of("auto", "on", "off"))
    poll_s: float = _setting(5.0, lambda: _("Seconds between checks of active streams"), _number(0.1, 600))
    idle_poll_s: float = _setting(30.0, lambda: _("Seconds between checks when nothing is playing"), _number(0.1, 3600))
    follow_quiet_s: float = _setting(10.0, lambda: _("Seconds to wait before fetching changes"), _number(0.05, 600))
    follow_gently: str = _setting("auto", lambda: _("Slow down live updates"), _one_of("auto", "on", "off"))
    min_length_s: float = _setting(10.0, lambda: _("Ignore plays shorter than (seconds)"), _number(0, 3600))
    sitting_hours: float = _setting(12.0, lambda: _("Group plays of the same title within (hours)"), _number(0, 168))
    watched_movie_percent: int = _setting(85, lambda: _("Percentage of a movie that counts as watched"), _whole(1, 100))
    watched_episode_percent: int = _setting(
        85, lambda: _("Percentage of an episode that counts as watched"), _whole(1, 100)
    )
    watched_marker: str = _setting(
        "earlier", lambda: _("What makes a play count as watched"), _one_of("percent", "credits", "earlier")
    )
    statistics_max_age_days: int = _setting(
        7, lambda: _("Days after which statistics are too old for the clean-up list"), _whole(1, 365)
    )
    keep_favorites: bool = _setting(False, lambda: _("Keep favorites off the clean-up list"), _flag)
    grace_days: int = _setting(14, lambda: _("Days in “Leaving soon”"), _whole(1, 365))
    leaving_rules: str = _setting("", lambda: _("Rules of “Leaving soon”, separated by |"), _text(r"[^\n]*"))
    share: bool = _setting(False, lambda: _("Answer requests from other programs"), _flag)
    share_listen: str = _setting("127.0.0.1", lambda: _("Allow access from"), _one_of("127.0.0.1", "0.0.0.0"))
    share_port: int = _setting(8181, lambda: _("Port"), _whole(1024, 65535))
    share_stop: bool = _setting(False, lambda: _("Let programs stop streams"), _flag)
    share_origins: str = _setting("", lambda: _("Web pages that can read answers"), _origins)
    log_level: str = _setting("info", lambda: _("Log level"), _one_of("debug", "info", "warning", "error"))
    account_url: str = _setting("https://plex.tv", lambda: _("Plex account address"), _text(r"https?://\S+"))
    catalog_address: str = _setting(
        "", lambda: _("Database of the catalog"), _text(r"(?:postgres(?:ql)?://(?:[^:/?#\s@]*@)?[^\s@]+)?")
    )
    client_id: str = _setting("", lambda: _("ID of this installation"), _text(r"[A-Za-z0-9._-]{0,64}"))

    @property
    def effective_pages(self) -> int:
        """Return the number of parallel requests: 1 with `gentle`."""
        return 1 if self.gentle == "on" else self.pages_in_flight

    @property
    def gzip_flag(self) -> bool | None:
        """Return True or False when forced, None when the network decides."""
        return {"on": True, "off": False}.get(self.gzip)


def names_of(text: str) -> tuple[str, ...]:
    """Return the names in a setting that separates them by `|`."""
    return tuple(name.strip() for name in text.split("|") if name.strip())


FIELDS: Mapping[str, "dataclasses.Field[Any]"] = {field.name: field for field in dataclasses.fields(Settings)}


def title_of(name: str) -> str:
    """Return the translated title of a setting."""
    return str(FIELDS[name].metadata["title"]())


def check_value(name: str, value: object) -> Any:
    """Check a value and return it as stored.

    Raises:
        ConfigError: there is no such setting, or the value is invalid.
    """
    if name not in FIELDS:
        raise ConfigError(_("There is no setting “{name}”.").format(name=name))
    try:
        return cast(Check, FIELDS[name].metadata["check"])(value)
    except ValueError as error:
        raise ConfigError(
            _("Invalid value for “{title}”: {reason}.").format(title=title_of(name), reason=error)
        ) from error


class SettingsStore:
    """The settings of a profile on disk. Thread: any.

    `warnings` has the values that were not used, and why. They are logged later, because the log level is a setting.
    """

    def __init__(self, path: Path, *, environ: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._environ = os.environ if environ is None else environ
        self._lock = threading.Lock()
        self.warnings: list[str] = []
        self._current = self._load()

    @property
    def current(self) -> Settings:
        """Return the current settings, including overrides of the environment."""
        return self._current

    def overridden_by(self, name: str) -> str:
        """Return the environment variable that overrides this setting; empty without one."""
        variable = PREFIX + name.upper()
        return variable if variable in self._environ else ""

    def update(self, **changes: object) -> Settings:
        """Check, store and return the settings with `changes`. Overrides of the environment are not stored.

        Raises:
            ConfigError: a value is invalid.
            ReadOnlyError: the file cannot be written; nothing changed.
        """
        checked = {name: check_value(name, value) for name, value in changes.items()}
        with self._lock:
            # Another process of the profile can have written the file in between, so replace only the changed keys.
            raw = {**self._read(), "version": VERSION, **{name: _plain(value) for name, value in checked.items()}}
            try:
                write_private_json(self._path, raw)
            except OSError as error:
                raise ReadOnlyError(
                    _("The settings cannot be saved: {path}").format(path=self._path),
                    hint=_("Check the permissions and free space of the data folder."),
                    detail=f"{type(error).__name__}: {error.strerror}",
                ) from error
            self._current = dataclasses.replace(self._current, **checked)
            return self._current

    def _load(self) -> Settings:
        values: dict[str, Any] = {}
        for name, value in self._read().items():
            if name in FIELDS:
                self._take(values, name, value, self._path.name)
        client_id = values.get("client_id") or ""
        if not client_id:
            values["client_id"] = uuid.uuid4().hex
        self._current = Settings(**values)
        if not client_id:
            self._keep_client_id(values["client_id"])
        overrides: dict[str, Any] = {}
        for name in FIELDS:
            variable = PREFIX + name.upper()
            if variable in self._environ:
                self._take(overrides, name, self._environ[variable], variable)
        return dataclasses.replace(self._current, **overrides)

    def _keep_client_id(self, client_id: str) -> None:
        try:
            self.update(client_id=client_id)
        except ReadOnlyError as error:
            self._warn(error.user_text())

    def _take(self, values: dict[str, Any], name: str, value: object, origin: str) -> None:
        try:
            values[name] = check_value(name, value)
        except ConfigError as error:
            self._warn(_("{origin}: {problem} The default is used.").format(origin=origin, problem=error.text))

    def _read(self) -> dict[str, object]:
        try:
            return read_private_json(self._path)
        except (OSError, ValueError) as error:
            self._warn(
                _("The settings cannot be read ({reason}); defaults are used: {path}").format(
                    reason=type(error).__name__, path=self._path
                )
            )
            self._set_aside()
            return {}

    def _set_aside(self) -> None:
        """Keep an unreadable file: the user may want to recover the settings in it."""
        if self._path.is_file():
            try:
                self._path.replace(self._path.with_name(f"{self._path.name}.unreadable"))
            except OSError as error:
                self._warn(f"{type(error).__name__}: {error.strerror}")

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


def _plain(value: object) -> object:
    """Return `value` as JSON stores it."""
    return json.loads(json.dumps(dict(value) if isinstance(value, Mapping) else value))
