# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console in a real browser. Needs chromium and chromedriver; leave it out with `-m 'not browser'`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from sim_process import Served, served

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).parents[3] / "playbooks" / "examples" / "two_regions" / "estate.yml"
#: Seconds; much longer than anything takes, for busy machines.
LIMIT = 60

T = TypeVar("T")


def program(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        reason = f"no {' or '.join(names)} (Debian: apt-get install chromium chromium-driver)"
        # With only git, make and Python all other tests run; CI has the browser and must not skip these.
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium-browser", "google-chrome")
    for argument in (
        "headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "disable-quic", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync", "window-size=1400,1000",
        f"user-data-dir={tmp_path_factory.mktemp('browser')}",
    ):  # fmt: skip
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(program("chromedriver")))
    yield running
    running.quit()


class Page:
    """The page as a user sees and operates it."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, place: str = "products") -> None:
        self.driver.get("about:blank")
        self.driver.get(f"{self.url}/console/#/{place}")

    def until(self, what: Callable[[], T]) -> T:
        """Wait until the result is true and return it; elements may be replaced in the meantime."""
        waiting = WebDriverWait(self.driver, LIMIT, 0.05, (Exception,))
        return waiting.until(lambda _: what())

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.until(lambda: self.driver.find_element(By.CSS_SELECTOR, selector))

    def row(self, name: str) -> WebElement:
        """The row that begins with a link of this name."""
        return self.until(
            lambda: next(row for row in self.all("#page tbody tr") if row.find_element(By.TAG_NAME, "a").text == name)
        )

    def cells(self, name: str) -> list[str]:
        return self.until(lambda: [cell.text for cell in self.row(name).find_elements(By.TAG_NAME, "td")])

    def cells_become(self, name: str, column: int, text: str) -> None:
        self.until(lambda: self.cells(name)[column] == text)

    def follow(self, name: str) -> None:
        self.until(lambda: self.row(name).find_element(By.TAG_NAME, "a").click() or True)

    def button(self, text: str, within: str = "#page") -> WebElement:
        return self.until(lambda: next(each for each in self.all(f"{within} button") if each.text == text))

    def press(self, text: str, within: str = "#page") -> None:
        """Click the button as soon as it can be clicked."""

        def click() -> bool:
            button = next(each for each in self.all(f"{within} button") if each.text == text and each.is_enabled())
            button.click()
            return True

        self.until(click)

    def heading(self) -> str:
        return self.one("#page h1").text

    def tile(self, label: str) -> int:
        tiles = self.until(lambda: [each.text.split("\n") for each in self.all(".tile")])
        return next(int(number) for number, name in tiles if name == label)

    def follow_tile(self, label: str) -> None:
        self.until(lambda: next(each for each in self.all(".tile") if label in each.text).click() or True)

    def console_messages(self) -> list[str]:
        """Messages in the browser's console, except for error responses."""
        entries = self.driver.get_log("browser")
        return [entry["message"] for entry in entries if "Failed to load resource" not in entry["message"]]


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, "--transition", "deploy=immediate", estate=EXAMPLE) as running:
        yield running


@pytest.fixture
def page(driver: webdriver.Chrome, simulator: Served) -> Iterator[Page]:
    page = Page(driver, simulator.url)
    yield page
    driver.get("about:blank")
    assert page.console_messages() == []


def product_id(simulator: Served, name: str) -> str:
    (product,) = simulator.api("GET", "/products", params={"name": name}).json()
    return str(product["businessId"])


def test_the_products_list_has_a_column_with_the_backups(page: Page) -> None:
    page.open()
    header = page.until(lambda: [cell.text for cell in page.all("#page th")])
    assert header == ["Name", "Type", "Version", "Status", "Host", "Backup products"]
    assert page.cells("ST_PARIS")[5] == "ST_LYON\nsynchronized"
    assert page.cells("ST_FRANKFURT")[5] == "ST_STUTTGART\nnot synchronized"
    assert page.cells("ST_LYON")[0] == "ST_LYON\nbackup of ST_PARIS"
    assert page.cells("ST_TURIN")[3] == "Unreachable"
    assert page.cells("CFT_CORE_BANKING")[1:4] == ["TransferCFT", "3.10", "Started"]
    assert (page.tile("products"), page.tile("masters"), page.tile("backups not synchronized")) == (16, 5, 2)


