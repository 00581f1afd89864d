"""The kinds of bad input: a command, a part of what it has to say, and what is spoiled before it.

Not for trying them: `checkout` does that.
"""

import socket

from course.cast import variable
from course.model import data
from course.paths import ROOT
from tests.bad_input.checkout import SCENE, Kind
from tests.bad_input.spoiling import (
    SCRIPT,
    TAKE,
    both,
    cast,
    cut,
    episode,
    folder,
    half_a_picture,
    overwrite,
    read_only,
    remove,
    rendered,
    scene,
    secrets,
    swap,
    take,
    toml,
    write,
)

EPISODE = "media/episodes/ch10_tiny"
SHIPPED = "assets/models/pixel"
SHEET = str(data.SHEET.relative_to(ROOT))
STORY = "    def story(self) -> None:\n"
FIRST = 'with self.say("This is a picture.")'


def free_port() -> int:
    """A port of this computer's at which nobody answers."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def env(**values: str) -> dict[str, str]:
    """Environment variables of the course: `prompt="…"` is COURSE_PROMPT."""
    return {variable(name): value for name, value in values.items()}


# fmt: off
SLIPS = (
    Kind("a verb that is not there", "course rendr", "No such command 'rendr'"),
    Kind("an option that is not there", "course doctor --jsn", "No such option"),
    Kind("a chapter that is not there", "course render ch99", "There is no chapter 'ch99'"),
    Kind("a chapter that is misspelt", "course lint ch2_denois", "Did you mean ch2_denoise?"),
    Kind("a path for a chapter", "course plan ../../etc/passwd", "There is no chapter"),
    Kind("an unknown quality", "course render ch10 -q x", "quality"),
    Kind("an unknown depth", "course render ch10 --depth storry", "'storry' is not one of"),
    Kind("an end before its start", "course render ch10 --from 5 --to 2", "--from comes first"),
    Kind("a start before the film", "course render ch10 --from=-1", "--from comes first"),
    Kind("a start that is no number", "course render ch10 --from nan", "--from comes first"),
    Kind("no workers", "course render ch10 --jobs 0", "at least 1 worker"),
    Kind("workers in words", "course render ch10 --jobs many", "'many' is not a valid integer"),
    Kind("a plan for less than none", "course plan ch10 --jobs=-3", "at least 1 worker"),
    Kind("an episode of one depth", "course render ch10 --episode --depth story", "Leave out --episode"),
    Kind("a scheduler that is no address", "course render ch10 --scheduler nonsense", "scheduler"),
    Kind("a scheduler that does not answer", "course render ch10 --scheduler tcp://127.0.0.1:9", "No scheduler answers"),
    Kind("an unknown voice", "course plan ch10 --voice siri", "'siri' is not one of"),
    Kind("an episode of nothing", "course episode", "Missing argument"),
    Kind("an episode that is not rendered", "course episode ch10", "First run: course render ch10_tiny"),
    Kind("claims of one chapter as those of all", "course claims ch10 --write", "without naming any"),
    Kind("the script of no chapter", "course voice script", "Missing argument"),
    Kind("an empty line to say", "course voice say ''", "line of narration is empty"),
    Kind("markup to say", "course voice say 'a **bold** word'", "markup"),
    Kind("a sign without words", "course voice say 'the sign ¶ here'", "has no words"),
    Kind("an endless word", f"course voice say {'x' * 300} --voice hibari", "letters in a row"),
    Kind("an endless number", f"course voice say {'7' * 300}", "digits"),
    Kind("a model that is not trained here", "course train --model gpt", "'gpt' is not one of"),
    Kind("a training of no time", "course train --minutes 0", "more than nothing"),
    Kind("a training without end", "course train --minutes nan", "more than nothing"),
    Kind("two budgets", "course train --minutes 1 --steps 2", "not both"),
    Kind("a batch of nothing", "course train --batch 0", "--batch"),
    Kind("a GPU that is not there", "course train --steps 1 --device cuda", "Leave out --device"),
    Kind("a device that does not exist", "course train --steps 1 --device gpu", "not known"),
    Kind("a device of another kind", "course train --steps 1 --device meta", "not known"),
    Kind("refining what has no halves", "course train --model judge --refine", "without it"),
    Kind("Muon for what has no matrices of its kind", "course train --model clip --muon", "without it"),
    Kind("a missing compiler", "course train --steps 1 --fast", "C++ compiler", environment={"CXX": "none++"}),
    Kind("exporting and training", "course train --export --steps 3", "--export trains nothing"),
    Kind("exporting no training", "course train --export", "There is no training"),
    Kind("weights into a file's inside", "course train --steps 1 --output /dev/null/x", "Cannot write"),
    Kind("a model that is not judged", "course evaluate --model clip", "'clip' is not one of"),
    Kind("judging on an unknown device", "course evaluate --device tpu", "not known"),
    Kind("capturing on an unknown device", "course precompute ch10 --seed 3 --device gpu", "not known"),
    Kind("capturing on a GPU that is not there", "course precompute ch10 --seed 3 --device cuda:7", "Leave out --device"),
    Kind("publishing nothing", "course publish", "Say what to publish"),
    Kind("publishing what is not built", "course publish ch10", "No episode has been built yet"),
    Kind("an unknown privacy", "course publish ch10 --privacy secret", "'secret' is not one of"),
    Kind("a time in words", "course publish ch10 --schedule tomorrow", "is no time"),
    Kind("public before its time", "course publish ch10 --schedule 2099-01-31T18:00 --privacy public", "leave --privacy out"),
)

CASTS = (
    Kind("no steps", "course plan ch10 --steps 0", "at least 1 step"),
    Kind("steps in words", "course plan ch10 --steps many", "'many' is not a valid integer"),
    Kind("steps that do not divide the schedule", "course plan ch10 --steps 7", "must divide the schedule"),
    Kind("more steps than the schedule has", "course precompute ch10 --steps 100000", "length of the schedule"),
    Kind("steps without end", f"course plan ch10 --steps {10**40}", "length of the schedule"),
    Kind("a negative seed", "course plan ch10 --seed=-1", "seed is -1"),
    Kind("a seed without end", f"course precompute ch10 --seed {2**70}", "between 0 and"),
    Kind("guidance that is no number", "course plan ch10 --guidance nan", "must be 0 or more"),
    Kind("negative guidance", "course plan ch10 --guidance=-1", "must be 0 or more"),
    Kind("endless guidance", "course plan ch10 --guidance inf", "must be 0 or more"),
    Kind("an empty prompt", "course plan ch10 --prompt ' '", "The prompt is empty"),
    Kind("a prompt with a mark in it", "course plan ch10 --prompt 'a ⟨fish⟩'", "Write it without them"),
    Kind("a prompt of unknown words", "course precompute ch10 --prompt 'a flumph in a teapot'", "never saw"),
    Kind("a prompt in another script", "course precompute ch10 --prompt 'ein Ümläut 魚'", "never saw"),
    Kind("a prompt with a control character", "course precompute ch10 --prompt 'a\x07 fish'", "never saw"),
    Kind("a model that is not there", "course precompute ch10 --model nonsense", "is not known"),
    Kind("a hub id", "course precompute ch10 --model stabilityai/sd-turbo", "hf download stabilityai/sd-turbo", environment={"HF_HUB_OFFLINE": "1"}),
    Kind("a foreign model's folder", "course plan ch10 --model {root}/assets/models/vae", "is not known"),
    Kind("a picture that is not there", "course plan ch10 --model forward:none.png", "names no picture"),
    Kind("a text for a picture", "course plan ch10 --model forward:course.toml", "course.toml"),
    Kind("a folder for a picture", "course plan ch10 --model forward:scenes", "names no picture"),
    Kind("half a picture", "course precompute ch10 --model forward:half.png", "half.png", half_a_picture),
    Kind("steps in words, from the environment", "course plan ch10", "steps should be a whole number", environment=env(steps="many")),
    Kind("an unknown voice, from the environment", "course plan ch10", "no voice called 'siri'", environment=env(voice="siri")),
    Kind("an unknown depth, from the environment", "manim -ql --dry_run scenes/ch10_tiny.py", "storry", environment=env(depths="storry")),
)

SETTINGS = (
    Kind("no course.toml", "course plan ch10", "is missing", remove("course.toml")),
    Kind("a folder for course.toml", "course plan ch10", "course.toml", folder("course.toml")),
    Kind("another file that is not there", "course plan ch10", "none.toml is missing", environment=env(file="none.toml")),
    Kind("a broken table", "course plan ch10", "is not valid TOML", toml("[cast\nprompt=")),
    Kind("bytes that are no text", "course plan ch10", "is not valid TOML", write("course.toml", b"\xff\xfe\x00[cast]")),
    Kind("an empty course.toml", "course plan ch10", "lacks prompt", toml("")),
    Kind("an unknown entry of the cast", "course plan ch10", "unknown entry under [cast]: promt", cast('promt = "a fish"')),
    Kind("a cast that is no table", "course plan ch10", "should be a table", toml('cast = "a fish"\n')),
    Kind("several casts", "course plan ch10", "should be a table", toml('[[cast]]\nprompt = "a fish"\n')),
    Kind("a prompt that is a number", "course plan ch10", "should be text in quotes", cast("prompt = 3")),
    Kind("a prompt that is a list", "course plan ch10", "should be text in quotes", cast('prompt = ["a fish"]')),
    Kind("half a step", "course plan ch10", "steps should be a whole number", cast("steps = 6.5")),
    Kind("a seed that is true", "course plan ch10", "seed should be a whole number", cast("seed = true")),
    Kind("guidance that is a list", "course plan ch10", "guidance should be a number", cast("guidance = [1]")),
    Kind("a voice that is no table", "course plan ch10", "[voice]", both(swap("course.toml", '[voice]\nname = "auto"', ""), swap("course.toml", "[cast]", "voice = 3\n[cast]")), environment={"COURSE_VOICE": ""}),
    Kind("a voice that is no table, spoken", "course voice say 'A fish.'", "[voice]", both(swap("course.toml", '[voice]\nname = "auto"', ""), swap("course.toml", "[cast]", "voice = 3\n[cast]")), environment={"COURSE_VOICE": ""}),
    Kind("an unknown entry of the voice, spoken", "course voice say 'A fish.'", "nmae", swap("course.toml", 'name = "auto"', 'nmae = "silence"'), environment={"COURSE_VOICE": ""}),
    Kind("a voice whose name is a number", "course plan ch10", "3", swap("course.toml", 'name = "auto"', "name = 3"), environment={"COURSE_VOICE": ""}),
    Kind("an unknown voice in course.toml", "course plan ch10", "no voice called 'siri'", swap("course.toml", 'name = "auto"', 'name = "siri"'), environment={"COURSE_VOICE": ""}),
    Kind("an unknown entry of the voice", "course plan ch10", "nmae", swap("course.toml", 'name = "auto"', 'nmae = "silence"'), environment={"COURSE_VOICE": ""}),
    Kind("a table that nobody reads", "course plan ch10", "csat", swap("course.toml", "[voice]", "[csat]")),
    Kind("a voice of hibari's that is not there", "course voice say 'A fish.'", "no voice called 'nobody'", swap("course.toml", 'name = "auto"', 'name = "hibari"\nhibari = "nobody"'), environment={"COURSE_VOICE": ""}),
    Kind("publishing settings that are no table", "course publish --check", "publish", both(episode, swap("course.toml", "[cast]", 'publish = "yes"\n[cast]'))),
    Kind("an unknown licence", "course publish --check", "license under [publish]", both(episode, swap("course.toml", "[voice]", '[publish]\nlicense = "mine"\n[voice]'))),
    Kind("bad settings under plain manim", "manim -ql --dry_run scenes/ch10_tiny.py", "steps is 0", cast("steps = 0")),
    Kind("a doctor with a broken course.toml", "course doctor", "missing: cast", toml("[cast")),
)

VOICES = (
    Kind("an endpoint that is no address", "course voice say 'A fish.' --voice endpoint", "is no web address", environment=env(voice_url="localhost")),
    Kind("a port that is no number", "course voice say 'A fish.' --voice endpoint", "is no web address", environment=env(voice_url="http://localhost:port/v1")),
    Kind("an endpoint that does not answer", "course voice say 'A fish.' --voice endpoint", "cannot be reached", environment=env(voice_url=f"http://127.0.0.1:{free_port()}/v1", voice_backoff="0")),
    Kind("patience in words", "course voice say 'A fish.' --voice endpoint", "COURSE_VOICE_TIMEOUT", environment=env(voice_url="http://127.0.0.1:9/v1", voice_timeout="long", voice_backoff="0")),
    Kind("a damaged script of takes", "course voice check ch10", "is damaged", write(SCRIPT, "{")),
    Kind("a script of takes that is a list", "course voice check ch10", "is damaged", write(SCRIPT, "[]")),
    Kind("takes that nobody recorded", "course voice check ch10", "things to mend"),
    Kind("a take that is no sound", "course voice say 'This is a picture.' --voice takes", "cannot be read as sound", both(take, write(TAKE, "no sound"))),
    Kind("a take of silence", "course voice say 'This is a picture.' --voice takes", "Record it again", take),
)

SCENES = (
    Kind("no scenes", "course plan", "There are no chapters", remove("scenes")),
    Kind("a scene file with a slip", "course plan ch10", "ch10_tiny.py", scene(STORY, "    def story(self -> None:\n")),
    Kind("a scene file with a slip, linted", "course lint ch10", "ch10_tiny.py", scene(STORY, "    def story(self -> None:\n")),
    Kind("a scene file with a slip, captured", "course precompute ch10", "ch10_tiny.py", scene(STORY, "    def story(self -> None:\n")),
    Kind("a scene that imports what is not there", "course lint ch10", "no_such_package", scene("from course.stage import", "import no_such_package\nfrom course.stage import")),
    Kind("a scene that imports what is not there, rendered", "course render ch10 --draft", "no_such_package", scene("from course.stage import", "import no_such_package\nfrom course.stage import")),
    Kind("bytes that are no scene", "course lint ch10", "ch10_tiny.py", write(SCENE, b"\x00\xff\x00")),
    Kind("an empty scene file", "course plan ch10", "exactly one public Chapter", write(SCENE, "")),
    Kind("two chapters in a file", "course lint ch10", "exactly one public Chapter", scene("class Tiny", "class Other(Chapter):\n    pass\n\n\nclass Tiny")),
    Kind("a folder for a scene", "course lint ch10", "There is no chapter 'ch10'", folder(SCENE)),
    Kind("a chapter without a title", "course lint ch10", "has no title", scene('title = "Tiny"', 'title = ""')),
    Kind("a chapter without a story", "course render ch10 --draft --depth story", "has no story()", scene("def story", "def other")),
    Kind("a chapter that divides by nothing", "course render ch10 --draft --depth story", "ZeroDivisionError", scene(FIRST, f"1 / 0\n        {FIRST}")),
    Kind("a chapter that divides by nothing, linted", "course lint ch10", "ZeroDivisionError", scene(FIRST, f"1 / 0\n        {FIRST}")),
    Kind("a chapter that divides by nothing, read aloud", "course voice check ch10", "ZeroDivisionError", scene(FIRST, f"1 / 0\n        {FIRST}")),
    Kind("claims that divide by nothing", "course claims ch10", "ZeroDivisionError", scene(STORY, "    def claims(self):\n        return 1 / 0\n\n" + STORY)),
    Kind("specs that are none", "course precompute ch10", "ch10_tiny.py", scene("CaptureSpec.of(self.cast)", '"a fish"')),
    Kind("a capture that nobody declared", "course lint ch10", "ch10_tiny.py", scene('self.captures["walk"].pictures[-1]', 'self.captures["wlak"].pictures[-1]')),
    Kind("an updater in a scene", "course lint ch10", "updater", scene(FIRST, f"self.add_updater(lambda dt: None)\n        {FIRST}")),
    Kind("an empty line of narration", "course render ch10 --draft --depth story", "is empty", scene("This is a picture.", "")),
    Kind("a mark that nobody waits for", "course render ch10 --draft --depth story", "has a mark at", scene("This is a picture.", "This is a ⟨picture⟩.")),
    Kind("an odd size under plain manim", "manim -r 853,479 scenes/ch10_tiny.py", "even sizes"),
    Kind("another renderer under plain manim", "manim -ql --renderer=opengl scenes/ch10_tiny.py", "Cairo"),
    Kind("a missing story under plain manim", "manim -ql --dry_run scenes/ch10_tiny.py", "has no story()", scene("def story", "def other")),
)

FILES = (
    Kind("no weights", "course precompute ch10 --seed 3", "weights are missing", remove(SHIPPED)),
    Kind("half the weights", "course precompute ch10 --seed 3", "git checkout", cut(f"{SHIPPED}/unet/*.safetensors")),
    Kind("a pointer for the weights", "course precompute ch10 --seed 3", "git checkout", overwrite(f"{SHIPPED}/**/*.safetensors", "version https://git-lfs.github.com/spec/v1\n")),
    Kind("an index that is no JSON", "course precompute ch10 --seed 3", "git checkout", write(f"{SHIPPED}/model_index.json", "{")),
    Kind("no text encoder", "course precompute ch10 --seed 3", "git checkout", remove(f"{SHIPPED}/text_encoder")),
    Kind("no autoencoder to train with", "course train --model latent --steps 1", "Train it first", remove("assets/models/vae")),
    Kind("no judge to judge with", "course evaluate --quick", "course train --model judge", remove("assets/models/judge")),
    Kind("a training of another kind", "course train --steps 1", "--fresh", write("media/training/pixel/state.pt", "none")),
    Kind("no sheet of drawings", "course plan ch10 --model forward:prompt", "git checkout", remove(SHEET)),
    Kind("half the sheet of drawings", "course precompute ch10 --model forward:prompt", "git checkout", cut(SHEET)),
    Kind("no fonts", "course lint ch10", "fonts", remove("assets/fonts")),
    Kind("a font that is none", "course lint ch10", "font", overwrite("assets/fonts/*.otf", "no font")),
    Kind("a doctor without weights", "course doctor", "missing: models", remove(SHIPPED)),
    Kind("a doctor without fonts", "course doctor", "missing: fonts", remove("assets/fonts")),
    Kind("a file for the media folder", "course precompute ch10", "COURSE_MEDIA", environment={"COURSE_MEDIA": "{root}/course.toml"}),
    Kind("media below a file", "course render ch10 --draft", "COURSE_MEDIA", environment={"COURSE_MEDIA": "{root}/course.toml/media"}),
    Kind("media where nothing can be", "course plan ch10", "COURSE_MEDIA", environment={"COURSE_MEDIA": "/proc/media"}),
    Kind("a media folder that is read only", "course precompute ch10 --seed 3", "COURSE_MEDIA", read_only("media")),
    Kind("a media folder that is read only, rendered", "course render ch10 --draft", "COURSE_MEDIA", read_only("media")),
    Kind("a media folder that is read only, spoken", "course voice say 'A fish.'", "COURSE_MEDIA", read_only("media")),
    Kind("a media folder that is read only, for a doctor", "course doctor", "missing: media", read_only("media")),
    Kind("a checkout that is read only", "course claims --write", "docs", both(remove("scenes/ch[1-9]_*.py"), read_only("docs"))),
    Kind("takes that are read only", "course voice script ch10", "assets/voice", read_only("assets")),
    Kind("weights that are read only", "course train --steps 1", "Cannot write", read_only("assets/models")),
    Kind("plain manim into what is read only", "manim -ql scenes/ch10_tiny.py", "--media_dir", read_only("media")),
    Kind("a file for the captures", "course precompute ch10 --seed 3", "Cannot keep captures", write("media/captures", "")),
    Kind("a file for the voice", "course voice say 'A fish.'", "Cannot write in", write("media/voice", "")),
    Kind("a file for the films", "course render ch10 --draft", "Cannot write in", write("media/videos", "")),
    Kind("a damaged capture that cannot be replaced", "course precompute ch10", "is damaged", both(cut("media/captures/*.safetensors"), read_only("media/captures"))),
    Kind("a damaged list of what was rendered", "course episode ch10", "Render the chapter again", rendered("{")),
    Kind("a list of what was rendered that is none", "course episode ch10", "Render the chapter again", rendered("[]")),
)

PUBLISHING = (
    Kind("half a film", "course publish --check", "episode.mp4", both(episode, cut(f"{EPISODE}/episode.mp4"))),
    Kind("a text for a film", "course publish --check", "ch10_tiny", both(episode, write(f"{EPISODE}/episode.mp4", "no film"))),
    Kind("no description", "course publish --check", "description.txt", both(episode, remove(f"{EPISODE}/description.txt"))),
    Kind("captions that are no text", "course publish --check", "captions", both(episode, write(f"{EPISODE}/captions.srt", b"\xff\xfe\x00"))),
    Kind("captions without times", "course publish --check", "captions", both(episode, write(f"{EPISODE}/captions.srt", "hello"))),
    Kind("a thumbnail that is no picture", "course publish --check", "thumbnail", both(episode, write(f"{EPISODE}/thumbnail.png", "none"))),
    Kind("a build that is no JSON", "course publish --check", "is not valid JSON", both(episode, write(f"{EPISODE}/build.json", "{"))),
    Kind("a build that is a list", "course publish --check", "does not hold an object", both(episode, write(f"{EPISODE}/build.json", "[]"))),
    Kind("a build whose files are a list", "course publish --check", "build.json", both(episode, write(f"{EPISODE}/build.json", '{"title": "T", "files": ["a"]}'))),
    Kind("a build without a title", "course publish --check", 'names no "title"', both(episode, write(f"{EPISODE}/build.json", "{}"))),
    Kind("a film that changed since it was built", "course publish --check", "out of date", both(episode, swap(f"{EPISODE}/description.txt", "Story", "Tale"))),
    Kind("a damaged list of what is published", "course publish ch10", "is damaged", both(episode, write("media/published.json", "{"))),
    Kind("a list of what is published that is none", "course publish ch10", "is damaged", both(episode, write("media/published.json", "[]"))),
    Kind("no access to YouTube", "course publish ch10 --yes", "no access to YouTube yet", episode),
    Kind("access in the checkout", "course publish ch10 --yes", "inside the checkout", episode, environment={"XDG_CONFIG_HOME": "{root}/config"}),
    Kind("access that is no JSON", "course publish ch10 --yes", "is not the JSON file", both(episode, secrets("{"))),
    Kind("access for another kind of app", "course publish ch10 --yes", "not for a desktop app", both(episode, secrets('{"web": {}}'))),
)
# fmt: on

KINDS = SLIPS + CASTS + SETTINGS + VOICES + SCENES + FILES + PUBLISHING
