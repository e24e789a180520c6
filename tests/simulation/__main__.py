"""`make simulate`: many seeds on every processor, or one seed with its whole story.

python -m tests.simulation --seeds 5000 [--first 0] [--events 200] [--processes 1]
python -m tests.simulation --seed 123
"""

import argparse
import sys

from tests.simulation.many import play_many, play_one


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="this one alone, told in full")
    parser.add_argument("--events", type=int, default=200, help="per seed")
    parser.add_argument("--processes", type=int, help="at once; one per processor unless given")
    options = parser.parse_args()
    if options.seed is not None:
        return play_one(options.seed, options.events)
    return play_many(options.first, options.seeds, options.events, processes=options.processes)


if __name__ == "__main__":
    sys.exit(main())
