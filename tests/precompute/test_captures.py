"""What a capture holds is what the model did: checked against NumPy, SciPy and the libraries' own code."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.attention_processor import Attention
from PIL import Image
from safetensors.torch import load_file, save_file
from scipy.special import softmax
from scipy.stats import norm

from course.cast import Cast
from course.errors import CourseError, UsageError
from course.model.data import to_pixels
from course.model.pipeline import PixelPipeline, fold, unfold
from course.paths import ASSETS
from course.precompute import Capture, CaptureSpec, batches, capture, capture_all, store, weights_digest
from course.precompute import spec as spec_module
from course.precompute.store import capture_path
from course.precompute.systems import paint

PROMPT, OTHER = "a butterfly on a blue background", "a snail on a white background"
S = 6
WALK = CaptureSpec(PROMPT, seed=3, steps=S, guidance=2.5, record=("qk",))
PLAIN = CaptureSpec(PROMPT, seed=3, steps=S)


@pytest.fixture(scope="module")
def pipe() -> PixelPipeline:
    stock = PixelPipeline.from_pretrained(ASSETS / "models" / "pixel", dtype=torch.float32)
    stock.set_progress_bar_config(disable=True)
    return stock


def cosine_levels(steps: int) -> np.ndarray:
    """ᾱ at each state, (steps + 1,), from Nichol & Dhariwal 2021, eq. 17, in float64."""
    f = np.cos((np.arange(1201) / 1200 + 0.008) / 1.008 * np.pi / 2) ** 2
    level = np.cumprod(1 - np.minimum(1 - f[1:] / f[:-1], 0.999))
    return np.append(level[np.arange(1200, 0, -1200 // steps) - 1], 1.0)


def column(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, 1, 1, 1)


def assert_same(one: Capture, other: Capture, tolerance: float = 0.0) -> None:
    for field in fields(Capture):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            # A number next to a rounding edge may come out one level higher.
            allowed = 1 if a.dtype == np.uint8 and tolerance > 0 else tolerance
            assert np.abs(a.astype(float) - b.astype(float)).max() <= allowed, field.name
    assert one.tokens == other.tokens


def test_every_state_follows_from_the_last_guess_and_noise() -> None:
    walk = capture(WALK)
    level = cosine_levels(S)
    assert walk.timesteps.tolist() == [1199, 999, 799, 599, 399, 199]
    np.testing.assert_allclose(walk.alphas_cumprod, level, atol=1e-6)
    assert level[0] < 1e-6  # the walk starts from noise and nothing else
    guess, noise = walk.guesses.astype(float), walk.noise.astype(float)
    after = np.sqrt(column(level[1:])) * guess + np.sqrt(1 - column(level[1:])) * noise
    assert np.abs(after - walk.states[1:]).max() < 1e-5
    before = np.sqrt(column(level[:-1])) * guess + np.sqrt(1 - column(level[:-1])) * noise
    assert np.abs(before - walk.states[:-1]).max() < 1e-5


def test_the_last_state_is_the_plain_pipelines_picture(pipe: PixelPipeline) -> None:
    walk = capture(WALK)
    plain = pipe(PROMPT, num_inference_steps=S, guidance_scale=2.5, seeds=[3])
    assert np.abs(plain.states[0].numpy() - walk.states[-1]).max() < 1e-5
    assert np.abs(plain.pictures[0].astype(int) - walk.pictures[-1]).max() <= 1
    np.testing.assert_array_equal(walk.pictures, to_pixels(walk.states))
    np.testing.assert_array_equal(walk.guess_pictures, to_pixels(walk.guesses))


def test_shapes_and_kinds_are_those_promised() -> None:
    walk = capture(WALK)
    picture = (3, 32, 32)
    expected: dict[str, tuple[tuple[int, ...], str]] = {
        "states": ((S + 1, *picture), "float32"),
        "guesses": ((S, *picture), "float32"),
        "noise": ((S, *picture), "float32"),
        "noise_cond": ((S, *picture), "float32"),
        "noise_uncond": ((S, *picture), "float32"),
        "timesteps": ((S,), "int64"),
        "alphas_cumprod": ((S + 1,), "float64"),
        "text_embedding": ((16, 128), "float32"),
        "attention": ((S, 16, 8, 8), "float32"),
        "pictures": ((S + 1, 32, 32, 3), "uint8"),
        "guess_pictures": ((S, 32, 32, 3), "uint8"),
    }
    for name, (shape, kind) in expected.items():
        array = getattr(walk, name)
        assert (array.shape, array.dtype.name) == (shape, kind), name
    assert walk.tokens[:8] == ("<start>", *PROMPT.split(), "<end>")
    assert {"model", "weights", "torch", "device", "dtype", "when"} <= set(walk.provenance)


def test_the_same_spec_captured_twice_is_the_same_to_the_last_bit() -> None:
    first = capture(PLAIN)
    path = capture_path(PLAIN.key)
    path.unlink()
    assert_same(first, capture(PLAIN))


def test_a_capture_says_what_it_was_batched_with_and_by_how_many_threads() -> None:
    torch.set_num_threads(1)
    alone, *both = [
        *batches.record([CaptureSpec(PROMPT, steps=2)], "cpu", lambda n: None),
        *batches.record([CaptureSpec(PROMPT, steps=2, seed=k) for k in range(2)], "cpu", lambda n: None),
    ]
    assert [one.provenance["batch"] for one in (alone, *both)] == ["1 of 1", "1 of 2", "2 of 2"]
    assert {one.provenance["threads"] for one in (alone, *both)} == {"1"}
    assert np.abs(alone.states - both[0].states).max() < 1e-5
    again = [store.sample(store.save(one)) for one in (alone, both[0])]
    assert store.same_but_for_rounding(*again)
    assert not store.same_but_for_rounding(again[0], store.sample(store.save(both[1])))


def test_a_capture_from_a_batch_equals_one_made_alone() -> None:
    specs = [replace(PLAIN, seed=20 + k, guidance=float(k), prompt=(PROMPT, OTHER)[k % 2]) for k in range(3)]
    together = capture_all(specs)
    for spec, one in zip(specs, together, strict=True):
        capture_path(spec.key).unlink()
        assert_same(capture(spec), one, 1e-4)


def test_attention_is_shared_out_over_the_tokens() -> None:
    attention = capture(WALK).attention
    assert attention is not None
    assert attention.min() >= 0
    np.testing.assert_allclose(attention.sum(1), 1, atol=1e-5)


class _Watching:
    """The library's own slow attention, keeping what `get_attention_scores` returns."""

    def __init__(self) -> None:
        self.scores: torch.Tensor | None = None

    def __call__(
        self, attn: Attention, hidden_states: Any, encoder_hidden_states: Any = None, **_: Any
    ) -> Any:
        query = attn.head_to_batch_dim(attn.to_q(hidden_states))
        key = attn.head_to_batch_dim(attn.to_k(encoder_hidden_states))
        value = attn.head_to_batch_dim(attn.to_v(encoder_hidden_states))
        self.scores = attn.get_attention_scores(query, key)
        return attn.to_out[1](attn.to_out[0](attn.batch_to_head_dim(torch.bmm(self.scores, value))))


