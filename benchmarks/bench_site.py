"""How soon a page of the site can be used on a slow phone, and how long the site takes to build.

    python benchmarks/bench_site.py ch5_compass            # pages that are built: 4 x CPU slowdown, fast 3G
    python benchmarks/bench_site.py --build                # all chapters: from nothing, and unchanged

The phone is Chromium's own: its CPU slowed down four times, its network as DevTools' preset "fast 3G"
(562.5 ms before every answer, 1.5 Mbit/s down), a new profile for every round, and a server that compresses
text. Usable means: painted, and the script has run, so that keys, chips and the slider answer. Prints a
Markdown table, medians of the rounds, with the least beside them: a busy machine is slower than a phone.
"""

import functools
import gzip
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
from playwright.sync_api import Browser, sync_playwright

from course.paths import ROOT
from course.site.build import home

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
FAST_3G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8 * 0.9,
    "uploadThroughput": 750 * 1024 / 8 * 0.9,
}
SLOWDOWN = 4
FOUND = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const painted = performance.getEntriesByName("first-contentful-paint")[0];
  const ran = page.domContentLoadedEventEnd;
  const first = performance.getEntriesByType("resource").filter(one => one.responseEnd <= ran);
  return {painted: painted.startTime, ran, shift: window.shift,
    bytes: page.encodedBodySize + first.reduce((sum, one) => sum + one.encodedBodySize, 0)};
}"""
SHIFT = """window.shift = 0; new PerformanceObserver(list => {
  for (const one of list.getEntries()) shift += one.value;
}).observe({type: "layout-shift", buffered: true});"""


class Compressing(SimpleHTTPRequestHandler):
    """A server as sites have it: text is compressed, connections are kept."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".html", ".css", ".js"):
            return super().do_GET()
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, format: str, *args: object) -> None:
        pass


def visit(browser: Browser, address: str, slow: bool) -> dict[str, float]:
    """One first visit, and what the browser says of it (milliseconds)."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    client = context.new_cdp_session(page)
    page.add_init_script(SHIFT)
    if slow:
        client.send("Network.enable")
        client.send("Network.emulateNetworkConditions", FAST_3G)
        client.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(address, wait_until="domcontentloaded")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    page.wait_for_timeout(1500)
    found: dict[str, float] = page.evaluate(FOUND)
    context.close()
    return found


def visits(names: tuple[str, ...], rounds: int) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Compressing, directory=str(home())))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(
        "| page | painted, ms | usable, ms (least) | bytes before that | layout shift | not slowed down, ms |"
    )
    print("|---|---|---|---|---|---|")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name in names:
            address = f"http://127.0.0.1:{server.server_port}/{name}.html"
            runs = [visit(browser, address, slow=True) for _ in range(rounds)]
            plain = [visit(browser, address, slow=False) for _ in range(rounds)]
            usable = [max(one["painted"], one["ran"]) for one in runs]
            painted = statistics.median(one["painted"] for one in runs)
            free = statistics.median(max(one["painted"], one["ran"]) for one in plain)
            shift = max(one["shift"] for one in runs)
            print(
                f"| {name} | {painted:,.0f} | {statistics.median(usable):,.0f} ({min(usable):,.0f}) "
                f"| {runs[0]['bytes']:,.0f} | {shift:.3f} | {free:,.0f} |"
            )
        browser.close()
    server.shutdown()


def builds() -> None:
    before = os.getloadavg()[0]
    shutil.rmtree(home(), ignore_errors=True)
    for what in ("from nothing", "unchanged"):
        start, used = time.monotonic(), os.times()
        subprocess.run(
            [sys.executable, "-m", "course.cli", "site"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        spent = os.times()
        cpu = sum(spent[2:4]) - sum(used[2:4])
        pages = len(list(home().glob("ch*.html")))
        print(
            f"{what}: {pages} chapters, {time.monotonic() - start:.1f} s, {cpu:.1f} s of CPU; "
            f"load before {before:.1f}"
        )


@click.command()
@click.argument("pages", nargs=-1)
@click.option("--rounds", default=5, show_default=True)
@click.option("--build", is_flag=True, help="Build the site anew (media/site is removed first).")
def main(pages: tuple[str, ...], rounds: int, build: bool) -> None:
    """Measure PAGES of media/site, named as their files, or with --build the building."""
    if build:
        builds()
    if pages:
        visits(pages, rounds)


if __name__ == "__main__":
    main()
