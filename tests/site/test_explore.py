"""The course's own model in a reader's browser: it walks as it does in the films; what fails is a sentence.

In Debian's Chromium, on phone and desktop, with and without the headers that let a page have threads.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from filelock import FileLock
from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright

from course.cast import current_cast
from course.cli import main
from course.errors import CourseError
from course.paths import ROOT, media
from course.precompute import Capture, CaptureSpec, capture
from course.site import explore
from course.site.build import home
from course.site.serve import Server
from tests.episode.browser import needs_chromium, served
from tests.site.test_accessible import wrong
from tests.site.test_in_browser import DESKTOP, PHONE, SIZES, launched, looking

pytestmark = [needs_chromium, pytest.mark.long]

HEAR = """const Plain = Worker; window.heard = []; window.Worker = class extends Plain {
  constructor(...given) { super(...given); this.addEventListener("message", ({data}) => heard.push(data)); }
};"""
"""Before a page's own script: what its worker tells it is kept."""
HEARD = """() => heard.filter(one => one.picture || one.guessed).map(one => Object.fromEntries(
  Object.entries(one).map(([name, value]) => [name, typeof value === "number" ? value : [...value]])))"""
FETCHED = (
    "performance.getEntriesByType('resource').filter(one => /onnx|wasm|ort|worker/.test(one.name)).length"
)
CARD = "Object.defineProperty(navigator, 'gpu', {{value: {{requestAdapter: async () => ({})}}}});"
"""Before a page's own script: this is the adapter that it is given when it asks for one."""
SAID = "document.getElementById('said').textContent"
WALKED = "/in [0-9.]+ s/.test(document.getElementById('said').textContent)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def plain(folder: Path) -> Iterator[str]:
    """The page from a server that knows nothing of isolation."""
    with served(folder) as server:
        yield f"http://127.0.0.1:{server.server_port}/explore.html"


@contextmanager
def ours(folder: Path) -> Iterator[str]:
    """The origin of the course's own server."""
    with Server(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def loaded(browser: Browser, plain: str) -> Iterator[Page]:
    """A page on a phone, without isolation, its model loaded by a first walk."""
    with looking(browser, f"{plain}?prompt=a+cat&steps=2", HEAR, **PHONE) as page:
        walked(page)
        assert page.evaluate("[heard.find(one => one.loaded).threads, crossOriginIsolated]") == [1, False]
        yield page


@pytest.fixture
def awake(loaded: Page) -> Page:
    """That page as it was opened: a cat in two steps."""
    loaded.evaluate("document.getElementById('cast').reset()")
    loaded.fill("[name=prompt]", "a cat")
    loaded.select_option("[name=steps]", "2")
    return loaded


def walked(page: Page) -> None:
    page.evaluate("document.getElementById('said').textContent = ''")
    page.click("#go")
    page.wait_for_function(WALKED, timeout=180_000)


def as_captured(page: Page, run: Capture) -> None:
    """The walk that the page has just heard of is that run: states, guesses, and what is on the canvas."""
    heard = page.evaluate(HEARD)
    size = run.states[0].shape
    for key, pixels, states, pictures in (
        ("state", "picture", run.states, run.pictures),
        ("guess", "guessed", run.guesses, run.guess_pictures),
    ):
        mine = {one["step"]: one for one in heard if one.get(key)}
        assert sorted(mine) == list(range(len(states)))
        got = np.array([np.reshape(mine[k][key], size) for k in range(len(states))])
        assert np.abs(got - states).max() < 1e-3
        drawn = np.array([np.reshape(mine[k][pixels], (32, 32, 4)) for k in range(len(states))])
        assert np.abs(drawn[..., :3].astype(int) - pictures.astype(int)).max() <= 1
    shown = page.evaluate(
        "[...document.getElementById('state').getContext('2d').getImageData(0, 0, 32, 32).data]"
    )
    assert np.array_equal(np.reshape(shown, (32, 32, 4)), drawn_last(heard))


def drawn_last(heard: list[dict[str, Any]]) -> np.ndarray:
    return np.reshape(next(one["picture"] for one in reversed(heard) if one.get("picture")), (32, 32, 4))


def test_the_films_walk_is_walked_in_the_page_with_threads_where_it_may_have_them(
    browser: Browser, folder: Path
) -> None:
    with ours(folder) as origin, looking(browser, f"{origin}/explore.html", HEAR, **DESKTOP) as page:
        page.wait_for_timeout(300)
        assert page.evaluate(FETCHED) == 0
        walked(page)
        as_captured(page, capture(CaptureSpec.of(current_cast())))
        (loaded,) = page.evaluate("heard.filter(one => one.loaded)")
        whole, arrived = page.evaluate("[arriving.max, heard.findLast(one => one.arrived).arrived]")
        assert 0.99 < arrived / whole <= 1
        assert loaded["threads"] == min(4, os.cpu_count() or 1)
        assert "seed=7" in page.url


@pytest.mark.parametrize(("model", "guidance"), [("pixel", 2.5), ("latent", 3.0)])
def test_other_words_are_walked_as_pytorch_walks_them(awake: Page, model: str, guidance: float) -> None:
    run = capture(CaptureSpec("a red fish", seed=12345, steps=5, guidance=guidance, model=model))
    awake.evaluate("heard.length = 0")
    for name, value in (("prompt", "A red FISH"), ("seed", "12345"), ("guidance", str(guidance))):
        awake.fill(f"[name={name}]", value)
    awake.select_option("[name=steps]", "5")
    awake.select_option("[name=model]", model)
    walked(awake)
    as_captured(awake, run)


@pytest.mark.parametrize("seed", [0, 7, 12345])
def test_a_seed_gives_torchs_own_noise(awake: Page, seed: int) -> None:
    got = awake.evaluate(
        "async seed => [...(await import('/browser/random.js')).randn(3072, seed)]", str(seed)
    )
    assert np.array_equal(
        np.array(got, np.float32), torch.randn(3072, generator=torch.Generator().manual_seed(seed)).numpy()
    )


def test_words_are_numbers_as_in_python(awake: Page) -> None:
    from course.model.networks import token_ids, tokenizer

    texts = ["A big butterfly", " a cat  and\ta FISH on a blue background", " ".join(["red"] * 20)]
    got = awake.evaluate(
        """async texts => {
          const {read, nothing} = await import('/browser/words.js'), {words} = JSON.parse(known.textContent);
          return [...texts.map(text => read(text, words).numbers), nothing(words)];
        }""",
        texts,
    )
    assert got == token_ids(tokenizer(), [*texts, ""]).tolist()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("prompt", "a red unikorn and a snaill", "“snaill” (nearest: snail)"),
        ("prompt", "", "There are no words yet"),
        ("prompt", "ein Fisch 魚 <img src=x onerror=alert(1)>", "never saw “ein”"),
        ("prompt", "fish" * 90, "never saw “fishfishfish"),
        ("seed", "-1", "A seed is a whole number"),
        ("guidance", "much", "Guidance is a number"),
    ],
)
def test_what_cannot_be_walked_is_one_sentence(awake: Page, name: str, value: str, said: str) -> None:
    before = awake.input_value(f"[name={name}]")
    awake.fill(f"[name={name}]", value)
    awake.click("#go")
    assert said in awake.evaluate(SAID)
    assert awake.locator("#said *").count() == 0
    awake.fill(f"[name={name}]", before)
    walked(awake)


