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


def _more_cases():
    from onnx.backend.test.case.node import collect_testcases

    names = ("GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool", "LpPool", "MaxUnpool", "RoiAlign", "MaxRoiPool")
    found = {case.name: case for operator in names for case in collect_testcases(operator)}
    for name, case in found.items():
        if case.model.graph.node[0].op_type in names:
            yield pytest.param(case, id=name)


def _pooled(node, inputs):
    given = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    x = inputs[0]
    rank = x.ndim - 2
    if node.op_type.startswith("Global"):
        kind = {"GlobalMaxPool": "Max", "GlobalAveragePool": "Avg", "GlobalLpPool": "LP"}[node.op_type]
        return getattr(nbp, f"Global{kind}Pool")()(x)
    if node.op_type == "RoiAlign":
        size = given.get("output_height", 1), given.get("output_width", 1)
        mode = {"avg": "mean", "max": "max"}[given.get("mode", b"avg").decode()]
        aligned = given.get("coordinate_transformation_mode", b"half_pixel").decode() == "half_pixel"
        boxes = np.column_stack([inputs[2], inputs[1]])
        scale, ratio = given.get("spatial_scale", 1.0), given.get("sampling_ratio", 0)
        return nbp.roi_align(x, boxes, size, scale, ratio, aligned, mode=mode)
    if node.op_type == "MaxRoiPool":
        return nbp.roi_max_pool(x, inputs[1], tuple(given["pooled_shape"]), given.get("spatial_scale", 1.0))
    stride = tuple(given.get("strides", (1,) * rank))
    pads = given.get("pads", (0,) * 2 * rank)
    if node.op_type == "MaxUnpool":
        # indices count through the whole tensor, and through a smaller plane than that of the result
        kernel_size = tuple(given["kernel_shape"])
        plain = tuple((n - 1) * s + k for n, s, k in zip(x.shape[2:], stride, kernel_size, strict=True))
        size = tuple(inputs[2]) if len(inputs) > 2 else x.shape[:2] + plain
        places = np.unravel_index(inputs[1], x.shape[:2] + plain)
        plane = np.ravel_multi_index(places[2:], size[2:])
        return getattr(nbp, f"MaxUnpool{rank}d")(kernel_size, stride)(x, plane, output_size=size)
    auto = given.get("auto_pad", b"NOTSET").decode()
    pairs = tuple(zip(pads[:rank], pads[rank:], strict=True))
    options = {
        "kernel_size": tuple(given["kernel_shape"]),
        "stride": stride,
        "padding": {"SAME_UPPER": "same", "VALID": "valid"}.get(auto, pairs),
        "dilation": tuple(given.get("dilations", (1,) * rank)),
        "ceil_mode": bool(given.get("ceil_mode", 0)),
    }
    layer = getattr(nbp, f"LPPool{rank}d")(given.get("p", 2), **options)
    if auto == "SAME_LOWER":
        axes = tuple(range(2, x.ndim))
        layer = getattr(nbp, f"LPPool{rank}d")(given.get("p", 2), **options | {"padding": "same"})
        return np.flip(layer(np.flip(x, axes)), axes)
    return layer(x)


@pytest.mark.parametrize("case", list(_more_cases()))
def test_family_node_case(case):
    (inputs, outputs), *_ = case.data_sets
    y = _pooled(case.model.graph.node[0], inputs)
    np.testing.assert_allclose(y, outputs[0], rtol=1e-4, atol=1e-5)
    assert y.dtype == outputs[0].dtype
