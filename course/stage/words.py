"""Numbers as people say them, for narration and labels.

Not for symbols in formulas: authors write those as words themselves.
"""

_SMALL = (
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def spelled(number: int) -> str:
    """0 … 99 in words, larger ones in digits with commas: 'thirty', '1,200'."""
    if number < 0 or number > 99:
        return f"{number:,}"
    if number < 20:
        return _SMALL[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_SMALL[ones]}" if ones else "")


def counted(number: int, noun: str) -> str:
    """'one step', 'thirty steps'."""
    return f"{spelled(number)} {noun}" + ("" if number == 1 else "s")


def levels(off: float) -> str:
    """A distance in levels of 255, in as many digits as say something: '14 levels', '0.7 levels'."""
    return f"{off:.0f} levels" if off >= 1.5 else f"{off:.1f} levels"
