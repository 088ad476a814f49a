"""The eight people of the demo house: who they are, what they watch on, and their habits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retrovue.demo.playback import BROWSER, LIVING_ROOM, OWNER, PHONE, USERS, Player, User

ServerName = Literal["plex", "jellyfin", "emby"]

TABLET = Player(
    "Kitchen tablet", "player-tablet-0004", "Plex for Android (Mobile)", "Android", "Pixel Tablet", "192.0.2.44"
)
APPLE_TV = Player("Apple TV", "player-appletv-0005", "Plex for Apple TV", "tvOS", "Apple TV", "192.0.2.52")
COTTAGE = Player("Cottage TV", "player-cottage-0006", "Plex for LG", "webOS", "OLED55", "203.0.113.77", False)
LAPTOP = Player("Night laptop", "player-laptop-0007", "Plex for Windows", "Windows", "PC", "198.51.100.61", False)
PROJECTOR = Player("Attic projector", "player-projector-0008", "Plex HTPC", "Linux", "HTPC", "192.0.2.60")

_PRODUCTS = {
    "jellyfin": {
        "Android": "Jellyfin Android TV", "iOS": "Swiftfin iOS", "Firefox": "Jellyfin Web", "tvOS": "Swiftfin tvOS",
        "webOS": "Jellyfin for WebOS", "Windows": "Jellyfin Media Player", "Linux": "Jellyfin Media Player",
    },
    "emby": {
        "Android": "Emby for Android TV", "iOS": "Emby for iOS", "Firefox": "Emby Web", "tvOS": "Emby for Apple TV",
        "webOS": "Emby for LG", "Windows": "Emby Theater", "Linux": "Emby Theater",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Habits:
    """How a person watches; hours are local.

    Attributes:
        evenings: the share of weekdays with something on; `weekends` that of Saturdays and Sundays.
        starts_at: when an evening usually begins; on weekends an afternoon can come before it.
        films: the share of evenings with a film; the others are episodes.
        binge: how likely another episode follows an episode; weekends add to it.
        finishes: how likely something is watched to its end.
        transcodes: the share of plays that the server has to convert on top of what distance asks for.
        since_days: how many days ago they came.
        is_owl: watches through the night in which the clocks change.
    """

    evenings: float
    weekends: float
    starts_at: float
    films: float
    binge: float
    finishes: float = 0.86
    transcodes: float = 0.08
    since_days: int = 100_000
    is_owl: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with accounts on some of the servers; the first is the one they use most."""

    user: User
    servers: tuple[ServerName, ...]
    players: tuple[Player, ...]
    habits: Habits

    def player(self, server: ServerName, number: int = 0) -> Player:
        """Return a device of theirs with the client that speaks to a kind of server."""
        player = self.players[number % len(self.players)]
        if server == "plex":
            return player
        product = _PRODUCTS[server][player.platform]
        return Player(player.name, f"{server}-{player.machine_identifier}", product, player.platform, player.device,
                      player.address, player.local)  # fmt: skip


PEOPLE: tuple[Person, ...] = (
    Person(OWNER, ("plex", "jellyfin", "emby"), (LIVING_ROOM, PROJECTOR, BROWSER), Habits(0.5, 0.85, 20.6, 0.45, 0.45)),
    Person(USERS[1], ("plex", "jellyfin"), (PHONE, LIVING_ROOM), Habits(0.7, 0.75, 19.4, 0.15, 0.68, transcodes=0.15)),
    Person(USERS[2], ("plex",), (BROWSER, APPLE_TV), Habits(0.35, 0.7, 21.1, 0.6, 0.35)),
    Person(User(4, "Mireille"), ("jellyfin", "plex"), (APPLE_TV, TABLET), Habits(0.5, 0.8, 20.2, 0.25, 0.75)),
    Person(User(5, "otto"), ("plex", "emby"), (TABLET,), Habits(0.45, 0.9, 16.8, 0.1, 0.6, finishes=0.65)),
    Person(User(6, "Großeltern"), ("emby", "plex"), (COTTAGE,), Habits(0.6, 0.6, 18.9, 0.35, 0.3, transcodes=0.5)),
    Person(User(7, "ravi"), ("plex", "jellyfin"), (LAPTOP, PHONE), Habits(0.5, 0.6, 23.2, 0.3, 0.6, is_owl=True)),
    Person(User(8, "Zofia"), ("jellyfin", "plex"), (PHONE,), Habits(0.8, 0.9, 20.9, 0.3, 0.8, since_days=19)),
)  # fmt: skip
