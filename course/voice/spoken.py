"""From what is written to what is said: symbols become words, hard names are spelled as small voices need.

Not for captions, which keep the written form, and not for making sound.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from course.errors import UsageError

# What everyone says for a sign of mathematics.
_SIGNS = """
α alpha, β beta, γ gamma, δ delta, ε epsilon, ϵ epsilon, ζ zeta, η eta, θ theta, κ kappa, λ lambda, μ mu, µ
mu, ν nu, ξ xi, π pi, ρ rho, σ sigma, τ tau, φ phi, ϕ phi, χ chi, ψ psi, ω omega, Δ delta, Θ theta, Φ phi, Ω
omega, Γ gamma, Λ lambda, Ξ xi, Π product, Ψ psi, ι iota, υ upsilon, ς sigma, Σ sum, ∑ sum, ∏ product, ∫
integral, ∂ partial, ∇ gradient, √ root, ∞ infinity, × by, · times, * times, / over, ⁄ over, ÷ over, + plus,
− minus, ± plus or minus, ′ prime, ½ one half, ⅓ one third, ¼ one quarter, ¾ three quarters, = equals, ≈ is
about, ~ about, ∼ follows, ∝ goes with, ≠ is not, ≤ at most, ≥ at least, < less than, > greater than, → to,
∈ in, | given, ^ to the, ² squared, ³ cubed, ° degrees, % percent, & and, @ at, # number, $ dollars, €
euros, _, `, (, ), [, ], {, }
"""
SYMBOLS = {
    sign[0]: sign[1:].strip() for sign in _SIGNS.replace("\n", " ").replace(", ", ",").strip().split(",")
}
ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ", "0123456789+−ni")
SILENT = "…•¡¿·"  # besides ASCII's: punctuation that nobody says
LONGEST_WORD, LONGEST_NUMBER = 24, 15  # letters, digits

# Words by which a line in another language is known; none is also an English one.
LANGUAGES = {
    "German": "das und ist nicht ein eine mit auf für wie wir zu den dem wo aus ich",
    "French": "le la les est une dans que qui pour pas avec nous vous où et du",
    "Spanish": "el los las una que es en para por como y está del qué dónde",
    "Italian": "il di che è una con sono della dove gli nel",
    "Portuguese": "uma que não é com para em da onde do são",
    "Dutch": "het een van niet zijn met voor en waar wij dat",
}
ENGLISH = {
    *("the", "a", "of", "is", "and", "to", "in", "it", "that", "you", "this", "what", "where", "are", "we"),
    *("not", "an", "for", "with", "at"),
}

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
_MARKUP = re.compile(r"\*\*|\\[A-Za-z]{2,}|\$[^$ ][^$]*\$")  # of Markdown and LaTeX
_LATIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
_UNSAYABLE = re.compile(r"[^A-Za-z0-9'.,?!;: -]")


@lru_cache(maxsize=2048)
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


def spoken_words(text: str, spellings: Mapping[str, str] | None = None) -> list[str]:
    """What is said for each word of `clean(text).split()`: the same length, "" for words without a sound.

    Signs become words. With `spellings` (of words that a voice says wrongly, which may be none) it is plain
    English: only ASCII letters, digits, blanks and `'.,?!;:-` come out, so the result is inert in any command
    or program. Without, words stay as they are written, in any language, for people and large voices. Emoji
    are not said. Raises `UsageError` for signs that have no words, markup, endless words or numbers, and
    with `spellings` for other languages.
    """
    written = clean(text)
    if markup := _MARKUP.search(written):
        raise UsageError(
            f'"{markup[0]}" in the line "{_short(written)}" is markup. Write plain words and signs.'
        )
    words = written.split()
    if spellings is not None:
        _refuse_foreign(written, words)
    said = [_say(word, spellings) if spellings else _alone(word, spellings is None) for word in words]
    for place, (word, form) in enumerate(zip(words, said, strict=True)):
        # A dash between blanks is a pause: the comma goes to the word before it.
        if not form and word in {"—", "–", "-", "…"} and place and said[place - 1][-1:].isalnum():
            said[place - 1] += "..." if word == "…" else ","
    return said


def _refuse_foreign(written: str, words: list[str]) -> None:
    strange = next((char for char in written if _is_foreign(char)), None)
    bare = {word.lower().strip(".,?!;:\"'") for word in words}
    english = sum(word in ENGLISH for word in bare)
    hits = {name: sum(word in own.split() for word in bare) for name, own in LANGUAGES.items()}
    language = max(hits, key=lambda name: hits[name])
    if strange:
        language = f"in {unicodedata.name(strange, 'UNKNOWN').split()[0].capitalize()} letters"
    elif hits[language] < max(2, english + 1, 0.25 * len(bare)):
        return
    raise UsageError(
        f'This voice speaks English; the line "{_short(written)}" is {language}. Read it yourself '
        "(course voice script), or name a speech endpoint that speaks it (docs/voice.md)."
    )


@lru_cache(maxsize=1024)
def _is_foreign(char: str) -> bool:
    """Whether it is a letter that is neither Latin nor one of the Greek ones that stand for quantities."""
    plain = unicodedata.normalize("NFKD", char)[0]
    return (
        unicodedata.category(plain)[0] == "L"
        and not (plain in SYMBOLS or plain.isascii())
        and not (unicodedata.name(plain, "").startswith("LATIN"))
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


@lru_cache(maxsize=8192)
def _alone(word: str, is_written: bool) -> str:
    """A word without spellings of its own; the lines of a course repeat their words."""
    return _say(word, None if is_written else {})


def _say(word: str, spellings: Mapping[str, str] | None) -> str:
    core, tail = _parts(word)
    if spellings is None and any(map(_is_foreign, core)):
        return word
    core = core.replace("’", "'").replace("—", ", ").replace("–", "-")
    possessive = "'s" if core.endswith("'s") else ""
    bare = core[: len(core) - len(possessive)]
    if spellings and bare.lower() in spellings:
        core = spellings[bare.lower()] + possessive
    else:
        core = _symbols(core, spellings is None)
        if spellings:
            core = " ".join(spellings.get(part.lower(), part) for part in core.split())
    if spellings is not None:
        core = core.translate(_LATIN)
        if strange := re.search(r"[^\W\d_a-zA-Z]", core):
            raise _without_words(strange[0])
        core = _UNSAYABLE.sub("", core)
    core = " ".join(core.split()).strip("-'.,;:?! ")
    core = re.sub(r"(?<!\w)'|'(?!\w)", "", core)
    if not re.search(r"\w", core):
        return ""
    if endless := re.search(rf"[A-Za-z]{{{LONGEST_WORD + 1},}}", core):
        raise UsageError(
            f'"{_short(word)}" has {len(endless[0])} letters in a row; no voice says that. Use hyphens.'
        )
    if "…" in tail or "..." in tail:
        return f"{core}..."
    mark = next((char for char in tail if char in ".,?!;:"), "," if "—" in tail else "")
    return core + mark


def _parts(word: str) -> tuple[str, str]:
    """The word itself, without signs that open it, and the punctuation that closes it."""
    bare = word.lstrip("\"'“‘([{«").rstrip("\"'”’)]}».,?!;:…—")
    return bare, word[word.index(bare) + len(bare) :]


@lru_cache(maxsize=4096)
def _symbols(text: str, accents: bool) -> str:
    """Signs as words; with `accents`, letters keep theirs where they are spelling."""
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ]+", _power, unicodedata.normalize("NFC", text))
    out: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        kind = unicodedata.category(char)
        plain = unicodedata.normalize("NFKD", char)
        if char in ACCENTS and _lone_letter(out):
            out.append(f" {ACCENTS[char]} ")
        elif char in SYMBOLS:
            out.append(f" {SYMBOLS[char]} ")
        elif kind in ("Mn", "Me"):
            out.append(char if accents and kind == "Mn" else "")
        elif plain != char:
            out.append(f" {''.join(f' {SYMBOLS[part]} ' if part in SYMBOLS else part for part in plain)} ")
        elif char.isascii() or kind[0] not in "SP" or char in SILENT or (kind[0] == "P" and kind != "Po"):
            out.append(char)
        elif not _is_emoji(char):
            raise _without_words(char)
    text = unicodedata.normalize("NFC", "".join(out))
    if endless := re.search(rf"\d{{{LONGEST_NUMBER + 1},}}", text.replace(",", "")):
        raise UsageError(
            f"The number {_short(endless[0])} has {len(endless[0])} digits; nobody can follow that. "
            "Write it in words, or as a power of ten."
        )
    # Without its comma a number of four digits is read as a year; those that are years stay.
    text = re.sub(r"(?<![\d.,A-Za-z])(?!(?:19|20)\d\d(?!\d))\d{4,}(?![\dA-Za-z]|,\d)", _grouped, text)
    return re.sub(r"(?<=\d)-(?=\d)", " to ", re.sub(r"(?<![A-Za-z0-9])-(?=\d)", "minus ", text))


def _without_words(char: str) -> UsageError:
    name = unicodedata.name(char, "unnamed").lower()
    return UsageError(
        f'The sign "{char}" ({name}) has no words. Write it out, or give it some in _SIGNS '
        "(course/voice/spoken.py)."
    )


def _power(found: re.Match[str]) -> str:
    return found[0] if found[0] in "²³" else f" to the {found[0].translate(SUPERSCRIPTS)} "


def _grouped(found: re.Match[str]) -> str:
    return f"{int(found[0]):,}"


def _is_emoji(char: str) -> bool:
    return unicodedata.category(char)[0] == "S" and ("\u2300" <= char <= "\u2bff" or char >= "\U0001f000")


def _lone_letter(said: list[str]) -> bool:
    """Whether the last sign was a letter by itself: an accent on it is a hat and no spelling."""
    if not said or not said[-1].strip().isalpha():
        return False
    return len(said[-1]) > 1 or len(said) == 1 or not said[-2].isalpha()


def sentences(said: list[str]) -> list[list[int]]:
    """Places of words, a list for each sentence that says anything; silent words go with neighbours."""
    groups: list[list[int]] = [[]]
    for place, word in enumerate(said):
        groups[-1].append(place)
        if word[-1:] in {".", "?", "!"} and place + 1 < len(said):
            groups.append([])
    merged: list[list[int]] = []
    for group in groups:
        if merged and (not any(said[i] for i in group) or not any(said[i] for i in merged[-1])):
            merged[-1] += group
        else:
            merged.append(group)
    return merged


def syllables(spoken: str) -> int:
    """Roughly how many syllables a spoken form has: groups of vowels, at least one a word."""
    total = 0
    for word in re.findall(r"[^\W\d_']+|\d", spoken.replace("'", "")):
        total += max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e"))))
    return max(1, total) if spoken else 0
