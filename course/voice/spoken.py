"""From what is written to what is said: symbols become words, hard names a spelling that a small voice can read.

Not for captions, which keep the written form, and not for making sound.
"""

import re
import unicodedata

from course.errors import UsageError

# What everyone says for a sign of mathematics. Longer keys first where one begins with another.
SYMBOLS = {
    **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta"},
    **{"η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi"},
    **{"π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi"},
    **{"ω": "omega", "Δ": "delta", "Σ": "sum", "Ω": "omega", "Θ": "theta", "Φ": "phi", "∇": "gradient"},
    **{"√": "root", "∑": "sum", "∏": "product", "∫": "integral", "∂": "partial", "∞": "infinity", "‖": ""},
    **{"×": "by", "·": "times", "±": "plus or minus", "−": "minus", "=": "equals", "≈": "is about"},
    **{"≤": "at most", "≥": "at least", "≠": "is not", "∼": "follows", "~": "about", "∝": "goes with"},
    **{"→": "to", "∈": "in", "<": "less than", ">": "greater than", "+": "plus", "%": "percent"},
    **{"°": "degrees", "&": "and", "/": "over", "²": "squared", "³": "cubed", "^": "to the", "|": "given"},
    **{"_": " ", "*": "times", "@": "at", "€": "euros", "$": "dollars", "#": "number"},
}
ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}

# How a small voice has to be told to say a name; keys are lower-case words without their punctuation.
RESPELLED = {
    "ddim": "D D I M",
    "ddpm": "D D P M",
    "snr": "S N R",
    "cfg": "C F G",
    "vae": "V ay E",
    "pca": "P C ay",
    "ode": "O D E",
    "sde": "S D E",
    "elbo": "el bow",
    "clip": "clip",
    "kl": "K L",
    "gpu": "G P U",
    "cpu": "C P U",
    "rgb": "R G B",
    "unet": "you net",
    "u-net": "you net",
    "mse": "M S E",
    "gif": "jif",
    "denoise": "dee noise",
    "denoises": "dee noises",
    "denoised": "dee noised",
    "denoiser": "dee noyzer",
    "denoisers": "dee noyzers",
    "denoising": "dee noyzing",
    "theta": "thayta",
    "eta": "ayta",
    "beta": "bayta",
    "scheduler": "skejooler",
    "timestep": "time step",
    "timesteps": "time steps",
    "encoder": "en coder",
    "softmax": "soft max",
    "youtube": "you tube",
    "l2": "L two",
}

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|\{\\[^{}]*\}")  # of web pages, and what players take for styling
_UNSAYABLE = re.compile(r"[^A-Za-z0-9'.,?!;: -]")


def clean(text: str) -> str:
    """The text as it is captioned: one line, without markup tags, control or invisible characters.

    Raises `UsageError` where nothing is left.
    """
    text = _TAG.sub("", unicodedata.normalize("NFC", text))
    kept = (" " if char.isspace() else char for char in text if char.isspace() or not _invisible(char))
    line = " ".join("".join(kept).split())
    if not line:
        raise UsageError("A line of narration is empty. Write what is to be said, or leave the line out.")
    return line


def _invisible(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} or "\ufe00" <= char <= "\ufe0f"


def spoken_words(text: str, respell: bool = True) -> list[str]:
    """What is said for each word of `clean(text).split()`: the same length, "" for words without a sound.

    Only ASCII letters, digits, blanks and `'.,?!;:-` come out, so the result is inert in any command or program.
    `respell` adds the spellings that small voices need; a large voice does better without.
    """
    words = clean(text).split()
    said = [_say(word, respell) for word in words]
    for place, (word, form) in enumerate(zip(words, said, strict=True)):
        # A dash between blanks is a pause: the comma goes to the word before it.
        if not form and word in {"—", "–", "-", "…"} and place and said[place - 1][-1:].isalnum():
            said[place - 1] += ","
    return said


def _say(word: str, respell: bool) -> str:
    head, core, tail = _parts(word)
    core = core.replace("’", "'").replace("—", ", ").replace("–", "-")
    possessive = "'s" if core.endswith("'s") else ""
    bare = core[: len(core) - len(possessive)]
    if respell and bare.lower() in RESPELLED:
        core = RESPELLED[bare.lower()] + possessive
    else:
        core = _symbols(head + core)
        if respell:
            core = " ".join(RESPELLED.get(part.lower(), part) for part in core.split())
    core = " ".join(_UNSAYABLE.sub("", core).split()).strip("-'., ")
    core = re.sub(r"(?<![A-Za-z])'|'(?![A-Za-z])", "", core)
    if not re.search(r"[A-Za-z0-9]", core):
        return ""
    mark = next((char for char in tail if char in ".,?!;:"), "," if "…" in tail or "—" in tail else "")
    return core + mark


def _parts(word: str) -> tuple[str, str, str]:
    """Signs that open, the word itself, and the punctuation that closes it."""
    core = word.lstrip("\"'“‘([{«")
    bare = core.rstrip("\"'”’)]}».,?!;:…—")
    return "", bare, core[len(bare) :]


def _symbols(text: str) -> str:
    out: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        if char in ACCENTS and _lone_letter(out):
            out.append(f" {ACCENTS[char]} ")
        elif char in SYMBOLS:
            out.append(f" {SYMBOLS[char]} ")
        elif unicodedata.category(char) == "Mn":
            continue
        else:
            plain = unicodedata.normalize("NFKD", char)
            out.append(f" {plain} " if plain != char else char)
    text = "".join(out)
    return re.sub(r"(?<=\d)-(?=\d)", " to ", re.sub(r"(?<![A-Za-z0-9])-(?=\d)", "minus ", text))


def _lone_letter(out: list[str]) -> bool:
    """Whether the last thing said is one letter by itself, so that an accent on it is a hat and no spelling."""
    if not out or not out[-1].strip() or (len(out[-1].strip()) == 1 and not out[-1].strip().isalpha()):
        return False
    return len(out) == 1 or not (len(out[-2]) == 1 and out[-2].isalpha())


def syllables(spoken: str) -> int:
    """Roughly how many syllables a spoken form has: groups of vowels, at least one a word."""
    total = 0
    for word in re.findall(r"[A-Za-z']+|\d", spoken):
        total += max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e"))))
    return max(1, total) if spoken else 0
