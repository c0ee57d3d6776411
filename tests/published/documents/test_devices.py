"""Devices in words: the command line and the published JavaScript say the same."""

import json
from pathlib import Path

import pytest

from interfaces.cli.device import device_in_words
from tests.support.checks.snippets import write_snippet
from tests.support.servers.node import run_node

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
DEVICES = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0": "Firefox on Linux",
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36": "Chrome on Linux",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36": "Chrome on Windows",
    f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36 Edg/131.0": "Edge on Windows",
    f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36 OPR/116.0": "Opera on Windows",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36": "Chrome on ChromeOS",
    f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36": "Chrome on Android",
    f"Mozilla/5.0 (Linux; Android 14) {CHROME} SamsungBrowser/27.0 Mobile Safari/537.36": (
        "Samsung Internet on Android"
    ),
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.1 Safari/605.1.15": (
        "Safari on macOS"
    ),
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {WEBKIT} Version/18.1 Safari/604.1": (
        "Safari on iPhone"
    ),
    f"Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) {WEBKIT} CriOS/131.0 Safari/604.1": (
        "Chrome on iPad"
    ),
    "Mozilla/5.0 Gecko/20100101 Firefox/133.0": "Firefox",
    "curl/8.5.0": "curl/8.5.0",
    "Orders 3.1 on Anna's phone": "Orders 3.1 on Anna's phone",
    "Orders/3.1 (Android 14) Chrome/131.0": "Orders/3.1 (Android 14) Chrome/131.0",
    "Mozilla/5.0 (compatible; Robot/1.0)": "Mozilla/5.0 (compatible; Robot/1.0)",
    "": "",
}


@pytest.mark.parametrize(("device", "words"), DEVICES.items())
def test_a_device_is_shown_as_a_browser_on_a_system(device: str, words: str) -> None:
    assert device_in_words(device) == words


@pytest.mark.slow
def test_the_published_code_says_the_same(tmp_path: Path) -> None:
    write_snippet(tmp_path, "docs/clients.md", "js", "device-in-words.mjs")
    driver = tmp_path / "driver.mjs"
    driver.write_text("""
        import { deviceInWords } from "./device-in-words.mjs";
        console.log(JSON.stringify(JSON.parse(process.env.DEVICES).map(deviceInWords)));
    """)
    assert run_node(driver, DEVICES=json.dumps(list(DEVICES))) == list(DEVICES.values())
