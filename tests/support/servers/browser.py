"""A real browser that opens one page and tells what the page reports."""

import json
import os
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from testing.packages import Program, program
from testing.processes import Process


class Pages(ThreadingHTTPServer):
    """The files of a folder on an origin of their own; whatever is posted there is a report."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.reports: queue.Queue[Any] = queue.Queue()
        super().__init__(("127.0.0.1", 0), partial(_PageHandler, directory=str(folder)))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _PageHandler(SimpleHTTPRequestHandler):
    server: Pages
    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
    }

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.reports.put(json.loads(self.rfile.read(length)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def pages(folder: Path) -> Iterator[Pages]:
    """Serve the folder in between."""
    with Pages(folder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def report_of(server: Pages, page: str, folder: Path, seconds: float = 60.0) -> Any:
    """Open a page of the server in Chromium and wait for the first report."""
    chromium = _chromium()
    unseen = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    profile = f"--user-data-dir={folder / 'profile'}"
    command: list[str | Path] = [chromium.path, *unseen, profile, f"{server.origin}/{page}"]
    with Process(command, logs=folder, name="chromium", env=os.environ | chromium.env) as browser:
        try:
            return server.reports.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"the page reported nothing:\n{browser.output}") from None


def _chromium() -> Program:
    found = program("chromium")
    # Debian's is a script that expects the program in /usr/lib.
    unpacked = found.path.parents[1] / "lib/chromium/chromium"
    return Program(unpacked, found.env) if found.env and unpacked.exists() else found
