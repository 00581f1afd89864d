"""Score the student beside its teacher, with the same judge, prompts and seeds, and write its card.

Not for what the scores of a generator are (`evaluate`), nor for training it (`student`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from course.files import write_json, write_text
from course.model.card import PER_GUIDANCE, labelled_grid, rendered, training_story
from course.model.data import to_pixels
from course.model.evaluate import (
    ONE_SEED,
    Extent,
    Painter,
    Sampler,
    diversity,
    noun_prompts,
    pair_prompts,
    sampler,
    score,
)
from course.model.settings import CALLS, TAUGHT, TEACHER, UNGUIDED
from course.model.student import DIFFERENCE
from course.paths import ASSETS

SHOWN = 9
"""So many prompts of one thing, and three of two kept out of training, stand in a row of the grid."""


def measure(student: Painter, teacher: Painter, extent: Extent, known: Mapping[str, Any]) -> dict[str, Any]:
    """What the card reports, as JSON knows it: by name and number of steps, the measures of `score`.

    The teacher's first step is unguided, as it was when it taught. Its whole walks are scored with its own
    card, and are taken from there where `known`, its scores or {}, are of the same extent and guidance.
    """
    seeds = range(extent.seeds)
    whole = known.get("late", {})
    asked = {"steps": extent.steps, "seeds": extent.seeds}
    fits = whole.get("best_guidance") == f"{TAUGHT:g}" and whole.get("unguided") == UNGUIDED
    if not fits or asked != {name: known[name] for name in asked}:
        whole = {}

    def measured(paint: Sampler, guidance: float) -> dict[str, float]:
        scores = score(paint, guidance, extent.prompts, seeds)
        return {**scores, "diversity": diversity(paint, guidance, extent.diversity)}

    return {
        "guidance": TAUGHT,
        "seeds": extent.seeds,
        "steps": extent.steps,
        "student": {str(n): measured(sampler(student, n), 1.0) for n in CALLS},
        "teacher": {
            str(n): {name: whole[name] for name in PER_GUIDANCE if name in whole}
            if whole and n == extent.steps
            else measured(sampler(teacher, n, UNGUIDED), TAUGHT)
            for n in (*CALLS, extent.steps)
        },
    }


def calls(who: str, steps: int) -> int:
    """How often the network is asked: a guided step is two calls, the teacher's first one a single one."""
    return steps if who == "student" else 2 * steps - UNGUIDED


def table(scores: Mapping[str, Any]) -> str:
    """The scores as a Markdown table, one column a walk."""
    walks = [(who, steps) for who in ("student", "teacher") for steps in scores[who]]
    heads = [f"{who}, {steps} step{'s' * (steps != '1')}" for who, steps in walks]
    lines = [f"| measure | {' | '.join(heads)} |", "|---" * (1 + len(heads)) + "|"]
    lines.append(f"| calls of the network | {' | '.join(str(calls(who, int(n))) for who, n in walks)} |")
    for name, one in PER_GUIDANCE.items():
        if name in scores["student"]["1"]:
            written = [one.written(scores[who][n][name]) for who, n in walks]
            lines.append(f"| {one.words} | {' | '.join(written)} |")
    return "\n".join(lines)


def grid(student: Painter, teacher: Painter, steps: int, path: Path) -> None:
    """The teacher's pictures, then the student's in ever fewer steps: a row each, of one seed."""
    prompts = [prompt for prompt, *_ in (*noun_prompts()[:SHOWN], *pair_prompts(True, 3))]
    seeds = [ONE_SEED] * len(prompts)
    rows = [sampler(teacher, steps, UNGUIDED)(prompts, seeds, TAUGHT)]
    rows += [sampler(student, n)(prompts, seeds, 1.0) for n in reversed(CALLS)]
    pixels = np.concatenate([to_pixels(row.numpy()) for row in rows])
    said = [f"student, {n} step{'s' * (n > 1)}" for n in reversed(CALLS)]
    labels = [*prompts, *(words for words in said for _ in prompts)]
    labelled_grid(pixels, labels, path)


def write(scores: Mapping[str, Any], student: Painter, teacher: Painter) -> list[Path]:
    """Write scores.json, the grid and README.md into the student's folder; their paths."""
    folder = ASSETS / "models" / "student"
    paths = [folder / name for name in ("scores.json", "grid.png", "README.md")]
    write_json(paths[0], scores)
    grid(student, teacher, scores["steps"], paths[1])
    facts = {
        "scores": scores,
        "table": table(scores),
        "teacher": TEACHER,
        "megabytes": (folder / DIFFERENCE).stat().st_size / 1e6,
        "story": training_story(folder),
        "teacher_calls": calls("teacher", scores["steps"]),
    }
    write_text(paths[2], rendered("student.md.j2", facts))
    return paths
