"""Following a server live: what it says leads to a fetch of just that, after a moment of quiet.

states.py     what is known of the connection to a server's notices
fold.py       hints gathered into work, by an injected clock
pace.py       how patient and how gentle to be now
fetch.py      the work: items by id, a delta pass, or a verification
follower.py   one server: listens, folds, fetches, until it is told to stop
"""
