"""Reads candidate folders with nothing of the program: onnx's checker, NumPy and Python's ONNX Runtime.

usage: crossCheck.py <test images: uint8 [N,3,H,W] raw> <labels: uint16 raw> <candidate folder>...
Prints one JSON list: per folder the largest deviations from check.safetensors and the accuracy of head, then tail.
"""

import json
import os
import struct
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy
import onnx
import onnxruntime

KINDS = {"F32": "<f4", "I32": "<i4", "U16": "<u2", "U8": "u1"}


def read_safetensors(path):
    raw = open(path, "rb").read()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    tensors = {}
    for name, one in header.items():
        begin, end = one["data_offsets"]
        tensors[name] = numpy.frombuffer(raw[8 + size :][begin:end], KINDS[one["dtype"]]).reshape(one["shape"])
    return tensors


def session(path):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    loaded = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (input_,), (output,) = loaded.get_inputs(), loaded.get_outputs()
    return [input_.name, output.name], lambda data: loaded.run([output.name], {input_.name: data})[0]


def deviation(a, b):
    """Of floats in units of max(1, largest value), of codes in levels."""
    assert a.dtype == b.dtype and a.shape == b.shape, (a.dtype, a.shape, b.dtype, b.shape)
    scale = max(1.0, float(numpy.abs(b).max())) if b.dtype == numpy.float32 else 1.0
    return float(numpy.abs(a.astype(float) - b.astype(float)).max()) / scale


def examine(folder, images, labels):
    head_names, head = session(os.path.join(folder, "head.onnx"))
    tail_names, tail = session(os.path.join(folder, "tail.onnx"))
    check = read_safetensors(os.path.join(folder, "check.safetensors"))
    size = check["images"].shape[2:]
    features = head(check["images"])
    predicted = tail(head(images.reshape(-1, 3, *size))).argmax(axis=1)
    return {
        "names": head_names + tail_names,
        "features": deviation(features, check["features"]),
        "differing": float((features != check["features"]).mean()),
        "logits": deviation(tail(check["features"]), check["logits"]),
        "accuracy": float((predicted == labels).mean()),
    }


images = numpy.fromfile(sys.argv[1], "u1")
labels = numpy.fromfile(sys.argv[2], "<u2")
print(json.dumps([examine(folder, images, labels) for folder in sys.argv[3:]]))
