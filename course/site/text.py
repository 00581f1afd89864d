"""A chapter as text: what its film says, in paragraphs, equations and measurements where they belong.

Not for stills (`stills`), nor for how any of it looks, which the templates say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from course.site.mathml import mathml
from course.stage import Chapter
from course.stage.checked import Discrepancy
from course.stage.claims import Claim
from course.stage.marks import marked
from course.stage.proofs import Line, proofs
from course.voice import Cue
from course.voice.spoken import clean


@dataclass(frozen=True)
class Sentence:
    """What is said at once, from `start` to `end` (seconds of the film), and what was measured for it."""

    text: str
    start: float
    end: float
    facts: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Equation:
    """A line of a proof, or an equation by itself: its mathematics, and what its check measured."""

    number: int
    says: str
    math: Markup
    typst: str
    measured: str
    limit: str
    definition: str
    filmed: bool
    said: Sentence | None = None


@dataclass
class Block:
    """A paragraph, or a piece of a proof: its `about` stands where the proof begins."""

    sentences: list[Sentence] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    proof: str = ""
    about: str = ""

    @property
    def start(self) -> float | None:
        """When the film comes to it (seconds); None where it does not."""
        said = [*self.sentences, *(one.said for one in self.equations if one.said)]
        return min((one.start for one in said), default=None)


class Teller:
    """Turns a chapter's lines into blocks, each equation and each measurement once, where it is spoken of."""

    def __init__(self, chapter: Chapter) -> None:
        equations = chapter.equations()
        letters: Mapping[str, str] = getattr(chapter, "letters", {})
        pages = dict(zip(equations, mathml(list(equations.values()), letters), strict=True))
        self._proofs: dict[str, tuple[str, list[Equation]]] = {}
        self._where: dict[str, list[tuple[str, int]]] = {}
        for name, proof in proofs(chapter).items():
            pairs = zip(proof, proof.equations(), strict=True)
            lines = [_line(number, line, pages.pop(key)) for number, (line, key) in enumerate(pairs, 1)]
            self._proofs[name] = (proof.about, lines)
            for number, line in enumerate(lines):
                if line.filmed:
                    self._where.setdefault(line.says, []).append((name, number))
        self._alone = [
            _line(number, Line(name, equations[name]), page)
            for number, (name, page) in enumerate(pages.items(), 1)
        ]
        self._facts = list(chapter.claims().values())
        self._told: dict[str, int] = {}

    def proves(self, cue: Cue) -> bool:
        """Whether a line of narration is the sentence of an equation."""
        return cue.utterance.text in self._where

    def beat(self, cues: Sequence[Cue]) -> list[Block]:
        """What is said between two empty stages."""
        blocks: list[Block] = []
        for cue in cues:
            said = self._sentence(cue)
            if places := self._where.get(said.text):
                name, number = places.pop(0) if len(places) > 1 else places[0]
                self._tell(blocks, name, number, said)
            else:
                if not blocks or blocks[-1].proof:
                    blocks.append(Block())
                blocks[-1].sentences.append(said)
        return blocks

    def _tell(self, blocks: list[Block], name: str, number: int, said: Sentence) -> None:
        """Add a line of a proof, those before it that only stand here, and with the last one the rest."""
        about, lines = self._proofs[name]
        first = self._told.get(name, 0)
        if number < first:
            return  # said a second time
        if not blocks or blocks[-1].proof != name:
            blocks.append(Block(proof=name, about=about if first == 0 else ""))
        last = number if any(line.filmed for line in lines[number + 1 :]) else len(lines) - 1
        for k in range(first, last + 1):
            here = lines[k]
            blocks[-1].equations.append(replace(here, said=said) if k == number else here)
        self._told[name] = last + 1

    def rest(self) -> list[Block]:
        """Proofs, or ends of proofs, and equations that the film does not come to."""
        blocks = []
        for name, (about, lines) in self._proofs.items():
            if left := lines[self._told.get(name, 0) :]:
                blocks.append(Block(equations=left, proof=name, about=about))
        if self._alone:
            blocks.append(Block(equations=self._alone, proof="equations", about="The chapter's equations."))
        return blocks

    def unsaid(self) -> list[Claim]:
        """What was measured for something that is shown and not said."""
        return self._facts

    def _sentence(self, cue: Cue) -> Sentence:
        text = cue.utterance.text
        facts = [fact for fact in self._facts if clean(fact.says) in text]
        self._facts = [fact for fact in self._facts if fact not in facts]
        return Sentence(text, cue.start, cue.end, tuple(facts))


def _line(number: int, line: Line, page: Markup) -> Equation:
    found = line.checked.verify()
    words = _unbroken(str(found)) if found else ""
    limit = _unbroken(str(Discrepancy(found.limit, found.limit, "allowed"))) if found else ""
    return Equation(
        number,
        clean(marked(line.says)[0]),
        page,
        line.checked.typst,
        words,
        limit,
        line.checked.definition,
        line.filmed,
    )


def _unbroken(words: str) -> str:
    """With a number that no line ends in."""
    return words.replace(" × ", "\u00a0×\u00a0")
