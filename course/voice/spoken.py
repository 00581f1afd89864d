"""From what is written to what is said: symbols become words, hard names are spelled as small voices need.

Not for captions, which keep the written form, and not for making sound.
"""

import re
import unicodedata

from course.errors import UsageError

# What everyone says for a sign of mathematics.
_SIGNS = """
α alpha, β beta, γ gamma, δ delta, ε epsilon, ϵ epsilon, ζ zeta, η eta, θ theta, κ kappa, λ lambda, μ mu, µ
mu, ν nu, ξ xi, π pi, ρ rho, σ sigma, τ tau, φ phi, ϕ phi, χ chi, ψ psi, ω omega, Δ delta, Θ theta, Φ phi, Ω
omega, Σ sum, ∑ sum, ∏ product, ∫ integral, ∂ partial, ∇ gradient, √ root, ∞ infinity, × by, · times, * times,
/ over, + plus, − minus, ± plus or minus, = equals, ≈ is about, ~ about, ∼ follows, ∝ goes with, ≠ is not, ≤
at most, ≥ at least, < less than, > greater than, → to, ∈ in, | given, ^ to the, ² squared, ³ cubed, °
degrees, % percent, & and, @ at, # number, $ dollars, € euros, _, (, ), [, ], {, }
"""
SYMBOLS = {
    sign[0]: sign[1:].strip() for sign in _SIGNS.replace("\n", " ").replace(", ", ",").strip().split(",")
}
ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}

# How a small voice has to be told to say a name; keys are lower-case words without their punctuation. A
# spelling is here because Festival gets the name wrong without it (`lex.lookup` tells); a test compares
# what comes out with a dictionary.
RESPELLED = {
    "ddim": "D D I M",
    "ddpm": "D D P M",
    "snr": "S N R",
    "cfg": "C F G",
    "vae": "V ay E",
    "pca": "P C ay",
    "ode": "O D E",
    "sde": "S D E",
    "elbo": "el bo",
    "kl": "K L",
    "clip": "clip",
    "gpu": "G P U",
    "cpu": "C P U",
    "rgb": "R G B",
    "mse": "M S E",
    "fid": "F I D",
    "iid": "I I D",
    "gif": "jif",
    "l2": "L two",
    "unet": "you net",
    "u-net": "you net",
    "denoise": "dee noise",
    "denoises": "dee noises",
    "denoised": "dee noyzd",
    "denoiser": "dee noyzer",
    "denoisers": "dee noyzers",
    "denoising": "dee noyzing",
    "noised": "noyzd",
    "renoise": "ree noise",
    "theta": "thayta",
    "eta": "ayta",
    "beta": "bayta",
    "xi": "zye",
    "mu": "mew",
    "tau": "tao",
    "cosine": "cosign",
    "cosines": "cosigns",
    "pixel": "picksel",
    "faders": "fayders",
    "rewind": "rewined",
    "scheduler": "schedule er",
    "timestep": "time step",
    "timesteps": "time steps",
    "encoder": "en coder",
    "encoders": "en coders",
    "autoencoder": "auto en coder",
    "autoencoders": "auto en coders",
    "decodes": "dee codes",
    "softmax": "soft max",
    "stochastic": "stokastic",
    "pythagoras": "pithaggerus",
    "fourier": "fooriay",
    "eigenvalue": "eyeghen value",
    "eigenvalues": "eyeghen values",
    "eigenvector": "eyeghen vector",
    "eigenvectors": "eyeghen vectors",
    "interpolated": "inter polated",
    "resample": "ree sample",
    "resampled": "ree sampled",
    "rescale": "ree scale",
    "rescaled": "ree scaled",
    "recompute": "ree compute",
    "recomputed": "ree computed",
    "inpainting": "in painting",
    "outlier": "out liar",
    "metre": "meter",
    "metres": "meters",
    "analyse": "analyze",
    "optimiser": "optimizer",
    "numpy": "num pie",
    "pytorch": "pie torch",
    "youtube": "you tube",
}

