"""What a server does not give to the account that is signed in: which features are off, and why."""

from dataclasses import dataclass
from enum import StrEnum

from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.i18n import _


class Feature(StrEnum):
    """What may be off. `folders`: where libraries lie, which path mapping proposes rules from."""

    SESSIONS = "sessions"
    HISTORY_OF_OTHERS = "history_of_others"
    LIVE_CHANGES = "live_changes"
    FOLDERS = "folders"
    OTHER_LIBRARIES = "other_libraries"

    @property
    def label(self) -> str:
        """The translated name of the feature."""
        return {
            "sessions": _("Who is watching now"),
            "history_of_others": _("What others have watched"),
            "live_changes": _("Live updates"),
            "folders": _("Library folders"),
            "other_libraries": _("All libraries"),
        }[self.value]


@dataclass(frozen=True, slots=True)
class Limit:
    """A feature that is off on a server, with a translated sentence that says why and what can be done."""

    feature: Feature
    reason: str


def limits(server: Server) -> list[Limit]:
    """What is off on a server for the account that is signed in; an empty list where everything works.

    It goes by what the last sign-in or test told, and asks nothing.
    """
    if server.kind is ServerKind.PLEX:
        return [] if server.is_owner else _shared_plex(server)
    if not server.is_owner:
        return _plain_account(server)
    if server.remote_user_id is None and server.kind is ServerKind.JELLYFIN:
        # Whether Emby tells a key of changes is not known: there it is tried.
        return [Limit(Feature.LIVE_CHANGES, _api_key(server))]
    return []


def _shared_plex(server: Server) -> list[Limit]:
    account = server.account or _("this account")
    return [
        Limit(
            Feature.SESSIONS,
            _("“{server}” is shared with {account}: Plex shows its streams only to the owner.").format(
                server=server.name, account=account
            ),
        ),
        Limit(
            Feature.HISTORY_OF_OTHERS,
            _("Plex shows other users’ history only to the owner of the server."),
        ),
        Limit(
            Feature.LIVE_CHANGES,
            _("Plex may send live updates only to the owner of the server. A sync finds changes either way."),
        ),
        Limit(Feature.OTHER_LIBRARIES, _("Only libraries that the owner shares are listed.")),
    ]


def _plain_account(server: Server) -> list[Limit]:
    account = server.account or _("This account")
    kind = server.kind.label
    if server.kind is ServerKind.JELLYFIN:
        sessions = _("{account} is not an administrator: Jellyfin shows it only its own streams.")
    else:
        sessions = _("{account} is not an administrator: Emby may show it only its own streams.")
    return [
        Limit(Feature.SESSIONS, sessions.format(account=account)),
        Limit(
            Feature.HISTORY_OF_OTHERS,
            _("{kind} shows other users’ history only to administrators.").format(kind=kind),
        ),
        Limit(
            Feature.FOLDERS,
            _("{kind} shows library folders only to administrators: add rules manually.").format(kind=kind),
        ),
        Limit(
            Feature.OTHER_LIBRARIES,
            _("Only libraries that {account} can access are listed.").format(account=account),
        ),
    ]


def _api_key(server: Server) -> str:
    return _(
        "An API key has no user, and {kind} sends live updates only to users. Sign in with a username to "
        "get them. A sync finds changes either way."
    ).format(kind=server.kind.label)
