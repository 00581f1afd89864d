"""What `course plan` says: what would be rendered, what is there already and why, and how long it would take.

Not for doing any of it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course.paths import shown
from course.render import cost
from course.render.planning import Depth
from course.voice import Cue
from course.voice.captions import Caption, captions

SHORT = 60  # characters of a reason in the table


def described(depths: Sequence[Depth]) -> list[dict[str, Any]]:
    """Chapters, depths, animations, narration and captions as plain values; times in seconds."""
    chapters: dict[Path, dict[str, Any]] = {}
    for one in depths:
        plan, fps = one.planned, one.quality.fps
        chapter = chapters.setdefault(
            one.scene,
            {
                "name": one.scene.stem,
                "scene": shown(one.scene),
                "title": plan.title,
                "question": plan.question,
                "fps": fps,
                "frames": 0,
                "depths": [],
            },
        )
        start = chapter["frames"]
        cues = plan.spoken(start / fps)
        chapter["frames"] += plan.frames
        chapter["depths"].append(
            {
                "name": one.name,
                "start": start / fps,
                "frames": plan.frames,
                "render": sum(segment.frames for segment in one.lacking),
                "why": one.planned.why if one.lacking else [],
                "captures": sorted(
                    name.removeprefix("capture ") for name in plan.inputs if name.startswith("capture ")
                ),
                "animations": _animations(one, cues, start),
                "narration": [
                    {
                        "start": cue.start,
                        "end": cue.end,
                        "text": cue.utterance.text,
                        "voice": cue.utterance.voice,
                    }
                    for cue in cues
                ],
                "captions": [_timed(caption, caption.text) for caption in captions(cues)],
            }
        )
    return list(chapters.values())


def _timed(what: Cue | Caption, text: str) -> dict[str, Any]:
    return {"start": round(what.start, 3), "end": round(what.end, 3), "text": text}


def _animations(depth: Depth, cues: Sequence[Cue], start: int) -> list[dict[str, Any]]:
    found = []
    for index, (frames, kind) in enumerate(depth.planned.animations):
        said = [number for number, cue in enumerate(cues) if round(cue.start * depth.quality.fps) <= start]
        line = said[-1] if said and start < round(cues[said[-1]].end * depth.quality.fps) else None
        found.append({"index": index, "start": start, "frames": frames, "kind": kind, "line": line})
        start += frames
    return found


def table(depths: Sequence[Depth]) -> list[str]:
    """A line for each depth: how long it is, and what would be rendered of it, and why."""
    width = max((len(one.scene.stem) for one in depths), default=0)
    lines = [f"{'chapter':{width}}  {'depth':10}  length  frames  animations  to render"]
    for one in depths:
        plan = one.planned
        frames = sum(segment.frames for segment in one.lacking)
        length = divmod(round(plan.frames / one.quality.fps), 60)
        reason = _reason(one, frames)
        lines.append(
            f"{one.scene.stem:{width}}  {one.name:10}  {length[0]:3d}:{length[1]:02d}  {plan.frames:6d}"
            f"  {len(plan.animations):10d}  {frames:9d}  {reason}"
        )
    return lines


def _reason(depth: Depth, frames: int) -> str:
    if not frames:
        return "nothing has changed" if depth.joined else "nothing new to draw"
    reasons = depth.planned.why
    first = reasons[0] if len(reasons[0]) <= SHORT else reasons[0][: SHORT - 1] + "…"
    more = f" and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    return f"{'unfinished; ' if frames < depth.planned.frames else ''}{first}{more}"


def why(depths: Sequence[Depth]) -> list[str]:
    """All that had changed, for each depth that is to be rendered."""
    lines = []
    for one in depths:
        if not one.lacking:
            known = "nothing that it depends on has changed" if one.joined else "all that it shows is known"
            lines.append(f"{one.scene.stem} {one.name}: {known}")
            continue
        lines.append(f"{one.scene.stem} {one.name} is to be rendered, because of:")
        lines += [f"    {reason}" for reason in one.planned.why]
    return lines


def estimate(depths: Sequence[Depth], workers: int) -> dict[str, Any]:
    """How long `workers` cores need for what is missing, from measured speeds, and what limits them.

    `speedup` compares with one core that only draws and encodes.
    """
    works = [cost.work(one) for one in depths if one.lacking]
    found = cost.shares(works, workers)
    alone, seconds = sum(one.cost for one in works), cost.makespan(found, workers)
    if not found:
        return {"workers": workers, "seconds": 0.0, "speedup": 1.0, "limit": "nothing to do"}
    getting_there = sum(share.total - share.cost for share in found) / workers
    longest = max(max(one.costs) for one in works)
    uneven = seconds - alone / workers - getting_there
    limit = "getting each worker to its first animation" if getting_there > uneven else "uneven ends"
    if longest + cost.START > 0.9 * seconds:
        limit = "the longest segment"
    return {"workers": workers, "seconds": seconds, "speedup": alone / seconds, "limit": limit}


def times(depths: Sequence[Depth], here: int, elsewhere: int) -> str:
    """One sentence with both estimates."""
    if not any(one.lacking for one in depths):
        return "Nothing to render."
    home, many = estimate(depths, here), estimate(depths, elsewhere)
    return (
        f"Rendering takes about {_clock(home['seconds'])} here ({here} workers), {_clock(many['seconds'])} "
        f"on {elsewhere} ({many['speedup']:.1f} times as fast as one core; what limits it: {many['limit']})."
    )


def _clock(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
