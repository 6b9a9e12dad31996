"""Quantises a head with ONNX Runtime's own tool, and runs that and ours: the reference for int8 heads.

usage: quantiseHead.py <folder with float.onnx, int8.onnx and images: uint8 [N,3,32,32] raw> <N>
Writes the features of both as raw float32: `theirs` and `ours`.
"""

import os
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

folder, count = sys.argv[1], int(sys.argv[2])


def path(name):
    return os.path.join(folder, name)


images = numpy.fromfile(path("images"), numpy.uint8).reshape(count, 3, 32, 32)


class Images(CalibrationDataReader):
    def __init__(self):
        self.left = iter([{"image": images}])

    def get_next(self):
        return next(self.left, None)


quant_pre_process(path("float.onnx"), path("prepared.onnx"), skip_symbolic_shape=True)
quantize_static(
    path("prepared.onnx"),
    path("quantised.onnx"),
    Images(),
    quant_format=QuantFormat.QDQ,
    per_channel=True,
    reduce_range=True,
    activation_type=QuantType.QUInt8,
    weight_type=QuantType.QInt8,
)
onnx.checker.check_model(onnx.load(path("int8.onnx")), full_check=True)
for source, target in (("quantised.onnx", "theirs"), ("int8.onnx", "ours")):
    session = onnxruntime.InferenceSession(path(source), providers=["CPUExecutionProvider"])
    session.run(None, {"image": images})[0].astype("<f4").tofile(path(target))
