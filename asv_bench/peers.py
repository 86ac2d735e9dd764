"""The peers of the comparison, each only if it is installed: the same operation on the same array, two threads."""

from __future__ import annotations

import os
import platform
from importlib.util import find_spec
from pathlib import Path

import numpy as np

THREADS = 2


def machine():
    """Name of the processor and the number of its cores."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        name = names[0] if names else name
    return f"{name}, {os.cpu_count()} cores"


class Peers:
    """Calls of other libraries, by their names."""

    def window(self, kind, x, k, s, p, *, indices=False, channels_last=False):
        """Pooling with a window: PyTorch, ONNX Runtime, OpenVINO."""
        made = {}
        rank = x.ndim - 2
        if find_spec("torch"):
            import torch

            torch.set_num_threads(THREADS)
            t = torch.from_numpy(x)
            if channels_last:
                t = t.permute(0, 3, 1, 2)
            call = getattr(torch.nn.functional, f"{'max' if kind != 'Avg' else 'avg'}_pool{rank}d")
            options = {"return_indices": True} if indices else {}
            made["torch"] = lambda: call(t, k, s, p, **options)
        if rank == 2 and kind != "Min" and not channels_last and not indices:
            made |= self._onnx(kind, x, k, s, p)
        return made

    def _onnx(self, kind, x, k, s, p):
        if not find_spec("onnx"):
            return {}
        from onnx import TensorProto, helper

        operator = {"Max": "MaxPool", "Avg": "AveragePool"}[kind]
        attributes = {"count_include_pad": 1} if kind == "Avg" else {}
        node = helper.make_node(
            operator, ["x"], ["y"], kernel_shape=[k] * 2, strides=[s] * 2, pads=[p] * 4, **attributes
        )
        graph = helper.make_graph(
            [node],
            "pool",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(x.shape))],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()
        made = {}
        if find_spec("onnxruntime"):
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = THREADS
            session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            made["onnxruntime"] = lambda: session.run(None, {"x": x})
        if find_spec("openvino"):
            import openvino

            core = openvino.Core()
            core.set_property("CPU", {"INFERENCE_NUM_THREADS": THREADS})
            request = core.compile_model(core.read_model(model, b""), "CPU").create_infer_request()
            made["openvino"] = lambda: request.infer({0: x}, share_inputs=True, share_outputs=True)
        return made

    def gradient(self, kind, x, k, s, p):
        """PyTorch's backward pass."""
        if not find_spec("torch"):
            return {}
        import torch

        torch.set_num_threads(THREADS)
        t = torch.from_numpy(x).clone().requires_grad_()
        y = getattr(torch.nn.functional, f"{kind.lower()}_pool2d")(t, k, s, p)
        g = torch.ones_like(y)
        return {"torch": lambda: torch.autograd.grad(y, t, g, retain_graph=True)}

    def halve(self, reduce, x):
        """Halving an image: OpenCV and scikit-image."""
        made = {}
        if find_spec("cv2") and reduce == "mean":
            import cv2

            cv2.setNumThreads(THREADS)
            size = (x.shape[1] // 2, x.shape[0] // 2)
            made["cv2"] = lambda: cv2.resize(x, size, interpolation=cv2.INTER_AREA)
        if find_spec("skimage"):
            from skimage.measure import block_reduce

            function = {"max": np.max, "mean": np.mean}[reduce]
            made["skimage"] = lambda: block_reduce(x, (2, 2), function)
        return made

    def sliding(self, kind, x, k):
        """Sliding maximum and mean: OpenCV."""
        if not find_spec("cv2"):
            return {}
        import cv2

        cv2.setNumThreads(THREADS)
        image = x.reshape(-1, x.shape[-1])
        if kind == "Max":
            element = np.ones((k, k), np.uint8)
            return {"cv2": lambda: cv2.dilate(image, element)}
        return {"cv2": lambda: cv2.blur(image, (k, k))}


PEERS = Peers()
