"""Servers: found, probed, signed in to, trusted, added, edited and removed.

Whatever answers on the network is a stranger: `sources/claims.py` accepts only names that can be shown, identities,
secrets that fit a header and addresses that lead to a server. A server is asked for its identity before it gets a
password or token, and another machine at a stored address gets neither. One identity is one server (`identity.py`):
a copied configuration cannot be told from a second address, and if both were stored, each sync would remove what
only the other has. `trust.py` pins one certificate for one server, for HTTP and websocket; a pin adds to the
system's trust. `rights.py` says which features are not available to an account, and why.
"""
