"""A server whose answers were written before: what proxies and other servers say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Canned:
    """An answer; a body that is no text is JSON."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


NO_LOG_OUT = {
    "a wrong path": Canned(404, {"error": {"code": "notFound", "details": []}}),
    "another framework's 404": Canned(404, {"detail": "Not Found"}),
    "a proxy's 404": Canned(404, "<h1>404 Not Found</h1>"),
    "a proxy's 401": Canned(401, "<h1>401 Authorization Required</h1>"),
    "a list": Canned(404, []),
    "a null": Canned(404, None),
    "a hotel's log-in page": Canned(200, "<h1>Welcome</h1>"),
}
"""None of these says that a session is over."""


class _CannedServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answers: tuple[Canned, ...]) -> None:
        self.left = list(answers)
        super().__init__(("127.0.0.1", 0), _CannedHandler)

    def next_answer(self) -> Canned:
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


class _CannedHandler(BaseHTTPRequestHandler):
    server: _CannedServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.next_answer()
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.raw)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.raw)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def answering(*answers: Canned) -> Iterator[str]:
    """The address of a server that gives these answers to POST, the last one for ever."""
    with _CannedServer(answers) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
