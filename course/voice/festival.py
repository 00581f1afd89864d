"""The Festival voice CMU US SLT (HTS), from the system's packages: clear, free, and it times its words.

Not for other voices of Festival, and never run at import.
"""

import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from course.errors import CourseError
from course.voice import sound
from course.voice.spoken import RESPELLED, sentences, spoken_words
from course.voice.timing import BREATH, Span, levels, measured

NAME = "festival"
VOICE = "cmu_us_slt_arctic_hts"
RATE = 0.95  # of the voice's own speed, which is 157 words a minute
FASTEST = 177.0  # words a minute, with the breath after the line: what is denser is said slower
PAUSE = 0.42  # seconds of silence between two sentences
LEAD, TAIL = 0.04, 0.12  # seconds kept before the first sound of a sentence and after its last

# A statistical voice is dull: less rumble and boxiness, more of what carries consonants, peaks held a little.
POLISH = (
    "highpass=f=80,equalizer=f=350:t=q:w=1:g=-2,equalizer=f=3200:t=q:w=0.9:g=4,treble=f=7500:g=4,"
    "acompressor=threshold=0.1:ratio=2.5:attack=8:release=120:makeup=1.5"
)

# Now and then this voice says a "d" as a train of clicks, five times as loud as all the rest. What lies above
# SHARP hertz is held at HELD times the level of the loud parts, which the other lines just reach.
SHARP, HELD = 2000.0, 2.0

_SCRIPT = """
(voice_{voice})
(set! hts_engine_params (append hts_engine_params (list (list "-r" {rate}))))
(define (n2p_token number token)
  (if token
      (let ((from -1) (to -1))
        (mapcar
          (lambda (word)
            (let ((end (item.feat word "R:SylStructure.daughtern.daughtern.R:Segment.end")))
              (if (> end 0)
                  (begin
                    (if (< from 0)
                        (set! from
                          (item.feat word "R:SylStructure.daughter1.daughter1.R:Segment.segment_start")))
                    (set! to end)))))
          (item.daughters token))
        (format t "token %d %f %f\\n" number from to)
        (n2p_token number (item.next token)))))
(define (n2p_say number text)
  (let ((utt (utt.synth (eval (list 'Utterance 'Text text)))))
    (utt.save.wave utt (format nil "%d.wav" number))
    (n2p_token number (utt.relation.first utt 'Token))))
"""


@cache
def _installed() -> bool:
    """Whether the program and the voice are there; looks for files, runs nothing."""
    program = shutil.which("festival")
    if program is None:
        return False
    roots = {Path("/usr/share/festival"), Path(program).resolve().parents[1] / "share" / "festival"}
    return any((root / "voices" / "us" / VOICE).is_dir() for root in roots)


def identity(text: str) -> str | None:
    """What a spoken line depends on besides its text; None where this voice is not installed."""
    if not _installed():
        return None
    settings = f"rate {RATE} {FASTEST} {BREATH} pause {PAUSE} {LEAD} {TAIL} {SHARP} {HELD} {POLISH} {_SCRIPT}"
    return f"{VOICE} {settings} {' '.join(spoken_words(text, RESPELLED))}"


def say(text: str) -> tuple[sound.Samples, list[Span]]:
    """Speak a line: samples (N,) at 48 kHz and each written word's span. Raises `CourseError` on failure."""
    said = spoken_words(text, RESPELLED)
    joined, spans = _said(said, RATE)
    # The pauses between its sentences stay as they are, so the sentences have to make up for it alone.
    pauses = PAUSE * (len(sentences(said)) - 1)
    speech = spans[-1][1] - spans[0][0] - pauses
    wanted = 60 * len(" ".join(said).split()) / FASTEST - BREATH - pauses
    if speech < wanted:
        joined, spans = _said(said, RATE * speech / wanted)
    polished = np.concatenate(list(sound.filtered([joined], POLISH)))[:, 0]
    return _without_pops(polished), spans


