"""Regions of interest, adaptive and global pooling against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from family import differences

import numbapool as nbp

BOXES = np.array(
    [[0, 1.2, 0.5, 6.7, 5.1], [1, -3, 2, 4, 30], [1, 4, 4, 4.2, 4.1], [0, 50, 50, 60, 60], [0, 5, 6, 2, 3]]
)


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("mode", ["mean", "max"])
@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("ratio", [-1, 2])
def test_align_has_its_gradient(rng, ratio, aligned, mode, data_format):
    x = rng.standard_normal((2, 2, 7, 9))
    x = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if data_format == "channels_last" else x
    layer = nbp.RoIAlign((2, 3), 0.9, ratio, aligned, mode, data_format)
    y, pullback = layer.vjp(x, BOXES)
    assert y.shape == layer.output_shape(x.shape, len(BOXES))
    weights = rng.standard_normal(y.shape)
    slope = differences(lambda v: (layer(v, BOXES) * weights).sum(), x)
    np.testing.assert_allclose(pullback(weights), slope, rtol=1e-5, atol=1e-7)


def test_align_of_a_linear_image_is_its_value_at_the_center():
    rows, columns = np.mgrid[:20, :30].astype(float)
    image = (2 * columns + 3 * rows + 1)[None, None]
    y = nbp.roi_align(image, [np.array([[4.0, 3.0, 12.0, 9.0]])], 1, aligned=True)
    assert y.item() == pytest.approx(2 * 7.5 + 3 * 5.5 + 1)


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_region_maximum(rng, data_format):
    x = rng.standard_normal((2, 3, 8, 9))
    given = np.moveaxis(x, 1, -1) if data_format == "channels_last" else x
    layer = nbp.RoIMaxPool((2, 2), return_indices=True, data_format=data_format)
    y, indices = layer(given, BOXES)
    y, indices = (np.moveaxis(a, -1, 1) if data_format == "channels_last" else a for a in (y, indices))
    for k, (image, *box) in enumerate(BOXES):
        x1, y1, x2, y2 = (int(np.trunc(v + np.copysign(0.5, v))) for v in box)
        high, wide = max(y2 - y1 + 1, 1) / 2, max(x2 - x1 + 1, 1) / 2
        for r in range(2):
            for c in range(2):
                top, bottom = (
                    np.clip(v, 0, 8) for v in (int(np.floor(r * high)) + y1, int(np.ceil((r + 1) * high)) + y1)
                )
                left, right = (
                    np.clip(v, 0, 9) for v in (int(np.floor(c * wide)) + x1, int(np.ceil((c + 1) * wide)) + x1)
                )
                part = x[int(image), :, top:bottom, left:right]
                expected = part.max((1, 2)) if part.size else np.zeros(3)
                np.testing.assert_array_equal(y[k, :, r, c], expected)
                assert ((indices[k, :, r, c] >= 0) == bool(part.size)).all()
    _, pullback = nbp.RoIMaxPool((2, 2), data_format=data_format).vjp(given, BOXES)
    assert pullback(np.ones(layer.output_shape(given.shape, len(BOXES)))).sum() == (indices >= 0).sum()


@pytest.mark.parametrize(
    ("boxes", "error", "message"),
    [
        ([[0, 1, 2, 3]], nbp.PoolingValueError, r"shape \(K, 5\)"),
        ([[2, 0, 0, 1, 1]], nbp.PoolingIndexError, "below 2"),
        ([[0.5, 0, 0, 1, 1]], nbp.PoolingIndexError, "whole"),
        ([[0, np.nan, 0, 1, 1]], nbp.PoolingValueError, "finite"),
        ([[0, 0, 0, 1e300, 1]], nbp.PoolingValueError, "finite"),
        ([np.zeros((1, 4))], nbp.PoolingValueError, "one for each image"),
        ("boxes", nbp.PoolingTypeError, "numbers"),
    ],
)
def test_wrong_boxes(boxes, error, message):
    with pytest.raises(error, match=message):
        nbp.roi_align(np.zeros((2, 3, 8, 8)), boxes, 2)


def test_shapes_that_are_not_of_images():
    for layer in (nbp.RoIAlign(2), nbp.RoIMaxPool(2)):
        with pytest.raises(nbp.PoolingValueError, match=f"{type(layer).__name__}: input_shape must have four sizes"):
            layer.output_shape((3, 8, 8))


def test_align_of_reversed_boxes():
    """Samples go from the first corner to the second, whichever is larger; by ONNX's reference for half_pixel."""
    x = np.zeros((1, 1, 6, 6))
    x[0, 0, 5] = [99, 69, 30, 35, 19, 29]
    x += np.arange(6)
    y = nbp.RoIAlign((1, 3), 1.5, 2, True)(x, [[0, 5.0, 6.5, 4.2, -3.1]])
    np.testing.assert_allclose(y[0, 0, 0, :2], 0)
    assert y[0, 0, 0, 2] == pytest.approx(8.5, abs=0.01)


