"""The JavaScript in docs/clients.md, run by Node against a real server."""

from pathlib import Path
from typing import Any

import pytest

from testing.published_nginx import published_nginx
from testing.waiting import after, free_port
from tests.published.documents.conftest import UNTIL_REFUSED
from tests.support.alice import PASSWORD
from tests.support.checks.snippets import write_snippet
from tests.support.faults.faults import FaultyProxy
from tests.support.servers.canned_answers import NO_LOG_OUT, Canned, answering
from tests.support.servers.deployment import Deployment
from tests.support.servers.node import run_node

pytestmark = pytest.mark.slow

DRIVER = """
import { createServer } from "node:http";
import { RemintSession, LoggedOut, NotSignedIn } from "./remint-session.mjs";
const { REMINT, SERVICE, TOKEN, PASSWORD, WAIT } = process.env;
let tokens = { refreshToken: TOKEN };
const saved = [];
const load = () => tokens;
const save = async (next) => { tokens = next; if (next) saved.push(next.refreshToken); };
const tab = (more) => new RemintSession({ url: REMINT, load, save, ...more });
const ask = async (session) => (await session.fetch(SERVICE + "/api/v1/sessions")).status;
const sessionsOf = async (session) =>
  (await (await session.fetch(SERVICE + "/api/v1/sessions")).json()).sessions.map(({ id }) => id);
const refused = (asked) => asked.catch((e) => [e.constructor.name, e.message]);
// A resource server of one's own: `handle` gets request and body, and returns the status.
const serving = async (handle, use) => {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.writeHead(await handle(request, body)).end();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try { return await use(`http://127.0.0.1:${server.address().port}`); } finally { server.close(); }
};
const afterTheJwt = () => new Promise((done) => setTimeout(done, Number(WAIT)));
const told = {};
%s
console.log(JSON.stringify({ ...told, saved }));
"""


def told_by(folder: Path, remint: Deployment, script: str, *, url: str | None = None) -> Any:
    """What a script about a rotating session's client has put into `told`, and what was saved."""
    write_snippet(folder, "docs/clients.md", "js", "remint-session.mjs")
    driver = folder / "driver.mjs"
    driver.write_text(DRIVER % script)
    return run_node(
        driver,
        REMINT=url or remint.url,
        SERVICE=remint.url,
        TOKEN=remint.open_session(),
        PASSWORD=PASSWORD,
        WAIT=str(UNTIL_REFUSED * 1000),
    )


def test_a_crowd_shares_one_refresh_and_a_jwt_that_ran_out_is_refreshed(
    hasty_remint: Deployment, tmp_path: Path
) -> None:
    script = """
    const session = tab();
    told.crowd = await Promise.all(Array.from({ length: 20 }, () => ask(session)));
    told.after = saved.length;
    await afterTheJwt();
    told.later = await ask(session);
    """
    told = told_by(tmp_path, hasty_remint, script)
    assert told["crowd"] == [200] * 20
    assert told["after"] == 1
    assert told["later"] == 200
    assert len(told["saved"]) == len(set(told["saved"])) == 2


def test_tabs_that_take_turns_use_what_the_tab_before_has_stored(
    hasty_remint: Deployment, tmp_path: Path
) -> None:
    """`alone` is a queue here, as Web Locks are in a browser."""
    script = """
    let last = Promise.resolve();
    const alone = (act) => (last = last.then(act, act));
    const tabs = Array.from({ length: 8 }, () => tab({ alone }));
    told.first = await Promise.all(tabs.map(ask));
    await afterTheJwt();
    told.second = await Promise.all(tabs.map(ask));
    """
    told = told_by(tmp_path, hasty_remint, script)
    assert (told["first"], told["second"]) == ([200] * 8, [200] * 8)
    assert len(told["saved"]) == len(set(told["saved"])) == 2  # two bursts, each one refresh


def test_an_outage_is_sat_out_and_logs_nobody_out(remint: Deployment, tmp_path: Path) -> None:
    with (
        FaultyProxy(remint.server.port) as between,
        published_nginx(tmp_path, [between.port]) as port,
    ):
        between.refuse()
        script = "told.status = await ask(tab());"
        with after(2.0, between.listen):
            told = told_by(tmp_path, remint, script, url=f"http://127.0.0.1:{port}")
    assert told["status"] == 200


