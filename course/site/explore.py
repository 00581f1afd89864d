"""The page on which the course's own model runs in the reader's browser, with all that lies beside it.

Not for the model's files (`model`), and not for handing the page out (`serve`).
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from course.cast import current_cast
from course.files import digest_bytes, digest_file, read_json, write_bytes, write_json
from course.model.settings import TIMESTEPS
from course.paths import shown
from course.site.build import KNOWN, OWN_WORDS, home, refresh_index
from course.site.model import export_models, is_whole, noted
from course.site.sheets import MOST_STEPS

HERE = Path(__file__).parent / "browser"
NAMES = {"pixel": "pixels", "latent": "latent"}
SCRIPTS = ("page.js", "live.js", "words.js", "worker.js", "random.js", "gif.js")
BESIDE = (*SCRIPTS, "page.css", "onnxruntime-LICENSE.txt")
RUNTIME = {"script": "ort.wasm.bundle.min.mjs", "wasm": "ort-wasm-simd-threaded.wasm"}
"""Of onnxruntime-web: the plain build, which needs no other file and is as fast as the large ones."""
CARD = {"script": "ort.webgpu.bundle.min.mjs", "wasm": "ort-wasm-simd-threaded.asyncify.wasm"}
"""The build that knows WebGPU, for readers who ask for their graphics card: nearly twice as large."""
CREDIT = "The model runs in onnxruntime-web, © Microsoft Corporation, MIT licence."


def write_explore() -> list[Path]:
    """Bring the page, the models and what runs them up to date; returns the page and the overview.

    Without npm, or without a network for it, the page stands without the model, and so it says.
    """
    from course.site.pages import credits_of, page

    folder, kept = home() / "browser", home() / ".kept"
    known = export_models(folder, kept / "model.json")
    runtime = _runtime(folder, kept / "runtime.json") or {}
    known |= {"runtime": runtime.get("plain"), "card": runtime.get("card")}
    for name in BESIDE:
        write_bytes(folder / name, (HERE / name).read_bytes(), durable=False)
    write_json(home() / KNOWN, known)
    cast, steps = current_cast(), [n for n in range(1, MOST_STEPS + 1) if TIMESTEPS % n == 0]
    html = page(
        "explore.html.j2",
        known=known,
        cast=cast,
        names=NAMES,
        steps=steps,
        nearest=min(steps, key=lambda one: abs(one - cast.steps)),
        vocabulary=sorted(word for word in known["words"]["all"] if word.isalpha()),
        credits=[*credits_of([]), CREDIT],
    )
    write_bytes(home() / OWN_WORDS, html.encode())
    return [home() / OWN_WORDS, refresh_index()]


def _runtime(folder: Path, record: Path) -> dict[str, dict[str, Any]] | None:
    """What runs the models, plain and for a card, from npm's registry in the version that the lock names.

    None without it.
    """
    builds = {"plain": RUNTIME, "card": CARD}
    pinned = [HERE / "package.json", HERE / "package-lock.json"]
    key = digest_bytes(*(digest_file(path).encode() for path in pinned))
    kept = read_json(record)
    files: dict[str, dict[str, Any]] = kept.get("files", {})
    there = files.keys() == builds.keys() and all(
        is_whole(folder, file) for build in files.values() for file in build.values()
    )
    if kept.get("key") == key and there:
        return files
    with tempfile.TemporaryDirectory() as name:
        for path in pinned:
            shutil.copyfile(path, Path(name) / path.name)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        try:
            subprocess.run(command, cwd=name, check=True, capture_output=True, text=True, timeout=600)
            parts = Path(name) / "node_modules" / "onnxruntime-web" / "dist"
            for file in (file for build in builds.values() for file in build.values()):
                write_bytes(folder / file, (parts / file).read_bytes())
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
            print(f"warning: npm cannot bring what runs the model ({said[-1]}), so ", end="", file=sys.stderr)
            print(f"{shown(home() / OWN_WORDS)} stands without it. See docs/site.md.", file=sys.stderr)
            return None
    files = {
        build: {name: noted(folder / file) for name, file in some.items()} for build, some in builds.items()
    }
    write_json(record, {"key": key, "files": files})
    return files