@torch.no_grad()
def test_a_heads_attention_can_be_recomputed_from_its_queries_and_keys(pipe: PixelPipeline) -> None:
    walk = capture(WALK)
    assert walk.queries is not None
    assert walk.keys is not None
    assert walk.attention is not None
    names = [name for name in pipe.unet.attn_processors if "attn2" in name]
    before = dict(pipe.unet.attn_processors)
    watching = {name: _Watching() for name in names}
    pipe.unet.set_attn_processor({**before, **watching})
    try:
        state = torch.from_numpy(walk.states[2])[None]
        pipe.unet(fold(state), int(walk.timesteps[2]), encoder_hidden_states=pipe.encode_prompt([PROMPT]))
    finally:
        pipe.unet.set_attn_processor(before)
    seen = [one.scores for one in watching.values() if one.scores is not None and one.scores.shape[1] == 64]
    q, k = walk.queries[2].astype(float), walk.keys[2].astype(float)
    ours = softmax(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]), axis=-1)
    assert np.abs(ours - seen[0].numpy()).max() < 1e-4
    averaged = torch.stack(seen).mean((0, 1)).numpy().T.reshape(16, 8, 8)
    assert np.abs(averaged - walk.attention[2]).max() < 1e-4


@torch.no_grad()
def test_both_branches_are_what_the_network_says_alone_and_guidance_combines_them(
    pipe: PixelPipeline,
) -> None:
    walk = capture(WALK)
    assert walk.noise_cond is not None
    assert walk.noise_uncond is not None
    for k in (0, 3):
        a, b = np.sqrt(walk.alphas_cumprod[k]), np.sqrt(1 - walk.alphas_cumprod[k])
        for prompt, ours in ((PROMPT, walk.noise_cond), ("", walk.noise_uncond)):
            state = torch.from_numpy(walk.states[k])[None]
            words = pipe.encode_prompt([prompt])
            v = unfold(pipe.unet(fold(state), int(walk.timesteps[k]), encoder_hidden_states=words).sample)[0]
            assert np.abs(a * v.numpy() + b * walk.states[k] - ours[k]).max() < 1e-4
    combined = walk.noise_uncond + 2.5 * (walk.noise_cond - walk.noise_uncond)
    assert np.abs(combined - walk.noise).max() < 1e-4


