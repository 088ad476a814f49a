"""Tautulli's API v2: its commands, answered for every kind of server.

Checked against a running Tautulli 2.17.2. Where its numbers contradict each other, ours follow one rule: a play, or a
sitting with `grouping=1` (the default, as there), counts once, at its start, in local time.

`params.py` reads what was asked for, `scope.py` decides which servers and numbers are meant, and the other modules
have the commands by subject; `commands.py` lists them.
"""
