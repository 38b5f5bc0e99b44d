"""The console's pages of imports in a real Chromium: a file is chosen, and its page follows what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from core.tasks import run_jobs
from tests.browser.conftest import Console
from tests.factories.core import a_client, a_job
from tests.factories.staff import list_button, object_page

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_upload_is_followed_to_its_end_by_itself(console: Console, settings: Settings, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    a_client("Desk")
    file = Path(tmp_path / "orders.csv")
    file.write_text("orderId,symbol,side,amount,price\n1,JPM,Buy,20,20\n2,JPM,Hold,1,1\n", encoding="utf-8")
    page = console.open(list_button("trading.bookimport", "upload"))
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("orders.csv is uploaded")).to_be_visible()
    expect(page.locator(".qm-badges")).to_have_text("Queued")
    run_jobs()
    expect(page.locator(".qm-badges")).to_have_text("Finished", timeout=10_000)
    expect(page.get_by_text("The side is neither Buy nor Sell.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert "Hold" in Path(download.value.path()).read_text(encoding="utf-8")


def test_a_page_that_renews_itself_leaves_the_focus_where_it_is(console: Console) -> None:
    job = a_job(total=10)
    page = console.open(object_page("core.job", job.pk))
    pause = page.get_by_role("button", name="Pause")
    pause.focus()
    page.evaluate("document.querySelector('.qm-object').dataset.seen = 'before'")
    expect(page.locator(".qm-object")).not_to_have_attribute("data-seen", "before", timeout=10_000)
    expect(pause).to_be_focused()