def test_no_boxes_and_far_ones():
    x = np.ones((1, 2, 8, 8), np.float32)
    assert nbp.roi_align(x, np.zeros((0, 5)), 3).shape == (0, 2, 3, 3)
    far = np.array([[0, -1e9, -1e9, 1e9, 1e9]])
    assert np.isfinite(nbp.roi_align(x, far, 3)).all()
    assert nbp.roi_max_pool(x, far, 1).ravel().tolist() == [1, 1]


@pytest.mark.parametrize("shape", [(2, 3, 7), (2, 3, 7, 6), (2, 3, 4, 5, 6), (2, 3, 2, 3, 2, 3)])
@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize(("dtype", "rtol", "atol"), [("float32", 1e-6, 1e-3), ("float64", 1e-12, 1e-7)])
def test_global(rng, shape, data_format, dtype, rtol, atol):
    """Values are eighths, all different, and change by a sixteenth: no other one becomes the largest."""
    x = rng.permutation(np.prod(shape)).reshape(shape).astype(dtype) / 8
    axes = tuple(range(2, x.ndim))
    last = data_format == "channels_last"
    given = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if last else x
    back = (lambda a: np.moveaxis(a, -1, 1)) if last else (lambda a: a)
    for kind, function in (("Max", np.max), ("Min", np.min), ("Avg", np.mean)):
        layer = getattr(nbp, f"Global{kind}Pool")(data_format=data_format)
        y, pullback = layer.vjp(given)
        assert y.shape == layer.output_shape(given.shape)
        np.testing.assert_allclose(back(y), function(x, axis=axes, keepdims=True), rtol=rtol)
        weights = rng.integers(-4, 5, y.shape).astype(dtype)
        slope = differences(
            lambda v, layer=layer, weights=weights: (layer(v) * weights).sum(dtype=float), given, 1 / 16
        )
        np.testing.assert_allclose(pullback(weights), slope, rtol=1e-5, atol=atol if kind == "Avg" else 0)
        flat = getattr(nbp, f"Global{kind}Pool")(keepdims=False, data_format=data_format)(given)
        np.testing.assert_allclose(flat, function(x, axis=axes), rtol=rtol)
    y = nbp.GlobalLPPool(3, data_format=data_format)(given)
    norms = (x.astype(np.float64) ** 3).sum(axes, keepdims=True) ** (1 / 3)
    np.testing.assert_allclose(back(y), norms, rtol=max(rtol, 1e-9))
    y, indices = nbp.GlobalMaxPool(return_indices=True, data_format=data_format)(given)
    np.testing.assert_array_equal(back(indices).ravel(), x.reshape(6, -1).argmax(1))
    np.testing.assert_array_equal(nbp.pool(x, None, "global_max", axes=axes[:3]).max(), x.max())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "uint8", "int64", "bool"])
def test_lines_of_every_length_as_one_window(rng, dtype):
    for size in (1, 2, 15, 16, 17, 31, 32, 33, 49, 100, 257):
        x = (rng.standard_normal((5, 3, size)) * 40).astype(dtype)
        np.testing.assert_array_equal(nbp.GlobalMaxPool()(x), x.max(2, keepdims=True))
        np.testing.assert_array_equal(nbp.MinPool1d(size)(x), x.min(2, keepdims=True))
        expected = x.astype(np.float64).mean(2, keepdims=True)
        tolerance = 2e-3 if dtype == "float16" else 1e-6
        np.testing.assert_allclose(nbp.GlobalAvgPool()(x), expected, rtol=tolerance, atol=tolerance)
        if x.dtype.kind == "f":
            x[1, 1, size // 2] = np.nan
            assert np.isnan(nbp.GlobalMaxPool()(x)).sum() == np.isnan(nbp.GlobalAvgPool()(x)).sum() == 1