def test_guidance_zero_ignores_the_prompt_and_one_is_the_conditional_model() -> None:
    zero, also, one = capture_all(
        [replace(PLAIN, guidance=0.0), replace(PLAIN, guidance=0.0, prompt=OTHER), PLAIN]
    )
    assert np.abs(zero.states - also.states).max() < 1e-4
    assert one.noise_cond is not None
    assert np.abs(one.noise - one.noise_cond).max() < 1e-4
    assert np.abs(one.states - zero.states).max() > 1e-2


def test_a_switch_takes_effect_at_its_step_and_not_before() -> None:
    plain, other = capture_all([PLAIN, replace(PLAIN, prompt=OTHER)])
    at = {k: capture(replace(PLAIN, switch=(k, OTHER))) for k in (0, 3, S)}
    assert np.abs(at[0].states - other.states).max() < 1e-4
    assert np.abs(at[S].states - plain.states).max() < 1e-4
    assert np.abs(at[3].states[:4] - plain.states[:4]).max() < 1e-4
    assert np.abs(at[3].states[4] - plain.states[4]).max() > 1e-3


def test_going_on_from_a_state_ends_where_the_original_ended() -> None:
    plain = capture(PLAIN)
    on = capture(replace(PLAIN, start=(plain.key, 2)))
    assert np.abs(on.states - plain.states[2:]).max() < 1e-4
    assert on.timesteps.tolist() == plain.timesteps.tolist()[2:]
    further = capture(replace(PLAIN, start=(on.key, 4)))
    assert np.abs(further.states - plain.states[4:]).max() < 1e-4


def test_a_walk_may_be_told_a_later_number_than_its_state_has() -> None:
    plain = capture(PLAIN)
    told = capture(replace(PLAIN, start=(plain.key, 4, 2)))
    np.testing.assert_array_equal(told.states[0], plain.states[2])
    np.testing.assert_array_equal(told.timesteps, plain.timesteps[4:])
    assert np.abs(told.states[-1] - plain.states[-1]).max() > 1e-3
    assert CaptureSpec.from_dict(told.spec.to_dict()) == told.spec
    with pytest.raises(UsageError, match="start names step 7"):
        replace(PLAIN, start=(plain.key, 4, 7))


def test_first_steps_left_unguided_are_the_walk_that_goes_on_guided(pipe: PixelPipeline) -> None:
    plain = capture(PLAIN)
    walk = capture(replace(PLAIN, guidance=3.0, start=(plain.key, 1)))
    painted = paint(pipe, [PROMPT, OTHER], [3, 3], S, 3.0, unguided=1)
    assert np.abs(painted[0].numpy() - walk.states[-1]).max() < 1e-4
    throughout = paint(pipe, [PROMPT], [3], S, 3.0)
    assert np.abs(throughout[0].numpy() - capture(replace(PLAIN, guidance=3.0)).states[-1]).max() < 1e-4
    assert np.abs(throughout[0].numpy() - walk.states[-1]).max() > 1e-2


