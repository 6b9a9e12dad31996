"""Accuracy of every candidate of a run, head -> tail in Python's ONNX Runtime, on the first records of a CIFAR-10 file.

Independent of the program: reads the official binary layout and the run's comparison.json itself.
Usage: accuracy.py RUN TEST_BATCH   prints {candidate id: accuracy} as JSON.
"""
import json
import os
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import numpy as np  # noqa: E402
import onnxruntime as ort  # noqa: E402

run, batch = sys.argv[1:3]
comparison = json.load(open(os.path.join(run, "comparison.json")))
count = comparison["dataset"]["test"]
records = np.fromfile(batch, dtype=np.uint8, count=count * 3073).reshape(count, 3073)
labels, images = records[:, 0], records[:, 1:].reshape(count, 3, 32, 32)
options = ort.SessionOptions()
options.log_severity_level = 3


def session(path):
    return ort.InferenceSession(os.path.join(run, path), options, providers=["CPUExecutionProvider"])


accuracies = {}
for candidate in comparison["candidates"]:
    head, tail = session(candidate["files"]["head"]), session(candidate["files"]["tail"])
    correct = 0
    for at in range(0, count, 100):
        (features,) = head.run(None, {"image": images[at : at + 100]})
        (logits,) = tail.run(None, {"features": features})
        correct += int((logits.argmax(axis=1) == labels[at : at + 100]).sum())
    accuracies[candidate["id"]] = correct / count
print(json.dumps(accuracies))
