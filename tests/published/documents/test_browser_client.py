"""The browser's code in docs/clients.md, in a real browser with several tabs."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.checks.snippets import write_snippet
from tests.support.servers.browser import Pages, report_of
from tests.support.servers.deployment import Deployment, deployed

pytestmark = pytest.mark.slow

TABS = 6
WINDOW = """<!doctype html><script type="module">
localStorage.setItem("remint", JSON.stringify({ refreshToken: "%(token)s" }));
const told = [];
addEventListener("message", ({ data }) => {
  if (told.push(data) < %(tabs)d) return;
  const report = { told, ...JSON.parse(localStorage.getItem("remint")) };
  fetch("/report", { method: "POST", body: JSON.stringify(report) });
});
for (let tab = 0; tab < %(tabs)d; tab++) {
  document.body.appendChild(document.createElement("iframe")).src = "/tab.html";
}
</script>"""
TAB = """<!doctype html><script type="module">
import { session } from "./browser.mjs";
const ask = async () => (await session.fetch("%(service)s/api/v1/sessions")).status;
parent.postMessage(await ask().catch(String), "*");
</script>"""


@pytest.fixture
def welcoming_remint(origin: Pages, tmp_path: Path) -> Iterator[Deployment]:
    """A service that lets pages of that origin in."""
    settings = {"REMINT_CORS_ORIGINS": origin.origin, "REMINT_SESSIONS_RENEWAL": "rotating"}
    with deployed(tmp_path, settings=settings) as remint:
        yield remint


@pytest.mark.proves("H14")
def test_tabs_take_turns_and_need_one_rotation(
    welcoming_remint: Deployment, origin: Pages, tmp_path: Path
) -> None:
    """The service lets in this page's origin. Frames stand for tabs: Web Locks and
    localStorage belong to the origin, and each frame is a world of its own otherwise."""
    remint, first = welcoming_remint, welcoming_remint.open_session()
    folder = tmp_path / "pages"
    write_snippet(folder, "docs/clients.md", "js", "remint-session.mjs")
    glue = write_snippet(folder, "docs/clients.md", "js", "browser.mjs")
    glue.write_text(glue.read_text().replace("https://id.example.com", remint.url))
    (folder / "window.html").write_text(WINDOW % {"token": first, "tabs": TABS})
    (folder / "tab.html").write_text(TAB % {"service": remint.url})
    report = report_of(origin, "window.html", tmp_path)
    assert report["told"] == [200] * TABS
    explained = remint.run("sessions", "explain", "--json", typed=report["refreshToken"])
    assert json.loads(explained)["storedGeneration"] == 1
    again = httpx.post(
        f"{remint.url}/api/v1/authenticate/refresh", json={"refreshToken": report["refreshToken"]}
    )
    assert again.status_code == 200
