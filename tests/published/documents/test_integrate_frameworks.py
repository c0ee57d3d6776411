"""The log-ins of docs/integrate.md, in applications that have users and hashes of their own."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from testing.processes import Process
from testing.waiting import free_port
from tests.support.checks.snippets import write_snippet
from tests.support.servers.deployment import Deployment
from tests.support.servers.node import node, npm_install

pytestmark = pytest.mark.slow

PAGE = "docs/integrate.md"
LOCKED = Path(__file__).parent / "npm"
MOST_LINES = 15
EMAIL, PASSWORD = "ada@example.org", "a password of theirs"

# What each application has already: a table of users, and salted hashes.
USERS_OF_PYTHON = f"""
import hashlib
import sqlite3

table = sqlite3.connect(":memory:", check_same_thread=False)
table.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, salt BLOB, hash BLOB)")


def hashed(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=1024, r=8, p=1)


ada = (4711, "{EMAIL}", b"salt", hashed("{PASSWORD}", b"salt"))
table.execute("INSERT INTO users VALUES (?, ?, ?, ?)", ada)


def verified(email, password):
    found = table.execute("SELECT id, salt, hash FROM users WHERE email = ?", (email,)).fetchone()
    return found[0] if found and hashed(password, found[1]) == found[2] else None
"""
FASTAPI_APP = """
from fastapi import FastAPI
from fastapi_login import router

app = FastAPI()
app.include_router(router)
"""
DJANGO_APP = f"""
import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of a test",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="app",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "django.db"}}}},
)
django.setup()

from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.urls import path
from django_login import log_in

call_command("migrate", verbosity=0)
User.objects.create_user("{EMAIL}", password="{PASSWORD}", pk=4711)
urlpatterns = [path("login", log_in)]
app = get_asgi_application()
"""
EXPRESS_APP = """
import express from "express";
import { router } from "./express-login.mjs";

express().use(router).listen(Number(process.env.PORT), "127.0.0.1");
"""
USERS_OF_NODE = f"""
import {{ scryptSync, timingSafeEqual }} from "node:crypto";

const users = new Map([["{EMAIL}", {{ id: 4711, hash: scryptSync("{PASSWORD}", "salt", 32) }}]]);

export const verified = async (email, password) => {{
  const user = users.get(email);
  return user && timingSafeEqual(user.hash, scryptSync(password, "salt", 32)) ? user.id : null;
}};
"""

Ask = Callable[[str, str], httpx.Response]


@contextmanager
def running(folder: Path, *command: str) -> Iterator[str]:
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in command]
    with Process(words, logs=folder, name="app", env={"PORT": str(port)}, cwd=folder) as process:
        process.wait_for_port(port, 30.0)
        yield f"http://127.0.0.1:{port}/login"


def login_module(folder: Path, remint: Deployment, secret: str, language: str, title: str) -> Path:
    """The page's code, with the address and the secret of this server."""
    file = write_snippet(folder, PAGE, language, title)
    text = file.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) <= MOST_LINES
    text = text.replace("http://localhost:8080", remint.url).replace("rms1_…", secret)
    file.write_text(text, encoding="utf-8")
    return file


def opens_sessions_of_its_own_users(remint: Deployment, ask: Ask) -> None:
    """The application's password opens a session at Remint, and another password opens none."""
    assert ask(EMAIL, "a wrong one").status_code == 401
    answer = ask(EMAIL, PASSWORD)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert set(tokens) == {"jwtToken", "refreshToken"}
    refreshed = remint.refresh(tokens["refreshToken"])
    assert refreshed.status_code == 200
    listed = remint.client.get(
        "/api/v1/sessions", headers={"Authorization": f"Bearer {refreshed.json()['jwtToken']}"}
    ).json()
    assert listed["sessions"][-1]["device"] == "a phone"


def as_json(url: str) -> Ask:
    return lambda email, password: httpx.post(
        url, json={"email": email, "password": password}, headers={"User-Agent": "a phone"}
    )


def test_a_fastapi_application(remint: Deployment, secret: str, tmp_path: Path) -> None:
    login_module(tmp_path, remint, secret, "python", "fastapi_login.py")
    (tmp_path / "users.py").write_text(USERS_OF_PYTHON)
    (tmp_path / "app.py").write_text(FASTAPI_APP)
    serve = (sys.executable, "-m", "uvicorn", "app:app", "--port={port}")
    with running(tmp_path, *serve) as url:
        opens_sessions_of_its_own_users(remint, as_json(url))


def test_a_django_project(remint: Deployment, secret: str, tmp_path: Path) -> None:
    login_module(tmp_path, remint, secret, "python", "django_login.py")
    (tmp_path / "app.py").write_text(DJANGO_APP)
    serve = (sys.executable, "-m", "uvicorn", "app:app", "--port={port}", "--lifespan=off")
    with running(tmp_path, *serve) as url:
        opens_sessions_of_its_own_users(
            remint,
            lambda name, password: httpx.post(
                url,
                data={"username": name, "password": password},
                headers={"User-Agent": "a phone"},
            ),
        )


def test_an_express_application(remint: Deployment, secret: str, tmp_path: Path) -> None:
    login_module(tmp_path, remint, secret, "js", "express-login.mjs")
    (tmp_path / "users.mjs").write_text(USERS_OF_NODE)
    (tmp_path / "app.mjs").write_text(EXPRESS_APP)
    npm_install(LOCKED, tmp_path)
    with running(tmp_path, str(node()), "app.mjs") as url:
        opens_sessions_of_its_own_users(remint, as_json(url))
