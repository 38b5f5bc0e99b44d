"""No page of the console keeps anybody out: axe-core finds nothing on any page that the registry has, and everything
can be done with the keyboard. The default run looks at every page in light colours on a wide screen."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core.jobs.actions import cancel_job
from core.models import ClientKind, User
from orders.statuses import OrderStatus
from shipping.statuses import ShipmentStatus
from tests.browser.conftest import Console
from tests.factories.console import MODELS, one_more_of_everything, pages_beside_models, pages_of
from tests.factories.core import ACTOR, a_client, a_job
from tests.factories.inventory import stock_up
from tests.factories.orders import a_placed_order, an_order
from tests.factories.shipping import a_shipment
from tests.factories.staff import list_button, list_page, object_page
from tests.factories.trading import a_book_order
from trading.statuses import BookOrderStatus

AXE = Axe().axe_script
EVERYTHING: dict[str, Any] = {}
BUT_THE_MENU: dict[str, Any] = {"exclude": [["#nav-sidebar"]]}
"""It is the same on every page."""
PARTS = 2
"""Of the walk, so that two processes share it."""
SHIPMENTS = (
    ShipmentStatus.PENDING,
    ShipmentStatus.DISPATCHED,
    ShipmentStatus.DELIVERED,
    ShipmentStatus.FAILED,
    ShipmentStatus.RETURNED,
)
BARE = ["/admin/nowhere/", "/admin/logout/"]
"""Pages of errors, which share one template."""

_FOUND = """([context, options]) => axe.run(context ?? document, options).then(({ violations }) => violations.map(
    ({ impact, id, nodes }) => `${impact} ${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`
))"""


def barriers(page: Page, context: dict[str, Any] = EVERYTHING) -> list[str]:
    """What axe-core objects to on the page as it is now, of whatever impact."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(_FOUND, [context or None, {"resultTypes": ["violations"], "preload": False}])
    return found


def everything_in_every_status() -> None:
    for order in OrderStatus:
        an_order(order)
    for shipment in SHIPMENTS:
        a_shipment(status=shipment)
    for number, listed in enumerate(BookOrderStatus):
        a_book_order(status=listed, price=20 - number)
    cancel_job(a_job(total=1).pk, actor=ACTOR)
    one_more_of_everything()


def every_page() -> list[str]:
    person = User.objects.get(is_superuser=True)
    return [*pages_beside_models(), *BARE, *(page for label in MODELS for page in pages_of(label, person))]


@pytest.mark.parametrize(
    ("width", "scheme", "pages"),
    [
        pytest.param(1440, "light", slice(0, None, 24), id="some-1440-light"),
        *(
            pytest.param(width, scheme, slice(part, None, PARTS), marks=pytest.mark.slow, id=f"{width}-{scheme}-{part}")
            for width in (1440, 390)
            for scheme in ("light", "dark")
            for part in range(PARTS)
        ),
    ],
)
def test_no_page_keeps_anybody_out(console: Console, width: int, scheme: Any, pages: slice) -> None:
    everything_in_every_status()
    console.page.set_viewport_size({"width": width, "height": 900})
    console.page.emulate_media(color_scheme=scheme)
    found = {}
    for address in every_page()[pages]:
        page = console.open(address, wait_until="domcontentloaded")
        found[address] = barriers(page, EVERYTHING if address == "/admin/" else BUT_THE_MENU)
        if page.locator("#changelist-filter").count():
            page.get_by_role("button", name="Filters").click()
            found[f"{address} filters"] = barriers(page, {"include": [["#changelist-filter"]]})
    console.complaints[:] = [said for said in console.complaints if "404" not in said and "405" not in said]
    assert {address: said for address, said in found.items() if said} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_around_signing_in_keep_nobody_out(console: Console, scheme: Any) -> None:
    page = console.page
    page.emulate_media(color_scheme=scheme)
    page.context.clear_cookies()
    console.open("/admin/login/")
    assert barriers(page) == []
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert barriers(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_on_a_page_keeps_nobody_out(console: Console, scheme: Any) -> None:
    a_placed_order()
    page = console.page
    page.emulate_media(color_scheme=scheme)
    console.open(list_page("orders.order"))
    page.locator(".qm-who").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 900})
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("navigation", name="Console")).to_be_visible()
    assert barriers(page) == []