def test_searching(page: Page) -> None:
    page.open()
    page.row("ST_PARIS")
    page.one("#search").send_keys("5.5 zur")
    page.until(lambda: len(page.all("#page tbody tr")) == 1)
    assert page.cells("ST_ZURICH")[2] == "5.5"
    assert page.one("#count").text == "1 in total"


def test_changes_by_the_api_are_shown(page: Page, simulator: Served) -> None:
    """Without any input on the page, rows change while a playbook uses the API."""
    page.open()
    paris = product_id(simulator, "ST_PARIS")
    page.row("ST_PARIS")
    untouched = page.row("ST_MADRID")
    added = simulator.api("POST", f"/products/{paris}/backupproducts", json=[{"name": "ST_LILLE"}])
    assert added.status_code == 201
    page.cells_become("ST_PARIS", 5, "ST_LYON\nsynchronized\nST_LILLE\nnot synchronized")
    assert "changed" in page.row("ST_PARIS").get_attribute("class")
    page.until(lambda: page.tile("flows Saved, not deployed") == 9)

    lille = product_id(simulator, "ST_LILLE")
    simulator.api("POST", f"/products/{paris}/backupproducts/{lille}/synchronize")
    page.cells_become("ST_PARIS", 5, "ST_LYON\nsynchronized\nST_LILLE\nsynchronizing")
    for _ in range(3):
        simulator.api("GET", f"/products/{paris}")
    page.cells_become("ST_PARIS", 5, "ST_LYON\nsynchronized\nST_LILLE\nsynchronized")
    # An unchanged row is still the same element.
    assert untouched.text
    assert "changed" not in (untouched.get_attribute("class") or "")

    page.open("activity")
    page.until(lambda: "addBackups" in page.one("#page").text and "synchronizeBackup" in page.one("#page").text)


def test_editing_backups_warns_of_the_impact(page: Page) -> None:
    page.open()
    page.follow("ST_PARIS")
    page.until(lambda: page.heading() == "ST_PARIS\nStarted")
    page.press("Edit backups")
    names = page.one("#backups-names")
    assert names.get_attribute("value") == "ST_LYON"
    names.send_keys(", ST_LILLE")
    page.press("Save", "#backups")
    warning = page.one("#backups .warning")
    page.until(lambda: "SWIFT_MT940_STATEMENTS" in warning.text)
    assert len(page.all("#backups .flows li")) == 4
    page.press("Cancel", "#backups")
    assert page.tile("flows Saved, not deployed") == 5
    assert page.cells("ST_LYON")[1] == "synchronized"
    assert [row.text for row in page.all("#page tbody tr") if "ST_LILLE" in row.text] == []

    page.press("Edit backups")
    page.one("#backups-names").send_keys(", ST_LILLE")
    page.press("Save", "#backups")
    page.press("Save anyway", "#backups")
    assert page.cells("ST_LILLE")[1] == "not synchronized"
    page.until(lambda: page.tile("flows Saved, not deployed") == 9)
    assert not page.one("#backups").is_displayed()


def test_editing_backups_shows_all_violations(page: Page) -> None:
    page.open()
    page.follow("ST_PARIS")
    page.press("Edit backups")
    page.one("#backups-names").send_keys(", ST_ZURICH, NOWHERE")
    page.press("Save", "#backups")
    text = page.until(lambda: page.one("#backups .bad").text)
    assert "There is no product named NOWHERE" in text
    assert "version 5.5" in text


