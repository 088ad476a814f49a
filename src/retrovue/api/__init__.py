"""The local API: other programs ask who is watching, what was watched and what there is.

`server.py` listens, `guard.py` decides who may ask, `app.py` has the addresses. `tautulli/` answers in the words of
Tautulli's API v2, so that programs written for it work with every kind of server; `own.py` in the shapes of `--json`;
`hooks.py` takes webhooks as hints. Starlette and uvicorn are imported only where something is served: off by default.

Nothing is written by a request, except what `terminate_session` asks for where that is allowed.
"""