def test_the_end_of_the_session_is_told_with_its_cause(remint: Deployment, tmp_path: Path) -> None:
    script = """
    const body = JSON.stringify(tokens);
    const headers = { "Content-Type": "application/json" };
    await fetch(REMINT + "/api/v1/authenticate/revoke", { method: "POST", headers, body });
    told.outcome = await refused(ask(tab()));
    """
    assert told_by(tmp_path, remint, script)["outcome"] == ["LoggedOut", "sessionRevoked"]


def test_without_tokens_the_client_says_so_and_sends_nothing(
    remint: Deployment, tmp_path: Path
) -> None:
    script = "tokens = null; told.outcome = await refused(ask(tab()));"
    nobody = f"http://127.0.0.1:{free_port()}"
    outcome = told_by(tmp_path, remint, script, url=nobody)["outcome"]
    assert outcome == ["NotSignedIn", "Nobody is signed in."]


def test_the_second_users_requests_carry_the_second_users_jwt_in_every_tab(
    remint: Deployment, tmp_path: Path
) -> None:
    remint.add_user("bob")
    script = """
    const [one, other] = [tab(), tab()];
    await one.logIn("alice", PASSWORD);
    told.first = [await sessionsOf(one), await sessionsOf(other)];
    await other.logIn("bob", PASSWORD);
    told.second = [await sessionsOf(one), await sessionsOf(other)];
    await one.logOut();
    told.after = [await refused(ask(one)), await refused(ask(other))];
    """
    told = told_by(tmp_path, remint, script)
    assert told["first"][0] == told["first"][1]
    assert told["second"][0] == told["second"][1]
    assert len(told["second"][0]) == 1
    assert set(told["second"][0]).isdisjoint(told["first"][0])
    assert [name for name, _ in told["after"]] == ["NotSignedIn"] * 2
    assert remint.refresh(told["saved"][-1]).status_code == 401


def test_a_refused_request_of_the_first_user_is_not_repeated_for_the_second(
    remint: Deployment, tmp_path: Path
) -> None:
    script = """
    const session = tab();
    await session.logIn("alice", PASSWORD);
    told.sent = 0;
    const refuse = async () => {
      told.sent += 1;
      await session.logIn("alice", PASSWORD);
      return 401;
    };
    told.outcome = await refused(serving(refuse, (url) => session.fetch(url)));
    """
    told = told_by(tmp_path, remint, script)
    assert (told["outcome"][0], told["sent"]) == ("NotSignedIn", 1)


def test_a_request_with_headers_and_a_body_is_repeated_whole(
    remint: Deployment, tmp_path: Path
) -> None:
    script = """
    told.seen = [];
    const refuseOnce = ({ method, headers }, body) =>
      told.seen.push([method, headers["x-order"], body]) === 1 ? 401 : 200;
    told.status = await serving(refuseOnce, async (url) => {
      const headers = { "X-Order": "7" };
      const request = new Request(url, { method: "POST", headers, body: "one" });
      return (await tab().fetch(request)).status;
    });
    """
    told = told_by(tmp_path, remint, script)
    assert told["status"] == 200
    assert told["seen"] == [["POST", "7", "one"]] * 2


@pytest.mark.parametrize("answer", NO_LOG_OUT.values(), ids=NO_LOG_OUT)
def test_no_other_answer_counts_as_a_log_out(
    remint: Deployment, tmp_path: Path, answer: Canned
) -> None:
    with answering(answer) as url:
        told = told_by(tmp_path, remint, "told.outcome = await refused(ask(tab()));", url=url)
    assert told["outcome"][0] == "Error"
    assert told["outcome"][1].startswith(f"Remint answers {answer.status}")


def test_a_retry_after_in_any_form_is_sat_out(remint: Deployment, tmp_path: Path) -> None:
    page = "<h1>502 Bad Gateway</h1>"
    forms = ("Wed, 21 Oct 2026 07:28:00 GMT", "soon", "1")
    busy = [Canned(502, page, {"Retry-After": form}) for form in forms]
    renewed = Canned(200, {"jwtToken": remint.log_in()["jwtToken"]})
    with answering(*busy, renewed) as url:
        told = told_by(tmp_path, remint, "told.status = await ask(tab());", url=url)
    assert told["status"] == 200
