"""The media files on this computer: checked, found as extra or twice, and added up by disk.

A check stores changed states and the mark that follows them in one transaction, and changes as events with their
time. A file that is as it was is not written; the time of the whole check says when it was looked at. A check that
a person asks for compares the size of every file; a scheduled one those whose row or folder changed since all sizes
were compared, at most a week ago. Where the disk writes accents differently, or a name is not text, the stored
local path takes the disk's spelling, and neither a sync nor a new rule puts it back. Bytes that are not text are
stored as private characters (`path_syntax.storable`) and become bytes again where the disk is asked and where paths
leave the program.

A local path that two servers reach is one file, and so is one that is reached through two mounts of a share. Copies
of one size are compared by what their disk calls them: what cannot be proven to be two files is never counted as
reclaimable. A volume that was mounted once stays a disk of its own for files that cannot be reached, so that those
of an unplugged share are not counted on the disk that its mount point is on.
"""
