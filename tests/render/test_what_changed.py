"""Which changes make a depth be rendered again, and which do not: both matter, for truth and for patience."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from course.errors import CourseError
from course.precompute import CaptureSpec
from course.precompute.families import flatten
from course.precompute.store import capture_path
from course.render import plan as plans
from course.render import segments, sources
from course.render.quality import quality
from course.render.sources import DEPTHS, source_inputs
from course.render.worker import Dry

SCENE = '''
"""A scene."""

import numpy as np
from manim import Circle, Dot, Square

from course.stage import Chapter, Curve, theme
from course.stage.boxes import Box

SIZE = 3
UNUSED = 4


def wide() -> float:
    return SIZE * 2.0


class Scene(Chapter):
    title = "A scene"
    question = "What is it?"
    colour = theme.INK

    def specs(self):
        return {"walk": self._spec(7)}

    def _spec(self, seed):
        return seed

    def story(self):
        self.add(Dot(radius=wide()))
        self._both("a story")

    def mechanism(self):
        self.add(Circle(), Box(1))
        self._both("a mechanism")
        self._own()

    def _own(self):
        self.add(Square())

    def claims(self):
        return {"small": self._bound(5)}

    def _bound(self, most):
        return most

    def derivation(self):
        self.add(Curve())

    def _both(self, words):
        self.say(words)

    def remember(self):
        return Dot(color=self.colour)
'''

LIBRARY = {
    "stage/chapter.py": "class Chapter:\n    pass\n",
    "stage/manim_internals.py": "class StageScene:\n    pass\n",
    "stage/theme.py": "INK = 1\n",
    "maths/deep.py": "value = 1\n",
    "render/worker.py": "from course.render.other import x\n",
    "video/encoding.py": "z = 1\n",
}
LOADED = [f"course/{name}" for name in ("stage/theme.py", "maths/deep.py")]


class Tree:
    def __init__(self, root: Path) -> None:
        self.root, self.scene = root, root / "scenes" / "ch1_scene.py"
        self.write("scenes/ch1_scene.py", SCENE)
        for name, text in LIBRARY.items():
            self.write(f"course/{name}", text)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def changed(self, name: str, before: str, after: str) -> set[str]:
        """Which depths a change makes different; the change is taken back."""
        path = self.root / name
        text = path.read_text()
        assert text.count(before) == 1, before
        known = {depth: source_inputs(self.scene, depth, LOADED) for depth in DEPTHS}
        path.write_text(text.replace(before, after))
        found = {depth for depth in DEPTHS if source_inputs(self.scene, depth, LOADED) != known[depth]}
        path.write_text(text)
        return found


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    return Tree(tmp_path)


ALL = set(DEPTHS)
HERE = "scenes/ch1_scene.py"


@pytest.mark.parametrize(
    ("name", "before", "after", "depths"),
    [
        # What only another depth can reach is left out; whatever else is in the file may concern all.
        (HERE, "radius=wide()", "radius=wide() + 1", {"story"}),
        (HERE, "Circle(), Box(1)", "Box(2), Circle()", {"mechanism"}),
        (HERE, "self.add(Curve())", "self.add(Curve(), Curve())", {"derivation"}),
        (HERE, "SIZE * 2.0", "SIZE * 3.0", {"story"}),
        (HERE, "self.add(Square())", "self.add(Square(2))", {"mechanism"}),
        (HERE, "self.say(words)", "self.say(words + '!')", {"story", "mechanism"}),
        (HERE, "SIZE = 3", "SIZE = 4", ALL),
        (HERE, "UNUSED = 4", "UNUSED = 5", ALL),
        (HERE, 'title = "A scene"', 'title = "The scene"', ALL),
        (HERE, "return Dot(color", "return Circle(color", ALL),
        (HERE, "self._spec(7)", "self._spec(8)", ALL),
        (HERE, "self._bound(5)", "self._bound(6)", ALL),
        (HERE, "\n\nclass Scene", "\nnp.random.seed(3)\n\nclass Scene", ALL),
        (HERE, "    def _own", "    def helper_of_nobody(self):\n        return 2\n\n    def _own", ALL),
        # what looks names up while it runs names them somewhere
        (HERE, "self.add(Curve())", "getattr(self, '_own')()", {"derivation"}),
        # in the library: what was loaded counts, down to its comments
        ("course/stage/theme.py", "INK = 1", "INK = 2", ALL),
        ("course/stage/theme.py", "INK = 1", "INK = 1  # black", ALL),
        ("course/maths/deep.py", "value = 1", "value = 2", ALL),
        ("course/stage/chapter.py", "pass", "x = 1", ALL),
        ("course/video/encoding.py", "z = 1", "z = 2", set()),
    ],
)
def test_a_change_touches_the_depths_that_depend_on_it(
    tree: Tree, name: str, before: str, after: str, depths: set[str]
) -> None:
    assert tree.changed(name, before, after) == depths


def test_what_stands_above_a_method_is_reached_by_it(tree: Tree) -> None:
    above = "    def derivation(self):"
    tree.write(
        HERE, SCENE.replace(above, f"    @needs(_own, größe=_größe)\n{above}") + "\ndef _größe(): return 1\n"
    )
    assert tree.changed(HERE, "self.add(Square())", "self.add(Square(2))") == {"mechanism", "derivation"}
    assert tree.changed(HERE, "return 1", "return 2") == ALL  # written in other ways, too


def test_what_another_depth_reaches_by_name_counts_for_both(tree: Tree) -> None:
    tree.write(HERE, SCENE.replace("self.add(Curve())", "getattr(self, '_own')()"))
    assert tree.changed(HERE, "self.add(Square())", "self.add(Square(2))") == {"mechanism", "derivation"}


def test_code_of_packages_and_of_single_modules_counts_and_a_module_that_is_gone_is_no_nothing(
    tree: Tree,
) -> None:
    parts = ("maths", "video/encoding.py")
    before = sources.code_digest(*parts)
    tree.write("course/render/worker.py", "x = 2\n")
    assert sources.code_digest(*parts) == before
    tree.write("course/video/encoding.py", "z = 2\n")
    with_settings = sources.code_digest(*parts)
    assert with_settings != before
    tree.write("course/maths/deep.py", "value = 2\n")
    assert sources.code_digest(*parts) != with_settings
    with pytest.raises(CourseError, match=r"episode/encoding\.py is not there"):
        sources.code_digest("episode/encoding.py")


def test_a_file_that_is_no_python_is_named_with_its_line(tree: Tree) -> None:
    tree.write(HERE, SCENE.replace("def wide() -> float:", "def wide( -> float:"))
    with pytest.raises(CourseError, match=r"ch1_scene\.py:14: "):
        source_inputs(tree.scene, "story")


# What is no code


SPEC = CaptureSpec("a prompt")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> plans.Plan:
    """The plan of a depth that shows a capture, says a line and plays a sound, just made."""
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setenv("COURSE_VOICE", "silence")
    capture(b"{}", b"arrays")
    heard = tmp_path / "media" / "voice" / "walk.wav"
    heard.parent.mkdir(parents=True)
    heard.write_bytes(b"sound")
    said = plans.speak("Hello.").to_json()
    dry = Dry(
        title="",
        question="",
        animations=[(30, "wait")],
        cues=[{"start": 0.0, "utterance": said}],
        effects=[{"start": 0.0, "path": str(heard), "gain": 0.0}],
        captures={"walk": SPEC.key},
        families=[],
        reads={},
        states=[],
        shown={0: [("picture", 30)]},
        code={},
        picture="",
        seconds=1.0,
    )
    return plans.made(dry, known(), flatten({"walk": SPEC}), quality("h"), [])


def capture(header: bytes, arrays: bytes) -> None:
    """A file laid out as a capture's is."""
    path = capture_path(SPEC.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(header).to_bytes(8, "little") + header + arrays)


