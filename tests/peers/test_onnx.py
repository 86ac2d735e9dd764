"""ONNX's own node cases for MaxPool and AveragePool."""

from __future__ import annotations

import numpy as np
import pytest

import numbapool as nbp

onnx = pytest.importorskip("onnx")
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def _cases():
    from onnx.backend.test.case.node import collect_testcases

    kinds = {"MaxPool": "Max", "AveragePool": "Avg"}
    found = {case.name: case for operator in kinds for case in collect_testcases(operator)}
    for name, case in found.items():
        yield pytest.param(kinds[case.model.graph.node[0].op_type], case, id=name)


def _options(node, rank):
    given = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    options = {"kernel_size": tuple(given["kernel_shape"])}
    options["stride"] = tuple(given.get("strides", (1,) * rank))
    options["dilation"] = tuple(given.get("dilations", (1,) * rank))
    options["ceil_mode"] = bool(given.get("ceil_mode", 0))
    auto = given.get("auto_pad", b"NOTSET").decode()
    pads = given.get("pads", (0,) * 2 * rank)
    pairs = tuple(zip(pads[:rank], pads[rank:], strict=True))
    options["padding"] = {"SAME_UPPER": "same", "VALID": "valid"}.get(auto, pairs)
    if node.op_type == "AveragePool":
        options["count_include_pad"] = bool(given.get("count_include_pad", 0))
    return options, auto, given.get("storage_order", 0)


@pytest.mark.parametrize(("kind", "case"), list(_cases()))
def test_node_case(kind, case):
    node = case.model.graph.node[0]
    (inputs, outputs), *_ = case.data_sets
    x = inputs[0]
    rank = x.ndim - 2
    options, auto, column_major = _options(node, rank)
    if auto == "SAME_LOWER":  # the odd padding in front: turn the axes round
        axes = tuple(range(2, x.ndim))
        y = getattr(nbp, f"{kind}Pool{rank}d")(**options | {"padding": "same"})(np.flip(x, axes))
        np.testing.assert_allclose(np.flip(y, axes), outputs[0], rtol=1e-5)
        return
    if len(outputs) == 2:
        y, indices = getattr(nbp, f"{kind}Pool{rank}d")(**options, return_indices=True)(x)
        np.testing.assert_array_equal(y, outputs[0])
        plane = int(np.prod(x.shape[2:]))
        if column_major:
            h, w = np.divmod(indices, x.shape[3])
            indices = w * x.shape[2] + h
        planes = np.arange(x.shape[0] * x.shape[1]).reshape(x.shape[0], x.shape[1], *(1,) * rank)
        np.testing.assert_array_equal(indices + planes * plane, outputs[1])
        return
    y = getattr(nbp, f"{kind}Pool{rank}d")(**options)(x)
    np.testing.assert_allclose(y, outputs[0], rtol=1e-5)
    assert y.dtype == outputs[0].dtype
