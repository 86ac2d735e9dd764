"""The plot of docs/performance.md: ``python docs/plots.py FILE``, where ``compare_peers.py --json FILE`` wrote it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from matplotlib import pyplot

HERE = Path(__file__).parent
PEERS = {"torch": "o", "onnxruntime": "s", "openvino": "^", "cv2": "D", "skimage": "v", "scipy": "x", "tinybrain": "P"}


def draw(rows):
    """A figure: on the left the time of each case against the memory floor, on the right against the peers."""
    names = [row["case"] for row in rows]
    height = max(0.2 * len(rows) + 1, 3)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(13, height), sharey=True, layout="constrained")
    left.barh(names, [row["ratios"]["floor"] for row in rows], color="#33658a")
    left.set(xlabel="time with out=, × memory floor", xlim=(0, 6))
    for peer, marker in PEERS.items():
        known = [(row["ratios"][peer], row["case"]) for row in rows if peer in row["ratios"]]
        if known:
            right.plot(*zip(*known, strict=True), marker, label=peer, markersize=4)
    right.set(xlabel="× faster than", xscale="log")
    right.legend()
    for axes in (left, right):
        axes.axvline(1, color="black", linewidth=1)
    left.tick_params(labelsize=7)
    left.margins(y=0.01)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path, help="what compare_peers.py --json wrote")
    parser.add_argument("--output", type=Path, default=HERE / "images" / "performance.png")
    options = parser.parse_args()
    rows = json.loads(options.figures.read_text(encoding="utf-8"))["rows"]
    # calls below a millisecond say more of the cost of a call than of memory
    rows = [row for row in rows if row["ms"]["floor"] > 1][::-1]
    draw(rows).savefig(options.output, dpi=80)


if __name__ == "__main__":
    main()