def test_a_walk_is_stopped_scrubbed_replayed_and_kept(awake: Page) -> None:
    awake.select_option("[name=steps]", "100")
    awake.click("#go")
    awake.wait_for_function("document.getElementById('step').value > 1")
    awake.click("#stop")
    assert "Stopped at step" in awake.evaluate(SAID)
    stopped = int(awake.input_value("#step"))
    awake.click("#go")  # a second walk before the first one has ended
    awake.select_option("[name=steps]", "4")
    awake.click("#go")
    awake.wait_for_function(WALKED)
    assert awake.locator("#at").inner_text() == "step 4 of 4"
    assert stopped < 100
    last = awake.evaluate("document.getElementById('state').toDataURL()")
    awake.focus("#step")
    awake.keyboard.press("Home")
    assert awake.locator("#at").inner_text() == "step 0 of 4"
    assert awake.evaluate("document.getElementById('state').toDataURL()") != last
    awake.click("#replay")
    awake.wait_for_function("document.getElementById('at').textContent === 'step 4 of 4'")
    assert awake.evaluate("document.getElementById('state').toDataURL()") == last
    with awake.expect_download() as download:
        awake.click("#strip")
    assert download.value.suggested_filename == "a-cat-seed7.png"


def test_the_walk_is_kept_as_a_gif_within_its_256_colours(awake: Page, tmp_path: Path) -> None:
    awake.evaluate("heard.length = 0")
    awake.select_option("[name=steps]", "20")
    walked(awake)
    walk = [one["picture"] for one in awake.evaluate(HEARD) if one.get("picture")]
    with awake.expect_download() as download:
        awake.click("#gif")
    assert download.value.suggested_filename == "a-cat-seed7.gif"
    download.value.save_as(tmp_path / "walk.gif")
    most, colours = 0, []
    with Image.open(tmp_path / "walk.gif") as kept:
        assert getattr(kept, "n_frames", 1) == len(walk) == 21
        assert kept.info["loop"] == 0
        for k, picture in enumerate(walk):
            kept.seek(k)
            assert kept.size == (256, 256)
            assert kept.info["duration"] == (2000 if k == 20 else 200)
            large = np.asarray(kept.convert("RGB")).astype(int)
            small = large[::8, ::8]
            assert np.array_equal(large, small.repeat(8, 0).repeat(8, 1))  # nothing is smoothed
            state = np.reshape(picture, (32, 32, 4))[..., :3].astype(np.uint8)
            best = Image.fromarray(state).quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            off, allowed = (np.abs(one - state) for one in (small, np.asarray(best.convert("RGB"), int)))
            assert off.mean() <= 1.05 * allowed.mean() + 0.1
            colours.append(len(np.unique(state.reshape(-1, 3), axis=0)))
            assert off.max() == 0 or colours[-1] > 256
            most = max(most, int(off.max()))
    assert colours[0] > 256
    assert f"up to {most} of 255 levels" in awake.locator("#lost").inner_text()