def test_the_synchronize_button(page: Page) -> None:
    """Documented: it "is enabled when the backup SecureTransport is not synchronized with the master"."""
    page.open()
    page.follow("ST_VIENNA")
    page.until(lambda: page.heading().startswith("ST_VIENNA"))
    assert not page.button("Synchronize").is_enabled()
    page.open()
    page.follow("ST_MADRID")
    page.until(lambda: page.heading().startswith("ST_MADRID"))
    assert page.cells("ST_SEVILLE")[1] == "not synchronized"
    page.press("Synchronize")
    page.cells_become("ST_SEVILLE", 1, "synchronized")
    page.until(lambda: not page.button("Synchronize").is_enabled())
    # Documented: the flow that uses the backup directly becomes invalid.
    page.open("flows")
    page.until(lambda: page.cells("ANDALUSIA_BRANCH_CASH")[3].startswith("Saved\nInvalid"))
    page.open()
    page.follow("ST_SEVILLE")
    page.until(lambda: page.heading().startswith("ST_SEVILLE"))
    page.until(lambda: "PESIT_CORE view only" in page.one("#page").text)


def test_flows_show_masters_with_their_backups(page: Page) -> None:
    page.open("flows")
    assert page.cells("CROSS_BORDER_PAYMENTS")[1:] == [
        "XBORDER",
        "ST_PARIS (ST_LYON) → ST_FRANKFURT (ST_STUTTGART)",
        "Deployed",
    ]
    assert page.cells("FRAUD_ALERTS")[3] == "Deployed in error\nTransformation FRAUD_ALERTS_V3 not found"


def test_deploying_a_flow(page: Page) -> None:
    page.open("flows")
    page.follow("NORMA43_STATEMENTS")
    page.press("Deploy")
    gate = "Backup product/s ST_SEVILLE are not synchronized with the master product ST_MADRID"
    page.until(lambda: gate in page.one("#notice").text)

    page.open("flows")
    page.follow("PAYROLL_AUSTRIA")
    page.until(lambda: page.cells("ST_GRAZ")[2] == "Deployed in error")
    page.press("Deploy")
    page.cells_become("ST_GRAZ", 2, "Deployed")
    page.until(lambda: page.heading() == "PAYROLL_AUSTRIA\nDeployed")
    page.until(lambda: not page.button("Deploy").is_enabled() and not page.button("Force deploy").is_enabled())


def test_the_deployments_list_shows_former_backups(page: Page, simulator: Served) -> None:
    page.open("deployments")
    page.one("#search").send_keys("spanish")
    page.until(lambda: len(page.all("#page tbody tr")) == 3)
    rows = page.until(lambda: {row.text.split("\n")[0] for row in page.all("#page tbody tr")})
    assert len(rows) == 3
    text = page.one("#page").text
    assert "ST_BRUSSELS former backup Deployed" in text


def test_names_with_commas_and_quotation_marks_can_be_edited(driver: webdriver.Chrome, tmp_path: Path) -> None:
    names = ["A, B", 'C "1", D', "E"]
    estate = tmp_path / "estate.yml"
    products = [{"name": "M", "version": "1", "backups": names[:1]}]
    products += [{"name": name, "version": "1"} for name in names]
    estate.write_text(yaml.safe_dump({"products": products}), encoding="utf-8")
    with served(tmp_path, estate=estate) as simulator:
        page = Page(driver, simulator.url)
        page.open()
        page.follow("M")
        for typed in (', "C ""1"", D",E', " "):
            page.press("Edit backups")
            page.one("#backups-names").send_keys(typed)
            page.press("Save", "#backups")
            page.until(lambda: not page.one("#backups").is_displayed())
            (master,) = simulator.api("GET", "/products", params={"name": "M"}).json()
            assert [entry["name"] for entry in master["backupProducts"]] == names
            page.row(names[1])
        page.press("Edit backups")
        assert page.one("#backups-names").get_attribute("value") == '"A, B", "C ""1"", D", E'
        driver.get("about:blank")
        assert page.console_messages() == []


def test_a_malformed_address_shows_a_page(page: Page) -> None:
    page.open("products/%")
    page.until(lambda: "There is no such product" in page.one("#page").text)


HOSTILE = [
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "'-alert(1)-'; window.pwned=1//",
    "</td></tr></table><h1>free</h1>",
    "&lt;b&gt;&amp;",
    "javascript:window.pwned=1",
    "${window.pwned=1}{{7*7}}",
    "ÄÖÜ ß 日本語 العربية 🚚",
    "\u202eGNIRREVO\u202c",
    "../../_sim/reset?x=1#y",
    "a, b",
    "%3Cscript%3E",
]


