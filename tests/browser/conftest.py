"""A real Chromium for the pages, offline, with everything it complains about at hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)


class Page:
    """One page in the browser: what it answers, what it logged, what it asked for."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def run(self, script: str, *values: Any) -> Any:
        """Return what a script returns."""
        return self.driver.execute_script(script, *values)

    def wait(self, condition: str) -> None:
        """Let the browser answer when a condition holds; it gives up by itself."""
        self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            f"(function look() {{ ({condition}) ? done() : requestAnimationFrame(look); }})();"
        )

    def settle(self) -> None:
        """Let two frames pass."""
        self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "requestAnimationFrame(() => requestAnimationFrame(done));"
        )

    def command(self, name: str, **values: Any) -> Any:
        """Return the answer of the browser's own protocol."""
        return self.driver.execute_cdp_cmd(name, values)

    def complaints(self) -> list[str]:
        """Return every message of the console since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return every address asked for since the last call."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Start one Chromium for all tests, without a network."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("Chromium or its driver is missing: run tests/browser/setup.sh")
    webdriver: Any = pytest.importorskip(
        "selenium.webdriver", reason="selenium is missing: run tests/browser/setup.sh"
    )
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(60)
    page = Page(driver)
    page.command("Network.enable")
    page.command(
        "Network.emulateNetworkConditions",
        offline=True,
        latency=0,
        downloadThroughput=-1,
        uploadThroughput=-1,
    )
    yield page
    driver.quit()


@pytest.fixture
def show(browser: Page, tmp_path: Path) -> Callable[..., Page]:
    """Open HTML from file:// in a window of a width, in light or dark."""

    def opened(
        html: str, *, width: int = 1280, scheme: str = "light", is_scripted: bool = True
    ) -> Page:
        file = tmp_path / "index.html"
        file.write_text(html, encoding="utf-8")
        browser.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=844 if width < 500 else 900,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        browser.command("Emulation.setEmulatedMedia", features=features)
        browser.complaints()
        browser.requests()
        browser.driver.get(file.as_uri())
        if is_scripted:
            browser.settle()
        return browser

    return opened
