"""A provider of extracts on this machine, which misbehaves as it is asked to."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]
"""Writes the answer to a request for a file of these contents."""


class Provider:
    """Files by path, how each is answered, and what was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, list[Answer]] = {}
        """Of a path how its next requests are answered; after them: as it should be."""
        self.asked: list[tuple[str, str | None]] = []
        """Path and range of each request."""
        self.url = ""

    def put(self, path: str, contents: bytes) -> str:
        """Offer a file with its checksum; return its address."""
        self.files[path] = contents
        digest = hashlib.md5(contents, usedforsecurity=False).hexdigest()
        self.files[f"{path}.md5"] = f"{digest}  {path[1:]}\n".encode()
        return self.url + path

    def put_index(self, *features: dict[str, Any]) -> str:
        """Offer an index; return its address."""
        whole = {"type": "FeatureCollection", "features": list(features)}
        return self.put("/index.json", json.dumps(whole).encode())


def feature(name: str, url: str, west: float, south: float, side: float) -> dict[str, Any]:
    """Return an entry of the index with a square border."""
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"id": name.lower(), "name": name, "urls": {"pbf": url}},
        "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
    }


def whole(handler: BaseHTTPRequestHandler, contents: bytes) -> None:
    """Answer as a server should, ranges included."""
    tag = f'"{hashlib.sha256(contents).hexdigest()[:8]}"'
    asked = handler.headers.get("Range")
    start = 0
    if asked and handler.headers.get("If-Range") in {None, tag}:
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
    if start:
        handler.send_response(206)
        end = len(contents) - 1
        handler.send_header("Content-Range", f"bytes {start}-{end}/{len(contents)}")
    else:
        handler.send_response(200)
    handler.send_header("ETag", tag)
    handler.send_header("Content-Length", str(len(contents) - start))
    handler.end_headers()
    handler.wfile.write(contents[start:])


def breaks_off(after: int) -> Answer:
    """Promise the rest of the file and hang up after some bytes of it."""

    def answer(handler: BaseHTTPRequestHandler, contents: bytes) -> None:
        asked = handler.headers.get("Range")
        start = int(asked[6:-1]) if asked else 0
        handler.send_response(206 if start else 200)
        handler.send_header("ETag", f'"{hashlib.sha256(contents).hexdigest()[:8]}"')
        if start:
            end = len(contents) - 1
            handler.send_header("Content-Range", f"bytes {start}-{end}/{len(contents)}")
        handler.send_header("Content-Length", str(len(contents) - start))
        handler.end_headers()
        handler.wfile.write(contents[start : start + after])
        handler.close_connection = True

    return answer


def says_length(length: int) -> Answer:
    """Send the whole file under a wrong length."""

    def answer(handler: BaseHTTPRequestHandler, contents: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        handler.wfile.write(contents)
        handler.close_connection = True

    return answer


def sends(other: bytes, status: int = 200) -> Answer:
    """Send something else."""

    def answer(handler: BaseHTTPRequestHandler, _contents: bytes) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(other)))
        handler.end_headers()
        handler.wfile.write(other)

    return answer


def wrong_range(handler: BaseHTTPRequestHandler, contents: bytes) -> None:
    """Answer a range with the file's beginning, and call it the range that was asked for."""
    handler.send_response(206)
    handler.send_header("Content-Range", f"bytes 0-{len(contents) - 1}/{len(contents)}")
    handler.send_header("Content-Length", str(len(contents)))
    handler.end_headers()
    handler.wfile.write(contents)


@contextmanager
def serving() -> Iterator[Provider]:
    """Serve a provider's files until the block ends."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            provider.asked.append((self.path, self.headers.get("Range")))
            queue = provider.answers.get(path)
            if queue:
                queue.pop(0)(self, provider.files.get(path, b""))
            elif path in provider.files:
                whole(self, provider.files[path])
            else:
                sends(b"", 404)(self, b"")

        def log_message(self, *_words: object) -> None:
            """Say nothing: the requests are noted."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_about: object) -> None:
            """Say nothing: a client may hang up when it was lied to."""

    with Server(("127.0.0.1", 0), Handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
