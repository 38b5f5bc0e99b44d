"""A real Chromium on a real server. Whatever the pages complain of on the browser's console fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page, sync_playwright

from tests.factories.staff import a_superuser

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For one module: while Playwright runs, an event loop runs in this thread, which Django must be told to bear."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; CHROMIUM names another")
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Console:
    """A signed-in superuser's tab. `complaints` are errors of scripts, requests and the content security policy."""

    page: Page
    root: str
    complaints: list[str]

    def open(self, address: str, wait_until: Literal["load", "domcontentloaded"] = "load") -> Page:
        self.page.goto(self.root + address, wait_until=wait_until)
        return self.page


@pytest.fixture
def console(chromium: Browser, live_server: Any, transactional_db: None) -> Iterator[Console]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": _session(), "url": live_server.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield Console(page, live_server.url, complaints)
    context.close()
    assert complaints == []


def _session() -> str:
    user = a_superuser()
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
