"""One HTTP client for every kind of server: deadlines, retries, trust, and errors that people can act on."""

from retrovue.core.sources.http.client import Answer, HttpClient

__all__ = ["Answer", "HttpClient"]