def test_random_endings_from_one_state_differ_and_are_the_same_every_time() -> None:
    plain = capture(PLAIN)
    spec = replace(PLAIN, start=(plain.key, 3), eta=1.0)
    endings = capture_all([spec, replace(spec, seed=4)])
    np.testing.assert_array_equal(endings[0].states[0], endings[1].states[0])
    assert np.abs(endings[0].states[-1] - endings[1].states[-1]).max() > 1e-2
    # With η = 1 a step adds DDPM's noise: less its mean, what is left is normal with its variance.
    level, before = endings[0].alphas_cumprod[:2]
    width = np.sqrt((1 - before) / (1 - level) * (1 - level / before))
    mean = np.sqrt(before) * endings[0].guesses[0] + np.sqrt(1 - before - width**2) * endings[0].noise[0]
    z = (endings[0].states[1] - mean) / width
    assert abs(z.mean()) < 5 / np.sqrt(z.size)
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / z.size)
    assert abs(np.mean(np.abs(z) < 1) - (norm.cdf(1) - norm.cdf(-1))) < 5 * 0.5 / np.sqrt(z.size)
    capture_path(spec.key).unlink()
    assert np.abs(capture(spec).states - endings[0].states).max() < 1e-4


def test_the_mean_only_trap_takes_ddpms_mean_and_adds_no_noise() -> None:
    trap = capture(replace(PLAIN, scheduler="ddpm-mean"))
    level = cosine_levels(S)
    for k in range(S):
        alpha = level[k] / level[k + 1]
        mean = np.sqrt(level[k + 1]) * (1 - alpha) / (1 - level[k]) * trap.guesses[k].astype(float)
        mean += np.sqrt(alpha) * (1 - level[k + 1]) / (1 - level[k]) * trap.states[k]
        # Under its root the library subtracts nearly equal float32 numbers: it shows where ᾱ is nearly 0.
        assert np.abs(mean - trap.states[k + 1]).max() < (2e-3 if k == 0 else 1e-4), k