def known(letter: str = "h") -> dict[str, str]:
    plans._fonts.cache_clear()
    plans._versions.cache_clear()
    return plans.known_inputs(sources.ROOT / "scenes" / "ch1_noise.py", "story", quality(letter))


def test_a_depth_is_not_rendered_again_while_all_that_it_shows_and_says_is_as_it_was(
    kept: plans.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plans.reasons(kept, known()) == []
    capture(b'{"taken": "again"}', b"arrays")  # only what is noted about it differs
    assert plans.reasons(kept, known()) == []
    capture_path(SPEC.key).unlink()  # nobody needs it while nothing is drawn
    assert plans.reasons(kept, known()) == []
    monkeypatch.setenv("COURSE_CAST_OF_NOBODY", "1")
    assert plans.reasons(kept, known()) == []


def test_what_is_captured_said_or_heard_otherwise_is_rendered_again(
    kept: plans.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture(b"{}", b"others")
    assert plans.reasons(kept, known()) == ["capture walk"]
    another = replace(SPEC, seed=SPEC.seed + 1)
    assert "capture walk" in plans.reasons(replace(kept, specs={"walk": another.to_dict()}), known())
    capture(b"{}", b"arrays")
    Path(kept.effects[0]["path"]).unlink()
    assert plans.reasons(kept, known()) == ["sound walk.wav"]
    Path(kept.effects[0]["path"]).write_bytes(b"sound")
    longer = json.loads(json.dumps(kept.cues[0]["utterance"])) | {"duration": 9.0}
    lines = [{"start": 0.0, "utterance": longer}]
    found = plans.Utterance.from_json(longer)
    monkeypatch.setattr(plans, "speak", lambda text: found)
    assert plans.reasons(replace(kept, cues=lines), known()) == ['line "Hello."']


@pytest.mark.parametrize("what", ["quality", "manim", "fonts", "cast"])
def test_another_quality_version_font_or_cast_is_rendered_again(
    kept: plans.Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str
) -> None:
    if what == "manim":
        monkeypatch.setattr(
            plans, "installed", lambda name: "0.1" if name == "manim" else segments.installed(name)
        )
    if what == "fonts":
        (tmp_path / "fonts").mkdir()
        (tmp_path / "fonts" / "Other.ttf").write_bytes(b"letters")
        monkeypatch.setattr(plans, "ASSETS", tmp_path)
    if what == "cast":
        monkeypatch.setenv("COURSE_SEED", "12345")
    changed = plans.reasons(kept, known("k" if what == "quality" else "h"))
    monkeypatch.undo()
    known()  # forget fonts and versions that are not there
    assert changed == [what]


def test_a_capture_taken_again_by_other_threads_is_no_other_picture(kept: plans.Plan, tmp_path: Path) -> None:
    path = capture_path(SPEC.key)
    random = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {"states": random.normal(size=(7, 3, 8, 8)).astype(np.float32)}
    arrays["pictures"] = random.integers(0, 255, (7, 8, 8, 3), dtype=np.uint8)
    save_file(arrays, path)
    state = [("Dot", "a b")]
    dry = Dry("", "", [(30, "wait")], {}, [], [], {"walk": SPEC.key}, [], {}, [state], {}, "", 1.0)
    plan = plans.made(dry, known(), flatten({"walk": SPEC}), quality("h"), [])
    plans.save(plan, tmp_path, dry.states)
    assert plans.load_states(plan, tmp_path)
    # One thread against two, or a batch of one against two, as measured: 1e-6, and a byte by one.
    again = arrays | {"states": arrays["states"] + random.normal(0, 1e-6, (7, 3, 8, 8)).astype(np.float32)}
    again["pictures"] = arrays["pictures"] + (np.arange(7 * 8 * 8 * 3).reshape(7, 8, 8, 3) == 99)
    save_file({name: one.astype(arrays[name].dtype) for name, one in again.items()}, path)
    assert plans.reasons(plan, known()) == []
    assert plans.load_states(plan, tmp_path) == []  # states are compared to 1e-6: these would be others
    # Another run is another picture.
    save_file(arrays | {"states": arrays["states"] + np.float32(0.01)}, path)
    assert plans.reasons(plan, known()) == ["capture walk"]
