"""The cards beside the views: what most people watched, what was watched last, how libraries grew."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from retrovue.core.domain.statistics import Chosen
from retrovue.gui.charts.data import ChartData
from retrovue.gui.pages.statistics import shapes
from retrovue.gui.pages.statistics.asking import Question
from retrovue.gui.pages.statistics.cards import Cards, Extra, useful
from retrovue.gui.pages.statistics.choice import Choice
from retrovue.gui.pages.statistics.counting import Counting
from retrovue.gui.pages.statistics.posters import TitlePosters

if TYPE_CHECKING:
    from retrovue.core.services.statistics.watched import PopularTitle


class Extras:
    """Asks for them and shows the answers. Thread: GUI."""

    def __init__(self, cards: Cards, counting: Counting, posters: TitlePosters) -> None:
        self._cards = cards
        self._counting = counting
        self._posters = posters

    def questions(self, choice: Choice, chosen: Chosen) -> dict[Any, tuple[Question, Callable[[Any], None]]]:
        """What to ask for the cards that are of use, and who receives the answers."""

        def show_popular(titles: "Sequence[PopularTitle]") -> None:
            self._show(Extra.POPULAR, shapes.popular(titles, chosen))

        every: dict[Extra, tuple[Question, Callable[[Any], None]]] = {
            Extra.RECENT: (
                partial(self._counting.recent, chosen),
                lambda found: self._show(Extra.RECENT, shapes.recent(found)),
            ),
            Extra.POPULAR: (partial(self._counting.popular, chosen), show_popular),
            Extra.GROWTH: (
                partial(self._counting.growth, chosen),
                lambda found: self._show(Extra.GROWTH, shapes.growth(found)),
            ),
        }
        return {shown: asked for shown, asked in every.items() if useful(shown, choice)}

    def _show(self, shown: Extra, data: ChartData) -> None:
        self._cards.small[shown].show_data(data)
        self._posters.look_up(data)
