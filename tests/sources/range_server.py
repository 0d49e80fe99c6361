"""A real server on loopback that knows Range, can cut the line, and counts what it was asked."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Served:
    """What the server gives: content by path; ``cut`` ends each answer after so many bytes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.state = '"first"'
        self.cut: int | None = None
        self.asked: list[dict[str, str]] = []
        self.redirects: dict[str, str] = {}
        self.url = ""


@contextmanager
def serving() -> Iterator[Served]:
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(dict(self.headers))
            if self.path in served.redirects:
                self.send_response(302)
                self.send_header("Location", served.redirects[self.path])
                self.end_headers()
                return
            data = served.files.get(self.path.partition("?")[0])
            if data is None:
                self.send_error(404)
                return
            if self.headers.get("If-None-Match") == served.state:
                self.send_response(304)
                self.end_headers()
                return
            if self.headers.get("Range") == f"bytes={len(data)}-":
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(data)}")
                self.end_headers()
                return
            begin = self._begin(len(data))
            self.send_response(206 if begin else 200)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(data) - begin))
            self.send_header("ETag", served.state)
            self.end_headers()
            self.wfile.write(data[begin:][: served.cut])

        def _begin(self, size: int) -> int:
            match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            fits = self.headers.get("If-Range") == served.state
            return int(match[1]) if match and fits and int(match[1]) < size else 0

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
