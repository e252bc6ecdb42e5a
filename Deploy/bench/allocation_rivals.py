"""A rival of the engine: allocations a second by a method, in trials of a number of participants.

Usage: allocation_rivals.py block|big_stick|minimization SECONDS PARTICIPANTS
Prints the rival's name and its rate. For permuted blocks this is the package `randomization` where
it is installed. No package was found for the big stick or for minimization: the rival is then the
straightforward program below, written for this measurement.
"""

import random
import sys
import time
import warnings

SITES, ARMS = 12, 3
OTHERS = 3  # further factors of two levels each, for minimization


def package_block(participants, number):
    """Random permuted blocks, a list for each site, as the package makes them."""
    import randomization

    for site in range(SITES):
        randomization.random_block(participants // SITES, ARMS, [3, 6], seed=number * SITES + site)


def block(participants, number):
    """Permuted blocks one participant at a time."""
    draw = random.Random(number)
    left = [[] for _ in range(SITES)]
    for _ in range(participants):
        site = draw.randrange(SITES)
        if not left[site]:
            left[site] = list(range(ARMS)) * draw.choice((1, 2))
            draw.shuffle(left[site])
        left[site].pop()


def big_stick(participants, number, tolerated=2):
    """Any arm that does not run ahead by more than is tolerated."""
    draw = random.Random(number)
    counts = [[0] * ARMS for _ in range(SITES)]
    for _ in range(participants):
        own = counts[draw.randrange(SITES)]
        least = min(own)
        own[draw.choice([arm for arm in range(ARMS) if own[arm] + 1 - least <= tolerated])] += 1


def minimization(participants, number):
    """Pocock & Simon with the range, weights 1 and a biased coin of 4/5."""
    draw = random.Random(number)
    levels = [SITES] + [2] * OTHERS
    counts = [[[0] * ARMS for _ in range(size)] for size in levels]
    for _ in range(participants):
        own = [counts[factor][draw.randrange(size)] for factor, size in enumerate(levels)]
        scores = []
        for arm in range(ARMS):
            score = 0
            for row in own:
                row[arm] += 1
                score += max(row) - min(row)
                row[arm] -= 1
            scores.append(score)
        least = min(scores)
        preferred = draw.choice([arm for arm in range(ARMS) if scores[arm] == least])
        if draw.random() >= 0.8:
            preferred = draw.choice([arm for arm in range(ARMS) if arm != preferred])
        for row in own:
            row[preferred] += 1


def main():
    method, seconds, participants = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    name, run = "a straightforward program in Python", globals()[method]
    if method == "block":
        # The package compares numbers by `is`, which the compiler remarks upon.
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            import randomization  # noqa: F401

            name, run = "randomization 1.0.0 for Python", package_block
        except ImportError:
            pass
    start, number = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        run(participants, number)
        number += 1
    print(f"{name}|{number * participants / (time.perf_counter() - start)}")


main()
