"""A model of the Hugging Face hub, by its id: from the cache of this computer, else fetched.

Not for folders of one's own. Nothing is asked of anybody unless an id is given that is not there yet.
"""

import re
import sys
from functools import lru_cache, partial
from pathlib import Path

from course.errors import CourseError, UsageError

WANTED = ("model_index.json", "*/*.safetensors", "*/*.json", "*/*.txt", "*/*.model", "*/*.jinja")
"""What a pipeline is made of. No pickles, and nothing that lies at the top: copies for other programs."""
UNWANTED = ("*.fp16.*", "*.bf16.*", "*.non_ema.*", "*.msgpack", "*.onnx*", "*openvino*", "*flax*")


def is_id(model: str) -> bool:
    """Whether this is `owner/name`, with or without `@revision`, and no folder."""
    return bool(re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", model)) and not Path(model).exists()


@lru_cache(maxsize=8)
def snapshot(model: str) -> Path:
    """The folder of `owner/name` or `owner/name@revision`.

    Raises UsageError where there is none or it may not be had, CourseError where it cannot be fetched.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    name, _, revision = model.partition("@")
    fetch = partial(
        snapshot_download,
        name,
        revision=revision or None,
        allow_patterns=list(WANTED),
        ignore_patterns=list(UNWANTED),
    )
    try:
        return Path(fetch(local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    except HFValidationError:
        raise UsageError(f"{model!r} is no id of a model. An id looks like owner/name.") from None
    bring = f"hf download {name}" + (f" --revision {revision}" if revision else "")
    try:
        print(f"{model} is not on this computer; fetching it from the hub.", file=sys.stderr)
        return Path(fetch())
    except GatedRepoError:
        raise UsageError(
            f"{name} is gated. Accept its terms on its page, sign in with `hf auth login`, and run again."
        ) from None
    except RevisionNotFoundError:
        raise UsageError(f"{name} has no revision {revision!r}. Look at its page for those it has.") from None
    except RepositoryNotFoundError:
        raise UsageError(f"The hub has no model {name}, or none that you may see. Check the name.") from None
    except HfHubHTTPError as error:
        code = error.response.status_code if error.response is not None else "no answer"
        raise CourseError(
            f"{name} could not be fetched ({code}). Run the same command again later."
        ) from None
    except OSError as error:
        if error.errno is None or isinstance(error, ConnectionError):
            raise _unreachable(model, bring) from None
        raise CourseError(
            f"{model} could not be kept on this computer ({error.strerror}). Free some space, or set HF_HOME "
            "to another disk, and run again."
        ) from None
    except Exception:  # of whichever library the hub's client speaks with, and of its own
        raise _unreachable(model, bring) from None


def _unreachable(model: str, bring: str) -> CourseError:
    return CourseError(
        f"{model} is not on this computer, and the hub cannot be reached. Bring it where there is a "
        f"network (`{bring}`), or give the folder of a model."
    )
