"""Training can be stopped at any moment, goes on as if it had not been, and never harms what is there."""

import copy
import json
import os
import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import CLIPModel

from course import cli, grammar
from course.errors import CourseError
from course.model import networks, registry, tasks, train
from course.model.settings import RECIPES, Recipe
from course.model.train import Budget
from course.paths import ASSETS

TINY = Recipe(batch=2, learning_rate=1e-3, minutes=1, warmup=5)


def run(name: str, output: Path, steps: int, task: Any = None, recipe: Recipe = TINY, **more: Any) -> Path:
    made = task or registry.make_task(name)
    return train.train(name, made, Budget(steps=steps), output=output, recipe=recipe, **more)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return {
        f"{p.name} {k}": v for p in sorted(folder.rglob("*.safetensors")) for k, v in load_file(p).items()
    }


def interrupting(name: str, at: int, number: int) -> Any:
    """The task, which has a real signal sent to this process in the middle of step `at`."""
    task = registry.make_task(name)
    loss, steps = task.loss, iter(range(10_000))

    def with_signal(*args: Any) -> torch.Tensor:
        if next(steps) == at:
            os.kill(os.getpid(), number)
        return loss(*args)

    task.loss = with_signal
    return task


@pytest.mark.parametrize(
    ("name", "number", "recipe"),
    [
        ("clip", signal.SIGTERM, TINY),
        ("pixel", signal.SIGINT, TINY),
        ("pixel", signal.SIGINT, replace(TINY, muon=True)),
    ],
)
def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(
    name: str,
    number: int,
    recipe: Recipe,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    if recipe.muon:
        request.getfixturevalue("narrow")
    monkeypatch.setattr(
        tasks.PixelTask, "show", lambda *_: None
    )  # sixteen pictures take longer than the rest
    monkeypatch.setattr(tasks.PixelTask, "held_out", lambda *_: {})
    whole = weights(run(name, tmp_path / "whole", 20, recipe=recipe))
    train.state_path(name).unlink()
    with pytest.raises(CourseError, match="Stopped at step 9; nothing is lost"):
        run(name, tmp_path / "parts", 20, interrupting(name, 8, number), recipe)
    assert not (tmp_path / "parts" / "model_index.json").exists()
    capsys.readouterr()
    parts = weights(run(name, tmp_path / "parts", 20, recipe=recipe))
    assert "going on from step 9" in capsys.readouterr().out
    assert whole.keys() == parts.keys()
    for key, value in whole.items():
        assert torch.equal(value, parts[key]), key


def test_what_is_written_is_readable_by_everyone_and_keeps_the_card_and_the_log(tmp_path: Path) -> None:
    output = tmp_path / "clip"
    (output / "training").mkdir(parents=True)
    (output / "README.md").write_text("the card")
    (output / "training" / "step000125.png").write_bytes(b"an earlier sample")
    run("clip", output, 2)
    assert (output / "README.md").read_text() == "the card"
    assert (output / "training" / "step000125.png").exists()
    log = (output / "training" / "log.csv").read_text().splitlines()
    assert log[0] == train.HEADER
    assert log[-1].startswith("2,4,")  # two steps of two pictures
    assert {p.stat().st_mode & 0o777 for p in output.rglob("*") if p.is_file()} == {0o644}
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_training_of_another_recipe_or_network_is_refused(tmp_path: Path) -> None:
    run("clip", tmp_path / "clip", 1)
    state = train.state_path("clip").read_bytes()
    other = replace(TINY, learning_rate=2e-3)
    with pytest.raises(CourseError, match="another recipe or network"):
        train.train(
            "clip", registry.make_task("clip"), Budget(steps=2), output=tmp_path / "clip", recipe=other
        )
    assert train.state_path("clip").read_bytes() == state
    again = train.train(
        "clip",
        registry.make_task("clip"),
        Budget(steps=1),
        output=tmp_path / "clip",
        recipe=other,
        resume=False,
    )
    assert again.exists()


@pytest.mark.parametrize("kept", [0, 1000, -1000])
def test_a_truncated_state_is_one_clear_sentence(tmp_path: Path, kept: int) -> None:
    run("clip", tmp_path / "clip", 1)
    path = train.state_path("clip")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CourseError, match=r"is damaged .* start over with --fresh"):
        run("clip", tmp_path / "clip", 2)


