"""What the episodes of a complete list say of their seasons, as opposed to what one of them said once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from retrovue.core.domain.media import RemoteItem

SeasonKey = tuple[str, int]
SeasonWords = tuple[str | None, str | None]


@dataclass(slots=True)
class SeasonVotes:
    """Seasons are in no list; they are known by their episodes, and one wrong episode must not rename one for good."""

    _said: dict[SeasonKey, Counter[SeasonWords]] = field(default_factory=dict)

    def take(self, episodes: Sequence[RemoteItem]) -> None:
        """Note what each episode says of its season."""
        for item in episodes:
            if item.season_number is not None and item.show_remote_id and item.season_title:
                words = self._said.setdefault((item.show_remote_id, item.season_number), Counter())
                words[item.season_title, item.season_remote_id] += 1

    def result(self) -> dict[SeasonKey, SeasonWords]:
        """Title and remote id of each season, by its show's remote id and its number, as most of its episodes say."""
        return {key: words.most_common(1)[0][0] for key, words in self._said.items()}
