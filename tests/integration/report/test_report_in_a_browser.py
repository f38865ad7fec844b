# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML report in a real browser: usable by keyboard, on a phone, on paper, and without scripts."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "tests" / "unit" / "report"))
import samples

from ansible_collections.mftops.central_governance.plugins.plugin_utils.report import page

webdriver = samples.import_or_skip("selenium.webdriver")
By = samples.import_or_skip("selenium.webdriver.common.by").By
Keys = samples.import_or_skip("selenium.webdriver.common.keys").Keys
ActionChains = webdriver.ActionChains

AXE = CHECKOUT / ".venv" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESKTOP = 390, 1400  # pixels


def missing(what: str) -> None:
    # With only git, make and Python, these tests are skipped; in CI they must run.
    pytest.fail(f"no {what}") if os.environ.get("CI") else pytest.skip(f"no {what}")


def program(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing(f"{' or '.join(names)} (Debian: apt-get install chromium chromium-driver)")
    return str(found)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium-browser", "google-chrome")
    for argument in (
        "headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run", "disable-sync",
        "disable-background-networking", "disable-component-update", "hide-scrollbars",
        f"user-data-dir={tmp_path_factory.mktemp('browser')}",
    ):  # fmt: skip
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(program("chromedriver")))
    yield running
    running.quit()


