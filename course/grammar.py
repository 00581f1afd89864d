"""What the shipped models can be asked for: the words, and how captions are made of them.

Not for drawing (see `data`) and free of torch, so that a prompt can be checked without loading a model.
"""

from dataclasses import dataclass, replace
from itertools import combinations

NOUNS = (
    *("butterfly", "snail", "cat", "fish", "apple", "tree", "sunflower", "mushroom"),
    *("bird", "frog", "star", "moon", "house", "boat", "heart", "ladybug"),
    *("balloon", "cactus", "crown", "umbrella", "car", "rocket", "strawberry", "turtle"),
)
SIZES = ("small", "big")
COLOURS = ("red", "yellow", "green", "blue", "purple")
BACKGROUNDS = ("white", "blue", "green", "yellow", "pink")
GLUE = ("a", "an", "and", "on", "background")

SKEWED_NOUN, SKEWED_COLOUR, SKEW = "balloon", "blue", 4
"""Drawn in one colour four times as often as in each other one, on purpose: chapter 6 counts it."""

UNSEEN_PAIR = frozenset(("butterfly", "snail"))
"""Never drawn or named together in training: chapter 7 needs the pair unseen."""


def vocabulary() -> tuple[str, ...]:
    """Every word the models know, in a fixed order, each once."""
    return tuple(dict.fromkeys((*GLUE, *SIZES, *COLOURS, *BACKGROUNDS, *NOUNS)))


def held_out_pairs() -> frozenset[frozenset[str]]:
    """About a tenth of all pairs of nouns, kept out of training; `UNSEEN_PAIR` is among them."""
    pairs = (frozenset(pair) for k, pair in enumerate(combinations(NOUNS, 2)) if k % 10 == 0)
    return frozenset((*pairs, UNSEEN_PAIR))


@dataclass(frozen=True)
class Thing:
    """One thing in a picture. A colour or size of None is not said: natural colours, middling size."""

    noun: str
    colour: str | None = None
    size: str | None = None

    def phrase(self) -> str:
        """'a small red butterfly', 'an apple'."""
        words = [word for word in (self.size, self.colour, self.noun) if word]
        return " ".join(("an" if words[0][0] in "aeiou" else "a", *words))


def caption(things: tuple[Thing, ...], background: str | None, background_first: bool = False) -> str:
    """'a X and a Y on a blue background', or with `background_first` 'a X on a blue background and a Y'."""
    phrases = [thing.phrase() for thing in things]
    if background is None:
        return " and ".join(phrases)
    where = f"on a {background} background"
    if background_first and len(phrases) > 1:
        return f"{phrases[0]} {where} and {' and '.join(phrases[1:])}"
    return f"{' and '.join(phrases)} {where}"


def parse(prompt: str) -> tuple[tuple[Thing, ...], str | None]:
    """The things and the background that a prompt names, its parts in any order; unknown words are skipped.

    'a red fish on a blue background and a snail' gives (fish in red, snail) and 'blue'.
    """
    words = prompt.lower().replace(",", " ").split()
    background = None
    if "background" in words:
        at = words.index("background")
        background = next((w for w in reversed(words[:at]) if w in BACKGROUNDS), None)
        start = max((k for k in range(at) if words[k] == "on"), default=at)
        words = [*words[:start], "and", *words[at + 1 :]]
    things: list[Thing] = []
    size = colour = None
    for word in words:
        if word in SIZES:
            size = word
        elif word in COLOURS:
            colour = word
        elif word in NOUNS:
            things.append(Thing(word, colour, size))
            size = colour = None
    return tuple(things), background


def growing(prompt: str, other: str) -> tuple[str, ...]:
    """The prompt's first thing, said with more and more words; what the prompt leaves out is made up.

    'a snail', 'a red snail', 'a big red snail', '… on a blue background', '… and a cat': the last noun is
    the first of `other` that differs.
    """
    things, background = parse(prompt)
    noun, colour, size = things[0].noun, things[0].colour, things[0].size
    colour = colour or next(c for c in COLOURS if c != background)
    background = background or next(b for b in BACKGROUNDS if b != colour)
    whole = Thing(noun, colour, size or SIZES[-1])
    second = next(n for n in (*(thing.noun for thing in parse(other)[0]), *NOUNS) if n != noun)
    return (
        caption((Thing(noun),), None),
        caption((Thing(noun, colour),), None),
        caption((whole,), None),
        caption((whole,), background),
        caption((whole, Thing(second)), background, background_first=True),
    )


def altered(prompt: str, other: str) -> dict[str, tuple[str, str, str]]:
    """The growing sentence up to its background, with one thing of it said otherwise.

    By what is exchanged ("background", "colour", "thing"): what it was, what it is now, and the prompt.
    """
    (thing,), background = parse(growing(prompt, other)[3])
    noun = next(one for one in (*nouns(other), *NOUNS) if one != thing.noun)
    colour = next(one for one in COLOURS if one not in (thing.colour, background))
    ground = next(one for one in BACKGROUNDS if one not in (thing.colour, background, colour))
    return {
        "background": (str(background), ground, caption((thing,), ground)),
        "colour": (str(thing.colour), colour, caption((replace(thing, colour=colour),), background)),
        "thing": (thing.noun, noun, caption((replace(thing, noun=noun),), background)),
    }


