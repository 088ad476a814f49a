"""Statistics: what was watched, by whom, when and how. Every number of a range agrees with every other one.

- `views`: the tables behind charts and `retrovue stats`, their totals, a comparison with the range before.
- `watched`: most popular titles, and the longest sitting.
- `growth`: how libraries grew.
- `upkeep`: sums that long ranges read, made before anybody asks.
- `watch_data`: how much of an item was watched, by our plays, Tautulli and the server together.
- `behind`: the plays that a bar counts.
- `output`: the fixed shape for scripts.

Days are those of the desktop's zone (`host.zone`). A question that comes before `upkeep` is done helps with its sums
(a million plays: see `benchmarks/bench_statistics.py`), so all of these take a token and are asked on a lane.
"""
