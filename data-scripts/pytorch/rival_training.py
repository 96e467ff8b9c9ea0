"""Trains a rival for some steps on filled batches, as lib/checks/parity/rival-training.ts does, and prints the losses.

    python rival_training.py '{"rival": "RFNet", "settings": {...}, "case": {...}, "optimizer": {...}, "batches": [...]}' FILE

FILE holds the weights, .safetensors. A batch is what of the case is its own: {"tag", "available"}. The losses are those
before each step.
"""

import json
import sys

import torch

from filling import fill_parameters
from rivals import RIVALS, filled_case

DISCRIMINATOR_RATE = 1e-4


def optimizer_of(parameters, kind, rate, momentum=0, decay=0, amsgrad=False):
    if kind == "sgd":
        return torch.optim.SGD(parameters, rate, momentum=momentum, nesterov=True)
    return torch.optim.Adam(parameters, rate, weight_decay=decay, amsgrad=amsgrad)


class Training:
    """weights: a state dict; none: those of the filling rule."""

    def __init__(self, rival, settings, case, optimizer, weights=None):
        self.rival, self.case = RIVALS[rival], case
        self.model = self.rival.build(settings, case)
        if weights is None:
            fill_parameters(self.model)
        else:
            self.model.load_state_dict(weights)
        # ACN's, whose Adam its authors make anew at each step.
        self.discriminators = self.model.discriminators() if hasattr(self.model, "discriminators") else []
        apart = {id(p) for p in self.discriminators}
        self.optimizer = optimizer_of([p for p in self.model.parameters() if id(p) not in apart], **optimizer)

    def batch(self, own=None):
        return filled_case(self.rival, {**self.case, **(own or {})}, torch.float32)

    def step(self, batch):
        """The total loss before it."""
        self.model.zero_grad()
        total = self.rival.objective(self.model, batch)[0]["total"]
        total.backward()
        self.optimizer.step()
        if self.discriminators:
            torch.optim.Adam(self.discriminators, DISCRIMINATOR_RATE, betas=(0.9, 0.99)).step()
        return total.item()


def main(spec, file):
    from safetensors.torch import load_file

    batches = spec.pop("batches")
    training = Training(**spec, weights=load_file(file))
    print(json.dumps([training.step(training.batch(own)) for own in batches]))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(json.loads(sys.argv[1]), sys.argv[2])