def plain(prompt: str, other: str) -> str:
    """The growing sentence up to its background, the thing in its own colours."""
    (thing,), background = parse(growing(prompt, other)[3])
    return caption((replace(thing, colour=None),), background)


def telling(prompt: str) -> tuple[str, ...]:
    """The words of a prompt that say something about the picture, in their order, each once."""
    known = (*NOUNS, *SIZES, *COLOURS, *BACKGROUNDS)
    return tuple(dict.fromkeys(word for word in prompt.lower().split() if word in known))


def bare(prompt: str) -> str:
    """The things that a prompt names, and nothing of what they look like: 'a fish and a star'.

    A prompt without a noun that is known stays as it is.
    """
    return caption(tuple(Thing(thing.noun) for thing in parse(prompt)[0]), None) or prompt


def fuller(prompt: str) -> str:
    """The prompt itself where it says more than which things; else two things big, or one on a background."""
    if len(telling(prompt)) > len(telling(bare(prompt))):
        return prompt
    things = tuple(replace(Thing(thing.noun), size=SIZES[-1]) for thing in parse(prompt)[0][:2])
    return caption(things, BACKGROUNDS[1] if len(things) == 1 else None)


def exchanged(prompt: str) -> tuple[str, ...]:
    """Every prompt that differs from this one in a single noun, size or colour.

    A thing's colour is exchanged for another colour of things, the background's for another background's.
    """
    words = prompt.lower().split()
    made = []
    for k, word in enumerate(words):
        ground = words[k + 1 : k + 2] == ["background"]
        kinds = (BACKGROUNDS,) if ground else (NOUNS, SIZES, COLOURS)
        for other in next((kind for kind in kinds if word in kind), ()):
            if other == word:
                continue
            changed = [*words[:k], other, *words[k + 1 :]]
            if k and words[k - 1] in ("a", "an"):
                changed[k - 1] = "an" if other[0] in "aeiou" else "a"
            made.append(" ".join(changed))
    return tuple(made)


def without(prompt: str, word: str) -> str:
    """The prompt with one word left out everywhere."""
    return " ".join(one for one in prompt.split() if one.lower() != word)


def reordered(prompt: str) -> tuple[str, str]:
    """The same words twice in another order: the second half (from 'on') first, and backwards."""
    words = prompt.split()
    at = words.index("on") if "on" in words[1:] else len(words) // 2
    return " ".join((*words[at:], *words[:at])), " ".join(words[::-1])


def nouns(*prompts: str) -> tuple[str, ...]:
    """The noun of the first thing that each prompt names."""
    return tuple(parse(prompt)[0][0].noun for prompt in prompts)


def named(prompt: str, other: str) -> tuple[str, str]:
    """'a butterfly', 'a snail': the first thing that each names; the whole prompt where it names none."""
    first = [(parse(one)[0] or (None,))[0] for one in (prompt, other)]
    a, b = (
        Thing(thing.noun).phrase() if thing else said
        for thing, said in zip(first, (prompt, other), strict=True)
    )
    return a, b


def pair(prompt: str, other: str) -> tuple[str, str]:
    """Two sentences of one thing each, of different nouns: the first thing of either prompt, as it is there.

    Where both name one noun, or one names none, another noun takes its place.
    """
    (mine, ground), (theirs, other_ground) = parse(prompt), parse(other)
    first = mine[0] if mine else Thing(NOUNS[0])
    look = theirs[0] if theirs else first
    noun = next(one for one in (*(thing.noun for thing in theirs), *NOUNS) if one != first.noun)
    second = next((thing for thing in theirs if thing.noun == noun), replace(look, noun=noun))
    return caption((first,), ground), caption((second,), other_ground)


def drawable(prompt: str, other: str) -> str:
    """The prompt, or the first of the `pair` where it names nothing that can be drawn."""
    return prompt if parse(prompt)[0] else pair(prompt, other)[0]


def called(prompt: str, other: str) -> tuple[str, str]:
    """'butterfly', 'car and tree': the nouns that each has drawn; by number where those are the same."""
    one, two = (" and ".join(thing.noun for thing in parse(said)[0][:2]) for said in (prompt, other))
    return (one, two) if one != two else ("first drawing", "second drawing")


def relatives(prompt: str, other: str, count: int) -> tuple[str, ...]:
    """`count` different prompts: the two, then one thing each that they do not name.

    'a red cat on a white background', 'a yellow fish on a blue background' and so on: what a chapter shows
    where its point is a general one.
    """
    asked = f"{prompt} {other}".lower().split()
    made = dict.fromkeys((prompt, other))
    for k, noun in enumerate(noun for noun in NOUNS if noun not in asked):
        colour = COLOURS[k % len(COLOURS)]
        grounds = [one for one in BACKGROUNDS if one != colour]
        made[caption((Thing(noun, colour),), grounds[k % len(grounds)])] = None
    if count > len(made):
        raise ValueError(f"only {len(made)} prompts can be made of these two, not {count}")
    return tuple(made)[:count]
