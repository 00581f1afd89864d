#!/bin/sh
# Weights of Stable Diffusion 3's transformer that were saved in float32 load as float32 when bfloat16 is asked for, without a word,
# where accelerate is not installed: twice the memory, another speed, and a pipeline whose parts have two types. Saved in float16
# they come as bfloat16, and with accelerate both do. What decides is the state's first tensor, SD3's table of positions: a float32
# buffer whatever type the network is made in. If the file's type equals that one's, diffusers takes over all of the file's tensors as
# they are. A convolutional network, whose first tensor is a weight, comes as it is asked for in all four cases.
# Seen with diffusers 0.42.1, torch 2.13.0 (CPU), accelerate 1.15.0 on Python 3.11; met when pipelines were loaded for recording.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check diffusers==0.42.1 transformers==5.23.0
cat >"$folder/asked.py" <<'PY'
import importlib.util
import sys
import tempfile

import diffusers
import torch

diffusers.utils.logging.set_verbosity_error()
beside = importlib.util.find_spec("accelerate") is not None
sd3 = diffusers.SD3Transformer2DModel(
    sample_size=8, patch_size=1, in_channels=4, out_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=4,
    caption_projection_dim=32, joint_attention_dim=32, pooled_projection_dim=64, pos_embed_max_size=8,
)
unet = diffusers.UNet2DModel(
    sample_size=8, block_out_channels=(8, 8), norm_num_groups=4,
    down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
)
came = {}
for network in (sd3, unet):
    for saved in (torch.float32, torch.float16):
        with tempfile.TemporaryDirectory() as where:
            network.to(saved).save_pretrained(where)
            loaded = type(network).from_pretrained(where, torch_dtype=torch.bfloat16)
        name = type(network).__name__
        came[name, saved] = {one.dtype for one in loaded.parameters()}
        said = ", ".join(map(str, came[name, saved]))
        print(f"{name}, saved as {saved}, asked for as torch.bfloat16, {'with' if beside else 'without'} accelerate: {said}")
print("diffusers", diffusers.__version__, "torch", torch.__version__)
stays = {("SD3Transformer2DModel", torch.float32)} if not beside else set()
for key, types in came.items():
    assert types == {torch.float32 if key in stays else torch.bfloat16}, f"this has changed: {key}"
PY
"$folder/venv/bin/python" "$folder/asked.py"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check accelerate==1.15.0
"$folder/venv/bin/python" "$folder/asked.py"
