"""Two checkouts side by side: every row of the speed table, timed in turns by a process for each.

    git worktree add ../before 5600448
    python asv_bench/compare_checkouts.py ../before [.] [--only TEXT] [--rounds N] [--json FILE]

Both processes run the cases of this checkout's `compare_peers.py` on two threads, without the peers. The ratio of a row
is the second checkout's time divided by the first one's: the median over rounds of ratios of calls that follow each
other.

On a virtual machine the memory of one process can be slower than that of the other as long as both run. Compare the
checkouts in both orders where a few hundredths matter: 1.32 and 1.24 were seen for the same two.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
THREADS = 2
# Seconds for which a case is called before it is timed, and for which it is timed, in each turn.
WARM, TIMED = 0.03, 0.05


class NoPeers:
    """In the place of `peers.PEERS`: nobody else takes part."""

    def __getattr__(self, name):
        return lambda *args, **options: {}


def work(checkout):
    """Answer the other side: a line of JSON for each line that names a case, or asks for a turn."""
    sys.path[:0] = [str(checkout), str(HERE)]
    import compare_peers
    import family
    import numba

    import numbapool

    assert Path(numbapool.__file__).resolve().is_relative_to(checkout), numbapool.__file__
    compare_peers.PEERS, family.torch_call = NoPeers(), lambda *args, **options: {}
    numba.set_num_threads(min(THREADS, numba.config.NUMBA_NUM_THREADS))
    for case in compare_peers.cases():
        first = time.perf_counter()
        case.into()
        answer(name=case.name, first=time.perf_counter() - first)
        while sys.stdin.readline().strip() == "turn":
            answer(seconds=timed(case.into))
    answer(name=None)


def answer(**values):
    print(json.dumps(values), flush=True)


def timed(call):
    """The fastest of the calls of one turn, in seconds."""
    warm_until = time.perf_counter() + WARM
    call()
    while time.perf_counter() < warm_until:
        call()
    times, until = [], time.perf_counter() + TIMED
    while not times or time.perf_counter() < until:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


class Side:
    """The process of one checkout."""

    def __init__(self, checkout):
        command = [sys.executable, __file__, "--work", str(Path(checkout).resolve())]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a checkout's process ended; its error is above")
        return json.loads(line)

    def turn(self):
        self.tell("turn")
        return self.hear()["seconds"]


def compare(before, after, only, rounds):
    """Yield the name of each case, the milliseconds of both and their ratio."""
    sides = Side(before), Side(after)
    while True:
        names = [side.hear()["name"] for side in sides]
        if names[0] is None:
            return
        assert names[0] == names[1], names
        if only in names[0]:
            times = np.array([[side.turn() for side in sides] for _ in range(rounds)])
            ratio = float(np.median(times[:, 1] / times[:, 0]))
            yield names[0], *(times.min(0) * 1e3).tolist(), ratio
        for side in sides:
            side.tell("next")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", nargs="?")
    parser.add_argument("after", nargs="?", default=str(HERE.parent))
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="write the figures there")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(Path(options.work))
        return
    rows = []
    print("| case | before ms | after ms | after / before |\n|---|---|---|---|")
    for name, before, after, ratio in compare(options.before, options.after, options.only, options.rounds):
        print(f"| {name} | {before:.3f} | {after:.3f} | {ratio:.2f} |", flush=True)
        rows.append({"case": name, "before": before, "after": after, "ratio": ratio})
    ratios = np.array([row["ratio"] for row in rows])
    print(f"\n{len(rows)} rows: geometric mean {np.exp(np.log(ratios).mean()):.3f}, largest {ratios.max():.2f}")
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
