"""How reliable publishing is: sixty uploads on which a seed lets things fail, to a YouTube on the loopback.

Run by hand: `python benchmarks/reliability_publish.py [--seeds 0-59]`; it takes minutes, the films are small.
Google's own client talks to the service of `tests/publish` in processes that are killed at times. Seeds 0 to
29 have a bad connection (errors, cut and lost answers, torn chunks, expired sessions, kills). On 30 to 59
things also are shown late, stored and denied, a finished session is lost, limits of a minute answer, and the
channel's owner has a film, a playlist and a caption track and changes the course's film by hand. It ends
with status 1 where any upload is not as it has to be.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))


def seeds(text: str) -> range:
    """A range such as 0-59, or one number."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main() -> None:
    """Run them, print one line for each that failed and the counts."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--seeds", type=seeds, default=range(60), metavar="FIRST-LAST", help="default: 0-59")
    chosen = parser.parse_args().seeds

    from tests.publish import faults
    from tests.publish.desk import Desk, make_film, start_producers
    from tests.publish.loopback import YouTube

    outcomes = []
    with tempfile.TemporaryDirectory() as folder, start_producers():
        films = [Path(folder) / f"{seed}.mp4" for seed in range(2)]
        for seed, film in enumerate(films):
            make_film(film, seed)
        for seed in chosen:
            began = time.perf_counter()
            desk = Desk(Path(folder) / f"desk{seed}", YouTube(), films)
            desk.prepare()
            outcome = faults.upload(desk, seed)
            desk.close()
            outcomes.append(outcome)
            words = "good" if outcome.good else f"NOT GOOD: {outcome}"
            took = f"{len(desk.site.log)} requests, {time.perf_counter() - began:.1f} s"
            print(f"seed {seed}: {took}, {words}", flush=True)
    total = len(outcomes)
    for name, words in {
        "finished": "came to an end without an error",
        "one_video": "gave exactly one video",
        "bytes_once": "sent every byte once",
        "all_there": "have thumbnail, captions, place and visibility, each once",
        "foreign_untouched": "left every foreign field and track untouched",
    }.items():
        print(f"{sum(getattr(one, name) for one in outcomes)} of {total} {words}")
    sys.exit(not all(one.good for one in outcomes))


if __name__ == "__main__":
    main()
