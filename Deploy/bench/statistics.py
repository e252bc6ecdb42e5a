"""A rival's task in Python: seconds of processor time per evaluation, then the values to compare.

python statistics.py TASK REPEATS
"""
import sys
import time


def timed(work, repeats):
    work()
    clock = time.process_time()
    for _ in range(repeats):
        value = work()
    print((time.process_time() - clock) / repeats, *value)


def main():
    task, repeats = sys.argv[1], int(sys.argv[2])
    if task == "score":
        from statsmodels.stats.proportion import confint_proportions_2indep
        timed(
            lambda: confint_proportions_2indep(
                108, 195, 70, 170, method="score", compare="diff", correction=True),
            repeats)
    elif task in ("stratified", "exact"):
        import os
        sys.path.append(os.path.dirname(os.path.abspath(__file__)))
        import statistics_rivals
        # At the end of the path, so that this file does not stand for the library's module.
        timed(getattr(statistics_rivals, task), repeats)
    else:
        sys.exit("no such task")


if __name__ == "__main__":
    # This file has the name of a module of the library; its folder must not be searched.
    sys.path.pop(0)
    main()