def _said(said: list[str], rate: float) -> tuple[sound.Samples, list[Span]]:
    """The voice as it is, at `rate` times its own speed: samples (N,), and each written word's span."""
    groups = sentences(said)
    with tempfile.TemporaryDirectory(prefix="course-festival-") as folder:
        tokens = _run(folder, [" ".join(said[i] for i in places if said[i]) for places in groups], rate)
        pieces: list[sound.Samples] = []
        spans: list[Span] = [(-1.0, -1.0)] * len(said)
        now = 0.0
        for number, places in enumerate(groups):
            samples = sound.read(Path(folder) / f"{number}.wav")
            times = _word_times([said[i] for i in places], tokens.get(number, []), samples)
            heard = [span for span, i in zip(times, places, strict=True) if said[i]]
            first, last = max(0.0, heard[0][0] - LEAD), heard[-1][1] + TAIL
            piece = samples[round(first * sound.RATE) : round(last * sound.RATE)]
            for place, (start, end) in zip(places, times, strict=True):
                spans[place] = (now + start - first, now + end - first)
            pieces += [sound.faded(piece), np.zeros(round(PAUSE * sound.RATE), np.float32)]
            now += (len(piece) + len(pieces[-1])) / sound.RATE
    return np.concatenate(pieces[:-1]), spans


def _without_pops(samples: sound.Samples) -> sound.Samples:
    """The same samples (N,), clicks in the upper band turned down to the level of the other consonants."""
    spectrum, pitch = np.fft.rfft(samples), np.fft.rfftfreq(len(samples), 1 / sound.RATE)
    sharp = np.fft.irfft(spectrum * (pitch > SHARP), len(samples)).astype(np.float32)
    hop = round(0.005 * sound.RATE)
    peaks = np.abs(np.pad(sharp, (0, -len(sharp) % hop))).reshape(-1, hop).max(axis=1)
    around = np.max([np.append(peaks[1:], 0.0), peaks, np.insert(peaks[:-1], 0, 0.0)], axis=0)
    most = HELD * np.quantile(levels(samples), 0.95)
    gain = np.minimum(1.0, most / np.maximum(around, 1e-9))
    smooth = np.interp(np.arange(len(samples)), (np.arange(len(gain)) + 0.5) * hop, gain)
    return samples - sharp * (1.0 - smooth).astype(np.float32)


def _run(folder: str, sentences: list[str], rate: float) -> dict[int, list[Span]]:
    # Spoken words hold neither quotes nor backslashes (spoken.spoken_words), so a literal cannot be left.
    lines = [_SCRIPT.format(voice=VOICE, rate=round(rate, 4))]
    for number, sentence in enumerate(sentences):
        if not re.fullmatch(r"[A-Za-z0-9'.,?!;: -]+", sentence):
            raise ValueError(f"not a spoken form: {sentence!r}")
        lines.append(f'(n2p_say {number} "{sentence}")')
    script = Path(folder) / "say.scm"
    script.write_text("\n".join(lines) + "\n", encoding="ascii")
    try:
        done = subprocess.run(
            ["festival", "-b", str(script)],
            cwd=folder,
            capture_output=True,
            timeout=180,
            check=False,
            text=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CourseError(f"Festival did not speak ({error}). Try again, or use --voice espeak.") from None
    if done.returncode or not all(
        (Path(folder) / f"{number}.wav").exists() for number in range(len(sentences))
    ):
        hint = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CourseError(
            f"Festival did not speak ({hint}). Install festvox-us-slt-hts, or use --voice espeak."
        )
    tokens: dict[int, list[Span]] = {}
    for number, start, end in re.findall(r"^token (\d+) (\S+) (\S+)$", done.stdout, re.MULTILINE):
        tokens.setdefault(int(number), []).append((float(start), float(end)))
    return tokens


def _word_times(words: list[str], tokens: list[Span], samples: sound.Samples) -> list[Span]:
    """Tokens are what blanks separate, so a word of several spoken ones takes several tokens."""
    counts = [len(word.split()) for word in words]
    if sum(counts) != len(tokens) or any(end <= start for start, end in tokens):
        return measured(words, samples)
    spans: list[Span] = []
    at, now = 0, tokens[0][0]
    for count in counts:
        start, end = (tokens[at][0], tokens[at + count - 1][1]) if count else (now, now)
        spans.append((start, end))
        at, now = at + count, end
    return spans
