"""What a shipped model's card was made of, read back: its scores, as JSON knows them.

Not for measuring them (`evaluate`, `distilled`), and free of torch.
"""

import json
from typing import Any

from course.errors import CourseError
from course.paths import ASSETS, shown


def scores(model: str) -> dict[str, Any]:
    """The scores that lie beside a model's weights. Raises CourseError where they are missing."""
    path = ASSETS / "models" / model / "scores.json"
    if not path.is_file():
        raise CourseError(
            f"{shown(path)} is missing. Restore it: git checkout -- {shown(path)}; "
            f"or score the model again: course evaluate --model {model}"
        )
    return dict(json.loads(path.read_text(encoding="utf-8")))
