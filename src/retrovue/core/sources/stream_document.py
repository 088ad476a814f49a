"""What a server says of a stream, kept with the play: without tokens, and without what the catalog has anyway."""

import json
import re
from collections.abc import Mapping
from typing import Any

from retrovue.core.sources.http.network import redact

_MAX_BYTES = 16_384
_MAX_TEXT = 400
_SECRET = re.compile(r"token|secret|passw|api_?key|access_?key|authorization|cookie", re.IGNORECASE)
# Plex and the other two: who made a film, what it is about, its pictures, and what else the device could play.
_UNUSED = frozenset(
    "Role Director Writer Producer Country Genre Image UltraBlurColors Collection Label Rating Similar Chapter Extras "
    "Review Guid People Studios Genres GenreItems Tags Chapters ImageTags ImageBlurHashes BackdropImageTags "
    "RemoteTrailers Taglines ProviderIds ExternalUrls NowPlayingQueue NowPlayingQueueFullItems Capabilities "
    "SupportedCommands PlayableMediaTypes AdditionalUsers summary tagline Overview".split()
)


def stream_document(entry: Mapping[str, Any]) -> str:
    """Return the JSON text of a listed session, at most 16 kB long."""
    kept = _without_secrets(entry)
    text = json.dumps(kept, ensure_ascii=True, separators=(",", ":"))
    while len(text) > _MAX_BYTES and kept:
        # The largest part goes: that is a list of something, not the facts of the stream.
        largest = max(kept, key=lambda name: len(json.dumps(kept[name])))
        del kept[largest]
        text = json.dumps(kept, ensure_ascii=True, separators=(",", ":"))
    return text


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            str(name): _without_secrets(each)
            for name, each in value.items()
            if name not in _UNUSED and not _SECRET.search(str(name))
        }
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    return redact(value)[:_MAX_TEXT] if isinstance(value, str) else value
