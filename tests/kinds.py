"""Which kinds of server a scenario runs for, and in which tier: the one place that decides it."""

import pytest
from _pytest.mark import ParameterSet

from retrovue.core.domain.servers import ServerKind


def each_kind(*fast: ServerKind, of: tuple[ServerKind, ...] = tuple(ServerKind)) -> list[ParameterSet]:
    """Parameters for a scenario: the kinds named first in the fast tier, all others `of` them in the slow one.

    Name one, or those whose own code a scenario goes through: Emby and Jellyfin share sources and dialect.
    """
    return [pytest.param(kind, id=kind.value, marks=() if kind in fast else pytest.mark.slow) for kind in of]
