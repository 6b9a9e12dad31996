"""PyTorch as a contestant: answers one JSON line per JSON line on standard input.

{"op": "load", "id", "layers", "batch", "layout": "default" | "channels_last", "seed"}  puts a network in place
{"op": "train" | "eval", "id", "runs"}  times runs, in ms each
{"op": "memory"}  the largest resident set so far, in bytes
"""

import json
import resource
import sys
import time

import torch
from torch.nn import functional

from network import Network

torch.set_num_threads(int(sys.argv[1]))
torch.set_flush_denormal(True)
loaded = {}


def load(id, layers, batch, layout, seed):
    torch.manual_seed(seed)
    form = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    network = Network(layers).to(memory_format=form)
    side, classes = layers[0]["height"], layers[-1]["outputs"]
    images = torch.randn(batch, 3, side, side).contiguous(memory_format=form)
    labels = torch.randint(0, classes, (batch,))
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9, nesterov=True, weight_decay=5e-4)
    loaded[id] = (network, images, labels, optimiser)
    return {}


def train_step(network, images, labels, optimiser):
    optimiser.zero_grad(set_to_none=True)
    loss = functional.cross_entropy(network(images), labels)
    loss.backward()
    optimiser.step()
    loss.item()


@torch.no_grad()
def eval_step(network, images, labels, optimiser):
    network(images).argmax(1)


def timed(id, runs, step, training):
    contestant = loaded[id]
    contestant[0].train(training)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        step(*contestant)
        times.append((time.perf_counter() - start) * 1000)
    return {"ms": times}


handlers = {
    "load": load,
    "train": lambda id, runs: timed(id, runs, train_step, True),
    "eval": lambda id, runs: timed(id, runs, eval_step, False),
    "memory": lambda: {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024},
}
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(handlers[request.pop("op")](**request)), flush=True)
