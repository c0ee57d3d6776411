"""The JavaScript in docs/clients.md, run by Node against a real server."""

from pathlib import Path
from typing import Any

import pytest

from testing.waiting import after
from tests.published.documents.conftest import UNTIL_REFUSED
from tests.support.checks.snippets import write_snippet
from tests.support.faults.faults import FaultyProxy
from tests.support.servers.deployment import Deployment
from tests.support.servers.node import run_node
from tests.support.servers.published_nginx import published_nginx

pytestmark = pytest.mark.slow

DRIVER = """
import { RemintSession, LoggedOut } from "./remint-session.mjs";
const { REMINT, SERVICE, TOKEN, WAIT } = process.env;
let token = TOKEN;
const saved = [];
const load = () => token;
const save = async (next) => { saved.push(next); token = next; };
const tab = (more) => new RemintSession({ url: REMINT, load, save, ...more });
const ask = async (session) => (await session.fetch(SERVICE + "/api/v1/sessions")).status;
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
    assert len(set(told["saved"])) == 2  # two bursts, each one rotation


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
    const body = JSON.stringify({ refreshToken: token });
    const headers = { "Content-Type": "application/json" };
    await fetch(REMINT + "/api/v1/authenticate/revoke", { method: "POST", headers, body });
    told.outcome = await ask(tab()).catch((e) => [e instanceof LoggedOut, e.message]);
    """
    assert told_by(tmp_path, remint, script)["outcome"] == [True, "sessionRevoked"]
