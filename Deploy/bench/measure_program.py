"""Runs a program to its end and prints its first line, the seconds it took and its memory at most.

Usage: measure_program.py PROGRAM ARGUMENT...
"""

import resource
import subprocess
import sys
import time

start = time.perf_counter()
answer = subprocess.run(sys.argv[1:], capture_output=True, text=True)
seconds = time.perf_counter() - start
kibibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
first = (answer.stdout.splitlines() or [answer.stderr])[0]
print(f"{first}|{seconds:.3f}|{kibibytes / 1024:.1f}")
