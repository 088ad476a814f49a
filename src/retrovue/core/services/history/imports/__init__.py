"""Plays that others recorded: Tautulli, Jellystat, Playback Reporting, and the servers themselves.

Every import reads a record in batches and stores each batch at once, so that it can be canceled and goes on where it
was. Nothing is counted twice: a row has the same `uid` whenever it is read, and a play that RetroVue or another record
saw as well is recognized by account, item and time (`domain.imports`). The minimum length does not apply: whoever
recorded a play has decided that already.
"""