def hostile_estate() -> dict[str, Any]:
    products: list[dict[str, Any]] = []
    for number, name in enumerate(HOSTILE):
        certificate = {"alias": name, "content": name}
        profile = {
            "name": name, "protocol": "HTTP", "ssl": {"certificate": certificate}, "networkZone": name,
            "edges": [name], "hosts": [name], "clientAuthentication": name,
        }  # fmt: skip
        products.append(
            {
                "name": name,
                "host": name,
                "os": name,
                "tags": [name],
                "contact": {name: name},
                "version": f"5.4 {name}",
                "type": "SecureTransport",
                "status": name,
                "profiles": [profile],
                "backups": [{"name": f"{name} backup", "synchronized": number % 2 == 0}],
            }
        )
        products.append({"name": f"{name} backup", "version": f"5.4 {name}"})
    flows = [
        {
            "name": name, "idf": name, "status": name, "details": name, "tags": [name],
            "sources": [{"partner": name}], "relays": [{"product": name}], "targets": [{"application": name}],
            "deployments": [{"product": name, "status": name, "message": name}],
        }
        for name in HOSTILE
    ]  # fmt: skip
    return {"allow_unknown_words": True, "products": products, "flows": flows}


def test_hostile_names_are_only_text(driver: webdriver.Chrome, tmp_path: Path) -> None:
    estate = tmp_path / "estate.yml"
    estate.write_text(yaml.safe_dump(hostile_estate(), allow_unicode=True), encoding="utf-8")
    with served(tmp_path, estate=estate) as simulator:
        page = Page(driver, simulator.url)
        places = ["products", "flows", "deployments", "activity"]
        for kind in ("products", "flows"):
            records = simulator.api("GET", f"/{kind}").json()
            places += [f"{kind}/{record['businessId']}" for record in records]
        assert len(places) == 4 + 3 * len(HOSTILE)

        seen = ""
        for place in places:
            page.open(place)
            page.until(lambda: page.one("#pulse").text == "live")
            assert driver.execute_script("return window.pwned") is None, place
            assert page.all("#page script, #page img, #page iframe, #page [onerror]") == [], place
            links = [link.get_attribute("href") for link in page.all("#page a")]
            assert all(link.startswith(f"{simulator.url}/console/#/") for link in links), place
            seen += driver.execute_script("return document.getElementById('page').textContent")
        for name in HOSTILE:
            assert seen.count(name) > 20, name

        # Also in user input and in error messages.
        page.open()
        page.follow(HOSTILE[0])
        page.press("Edit backups")
        page.one("#backups-names").send_keys(f", {HOSTILE[1]}")
        page.press("Save", "#backups")
        page.until(
            lambda: (
                f"There is no product named {HOSTILE[1]}" in page.one("#backups .bad").text
                or HOSTILE[1] in page.one("#backups .bad").text
            )
        )
        page.open("products")
        page.one("#search").send_keys(HOSTILE[0])
        page.until(lambda: len(page.all("#page tbody tr")) == 2)
        assert driver.execute_script("return window.pwned") is None
        assert page.console_messages() == []


def test_signing_in_where_the_control_plane_is_off(driver: webdriver.Chrome, tmp_path: Path) -> None:
    with served(tmp_path, "--no-control", estate=EXAMPLE, CG_SIM_PASSWORD="right") as simulator:
        page = Page(driver, simulator.url)
        page.open()
        page.until(lambda: page.one("#sign-in").is_displayed())
        assert page.all("#page tbody tr") == []
        for password, answer in (("wrong", "Unknown user or wrong password"), ("right", None)):
            for field, text in (("#username", "admin"), ("#password", password)):
                page.one(field).clear()
                page.one(field).send_keys(text)
            page.press("Sign in", "#sign-in")
            if answer:
                page.until(lambda answer=answer: page.one("#sign-in-message").text == answer)
        page.row("ST_PARIS")
        assert not page.one("#sign-in").is_displayed()
        driver.refresh()
        page.row("ST_PARIS")
        page.open("about:blank")
        assert page.console_messages() == []


