"""How long a picture takes in a reader's browser, against PyTorch on one thread of the same machine.

    python benchmarks/bench_browser.py --rounds 5

Ten steps of the shipped models with both branches, the same words and the same seed, taking turns in one
run: PyTorch's pipeline, which records nothing; the page on one thread; and the page with threads, which it
may have where the server isolates it. Chromium runs without a window. The page's time is its own, of a whole
walk with its pictures; the first walk of each is left out. On a busy machine only the CPU time tells much.
Also the longest task of the page's own thread while the model is loaded and walks (0: none above 50 ms) and
the memory of the process in which page and model live. Prints a Markdown table: medians, and of the ratios
the least and the greatest.
"""

import functools
import re
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import torch
from playwright.sync_api import Browser, Page, sync_playwright

from course.cast import current_cast
from course.precompute.systems import load_pipeline, system_of
from course.site.explore import write_explore
from course.site.serve import Server

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
STEPS, GUIDANCE = 10, 3.0
WATCH = """window.longest = 0; window.walks = []; const Plain = Worker;
new PerformanceObserver(list => {
  for (const one of list.getEntries()) longest = Math.max(longest, one.duration);
}).observe({type: "longtask"});
window.Worker = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({data}) => { if (data.done) walks.push(data.done); });
  }
};"""


Spent = tuple[float, float]
"""Seconds by the clock, and of CPU."""


def by_torch(model: str) -> Callable[[], Spent]:
    """Walks once by PyTorch."""
    cast, system = current_cast(), system_of(load_pipeline(model))

    def walk() -> Spent:
        start, cpu = time.perf_counter(), time.process_time()
        conditional, without = system.encode([cast.prompt]), system.encode([""])
        noise = system.noise([cast.seed])
        states = system.denoise(conditional, without, noise, steps=STEPS, guidance=[GUIDANCE])
        system.pixels(states.numpy())
        return time.perf_counter() - start, time.process_time() - cpu

    return walk


def in_page(page: Page) -> Spent:
    """Walks once in a page, which says how long it took; CPU of all its threads."""
    cpu = sum(one["cpuTime"] for one in renderers(page.context.browser))
    done = page.evaluate("walks.length")
    page.click("#go")
    page.wait_for_function(f"walks.length > {done}", timeout=120_000)
    return page.evaluate("walks.at(-1)"), sum(one["cpuTime"] for one in renderers(page.context.browser)) - cpu


def renderers(browser: Browser | None) -> list[dict[str, Any]]:
    """The browser's processes with pages, as it knows them."""
    assert browser
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [one for one in found if one["type"] == "renderer"]


def say_longest(page: Page) -> None:
    print(f"<!-- longest task of the page's own thread: {page.evaluate('longest'):.0f} ms -->")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path, isolated: bool) -> Iterator[str]:
    """The page's address, from a server that isolates it, so that it may have threads, or does not."""
    plain = functools.partial(Quiet, directory=str(folder))
    with Server(folder) if isolated else ThreadingHTTPServer(("127.0.0.1", 0), plain) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/explore.html"
        server.shutdown()


def memory(browser: Browser) -> int:
    """What the browser's processes with pages take, in MB: what is their own, and their share of the rest."""
    pages = [Path(f"/proc/{one['id']}/smaps_rollup") for one in renderers(browser)]
    return sum(int(re.findall(r"Pss: +(\d+)", path.read_text())[0]) for path in pages) // 1000


def measure(browser: Browser, model: str, rounds: int, folder: Path) -> None:
    """Prints a row for each way of walking."""
    ways: dict[str, Callable[[], Spent]] = {"PyTorch, one thread": by_torch(model)}
    with ExitStack() as stack:
        for isolated in (False, True):
            page = browser.new_page()
            stack.callback(page.close)
            page.add_init_script(WATCH)
            address = stack.enter_context(served(folder, isolated))
            page.goto(f"{address}?steps={STEPS}&guidance={GUIDANCE}&model={model}")
            page.evaluate("longest = 0")
            in_page(page)
            if not isolated:
                print(f"<!-- {model}: the page and its model take {memory(browser)} MB -->")
            ways["page, with threads" if isolated else "page, one thread"] = functools.partial(in_page, page)
            stack.callback(say_longest, page)
        ways["PyTorch, one thread"]()
        taken = [{name: walk() for name, walk in ways.items()} for _ in range(rounds)]
    for name in ways:
        row = [model, name]
        for kind in (0, 1):
            seconds = [turn[name][kind] for turn in taken]
            ratios = [turn[name][kind] / turn["PyTorch, one thread"][kind] for turn in taken]
            middle = statistics.median(ratios)
            row += [
                f"{statistics.median(seconds):.2f}",
                f"{middle:.2f} × ({min(ratios):.2f}–{max(ratios):.2f})",
            ]
        print(f"| {' | '.join(row)} |")


@click.command(help=__doc__)
@click.option("--rounds", default=7, show_default=True)
@click.option("--model", "models", type=click.Choice(["pixel", "latent"]), multiple=True, help="Else both.")
def main(rounds: int, models: tuple[str, ...]) -> None:
    torch.set_num_threads(1)
    page, _ = write_explore()
    print("| model | how | seconds for ten steps | against PyTorch | of CPU | against PyTorch |")
    print("|---|---|---|---|---|---|")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for model in models or ("pixel", "latent"):
            measure(browser, model, rounds, page.parent)
        browser.close()


if __name__ == "__main__":
    main()