@contextmanager
def a_full_disk(size: int) -> Iterator[None]:
    """Writes beyond `size` bytes of any file really fail (EFBIG), as they would with no space left."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_last_checkpoint_as_it_was(tmp_path: Path) -> None:
    run("clip", tmp_path / "clip", 1)
    path = train.state_path("clip")
    before = path.read_bytes()
    with (
        a_full_disk(1_000_000),
        pytest.raises(CourseError, match=r"Cannot write .*state\.pt .*Free some space"),
    ):
        run("clip", tmp_path / "clip", 2)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["state.pt"]
    run("clip", tmp_path / "clip", 2)


def test_a_full_disk_while_exporting_leaves_the_old_weights(tmp_path: Path) -> None:
    output = run("clip", tmp_path / "clip", 1)
    before = weights(output)
    task = registry.make_task("clip")
    with a_full_disk(1_000_000), pytest.raises(CourseError, match="Cannot write the weights"):
        train.export(task, task.module, output)
    after = weights(output)
    assert all(torch.equal(value, after[key]) for key, value in before.items())
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_weights_of_an_unfinished_training_can_be_had_without_going_on(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="There is no training"):
        train.export_unfinished("clip", registry.make_task("clip"), tmp_path / "early", TINY)
    with pytest.raises(CourseError, match="Stopped at step 3"):
        run("clip", tmp_path / "clip", 20, interrupting("clip", 2, signal.SIGTERM))
    state = train.state_path("clip").read_bytes()
    early = weights(train.export_unfinished("clip", registry.make_task("clip"), tmp_path / "early", TINY))
    average = torch.load(train.state_path("clip"), weights_only=True)["average"]
    for key, value in average.items():
        assert torch.allclose(early[f"model.safetensors {key}"].float(), value.float(), atol=1e-3), key
    assert train.state_path("clip").read_bytes() == state


def test_a_loss_that_is_not_a_number_stops_the_training_and_keeps_the_last_state(tmp_path: Path) -> None:
    run("clip", tmp_path / "clip", 1)
    state = train.state_path("clip").read_bytes()
    task = registry.make_task("clip")
    loss = task.loss
    task.loss = lambda *args: loss(*args) * float("nan")
    with pytest.raises(CourseError, match="not a number at step 2"):
        run("clip", tmp_path / "clip", 2, task)
    assert train.state_path("clip").read_bytes() == state


def test_the_forecast_says_how_long_steps_take_and_how_far_minutes_go() -> None:
    recipe = replace(TINY, batch=64)
    steps = train.forecast(Budget(steps=1020), recipe, 20, 1280, 10.0, 2.0)
    assert steps == "8 minutes to go at the measured speed"
    assert train.forecast(Budget(steps=40), recipe, 20, 1280, 10.0, 2.0).startswith("10 seconds")
    far = train.forecast(Budget(minutes=10), recipe, 20, 640, 60.0, 2.0)  # so far in batches of 32
    assert "9 minutes" in far
    assert "step 1,100, 69,760 pictures" in far


def test_the_forecast_comes_at_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("judge", tmp_path / "judge", train.MEASURED + 1)
    captured = capsys.readouterr()
    assert "to go at the measured speed" in captured.out + captured.err


def test_milestones_double() -> None:
    assert [n for n in range(1, 9000) if train.is_milestone(n)] == [125, 250, 500, 1000, 2000, 4000, 8000]


def test_the_learning_rate_warms_up_holds_and_falls() -> None:
    recipe = replace(TINY, learning_rate=1.0, warmup=100)
    rates = [train.learning_rate(recipe, step, step / 1000) for step in (0, 99, 400, 750, 1000)]
    assert rates == pytest.approx([0.01, 1, 1, 0.51, 0.02])


def test_every_recipe_has_a_model_and_every_model_a_recipe() -> None:
    assert set(RECIPES) == set(registry.TASKS)


@pytest.mark.parametrize("name", ["clip", "judge", "vae"])
def test_untrained_weights_are_the_same_every_time(name: str) -> None:
    one, other = (registry.make_task(name).module.state_dict() for _ in range(2))
    assert all(torch.equal(value, other[key]) for key, value in one.items())


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--minutes", "5", "--steps", "5"], 2, "not both"),
        (["--minutes", "0"], 2, "more than nothing"),
        (["--minutes", "nan"], 2, "more than nothing"),
        (["--steps", "-3"], 2, "more than nothing"),
        (["--export", "--fresh"], 2, "--export trains nothing"),
        (["--device", "gpu"], 2, "not known"),
        (["--model", "pixle"], 2, "pixle"),
        (["--model", "judge", "--export"], 1, "There is no training"),
        (["--model", "judge", "--refine"], 2, "Train the judge without it"),
    ],
)
def test_bad_requests_end_in_one_line(
    arguments: list[str], status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main(["train", *arguments])
    assert done.value.code == status
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error


def test_course_train_trains_and_names_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main(["train", "--model", "vae", "--steps", "1", "--output", str(tmp_path / "vae")])
    assert not done.value.code
    assert "wrote " in capsys.readouterr().out
    assert (tmp_path / "vae" / "diffusion_pytorch_model.safetensors").exists()


def test_refining_goes_on_from_the_weights_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tasks.PixelTask, "show", lambda *_: None)
    monkeypatch.setattr(tasks.PixelTask, "held_out", lambda *_: {"training": 1.0})
    monkeypatch.setitem(RECIPES, "pixel", TINY)
    output = tmp_path / "pixel"
    arguments = ["train", "--model", "pixel", "--refine", "--steps", "1", "--output", str(output)]
    with pytest.raises(SystemExit):
        cli.main(arguments)
    assert "no weights to refine" in capsys.readouterr().err

    shipped = ASSETS / "models" / "pixel"
    shutil.copytree(shipped / "unet", output / "unet")
    told = [train.HEADER, "3,96,1.5,0.5,0.001,{}"]
    (output / "training").mkdir()
    (output / "training" / "log.csv").write_text("\n".join(told) + "\n")
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 0
    before, after = (load_file(next((f / "unet").glob("*.safetensors"))) for f in (shipped, output))
    moved = max(float((after[k].float() - v.float()).abs().max()) for k, v in before.items())
    assert 0 < moved < 2e-3  # one step of at most the learning rate, and rounding to float16
    log = (output / "training" / "log.csv").read_text().splitlines()
    assert log[:-1] == told  # its story goes on
    assert log[-1].startswith("4,98,")
    rate = float(log[-1].split(",")[4])
    assert rate == pytest.approx(TINY.learning_rate / TINY.warmup)  # the schedule begins anew


@pytest.mark.parametrize(
    ("name", "still", "scores"),
    [
        ("clip", ("text_model", "text_projection"), {"right_of_32", "training", "further"}),
        ("vae", ("encoder", "quant_conv"), {"psnr", "training", "further"}),
    ],
)
def test_refining_leaves_alone_what_the_generators_were_trained_on(
    name: str, still: tuple[str, str], scores: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPES, name, TINY)
    output, shipped = tmp_path / name, ASSETS / "models" / name
    shutil.copytree(shipped, output)
    with pytest.raises(SystemExit) as done:
        cli.main(["train", "--model", name, "--refine", "--steps", "2", "--output", str(output)])
    assert not done.value.code
    before, after = weights(shipped), weights(output)
    moved = {key.split()[1] for key, value in before.items() if not torch.equal(value, after[key])}
    assert moved
    assert not [key for key in moved if key.startswith(still)]
    was, now = (json.loads((folder / "config.json").read_text()) for folder in (shipped, output))
    assert now == {**was, **({"_name_or_path": ""} if name == "vae" else {})}  # the library's own addition
    log, told = ((f / "training" / "log.csv").read_text().splitlines() for f in (output, shipped))
    assert log[: len(told)] == told  # its story goes on
    assert json.loads(log[-1].split(",", 5)[5]).keys() == scores


def test_a_refining_that_was_stopped_goes_on_and_is_exported_only_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(RECIPES, "vae", TINY)
    output, shipped = tmp_path / "vae", ASSETS / "models" / "vae"
    shutil.copytree(shipped, output)
    task = interrupting("vae", 1, signal.SIGTERM)
    task.restore(output)
    with pytest.raises(CourseError, match="nothing is lost"):
        run("vae", output, 20, task, refine=True)
    for wrong in (["--export"], ["--steps", "1"]):
        with pytest.raises(SystemExit) as refused:
            cli.main(["train", "--model", "vae", *wrong, "--output", str(output)])
        assert refused.value.code == 1
        assert "--refine" in capsys.readouterr().err
    with pytest.raises(SystemExit) as done:
        cli.main(["train", "--model", "vae", "--refine", "--export", "--output", str(output)])
    assert not done.value.code
    factors = [json.loads((f / "config.json").read_text())["scaling_factor"] for f in (shipped, output)]
    assert factors[0] == factors[1]
    before, after = weights(shipped), weights(output)
    assert any(not torch.equal(value, after[key]) for key, value in before.items())
    assert all(torch.equal(v, after[k]) for k, v in before.items() if k.split()[1].startswith("encoder"))


def test_pictures_are_moved_a_little_and_made_a_little_noisy() -> None:
    pictures = torch.full((64, 3, 32, 32), -1.0)
    pictures[:, :, 16, 16] = 3.0
    made = tasks.roughened(pictures, torch.Generator().manual_seed(0))
    assert made.shape == pictures.shape
    at = made.mean(1).flatten(1).argmax(1)
    places = {(int(k) // 32 - 16, int(k) % 32 - 16) for k in at}
    assert max(abs(step) for place in places for step in place) == 2
    assert len(places) > 12  # of 25
    spread = made[:, :, :8].flatten(1).std(1)
    assert 0.0 < float(spread.min()) < 0.05 < 0.15 < float(spread.max()) < 0.21


def test_refining_beside_a_log_with_other_columns_is_one_clear_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "pixel"
    shutil.copytree(ASSETS / "models" / "pixel" / "unet", output / "unet")
    (output / "training").mkdir()
    log = output / "training" / "log.csv"
    log.write_text("step,seconds,loss,learning_rate,scores\n3,1.5,0.5,0.001,{}\n")
    before = log.read_text()
    with pytest.raises(SystemExit):
        cli.main(["train", "--model", "pixel", "--refine", "--steps", "1", "--output", str(output)])
    assert "is of another version" in capsys.readouterr().err
    assert log.read_text() == before


def first_weight(module: nn.Module) -> float:
    """Any number that another module would not have."""
    return float(next(module.parameters()).detach().flatten()[0])


@pytest.mark.parametrize(("target", "share"), [(1.41, 0.4), (0.9, 0.0), (5.0, 0.6)])
def test_a_refining_is_carried_as_much_further_as_training_pictures_say(target: float, share: float) -> None:
    module = nn.Linear(3, 2)
    origin = {k: torch.zeros_like(v) for k, v in module.state_dict().items()}
    average = {k: torch.ones_like(v) for k, v in module.state_dict().items()}

    class Aimed:
        """A task whose weights had best all be `target`."""

        def held_out(self, module: nn.Module) -> dict[str, float]:
            return {"training": abs(first_weight(module) - target), "held_out": -first_weight(module)}

    before = copy.deepcopy(module.state_dict())
    found, beyond = train.carried_further(cast(train.Task, Aimed()), module, origin, average)
    assert found == share
    assert all(torch.allclose(v, torch.full_like(v, 1 + share)) for v in beyond.values())
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())
    assert all(bool((v == 1).all()) for v in average.values())


def test_a_refining_that_was_interrupted_ends_where_it_would_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.PixelTask, "show", lambda *_: None)
    begun: dict[str, float] = {}

    def held_out(_: Any, module: nn.Module) -> dict[str, float]:
        """Best where the weights are farthest from those that the refining began with."""
        return {"training": -abs(first_weight(module) - begun.get("at", 0.0))}

    monkeypatch.setattr(tasks.PixelTask, "held_out", held_out)
    run("pixel", tmp_path / "whole", 4)
    train.state_path("pixel").unlink()
    shutil.copytree(tmp_path / "whole", tmp_path / "parts")

    def refine(folder: Path, task: Any) -> dict[str, torch.Tensor]:
        task.restore(folder)
        begun.setdefault("at", first_weight(task.module))
        return weights(run("pixel", folder, 6, task, refine=True))

    whole = refine(tmp_path / "whole", registry.make_task("pixel"))
    train.state_path("pixel").unlink()
    with pytest.raises(CourseError, match="Stopped at step 7"):
        refine(tmp_path / "parts", interrupting("pixel", 2, signal.SIGTERM))
    parts = refine(tmp_path / "parts", registry.make_task("pixel"))
    assert whole.keys() == parts.keys()
    assert all(torch.equal(value, parts[key]) for key, value in whole.items())
    logs = [(tmp_path / folder / "training" / "log.csv").read_text() for folder in ("whole", "parts")]
    assert [line.split(",")[0] for line in logs[0].splitlines()] == ["step", "4", "10"]
    assert [line.split(",")[0] for line in logs[1].splitlines()] == ["step", "4", "10"]
    assert f'"further": {max(train.FURTHER)}' in logs[0].splitlines()[-1]

    # What is finished is written again as it was, though what it began with has been replaced.
    again = refine(tmp_path / "whole", registry.make_task("pixel"))
    assert all(torch.equal(value, again[key]) for key, value in whole.items())


def test_fast_training_takes_the_same_steps_up_to_rounding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = networks.clip().config
    config.text_config.num_hidden_layers = config.vision_config.num_hidden_layers = 1  # compiled one by one
    monkeypatch.setattr(networks, "clip", partial(CLIPModel._from_config, config))
    plain = weights(run("clip", tmp_path / "plain", 3))
    train.state_path("clip").unlink()
    fast = weights(run("clip", tmp_path / "fast", 3, fast=True))
    assert plain.keys() == fast.keys()
    start = {k: v.half() for k, v in registry.make_task("clip").module.state_dict().items()}
    moved = torch.cat([(plain[f"model.safetensors {k}"] - v).float().ravel() for k, v in start.items()])
    apart = torch.cat(
        [(plain[f"model.safetensors {k}"] - fast[f"model.safetensors {k}"]).float().ravel() for k in start]
    )
    assert 0 < float(apart.norm()) < 0.3 * float(moved.norm())


def test_fast_training_without_a_compiler_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(SystemExit) as stopped:
        cli.main(["train", "--model", "clip", "--fast", "--output", str(tmp_path / "clip")])
    assert stopped.value.code == 2
    assert "needs the C++ compiler no-such-compiler" in capsys.readouterr().err
    assert not (tmp_path / "clip").exists()


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(
    "abilities", [{"avx2": True, "avx512_bf16": False}, {"amx_bf16": True}, {"bf16": True}]
)
def test_options_that_would_cost_time_say_so(
    abilities: dict[str, bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(RECIPES, "latent", TINY)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: abilities)
    asked = ["--model", "latent", "--muon", "--steps", "1", "--device", "cpu"]
    with pytest.raises(SystemExit) as stopped:
        cli.main(["train", *asked, "--output", str(tmp_path / "latent")])
    assert stopped.value.code == 0
    said = "no instructions for bfloat16, in which --muon would compute" in capsys.readouterr().err
    assert said == ("avx2" in abilities)


def test_a_batch_of_another_size_is_told_in_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RECIPES, "clip", TINY)
    output = tmp_path / "clip"
    with pytest.raises(SystemExit) as stopped:
        cli.main(["train", "--model", "clip", "--batch", "3", "--steps", "2", "--output", str(output)])
    assert stopped.value.code == 0
    assert (output / "training" / "log.csv").read_text().splitlines()[-1].startswith("2,6,")


def test_captions_that_ask_for_much_are_drawn_more_often() -> None:
    task, recipe = tasks.PixelTask(), RECIPES["pixel"]
    _, captions = tasks.pictures(0, tasks.album_size())
    weights = task.weights.tolist()
    for caption, weight in zip(captions, weights, strict=True):
        things, _ = grammar.parse(caption)
        coloured = recipe.colour_weight if any(thing.colour for thing in things) else 1
        assert weight == (recipe.pair_weight if len(things) == 2 else coloured), caption
    assert set(weights) == {1, 2}
