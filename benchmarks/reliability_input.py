"""How bad input is answered: every kind of `tests/bad_input` through the real command line.

Run by hand: `python benchmarks/reliability_input.py [--only WORDS]`; it takes minutes. Each kind is tried in
a checkout and a media folder of its own. It has to end with status 1 or 2, with one or two lines that say
what to do, without a traceback, and nothing may be created, changed or removed. Ends with status 1 where any
is answered otherwise.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Try them, print one line for each, and what was said where it is not as it has to be."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--only", default="", metavar="WORDS", help="kinds whose name or command holds these")
    parser.add_argument("--from", type=int, default=1, dest="first", metavar="NUMBER", help="the first one")
    parser.add_argument("--answers", action="store_true", help="print what was said to every kind")
    chosen = parser.parse_args()

    from tests.bad_input.checkout import Checkout, faults
    from tests.bad_input.kinds import KINDS

    kinds = [one for one in KINDS if chosen.only in f"{one.what}: {one.command}"]
    bad = 0
    with tempfile.TemporaryDirectory() as base:
        checkout = Checkout(Path(base))
        for number, kind in enumerate(kinds[chosen.first - 1 :], chosen.first):
            found, answer, seconds = faults(kind, checkout)
            bad += bool(found)
            print(
                f"{number:3} {kind.what:<48} {answer.status:>3} {len(answer.complaint)} lines "
                f"{seconds:5.1f} s  {'; '.join(found) or 'good'}",
                flush=True,
            )
            if found or chosen.answers:
                print(*(f"      {line[:300]}" for line in answer.complaint[-12:]), sep="\n", flush=True)
        checkout.close()
    print(f"{len(kinds) - bad} of {len(kinds)} kinds were answered as they have to be")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
