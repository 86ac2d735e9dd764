"""Whether the kernel that is chosen for a call is ever much slower than another one that could serve it.

    python asv_bench/choices.py [--slower 2.0]

Every form of `plans/choice.py` whose condition holds for a call is timed, on one thread. Calls for which the chosen
one takes more than so many times as long as the fastest are listed; the exit status tells whether there are any.
"""

from __future__ import annotations

import argparse
import itertools
import time
from typing import Any

import numba
import numpy as np

import numbapool as nbp
from numbapool.plans import choice, plan

SHAPES = {
    2: [(1, 1, 112, 112), (4, 3, 64, 64), (300, 1, 14, 14), (1, 64, 28, 28), (1, 1, 512, 512)],
    1: [(4, 3, 4000), (1, 1, 20000), (300, 1, 64)],
}
WINDOWS = {
    2: [(2, 2, 0), (3, 2, 1), (3, 1, 1), (4, 4, 0), (7, 7, 0), (7, 1, 3), (16, 8, 0), (31, 1, 15), (14, 14, 0)],
    1: [(2, 2, 0), (3, 1, 1), (9, 3, 0), (64, 32, 0), (64, 64, 0), (129, 1, 64), (1000, 500, 0)],
}
KINDS = (("Max", {}), ("Avg", {}), ("Max", {"return_indices": True}))


def best_time(pool: Any, x: Any, skipped: int) -> float | None:
    """Shortest of some calls with the form that stands so many places behind the chosen one; None if there is none."""

    def choose(task: Any) -> Any:
        forms = choice.SPREADS if task.spread else choice.FORMS[type(task.reduction)]
        serving = [form for form in forms if form.serves(task)]
        if skipped >= len(serving):
            raise LookupError
        serving[skipped].cut(task)
        return serving[skipped]

    plan.choose, before = choose, plan.choose
    pool._plans.clear()
    try:
        pool(x)
        times = []
        for _ in range(12):
            begin = time.perf_counter()
            pool(x)
            times.append(time.perf_counter() - begin)
    except LookupError:
        return None
    finally:
        plan.choose = before
        pool._plans.clear()
    return min(times)


def main() -> None:
    """Time every form of every call of a grid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slower", type=float, default=2.0)
    most = parser.parse_args().slower
    numba.set_num_threads(1)
    seen, wrong = 0, 0
    for rank, (kind, options), last in itertools.product((1, 2), KINDS, (False, True)):
        for shape, (size, stride, padding) in itertools.product(SHAPES[rank], WINDOWS[rank]):
            layout = {"data_format": "channels_last"} if last else {}
            pool = getattr(nbp, f"{kind}Pool{rank}d")(size, stride, padding, **options, **layout)
            x = np.random.default_rng(0).random(shape if not last else (shape[0], *shape[2:], shape[1]), np.float32)
            try:
                pool.output_shape(x.shape)
            except nbp.PoolingError:
                continue
            times = list(itertools.takewhile(lambda t: t is not None, (best_time(pool, x, k) for k in range(9))))
            seen += 1
            if times[0] > most * min(times):
                wrong += 1
                found = ", ".join(f"{t * 1e6:.0f}" for t in times)
                print(f"{pool} on {x.shape}: {found} µs; {nbp.explain(pool, x).splitlines()[0]}", flush=True)
    print(f"{seen} calls, {wrong} with a kernel more than {most:g} times as slow as another")
    raise SystemExit(wrong > 0)


if __name__ == "__main__":
    main()
