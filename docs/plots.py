"""The plot of docs/performance from the figures of a run: ``python docs/plots.py FILE.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from matplotlib import pyplot


def main(path):
    rows = [r for r in json.loads(Path(path).read_text())["rows"] if "K=" not in r["case"] and "mode" not in r["case"]]
    rows = [r for r in rows if r["ms"]["floor"] > 1][::-1]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(13, 0.2 * len(rows) + 1), sharey=True)
    left.barh([r["case"] for r in rows], [r["ratios"]["floor"] for r in rows], color="#33658a")
    left.axvline(1, color="black", linewidth=1)
    left.set(xlabel="time with out=, × memory floor", xlim=(0, 6))
    for peer, marker in (("torch", "o"), ("onnxruntime", "s"), ("openvino", "^")):
        known = [(r["ratios"][peer], r["case"]) for r in rows if peer in r["ratios"]]
        right.plot([k[0] for k in known], [k[1] for k in known], marker, label=peer, markersize=4)
    right.axvline(1, color="black", linewidth=1)
    right.set(xlabel="× faster than", xscale="log")
    right.legend()
    left.tick_params(labelsize=7)
    figure.tight_layout()
    figure.savefig(Path(__file__).parent / "images" / "performance.png", dpi=80)


if __name__ == "__main__":
    main(sys.argv[1])