def sent_with_mistakes(console: Console, address: str, **fields: str) -> Page:
    """The page of a form after these fields, by name, were filled in and it was sent."""
    page = console.open(address)
    for name, value in fields.items():
        page.locator(f"[name='{name}']").fill(value)
    page.locator("main form button:not([type=button])").last.click()
    page.wait_for_load_state()
    console.complaints.clear()  # the browser notes the 400 of a form that comes back
    return page


def test_a_form_that_comes_back_ties_its_mistakes_to_their_fields(console: Console) -> None:
    a_client("Shop", ClientKind.STOREFRONT)
    order = a_placed_order()
    stock_up({"MUG": 1})
    contact = object_page("orders.order", order.pk).replace("change", "do/edit-contact")
    page = sent_with_mistakes(console, contact, name="", city="", line1="13 High St")
    expect(page.get_by_label("City")).to_have_accessible_description("An address needs it.")
    expect(page.get_by_label("Addressee")).to_be_focused()
    assert barriers(page) == []
    rows = {"rows-0-sku": "MUG", "rows-0-quantity": "0"}
    page = sent_with_mistakes(console, list_button("orders.order", "add"), **rows)
    quantity = page.get_by_label("Quantity of row 1")
    expect(quantity).to_have_accessible_description("Ensure this value is greater than or equal to 1.")
    expect(quantity).to_have_attribute("aria-invalid", "true")
    assert barriers(page) == []
    page.get_by_role("button", name="Add row").click()
    added = page.get_by_label("Quantity of row 4")
    expect(added).to_have_value("")
    expect(added).not_to_have_attribute("aria-describedby", "id_rows-3-quantity_error")
    assert barriers(page) == []


def test_what_happened_is_announced(console: Console) -> None:
    order = a_placed_order()
    page = console.open(object_page("orders.order", order.pk))
    page.get_by_role("link", name="Add note").click()
    page.get_by_label("Note").fill("Call first")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("status").filter(has_text="The note is added")).to_be_visible()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(console: Console) -> None:
    """From the skip link on, each stop of the Tab key is visible and marked."""
    order = a_placed_order()
    for address in (
        object_page("orders.order", order.pk),
        list_page("orders.order"),
        list_button("orders.order", "add"),
    ):
        page = console.open(address)
        page.locator("body").focus()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        reached = [_focused(page)]
        for _ in range(200):
            page.keyboard.press("Tab")
            stop = _focused(page)
            if stop["name"] == "BODY":
                break
            reached.append(stop)
        assert [stop for stop in reached if not stop["marked"]] == [], address
        clickable = page.locator("main :is(a[href], button, input:not([type=hidden]), select):visible").count()
        assert len([stop for stop in reached if stop["in_main"]]) >= clickable, address


_FOCUS = """() => {
    const focused = document.activeElement, style = getComputedStyle(focused), around = focused.closest(".qm-search");
    const marked = [style, around && getComputedStyle(around)].some((each) => each && each.outlineStyle !== "none");
    const name = focused.tagName === "BODY" ? "BODY" : focused.outerHTML.slice(0, 120);
    return { name, marked, in_main: !!focused.closest("main") };
}"""


def _focused(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(_FOCUS)
    return found


def test_the_skip_link_leads_past_the_menu(console: Console) -> None:
    page = console.open(list_page("orders.order"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#searchbar")).to_be_focused()


def test_the_filters_open_close_and_give_the_focus_back_by_keyboard(console: Console) -> None:
    a_placed_order()
    page = console.open(list_page("orders.order"))
    filters = page.get_by_role("button", name="Filters")
    filters.press("Enter")
    sheet = page.get_by_role("dialog", name="Filters")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(filters).to_be_focused()
