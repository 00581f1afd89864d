"""Write what was measured beside a model's weights: scores.json, a labelled grid picture and the model card.

Not for measuring anything: see `evaluate`.
"""

import json
import math
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from safetensors import safe_open

from course import grammar
from course.files import replacing, write_json, write_text
from course.model.data import SIZE, TRAINING
from course.model.evaluate import ONE_SEED, Sampler, grid_pictures
from course.model.latent import VAE
from course.model.loading import CLIP
from course.model.settings import CARD, RECIPES, SWAPS, TWICE
from course.paths import ASSETS

COLUMNS, ZOOM, LABEL = 12, 4, 44
MARGIN = 8


@dataclass(frozen=True)
class Measure:
    """One line of the table: what is measured, what it should reach, and how it is written."""

    words: str
    reach: str
    reached: Callable[[float], bool]
    percent: bool = True

    def written(self, value: float) -> str:
        """The value as the table shows it."""
        return f"{100 * value:.1f} %" if self.percent else f"{value:.2f}"


def _at_least(words: str, share: float) -> Measure:
    return Measure(words, f"≥ {100 * share:.0f} %", lambda value: value >= share)


PER_GUIDANCE = {
    "noun": _at_least("noun recognised by the judge, one object", 0.90),
    "coloured_noun": _at_least("the same, where its colour is said too", 0.90),
    "both_nouns": _at_least("both nouns recognised, “a X and a Y”, pairs seen in training", 0.60),
    "both_nouns_held_out": _at_least("the same, pairs kept out of training", 0.60),
    "background": _at_least("background colour obeyed", 0.95),
    "colour": _at_least("object colour obeyed", 0.85),
    "diversity": Measure(
        "different seeds differ: distance between pictures of one prompt, over that of training pictures",
        "0.7 – 1.3",
        lambda value: 0.7 <= value <= 1.3,
        percent=False,
    ),
    "median_ratio": Measure(
        "not copying: distance to the nearest training picture, over that of held-out pictures (median)",
        "≥ 0.8",
        lambda value: value >= 0.8,
        percent=False,
    ),
}
ALONE = {
    "clip": _at_least("CLIP: right caption picked among 32", 0.90),
    "vae_psnr": Measure("VAE reconstruction, PSNR in dB", "≥ 27", lambda value: value >= 27, percent=False),
}


def _measures(at: Mapping[str, Any]) -> dict[str, Any]:
    """Those of one column, by the names of PER_GUIDANCE."""
    return {**at, **at.get("copying", {})}