def test_a_lost_connection_is_shown(driver: webdriver.Chrome, tmp_path: Path) -> None:
    with served(tmp_path, estate=EXAMPLE) as simulator:
        page = Page(driver, simulator.url)
        page.open()
        page.row("ST_PARIS")
        assert simulator.stop() == 0
        page.until(lambda: page.one("#pulse").text == "connection lost")
        assert page.cells("ST_PARIS")[0] == "ST_PARIS"
    driver.get("about:blank")
    driver.get_log("browser")


def test_a_page_of_a_removed_product(page: Page, simulator: Served) -> None:
    page.open()
    page.follow("ST_PARIS")
    page.until(lambda: page.heading().startswith("ST_PARIS"))
    simulator.control("POST", "seed", data="products: [{name: OTHER}]")
    page.until(lambda: "There is no such product" in page.one("#page").text)
    simulator.control("POST", "reset")
    page.until(lambda: page.tile("products") == 1)


def test_the_root_redirects_to_the_console_and_tiles_link_to_what_they_count(page: Page) -> None:
    page.driver.get(page.url)
    page.row("ST_PARIS")
    page.until(
        lambda: next(each for each in page.all(".tile") if "backups not synchronized" in each.text).click() or True
    )
    page.until(lambda: len(page.all("#page tbody tr")) == 2)
    assert page.one("#search").get_attribute("value") == "is:unsynchronized"
    page.until(
        lambda: next(each for each in page.all(".tile") if "flows Deployed in error" in each.text).click() or True
    )
    page.until(lambda: page.one("#count").text == "2 in total")
    page.press("Status")
    page.until(lambda: page.one("th[aria-sort=ascending]").text.startswith("Status"))


def test_the_keyboard_focus_is_kept_when_a_row_changes(page: Page, simulator: Served) -> None:
    page.open()
    page.until(lambda: page.row("ST_PARIS").find_elements(By.TAG_NAME, "a")[1].send_keys("") or True)
    before = page.until(lambda: page.row("ST_PARIS").find_element(By.XPATH, "."))
    simulator.control("POST", "events", json={"product": "ST_PARIS", "status": "Stopped"})
    page.cells_become("ST_PARIS", 3, "Stopped")
    assert page.row("ST_PARIS") != before
    assert page.driver.switch_to.active_element.text == "ST_LYON"


def test_small_screen_and_dark_mode(page: Page, simulator: Served) -> None:
    simulator.api("POST", "/flows", json={"name": "A name that is far too long for any phone " * 3})
    simulator.control("PUT", "variants", json={"gate": "report"})
    run = page.driver.execute_cdp_cmd
    run("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True})
    run("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    try:
        for place in ("products", "topology", "flows", "activity", "simulator"):
            page.open(place)
            page.until(lambda: page.all("#page [data-key]"))
            page.until(lambda: page.one("#switched").text == "2 switched")
            assert page.driver.execute_script("return document.documentElement.scrollWidth") == 390, place
        background = page.driver.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
        assert background == "rgb(16, 22, 29)"
    finally:
        run("Emulation.clearDeviceMetricsOverride", {})
        run("Emulation.setEmulatedMedia", {"features": []})


def test_the_reason_of_a_refusal_is_shown(page: Page, simulator: Served) -> None:
    paris = product_id(simulator, "ST_PARIS")
    simulator.api("POST", f"/products/{paris}/backupproducts", json=[{"name": "ST_ZURICH"}])
    page.open("activity")
    row = page.until(lambda: page.all("#page tbody tr")[0].text)
    assert "addBackups ST_PARIS" in row
    assert "422\nProduct ST_ZURICH has version 5.5, not the version 5.4 of ST_PARIS" in row


def test_spaces_in_names_can_be_seen(page: Page, simulator: Served) -> None:
    simulator.api("POST", "/flows", json={"name": " two  spaces "})
    page.open("flows")
    page.until(lambda: len(page.all("#page .space")) == 3)
