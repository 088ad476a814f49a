"""Lists of the history over a million plays: narrow rows beside the plays, and sittings that are stored.

A row of `plays` has over a kilobyte, so reading many of them takes seconds. What lists are ordered, filtered, grouped
and searched by stands in `listed_plays` and `listed_sittings` as numbers; the few distinct names are in `listed_works`
and `listed_ways`, where a search looks first.

A sitting is made of all plays that are not deleted, whatever a list is filtered by: `domain.history.grouped` is the
rule. A list of sittings has those that begin within its dates and of which a play passes its filters, each whole;
watched is a sitting of which any play was.

Triggers note each play that is written, changed or deleted by anybody (`listed_changes`). `Database.write` works that
off in the same transaction, so lists find everything as it is; only another window for sittings, or somebody who wrote
past this program, leaves work to the next reader.

- `settling`: keeps the rows in step.
- `choosing`: a filter as sets of works and ways.
- `reading`: pages, counts and whole lists.
"""
