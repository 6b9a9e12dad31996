"""A network described by Splitbench's layer list, as a PyTorch module."""

import torch
from torch import nn
from torch.nn import functional


def modules_of(layer, channels):
    """The module of one layer, or None where it has no weights. `channels` are those of its input."""
    op = layer["op"]
    if op in ("conv", "depthwise"):
        filters = layer["filters"] if op == "conv" else channels
        top, left, bottom, right = layer["padding"]
        assert top == bottom and left == right, "PyTorch's convolutions pad both sides alike"
        return nn.Conv2d(
            channels,
            filters,
            layer["kernel"],
            layer["stride"],
            (top, left),
            groups=1 if op == "conv" else channels,
            bias=layer["bias"],
        )
    if op == "batchnorm":
        return nn.BatchNorm2d(channels)
    if op == "dense":
        return nn.Linear(layer["inputs_flat"], layer["outputs"])
    return None


class Network(nn.Module):
    """Runs the layers in their order; a map is forgotten after its last reader, ReLU works in place."""

    def __init__(self, layers):
        super().__init__()
        self.plan = []
        self.names = {}
        last_reader = {name: layer["name"] for layer in layers for name in layer["inputs"]}
        for index, layer in enumerate(layers):
            module = modules_of(layer, layer["channels_in"]) if layer["inputs"] else None
            if module is not None:
                self.names[layer["name"]] = f"m{index}"
                self.add_module(f"m{index}", module)
            done = [name for name in set(layer["inputs"]) if last_reader[name] == layer["name"]]
            self.plan.append((layer, module, done))

    def forward(self, image):
        maps = {}
        for layer, module, done in self.plan:
            inputs = [maps[name] for name in layer["inputs"]]
            maps[layer["name"]] = image if not inputs else self.run(layer, module, inputs)
            for name in done:
                del maps[name]
        return next(iter(maps.values()))

    @staticmethod
    def run(layer, module, inputs):
        op = layer["op"]
        if module is not None:
            return module(inputs[0])
        if op == "relu":
            return functional.hardtanh_(inputs[0], 0.0, 6.0) if layer["max"] == 6 else functional.relu_(inputs[0])
        if op == "maxpool":
            return functional.max_pool2d(inputs[0], layer["kernel"], layer["stride"])
        if op == "avgpool":
            return functional.avg_pool2d(inputs[0], layer["kernel"], layer["stride"])
        if op == "adaptivepool":
            return functional.adaptive_avg_pool2d(inputs[0], 1)
        if op == "add":
            return inputs[0] + inputs[1]
        if op == "concat":
            return torch.cat(inputs, 1)
        assert op == "flatten", op
        return torch.flatten(inputs[0], 1)
