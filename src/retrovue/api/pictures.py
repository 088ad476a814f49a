"""`pms_image_proxy`: posters of known items, never an address that somebody sends."""

import re
from dataclasses import dataclass

from retrovue.api.tautulli.params import Params
from retrovue.api.tautulli.scope import Scope
from retrovue.core.domain.errors import Cancelled
from retrovue.core.domain.images import image_format
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.artwork import ArtworkRequest

_PATH = re.compile(r"/library/metadata/(\d{1,18})/(?:thumb|art)(?:/\d{1,18})?")


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole image of a kind that is known."""

    content: bytes
    media_type: str


def picture(scope: Scope, params: Params) -> Picture | None:
    """The poster of an item; that of its show where it has none of its own."""
    found = _PATH.fullmatch(params.text("img").split("?")[0])
    item = scope.item(int(found[1]) if found is not None else params.number("rating_key", -1))
    posters = scope.house.posters
    if item is None or posters is None:
        return None
    address = item.artwork or item.show_artwork
    if not address:
        return None
    kept: list[bytes] = []

    def done(_request: ArtworkRequest, data: bytes) -> bool:
        kept.append(data)
        return True

    try:
        posters.fetch([ArtworkRequest(item.server_id, address)], CancelToken(), done)
    except Cancelled:
        return None
    kind = image_format(kept[0]) if kept else None
    return None if kind is None else Picture(kept[0], f"image/{kind.value}")