def test_a_known_picture_played_backwards_is_that_picture_in_one_noise(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(rgb).save(tmp_path / "known.png")
    spec = CaptureSpec("", seed=5, steps=S, model=f"forward:{tmp_path / 'known.png'}")
    known = capture(spec)
    np.testing.assert_array_equal(known.pictures[-1], rgb)
    clean = rgb.astype(float).transpose(2, 0, 1) / 127.5 - 1
    level = column(cosine_levels(S))
    assert np.ptp(known.noise, axis=0).max() == 0
    expected = np.sqrt(level) * clean + np.sqrt(1 - level) * known.noise[0].astype(float)
    assert np.abs(known.states - expected).max() < 1e-5
    key = spec.key
    Image.fromarray(255 - rgb).save(tmp_path / "known.png")
    assert spec.key != key  # another picture under the same name is another capture


def test_a_drawn_picture_played_backwards_shows_what_the_prompt_names() -> None:
    drawn, again, green = capture_all(
        [
            CaptureSpec(p, seed=7, steps=2, model="forward:prompt")
            for p in (PROMPT, PROMPT, PROMPT.replace("blue", "green"))
        ]
    )
    np.testing.assert_array_equal(drawn.pictures, again.pictures)
    blue = np.median(drawn.pictures[-1].reshape(-1, 3), 0)
    assert blue[2] > blue[0] + 60
    assert np.median(green.pictures[-1].reshape(-1, 3), 0)[1] > 120
    with pytest.raises(UsageError, match="names nothing that can be drawn"):
        capture(CaptureSpec("a background", steps=2, model="forward:prompt"))


def there(array: np.ndarray | None) -> np.ndarray:
    """What a capture may lack, and this one must not."""
    assert array is not None
    return array


def test_mixing_prompts_mixes_their_conditions() -> None:
    alone = [capture(replace(PLAIN, prompt=prompt)) for prompt in (PROMPT, OTHER)]
    both = (PROMPT, OTHER)
    mean = capture(replace(PLAIN, mix=("mean", both)))
    concat = capture(replace(PLAIN, mix=("concat", both)))
    added, one = (capture(replace(PLAIN, mix=("sum", prompts))) for prompts in (both, (PROMPT,)))
    words = [there(one.text_embedding) for one in alone]
    np.testing.assert_allclose(there(mean.text_embedding), (words[0] + words[1]) / 2, atol=1e-5)
    np.testing.assert_allclose(there(concat.text_embedding), np.concatenate(words), atol=1e-5)
    assert len(concat.tokens) == len(added.tokens) == 32
    # s_a + s_b − s_∅ at the first step, where all runs still stand on the same noise.
    uncond, cond = there(alone[0].noise_uncond)[0], [there(one.noise_cond)[0] for one in alone]
    assert np.abs(added.noise[0] - (cond[0] + cond[1] - uncond)).max() < 1e-3
    assert np.abs(one.states - alone[0].states).max() < 1e-4
    for mixed in (mean, concat, added):
        np.testing.assert_allclose(there(mixed.attention).sum(1), 1, atol=1e-5)


def test_the_rows_of_a_prompt_have_no_order_once_they_are_written() -> None:
    ahead, back = capture(PLAIN), capture(replace(PLAIN, mix=("backwards", (PROMPT,))))
    assert back.tokens == ahead.tokens[::-1]
    np.testing.assert_array_equal(there(back.text_embedding), there(ahead.text_embedding)[::-1])
    np.testing.assert_allclose(there(back.attention), there(ahead.attention)[:, ::-1], atol=1e-4)
    np.testing.assert_allclose(back.states, ahead.states, atol=1e-3)


@pytest.fixture
def on_disk() -> Iterator[Path]:
    spec = replace(PLAIN, steps=1, seed=99)
    capture(spec)
    yield capture_path(spec.key)
    capture(spec)


def test_a_flipped_bit_is_noticed_and_the_capture_made_again(
    on_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = on_disk.read_bytes()
    spec = replace(PLAIN, steps=1, seed=99)
    first = capture(spec)
    for place in (len(good) // 2, len(good) - 1, 20):
        bad = bytearray(good)
        bad[place] ^= 1
        on_disk.write_bytes(bad)
        capsys.readouterr()
        assert_same(capture(spec), first)
        warnings = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
        assert len(warnings) == 1, place
        assert on_disk.name in warnings[0]
        assert "damaged" in warnings[0]
        assert capture(spec).provenance  # and now it is whole
        assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize("contents", [b"", b"\x00" * 100, json.dumps({"a": 1}).encode(), b"\x89PNG\r\n"])
def test_a_foreign_file_under_a_captures_name_is_replaced(
    on_disk: Path, contents: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    on_disk.write_bytes(contents)
    capture(replace(PLAIN, steps=1, seed=99))
    assert "damaged" in capsys.readouterr().err
    assert on_disk.stat().st_size > 10_000


def test_another_captures_file_is_not_taken_for_ours(
    on_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(PLAIN, steps=1, seed=98)
    capture(other)
    on_disk.write_bytes(capture_path(other.key).read_bytes())
    assert capture(replace(PLAIN, steps=1, seed=99)).spec.seed == 99
    assert "something else" in capsys.readouterr().err


def test_a_specs_key_changes_with_every_field_and_survives_the_disk() -> None:
    changed = [
        PLAIN,
        replace(PLAIN, prompt=OTHER),
        replace(PLAIN, seed=4),
        replace(PLAIN, steps=3),
        replace(PLAIN, guidance=1.5),
        replace(PLAIN, scheduler="ddpm-mean"),
        replace(PLAIN, eta=0.5),
        replace(PLAIN, model="forward:prompt"),
        replace(PLAIN, negative_prompt="a cat"),
        replace(PLAIN, start=("0" * 24, 1)),
        replace(PLAIN, switch=(1, OTHER)),
        replace(PLAIN, mix=("mean", (PROMPT, OTHER))),
        replace(PLAIN, record=("qk",)),
    ]
    assert len({spec.key for spec in changed}) == len(changed)
    for spec in changed:
        assert CaptureSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_a_number_given_in_another_type_is_the_same_number_and_the_same_capture() -> None:
    plain = CaptureSpec(PROMPT, 3, 6, 2.0, eta=1.0, start=("0" * 24, 2), switch=(4, OTHER))
    same = CaptureSpec(
        PROMPT,
        np.int64(3),  # type: ignore[arg-type]
        6.0,  # type: ignore[arg-type]
        2,
        eta=np.float32(1),  # type: ignore[arg-type]
        start=["0" * 24, np.int32(2)],  # type: ignore[arg-type]
        switch=(4.0, OTHER),  # type: ignore[arg-type]
    )
    assert same == plain
    assert same.key == plain.key
    assert json.dumps(same.to_dict()) == json.dumps(plain.to_dict())
    assert CaptureSpec(PROMPT, guidance=-0.0).key == CaptureSpec(PROMPT, guidance=0).key


def test_a_field_that_is_added_changes_no_key_as_long_as_it_is_not_used() -> None:
    @dataclass(frozen=True)
    class Later(CaptureSpec):
        jump: int = 0

    used = {"prompt": PROMPT, "steps": 6, "record": ("qk",), "negative_prompt": OTHER}
    for given in ({"prompt": PROMPT}, used):
        assert Later(**given).key == CaptureSpec(**given).key  # type: ignore[arg-type]
        assert Later(**given, jump=1).key != CaptureSpec(**given).key  # type: ignore[arg-type]
    for gathered in (CaptureSpec(PROMPT), CaptureSpec(PROMPT, 3, 6)):
        later = Later(gathered.prompt, gathered.seed, gathered.steps)
        assert later.asked() == gathered.asked(), "what results of many runs are named by"


def test_the_casts_own_walk_takes_all_of_the_cast_and_what_is_changed() -> None:
    cast = Cast(PROMPT, OTHER, seed=5, steps=12, guidance=3.0, model="latent")
    assert CaptureSpec.of(cast) == CaptureSpec(PROMPT, 5, 12, 3.0, model="latent")
    changed = CaptureSpec.of(cast, prompt=OTHER, guidance=0, record=("qk",))
    assert changed == CaptureSpec(OTHER, 5, 12, 0.0, model="latent", record=("qk",))


def test_a_casts_size_is_asked_of_models_from_elsewhere_alone() -> None:
    cast = Cast(PROMPT, OTHER, model="owner/name", size=64)
    of = partial(CaptureSpec.of, cast)
    assert of().size == (64, 64)
    assert of(model="pixel") == CaptureSpec.of(replace(cast, size=0), model="pixel")
    assert CaptureSpec.of(replace(cast, size=0)).size is None
    with pytest.raises(UsageError, match="size is for models from elsewhere only"):
        CaptureSpec.of(Cast(PROMPT, OTHER, size=64))


def test_a_capture_says_which_fields_it_lacks() -> None:
    walk = capture(WALK)
    assert walk.lacks("attention", "queries", "keys", "tokens", "text_embedding", "noise_uncond") == ()
    assert capture(PLAIN).lacks("states", "queries", "attention", "keys") == ("queries", "keys")
    film = capture(CaptureSpec(PROMPT, steps=2, model="forward:prompt"))
    assert film.lacks("pictures", "attention", "tokens", "text_embedding") == (
        "attention",
        "tokens",
        "text_embedding",
    )
    with pytest.raises(CourseError, match=r"no field atention\. Known: states, .*attention, "):
        walk.lacks("states", "atention")


@pytest.fixture
def own_model(tmp_path: Path) -> Path:
    """A copy of the shipped model, in place of it, whose weights a test may exchange."""
    shutil.copytree(ASSETS / "models" / "pixel", tmp_path / "models" / "pixel")
    return tmp_path / "models" / "pixel"


def exchange(folder: Path) -> None:
    """Other weights in the same place: a last layer of zeros."""
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    for name in ("conv_out.weight", "conv_out.bias"):
        tensors[name] *= 0
    save_file(tensors, path, metadata={"format": "pt"})


def test_a_run_whose_weights_are_exchanged_meanwhile_is_not_kept(
    own_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spec_module, "ASSETS", own_model.parent.parent)
    spec = CaptureSpec(PROMPT, seed=11, steps=2)
    whole = batches.run

    def exchanged(*args: Any) -> list[Capture]:
        made = whole(*args)
        exchange(own_model)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(batches, "run", exchanged)
        with pytest.raises(CourseError, match="exchanged"):
            capture(spec)
    assert not capture_path(spec.key).exists()
    later = capture(spec)
    assert later.provenance["weights"] == weights_digest("pixel")
    assert np.abs(later.guesses[0]).max() < 1e-2, "the last layer says nothing, so v is nearly 0 and so is x̂₀"


def test_a_capture_of_other_weights_under_this_key_is_not_believed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = CaptureSpec(PROMPT, seed=12, steps=2)
    made = capture(spec)
    elsewhere = replace(made, provenance={**made.provenance, "weights": "0" * 64})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "weights_digest", lambda model: "0" * 64)
        store.save(elsewhere)
    assert capture(spec).provenance["weights"] == weights_digest("pixel")
    assert "other weights" in capsys.readouterr().err