def test_a_hand_that_rests_on_a_dial_gets_that_picture(awake: Page) -> None:
    awake.evaluate("document.querySelector('details').open = true")
    awake.fill("[name=other]", "a fish on a pink background")
    assert awake.locator("#both").inner_text() == "Both: “a cat and a fish on a pink background”"
    awake.evaluate("document.getElementById('said').textContent = ''")
    awake.get_by_role("slider", name="Towards the other").focus()
    awake.keyboard.press("End")
    awake.wait_for_function(WALKED)
    other = awake.evaluate("document.getElementById('state').toDataURL()")
    assert "across=1" in awake.url
    awake.fill("[name=prompt]", "a fish on a pink background")
    awake.focus("[name=across]")
    awake.keyboard.press("Home")
    awake.wait_for_function("!location.search.includes('across')")
    awake.wait_for_function(WALKED)
    assert awake.evaluate("document.getElementById('state').toDataURL()") == other


def cut_short(route: Route) -> None:
    route.fulfill(body=route.fetch().body()[:-1])


def exchanged(route: Route) -> None:
    body = route.fetch().body()
    route.fulfill(body=body[:999] + bytes([body[999] ^ 1]) + body[1000:])


def test_a_model_that_does_not_arrive_whole_is_a_sentence_and_can_be_asked_for_again(
    browser: Browser, plain: str
) -> None:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(f"{plain}?steps=1")
    file = "**/pixel-words.onnx*"
    for spoil, said in (
        (cut_short, "is not the file"),
        (exchanged, "is not the file"),
        (lambda route: route.abort(), "The line broke"),
    ):
        context.route(file, spoil)
        page.click("#go")
        page.wait_for_function(f"{SAID}.includes({json.dumps(said)})", timeout=30_000)
        assert page.locator("#go").inner_text().startswith("Load the model, ")
        context.unroute(file)
    walked(page)
    context.close()


def test_offline_in_the_middle_is_a_sentence_and_afterwards_no_harm(browser: Browser, plain: str) -> None:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(f"{plain}?prompt=a+cat&steps=1")

    def cut(route: Route) -> None:
        context.set_offline(True)
        route.continue_()

    context.route("**/pixel-network.onnx*", cut)
    page.click("#go")
    page.wait_for_function(f"{SAID}.includes('The line broke')", timeout=60_000)
    context.unroute_all()
    context.set_offline(False)
    walked(page)
    context.set_offline(True)
    page.fill("[name=prompt]", "a blue fish")
    walked(page)
    context.close()


@pytest.mark.parametrize(
    "lacking",
    [
        "WebAssembly.Memory = class { constructor() { throw new RangeError('could not allocate'); } };",
        "WebAssembly.instantiate = async () => { throw new RangeError('Out of memory'); };",
    ],
    ids=["memory", "session"],
)
def test_without_enough_memory_it_says_so_and_can_be_asked_again(
    browser: Browser, plain: str, lacking: str
) -> None:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(f"{plain}?prompt=a+cat&steps=1")

    def starved(route: Route) -> None:
        route.fulfill(body=lacking + route.fetch().text(), content_type="text/javascript")

    context.route("**/worker.js", starved)
    page.click("#go")
    page.wait_for_function(f"{SAID}.includes('not enough memory')", timeout=60_000)
    assert page.locator("#go").inner_text().startswith("Load the model, ")
    context.unroute_all()
    walked(page)
    context.close()


def test_a_tab_that_is_put_to_sleep_in_the_middle_goes_on_where_it_was(awake: Page) -> None:
    awake.evaluate("heard.length = 0")
    awake.select_option("[name=steps]", "10")
    awake.evaluate("document.getElementById('said').textContent = ''")
    awake.click("#go")
    awake.wait_for_function("document.getElementById('step').value > 1", timeout=60_000)
    client = awake.context.new_cdp_session(awake)
    for state in ("frozen", "active"):
        client.send("Page.setWebLifecycleState", {"state": state})
        time.sleep(1)
    awake.wait_for_function(WALKED, timeout=180_000)
    as_captured(awake, capture(CaptureSpec("a cat", seed=7, steps=10, guidance=current_cast().guidance)))


