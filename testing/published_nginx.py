"""The nginx configuration of deploy/nginx, on this machine's ports."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from testing.middlemen import nginx
from testing.waiting import free_port

PUBLISHED = Path(__file__).parents[1] / "deploy/nginx"


@contextmanager
def published_nginx(
    folder: Path, instances: Sequence[int], *, entry: str = "plain.conf"
) -> Iterator[int]:
    """Run nginx as published before instances on these ports; give nginx's port.

    Only addresses and places of files are other than published.
    """
    port = free_port()
    with nginx(published_http(folder, instances, port, entry), port=port, folder=folder):
        yield port


def published_http(folder: Path, instances: Sequence[int], port: int, entry: str) -> str:
    """What nginx gets inside its http block; certificates are expected in `folder`."""
    (folder / "remint.inc").write_text((PUBLISHED / "remint.inc").read_text())
    server = (PUBLISHED / entry).read_text()
    server = re.sub(r"listen (\[::\]:443 ssl);", "", server)
    server = re.sub(r"listen (8088|443)", f"listen 127.0.0.1:{port}", server)
    server = server.replace("/etc/nginx/tls/", f"{folder}/").replace("/etc/nginx/", f"{folder}/")
    return published_upstream(instances) + server


def published_upstream(instances: Sequence[int]) -> str:
    first, *others = re.split(r"(?m)^    server [^ ]+( .*;)\n", _read("upstream.conf"))[::2]
    terms = re.search(r"(?m)^    server [^ ]+ (.*);$", _read("upstream.conf"))
    assert terms
    servers = "".join(f"    server 127.0.0.1:{port} {terms[1]};\n" for port in instances)
    return first + servers + "".join(others)


def _read(name: str) -> str:
    return (PUBLISHED / name).read_text()
