"""One HTTP client for every kind of server: deadlines, retries, trust, and errors that people can act on.

A whole answer has a deadline, since a server that drips bytes resets a read time-out for ever. Retries wait on the
cancel token, a cancel cuts the socket, and every failure of the libraries below becomes a `SourceError` with a remedy.
"""

from retrovue.core.sources.http.calls import Answer
from retrovue.core.sources.http.client import HttpClient

__all__ = ["Answer", "HttpClient"]