# What is markup of web pages or captions, and not a comparison: a tag of a known name, with nothing in it but
# attributes that are set; one of a single letter only where it is closed. What players take for styling, too.
_SET = r"""(?:\.[\w.-]+)?(?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s<>"']+))*\s*/?>"""
_TAG = re.compile(
    rf"<(?P<name>[a-z]){_SET}(?=.*</(?P=name)\s*>)|<(?:font|span|em|strong|br|sub|sup|small|big|code|ruby|rt|div)"
    rf"{_SET}|</(?:[a-z]|font|span|em|strong|sub|sup|small|big|code|ruby|rt|div|lang)\s*>|\{{\\[^{{}}]*\}}",
    re.IGNORECASE | re.DOTALL,
)
_OPENS = re.compile(r"<(?=[A-Za-z/!?\d])")  # what a player could take for the beginning of a tag
_UNSAYABLE = re.compile(r"[^A-Za-z0-9'.,?!;: -]")


def clean(text: str) -> str:
    """The text as it is captioned: one line, without markup tags, control or invisible characters.

    Raises `UsageError` where nothing is left.
    """
    text = _OPENS.sub(" < ", _TAG.sub("", unicodedata.normalize("NFC", text)))
    kept = (" " if char.isspace() else char for char in text if char.isspace() or not _invisible(char))
    line = " ".join("".join(kept).split())
    if not line:
        raise UsageError("A line of narration is empty. Write what is to be said, or leave the line out.")
    return line


def _invisible(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} or "\ufe00" <= char <= "\ufe0f"


def spoken_words(text: str, respell: bool = True) -> list[str]:
    """What is said for each word of `clean(text).split()`: the same length, "" for words without a sound.

    Only ASCII letters, digits, blanks and `'.,?!;:-` come out, so the result is inert in any command or
    program. `respell` adds the spellings that small voices need; a large voice does better without.
    """
    words = clean(text).split()
    said = [_say(word, respell) for word in words]
    for place, (word, form) in enumerate(zip(words, said, strict=True)):
        # A dash between blanks is a pause: the comma goes to the word before it.
        if not form and word in {"—", "–", "-", "…"} and place and said[place - 1][-1:].isalnum():
            said[place - 1] += ","
    return said


def _say(word: str, respell: bool) -> str:
    core, tail = _parts(word)
    core = core.replace("’", "'").replace("—", ", ").replace("–", "-")
    possessive = "'s" if core.endswith("'s") else ""
    bare = core[: len(core) - len(possessive)]
    if respell and bare.lower() in RESPELLED:
        core = RESPELLED[bare.lower()] + possessive
    else:
        core = _symbols(core)
        if respell:
            core = " ".join(RESPELLED.get(part.lower(), part) for part in core.split())
    core = " ".join(_UNSAYABLE.sub("", core).split()).strip("-'.,;:?! ")
    core = re.sub(r"(?<![A-Za-z])'|'(?![A-Za-z])", "", core)
    if not re.search(r"[A-Za-z0-9]", core):
        return ""
    mark = next((char for char in tail if char in ".,?!;:"), "," if "…" in tail or "—" in tail else "")
    return core + mark


def _parts(word: str) -> tuple[str, str]:
    """The word itself, without signs that open it, and the punctuation that closes it."""
    bare = word.lstrip("\"'“‘([{«").rstrip("\"'”’)]}».,?!;:…—")
    return bare, word[word.index(bare) + len(bare) :]


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


def _lone_letter(said: list[str]) -> bool:
    """Whether the last sign was a letter by itself: an accent on it is a hat and no spelling."""
    if not said or not said[-1].strip().isalpha():
        return False
    return len(said[-1]) > 1 or len(said) == 1 or not said[-2].isalpha()


def syllables(spoken: str) -> int:
    """Roughly how many syllables a spoken form has: groups of vowels, at least one a word."""
    total = 0
    for word in re.findall(r"[A-Za-z']+|\d", spoken):
        total += max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e"))))
    return max(1, total) if spoken else 0
