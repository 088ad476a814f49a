"""The HTTP client of all server types: deadlines, retries, trust, and errors with remedies.

A whole response has a deadline, because a server that sends single bytes would reset a read time-out forever. Retries
wait on the cancel token, canceling closes the socket, and every failure of a library becomes a `SourceError`.
"""

from retrovue.core.sources.http.calls import Answer
from retrovue.core.sources.http.client import HttpClient

__all__ = ["Answer", "HttpClient"]
