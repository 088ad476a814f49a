"""Kinds of media files by the end of their names."""

import ntpath
import posixpath

VIDEO_SUFFIXES = frozenset(
    ".3gp .asf .avi .divx .dv .f4v .flv .iso .m2ts .m4v .mk3d .mkv .mov .mp4 .mpeg .mpg .mts .mxf .ogm .ogv "
    ".rm .rmvb .ts .vob .webm .wmv .wtv".split()
)
"""What counts as a video file, lower case."""
_AUDIO_SUFFIXES = frozenset(
    ".aac .ac3 .aiff .alac .ape .dts .flac .m4a .m4b .mka .mp3 .oga .ogg .opus .wav .wma".split()
)
_DISC_SUFFIXES = frozenset(".bdmv .ifo .img .m2t .mpls .dvr-ms .3g2".split())
_OPENABLE = VIDEO_SUFFIXES | _AUDIO_SUFFIXES | _DISC_SUFFIXES


def is_openable(path: str) -> bool:
    """Return whether a file of this name is one that players open, and no system runs.

    The names come from servers. A list of what may be opened, as lists of what runs (.desktop, .exe, .lnk, .app, …)
    are never complete.
    """
    name = ntpath.basename(path) if "/" not in path else posixpath.basename(path)
    _stem, dot, suffix = name.rpartition(".")
    return bool(dot) and f".{suffix.lower()}" in _OPENABLE
