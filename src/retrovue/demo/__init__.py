"""A built-in media server on 127.0.0.1 with a generated library; it knows nothing of the application."""

from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.library import DemoLibrary
from retrovue.demo.server import DemoServer, RequestRecord

__all__ = ["DemoLibrary", "DemoServer", "LibrarySpec", "RequestRecord", "make_library"]
