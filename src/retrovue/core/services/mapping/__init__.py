"""Path mapping: rules, trying them on real files, and suggesting them.

`domain/paths.py` maps a path by components: a rule of the library before one of the server, then the longest
prefix; no rule, no guess. Changing a rule computes every stored local path again, without asking the server.
`suggest/` proposes rules by looking for files that the server lists.
"""