@pytest.mark.parametrize(
    "adapter",
    [
        "null",
        "{isFallbackAdapter: true}",
        "{info: {isFallbackAdapter: true}}",
        "{info: {vendor: 'google', architecture: 'swiftshader'}}",
    ],
)
def test_a_graphics_card_in_software_is_not_offered(browser: Browser, plain: str, adapter: str) -> None:
    with looking(browser, plain, CARD.format(adapter), **PHONE) as page:
        page.get_by_text("Where it runs").click()
        page.get_by_text("no graphics card for it, or one in software").wait_for()
        assert page.get_by_role("checkbox").count() == 0


def test_a_graphics_card_that_fails_is_named_and_the_walk_is_the_same(browser: Browser, plain: str) -> None:
    context = browser.new_context(**DESKTOP)
    page = context.new_page()
    page.add_init_script(HEAR + CARD.format("{info: {vendor: 'acme'}}"))  # the worker has none
    page.goto(f"{plain}?prompt=a+cat&steps=2")
    before = page.locator("#go").inner_text()
    page.get_by_text("Where it runs").click()
    page.get_by_role("checkbox", name="On the graphics card").check()
    assert page.locator("#go").inner_text() != before  # its size
    walked(page)
    assert "graphics card failed" in page.locator("#runs").inner_text()
    as_captured(page, capture(CaptureSpec("a cat", seed=7, steps=2, guidance=current_cast().guidance)))
    context.close()


def test_without_webassembly_it_says_so_and_fetches_nothing(browser: Browser, plain: str) -> None:
    with looking(browser, f"{plain}?steps=77&seed=3", "delete window.WebAssembly", **PHONE) as page:
        assert "link’s steps cannot be had" in page.evaluate(SAID)
        page.click("#go")
        assert "no WebAssembly" in page.evaluate(SAID)
        assert page.evaluate(FETCHED) == 0


@SIZES
def test_everybody_can_use_it(browser: Browser, plain: str, size: dict[str, Any]) -> None:
    with looking(browser, plain, CARD.format("{info: {}}"), **size) as page:
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        page.get_by_role("checkbox", name="On the graphics card").wait_for()
        assert wrong(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["viewport"]["width"]


def test_from_a_folder_it_says_what_to_do(browser: Browser, folder: Path) -> None:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto((folder / "explore.html").as_uri())
    assert page.get_by_text("course explore").is_visible()
    assert page.locator("#cast").is_hidden()
    context.close()


def test_without_npm_the_page_stands_without_the_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FileLock(media() / "explore.lock"):
        there, record = (folder / "explore.html").read_bytes(), home() / ".kept" / "runtime.json"
        kept = record.read_bytes()
        try:
            record.unlink()
            monkeypatch.setenv("PATH", "/nowhere")
            page, _ = explore.write_explore()
            assert "This copy of the page has no model" in page.read_text()
            assert "npm cannot bring" in capsys.readouterr().err
        finally:
            record.write_bytes(kept)
            (folder / "explore.html").write_bytes(there)


def test_explore_is_for_this_computers_browser_only_and_ends_with_ctrl_c(folder: Path) -> None:
    command = [sys.executable, "-m", "course", "explore", "a butterfly", "a snail"]
    done = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "BROWSER": "true"},
        # As in a terminal, also where the tests themselves run in the background and Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert done.stdout
    try:
        address = done.stdout.readline().split()[0]
        assert address.endswith("explore.html?prompt=a+butterfly&other=a+snail")

        def status(path: str = "", **headers: str) -> int:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            try:
                with urllib.request.urlopen(
                    urllib.request.Request(address.partition("explore")[0] + path, headers=named)
                ) as answer:
                    assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                return error.code

        assert status("explore.html") == 200
        assert status("explore.html", Host="evil.example") == 403
        assert status("explore.html", Origin="https://evil.example") == 403
        assert status("browser/pixel-network.onnx", Sec_Fetch_Site="cross-site") == 403
        assert status(".kept/model.json") == 404
        assert status("browser/") == 404
        with pytest.raises(CourseError, match="Leave --port out"):
            Server(folder, int(address.split(":")[2].partition("/")[0]))
    finally:
        done.send_signal(signal.SIGINT)
        try:
            assert done.wait(10) == 0
        finally:
            done.kill()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explore", "a cat", "a fish", "a star"], "Give one prompt or two"),
        (["explore", "a snaill"], "nearest: snail"),
        (["site", "ch2", "--explore"], "Give it alone"),
    ],
)
def test_what_cannot_be_explored_is_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
