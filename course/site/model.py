"""The course's own models as files that a browser can run, and what a page has to know of them.

ONNX by torch's exporter. Not for the page (`explore`) nor for what runs there (`browser/`).
"""

import base64
import tempfile
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from course.files import digest_bytes, digest_file, read_json, write_bytes, write_json
from course.grammar import GLUE
from course.model.settings import GENERATORS, TIMESTEPS, TOKENS, WIDTH
from course.precompute.spec import weights_digest
from course.progress import progress
from course.render.sources import code_digest

SAMPLED = 7
"""Every seventh number of what the network says is enough to see whether it is computed rightly."""


def export_models(folder: Path, record: Path) -> dict[str, Any]:
    """Bring the shipped models in `folder` up to date; returns what the page has to know, as JSON has it.

    Of each model: the shape of its states, ᾱ of every timestep and some of what PyTorch's network says at the
    first step from seed 0 without words (both float32, in base64), and its files with their sizes and
    digests; and the words, whose places are their numbers. `record` is where it is kept for the next time.
    """
    key = digest_bytes(
        *(weights_digest(model).encode() for model in GENERATORS),
        code_digest("site/model.py", "model").encode(),
        *(version(name).encode() for name in ("torch", "onnx")),
    )
    kept = read_json(record)
    if kept.get("key") == key and all(is_whole(folder, one) for one in files_of(kept["known"])):
        known: dict[str, Any] = kept["known"]
        return known
    known = {"words": _words(), "models": {}}
    for model in progress(GENERATORS, desc="model for the browser", unit="model"):
        known["models"][model] = _export(model, folder)
    write_json(record, {"key": key, "known": known})
    return known


def files_of(known: dict[str, Any]) -> list[dict[str, Any]]:
    """All files of all models."""
    return [file for model in known["models"].values() for file in model["files"].values()]


def noted(path: Path) -> dict[str, Any]:
    """A file as the page knows it: a reader's browser can tell whether it is the one that was meant."""
    return {"name": path.name, "bytes": path.stat().st_size, "digest": digest_file(path)}


def is_whole(folder: Path, file: dict[str, Any]) -> bool:
    """Whether a noted file is there as it was noted."""
    path = folder / file["name"]
    return path.is_file() and noted(path) == file


def _words() -> dict[str, Any]:
    from course.model.networks import tokenizer

    words = tokenizer()
    known = sorted(words.get_vocab().items(), key=lambda entry: entry[1])
    return {
        "all": [word for word, _ in known],
        "start": words.bos_token_id,
        "end": words.eos_token_id,
        "tokens": TOKENS,
        "glue": list(GLUE),
    }


def _export(model: str, folder: Path) -> dict[str, Any]:
    import numpy as np
    import torch

    from course.model.pipeline import PixelPipeline, fold
    from course.precompute.systems import load_pipeline, system_of

    pipe = load_pipeline(model)
    system, state = system_of(pipe), system_of(pipe).noise([0])

    def network(unet: Any, state: torch.Tensor, timestep: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """One state, and as many answers as there are rows of words."""
        rows = state.expand(words.shape[0], -1, -1, -1)
        rows = fold(rows) if isinstance(pipe, PixelPipeline) else rows
        return system.unfolded(unet(rows, timestep, encoder_hidden_states=words).sample)

    def words(encoder: Any, tokens: torch.Tensor) -> torch.Tensor:
        return encoder(tokens).last_hidden_state

    def decoder(vae: Any, state: torch.Tensor) -> torch.Tensor:
        return vae.decode(state / vae.config.scaling_factor).sample

    tokens, last = torch.zeros(1, TOKENS, dtype=torch.int64), torch.tensor([TIMESTEPS - 1])
    parts: list[tuple[Callable[..., Any], Any, dict[str, Any]]] = [
        (words, pipe.text_encoder, {"tokens": tokens}),
        (network, pipe.unet, {"state": state, "timestep": last, "words": torch.zeros(2, TOKENS, WIDTH)}),
    ]
    if hasattr(pipe, "vae"):
        parts.append((decoder, pipe.vae, {"state": state}))
    files = {}
    for call, part, inputs in parts:
        target = folder / f"{model}-{call.__name__}.onnx"
        write_bytes(target, _onnx(call, part, inputs))
        files[call.__name__] = noted(target)
    with torch.no_grad():
        said = network(pipe.unet, state, last, system.encode([""])).flatten()[::SAMPLED]

    def plain(numbers: torch.Tensor) -> str:
        return base64.b64encode(numbers.numpy().astype(np.dtype("<f4")).tobytes()).decode()

    return {
        "shape": list(state.shape[1:]),
        "levels": plain(pipe.scheduler.alphas_cumprod),
        "said": plain(said),
        "sampled": SAMPLED,
        "files": files,
    }


def _onnx(call: Callable[..., Any], part: Any, inputs: dict[str, Any]) -> bytes:
    """`call(part, *inputs)` as ONNX, by the names of the inputs; what comes out is called `output`."""
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.part = part

        def forward(self, *given: torch.Tensor) -> Any:
            return call(self.part, *given)

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of shapes that never change here, and of its age
        torch.onnx.export(
            Whole().eval(),
            tuple(inputs.values()),
            file := Path(folder) / "model.onnx",
            input_names=list(inputs),
            output_names=["output"],
            # The exporter that traces takes a fifth of the time of the one after it, and the file is as fast.
            dynamo=False,
            opset_version=17,
        )
        return _halved(file.read_bytes())


def _halved(file: bytes) -> bytes:
    """A model with its weights in float16 where that loses nothing, and ours lose nothing.

    What is computed is computed in float32: half the file, and the same output to the last bit.
    """
    import numpy as np
    import onnx

    model, casts = onnx.load_from_string(file), []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        values = onnx.numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if np.array_equal(half.astype(np.float32), values):
            name = tensor.name
            tensor.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}.half"))
            casts.append(onnx.helper.make_node("Cast", [tensor.name], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    for node in nodes:
        node.doc_string = ""  # where in which file of this machine it comes from
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data