def columns(scores: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What stands over each column of the table, and the measures in it."""
    best, late = scores["best_guidance"], scores["late"]
    made = {f"w = {w}{' (best)' if w == best else ''}": at for w, at in scores["at"].items()}
    made[f"w = {late['best_guidance']} after step {late['unguided']}"] = late
    made[f"the same, chosen of {scores['choice']}"] = late["chosen"]
    return {head: _measures(at) for head, at in made.items()}


def rows(scores: Mapping[str, Any]) -> list[tuple[str, str, list[str], bool]]:
    """(measure, what to reach, its value in each column, reached at the best guidance), line by line."""
    made = []
    best = _measures(scores["at"][scores["best_guidance"]])
    for name, measure in PER_GUIDANCE.items():
        written = [measure.written(at[name]) if name in at else "–" for at in columns(scores).values()]
        made.append((measure.words, measure.reach, written, measure.reached(best[name])))
    for name, measure in ALONE.items():
        if name in scores:
            written = [measure.written(scores[name])] * len(columns(scores))
            made.append((measure.words, measure.reach, written, measure.reached(scores[name])))
    return made


def table(scores: Mapping[str, Any]) -> str:
    """The scores as a Markdown table, one column a guidance."""
    heads = list(columns(scores))
    lines = [f"| measure | reach | {' | '.join(heads)} | reached |", "|---" * (3 + len(heads)) + "|"]
    lines += [
        f"| {words} | {reach} | {' | '.join(v)} | {'yes' if ok else 'no'} |"
        for words, reach, v, ok in rows(scores)
    ]
    return "\n".join(lines)


def labelled_grid(pixels: np.ndarray, prompts: list[str], path: Path) -> None:
    """Write (N, H, W, 3) uint8 pictures as one PNG, enlarged without smoothing, each with its prompt
    below."""
    edge = ZOOM * SIZE
    cell = (edge + MARGIN, edge + LABEL + MARGIN)
    sheet = Image.new(
        "RGB", (COLUMNS * cell[0] + MARGIN, -(-len(pixels) // COLUMNS) * cell[1] + MARGIN), "#0b101c"
    )
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(ASSETS / "fonts" / "Inter-Regular.otf"), 12)
    for k, (picture, prompt) in enumerate(zip(pixels, prompts, strict=True)):
        x, y = MARGIN + k % COLUMNS * cell[0], MARGIN + k // COLUMNS * cell[1]
        sheet.paste(Image.fromarray(picture).resize((edge, edge), Image.Resampling.NEAREST), (x, y))
        pen.multiline_text((x, y + edge + 3), textwrap.fill(prompt, 20), "#f2f4f8", font, spacing=1)
    with replacing(path) as temporary:
        sheet.save(temporary, optimize=True)


def training_story(folder: Path) -> dict[str, Any] | None:
    """What the training in `folder` took, its held-out losses and notes; None where it left no log."""
    path, notes = folder / "training" / "log.csv", folder / "training" / "notes.md"
    if not path.exists():
        return None
    with open(path, newline="") as file:
        # The last column is JSON with commas of its own, unquoted.
        lines = [line.rstrip("\n").split(",", 5) for line in file][1:]
    if not lines:
        return None
    scores = [json.loads(line[5]) for line in lines]
    return {
        "steps": int(lines[-1][0]),
        "pictures": int(lines[-1][1]),
        "minutes": round(float(lines[-1][2]) / 60),
        "scores": scores[-1],
        "notes": notes.read_text(encoding="utf-8").strip() if notes.exists() else "",
        "halfway": next(
            (s for n, s in zip(lines, scores, strict=True) if 2 * int(n[0]) >= int(lines[-1][0])), None
        ),
    }


def parameters(folder: Path) -> int:
    """How many numbers the weights below `folder` hold, the text encoder's included."""
    total = 0
    for path in sorted(folder.rglob("*.safetensors")):
        with safe_open(path, "numpy") as file:
            names = file.keys()
            total += sum(math.prod(file.get_slice(name).get_shape()) for name in names)
    return total


def card(model: str, scores: Mapping[str, Any]) -> str:
    """The model card in Markdown."""
    folder = ASSETS / "models" / model
    facts = {
        "model": model,
        "scores": scores,
        "one_seed": ONE_SEED,
        "table": table(scores),
        "missed": [words for words, _, _, reached in rows(scores) if not reached],
        "grammar": grammar,
        "recipe": RECIPES[model],
        "story": training_story(folder),
        "clip": training_story(CLIP),
        "vae": training_story(VAE) if model == "latent" else None,
        "swaps": SWAPS,
        "twice": TWICE,
        "parameters": parameters(folder),
        "training": TRAINING,
        "pairs": len(grammar.held_out_pairs()),
        "all_pairs": len(grammar.NOUNS) * (len(grammar.NOUNS) - 1) // 2,
    }
    return rendered("card.md.j2", facts)


def rendered(name: str, facts: Mapping[str, Any]) -> str:
    """The template of that name, beside this file, with `facts` filled in."""
    template = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown, and every value is our own
    ).get_template(name)
    return template.render(facts)


def write(model: str, scores: Mapping[str, Any], late: Sampler) -> list[Path]:
    """Write scores.json, both grids and README.md into the model's folder; their paths.

    `late` paints the grids, at the guidance that is best for it.
    """
    folder = ASSETS / "models" / model
    numbers, chosen, one_seed, readme = paths = [folder / name for name in CARD]
    write_json(numbers, scores)
    for path, seeds in ((chosen, range(scores["choice"])), (one_seed, [ONE_SEED])):
        labelled_grid(*grid_pictures(late, float(scores["late"]["best_guidance"]), seeds), path)
    write_text(readme, card(model, scores))
    return paths