class Page:
    """A report in the browser."""

    def __init__(self, driver: Any, directory: Path) -> None:
        self.driver = driver
        self.path = directory / "report.html"

    def open(self, dataset: dict[str, Any], width: int = DESKTOP, dark: bool = False, scripts: bool = True) -> None:
        self.path.write_text(page.render(dataset), encoding="utf-8")
        self.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.command(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                {"name": "prefers-reduced-motion", "value": "reduce"},  # nothing moves while it is clicked
            ],
        )
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width == PHONE
        )
        self.driver.get(self.path.as_uri())

    def command(self, name: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, arguments)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def one(self, selector: str) -> Any:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def shown_rows(self) -> list[str]:
        rows = self.driver.find_elements(By.CSS_SELECTOR, "#found tbody tr")
        return [row.get_attribute("id") for row in rows if row.is_displayed()]

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self) -> Any:
        return self.driver.switch_to.active_element

    def console_messages(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture
def report(driver: Any, tmp_path: Path) -> Iterator[Page]:
    page = Page(driver, tmp_path)
    yield page
    page.command("Emulation.setEmulatedMedia", media="", features=[])
    page.command("Emulation.setScriptExecutionDisabled", value=False)
    assert page.console_messages() == []  # of the content security policy, too


DATASETS: dict[str, Callable[[], dict[str, Any]]] = {
    "example": samples.dataset,
    "unreadable": samples.unreadable,
    "hostile": lambda: samples.dataset(samples.hostile(), title=samples.HOSTILE[0]),
    "many masters": lambda: samples.dataset(samples.large(60)),
}


@pytest.mark.parametrize("dataset", DATASETS)
def test_axe_finds_no_violation_in_light_and_dark_on_desktop_and_phone(report: Page, dataset: str) -> None:
    if not AXE.exists():
        missing("axe-core; make venv installs it where npm is installed")
    axe = AXE.read_text(encoding="utf-8")
    looks = [(DESKTOP, False), (PHONE, True), (DESKTOP, True), (PHONE, False)]
    for width, dark in looks if dataset == "example" else looks[:2]:
        report.open(DATASETS[dataset](), width=width, dark=dark)
        report.run("document.querySelectorAll('details').forEach((each) => { each.open = true; });")
        report.run(axe)
        found = report.driver.execute_async_script("axe.run().then(arguments[0]);")
        violations = [
            (rule["id"], node["html"][:200], node["failureSummary"])
            for rule in found["violations"]
            for node in rule["nodes"]
        ]
        assert violations == [], (width, dark, violations[:5])
        assert len(found["passes"]) > 10


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_page_fits_a_phone_and_loads_nothing_else(report: Page, dataset: str) -> None:
    report.open(DATASETS[dataset](), width=PHONE)
    assert report.run("return document.documentElement.scrollWidth") <= PHONE
    assert report.run("return performance.getEntriesByType('resource').length") == 0
    # No text is cut off at the right edge.
    cut = report.run(
        "return [...document.querySelectorAll('p, h1, h2, h3, li, summary, td, th, dd')]"
        ".filter((each) => !each.closest('.scroll') && each.getBoundingClientRect().right > innerWidth + 1)"
        ".map((each) => each.outerHTML)"
    )
    assert cut == []


def test_hostile_names_are_shown_and_not_executed(report: Page) -> None:
    report.open(DATASETS["hostile"]())
    assert report.run("return window.pwned") is None
    shown = report.run("return document.body.innerText")
    for name in samples.HOSTILE:
        assert name.split("\n")[0] in shown
    assert [each.text for each in report.driver.find_elements(By.TAG_NAME, "h1")] == [samples.HOSTILE[0]]


def test_findings_are_filtered_and_sorted(report: Page) -> None:
    report.open(samples.dataset())
    count = report.one("#count")
    everything = report.shown_rows()
    assert (len(everything), count.text) == (11, "11 of 11 shown")

    report.one("#search").send_keys("stuttgart certificate")
    assert len(report.shown_rows()) == 1
    assert count.text == "1 of 1 shown, 10 filtered out"
    report.one("#search").send_keys(Keys.CONTROL + "a", Keys.BACKSPACE)
    assert report.shown_rows() == everything

    report.one("input[value=critical]").click()
    assert len(report.shown_rows()) == 7
    report.one("input[value=critical]").click()
    report.one("#only-new").click()
    assert len(report.shown_rows()) == 1
    report.one("#only-new").click()

    def places() -> list[str]:
        return [each.text for each in report.driver.find_elements(By.CSS_SELECTOR, "#found tbody tr .where b")]

    button = report.one("#found th:nth-child(2) button")
    button.click()
    assert places() == sorted(places())
    assert report.one("#found th:nth-child(2)").get_attribute("aria-sort") == "ascending"
    button.click()
    assert places() == sorted(places(), reverse=True)
    report.one("#found th:nth-child(1) button").click()
    assert report.shown_rows() == everything
    assert report.one("#found th:nth-child(2)").get_attribute("aria-sort") == "none"


def test_everything_works_with_the_keyboard_alone(report: Page) -> None:
    report.open(samples.dataset())
    report.press(Keys.TAB)
    assert report.focused().text == "Skip to the findings"
    assert report.focused().is_displayed()
    report.press(Keys.ENTER)
    report.press(Keys.TAB)
    assert report.focused().get_attribute("id") == "search"
    report.press("vienna", Keys.TAB, Keys.TAB, Keys.SPACE)
    assert report.focused().get_attribute("value") == "critical"
    assert len(report.shown_rows()) == 1
    # A mark in the matrix leads to its finding, which a filter may have hidden.
    mark = report.one("#pairs td.k a.critical")
    target = mark.get_attribute("hash")
    report.run("arguments[0].focus()", mark)
    report.press(Keys.ENTER)
    assert report.one(target).is_displayed()


def test_without_scripts_all_findings_are_shown(report: Page) -> None:
    report.open(samples.dataset(), scripts=False)
    assert not report.one("#tools").is_displayed()
    assert len(report.shown_rows()) == 11
    assert report.driver.find_elements(By.CSS_SELECTOR, "#found th button") == []


def test_a_large_estate_is_usable(report: Page) -> None:
    report.open(samples.dataset(samples.large()))
    assert report.one("#count").text == "100 of 1500 shown"
    more = report.one("#more")
    assert more.text == "Show 100 more"
    report.run("arguments[0].click()", more)  # it moves while rows above it are drawn for the first time
    assert report.one("#count").text == "200 of 1500 shown"
    report.one("#search").send_keys("ST_MASTER_0014")
    assert report.one("#count").text == "11 of 11 shown, 1489 filtered out"
    assert not more.is_displayed()
    # What has no findings is folded.
    height = report.run("return document.documentElement.scrollHeight")
    report.run("document.querySelectorAll('details').forEach((each) => { each.open = true; });")
    assert report.run("return document.documentElement.scrollHeight") > 5 * height


def test_in_print_everything_is_unfolded_and_the_controls_are_hidden(report: Page) -> None:
    report.open(samples.dataset())
    folded = report.run("return document.querySelectorAll('details:not([open])').length")
    assert folded > 10
    report.run("window.dispatchEvent(new Event('beforeprint'))")
    assert report.run("return document.querySelectorAll('details:not([open])').length") == 0
    report.run("window.dispatchEvent(new Event('afterprint'))")
    assert report.run("return document.querySelectorAll('details:not([open])').length") == folded
    report.command("Emulation.setEmulatedMedia", media="print", features=[])
    assert not report.one("#tools").is_displayed()
    assert not report.one("nav").is_displayed()
    assert report.one("#verdict").is_displayed()
    assert len(report.command("Page.printToPDF", printBackground=False)["data"]) > 10_000
