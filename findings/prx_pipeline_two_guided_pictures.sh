#!/bin/sh
# diffusers' PRXPipeline, run on a small untrained network: it paints one guided picture of a prompt, or two without guidance, but
# two guided ones (num_images_per_prompt=2, guidance_scale above 1) end in an error about tensor sizes, so several seeds have to be
# asked for one by one. And it needs ftfy, which diffusers does not ask for: where that is not installed, every prompt, plain ASCII
# too, ends in a NameError instead of in a sentence that names the package.
# Seen with diffusers 0.42.1, transformers 5.23.0, torch 2.13.0 (CPU) on Python 3.11; met when thirteen pipelines were recorded.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check diffusers==0.42.1 transformers==5.23.0 accelerate pillow
cat >"$folder/prx.py" <<'PY'
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")
import diffusers
import torch
import transformers
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import WordLevel

diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
transformers.logging.set_verbosity_error()
print("diffusers", diffusers.__version__, "transformers", transformers.__version__)
words = ["<unknown>", "<pad>", "a", "red", "fish"]
made = Tokenizer(WordLevel({word: k for k, word in enumerate(words)}, unk_token="<unknown>"))
made.pre_tokenizer = pre_tokenizers.Whitespace()
torch.manual_seed(0)
pipe = diffusers.PRXPipeline(
    transformer=diffusers.PRXTransformer2DModel(
        in_channels=4, patch_size=2, context_in_dim=32, hidden_size=32, num_heads=2, depth=2, axes_dim=[8, 8]
    ),
    vae=diffusers.AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        norm_num_groups=4,
        shift_factor=0.0,
    ),
    text_encoder=transformers.Gemma2Model(
        transformers.Gemma2Config(
            vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, head_dim=8, pad_token_id=1,
        )
    ),
    tokenizer=transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", unk_token="<unknown>", model_max_length=8
    ),
    scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
)


def tried(**asked: object) -> str:
    size = {"height": 16, "width": 16, "use_resolution_binning": False, "num_inference_steps": 1}
    pipe.set_progress_bar_config(disable=True)
    try:
        return f"{len(pipe('a red fish', output_type='pt', **size, **asked).images)} pictures"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:90]}"


# A bare stand-in for a package that is not installed would hide the first surprise: so that comes first.
bare = tried(guidance_scale=3.0)
print("without ftfy:", bare)
subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "ftfy==6.3.1"], check=True)
import ftfy

diffusers.pipelines.prx.pipeline_prx.ftfy = ftfy
one = tried(guidance_scale=3.0)
two = tried(guidance_scale=1.0, num_images_per_prompt=2)
both = tried(guidance_scale=3.0, num_images_per_prompt=2)
print(f"guided: {one}")
print(f"two for one prompt, unguided: {two}")
print(f"two for one prompt, guided: {both}")
assert bare.startswith("NameError") and (one, two) == ("1 pictures", "2 pictures"), "this has changed"
assert both.startswith("RuntimeError"), "this has changed"
PY
"$folder/venv/bin/python" "$folder/prx.py"
