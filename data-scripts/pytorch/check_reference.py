"""Checks network.py against reference numbers of the authors' own network, in float64.

    python check_reference.py brats-mckd.json [--float32]

The file holds, for filled weights and inputs (filling.py), the losses, sampled logits and gradient norms. Prints the
largest relative difference of each kind and exits 1 where one is above its bound.

With --float32 PyTorch computes in float32 on this machine, and the script only counts: how many gradient norms are
more than 1e-3 and more than five times the reference's own float32 error off, which mckd parity checks for each of them.
"""

import json
import sys

import torch

from filling import fill_parameters, filled_batch
from network import Mckd, bce_loss, dice_loss

BOUNDS = {"loss": 1e-9, "logit": 1e-9, "gradient": 1e-7}
# The gradient of ASPP's global convolution is 0 except for rounding: its norm is over one voxel.
UNCOMPARED = "shared_enc.aspp.branch5_"


class Differences:
    """The largest relative difference of each kind, and where it is."""

    def __init__(self):
        self.largest = {}

    def add(self, kind, where, actual, expected, scale=None):
        actual = actual.item()
        off = abs(actual - expected) / max(abs(expected) if scale is None else scale, 1e-300)
        if not off <= self.largest.get(kind, (-1, ""))[0]:
            self.largest[kind] = (off, f"{where}: {actual!r} against {expected!r}")

    def report(self):
        for kind, (off, where) in self.largest.items():
            print(f"{kind}: at most {off:.1e} apart, bound {BOUNDS[kind]:.0e} ({where})")
        return all(off <= BOUNDS[kind] for kind, (off, _) in self.largest.items())


def compare_logits(differences, where, logits, expected):
    values = logits.detach().flatten()
    for index, value in zip(expected["index"], expected["value"]):
        differences.add("logit", where, values[index], value, scale=values.std().item())


def check_case(model, case, differences):
    images, labels = (x.double() for x in filled_batch(case["tag"], case["batch"], case["crop"]))
    model.zero_grad()
    logits, distillation = model(images, case["available"])
    losses = {"dice_loss": dice_loss(logits, labels), "bce_loss": bce_loss(logits, labels), "kd_loss": distillation}
    losses["total_loss"] = losses["dice_loss"] + losses["bce_loss"] + 0.1 * distillation
    losses["total_loss"].backward()
    where = f"case {case['tag']}, available {case['available']}"
    for name, loss in losses.items():
        if case[name] != 0 or loss != 0:
            differences.add("loss", f"{where}, {name}", loss, case[name])
    compare_logits(differences, where, logits, case["logits"])
    gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    for name, expected in case["grad"].items():
        if not name.startswith(UNCOMPARED):
            differences.add("gradient", f"{where}, {name}", gradients[name].norm(), expected["l2"])

    model.zero_grad()
    logits = model.meta_forward(images)
    loss = dice_loss(logits, labels) + bce_loss(logits, labels)
    loss.backward()
    differences.add("loss", f"{where}, meta val_loss", loss, case["meta"]["val_loss"])
    compare_logits(differences, f"{where}, meta", logits, case["meta"]["logits"])
    expected = case["meta"]["grad_importance"]
    scale = sum(g * g for g in expected) ** 0.5
    for m, g in enumerate(expected):
        differences.add("gradient", f"{where}, importance {m}", model.kd_weights.kd_weights.grad[m], g, scale)


def count_beyond(model, case, single):
    images, labels = (x.float() for x in filled_batch(case["tag"], case["batch"], case["crop"]))
    model.zero_grad()
    logits, distillation = model(images, case["available"])
    (dice_loss(logits, labels) + bce_loss(logits, labels) + 0.1 * distillation).backward()
    gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    beyond = compared = 0
    for name, expected in case["grad"].items():
        l2 = expected["l2"]
        if l2 < 1e-6:
            continue
        error = abs(gradients[name].double().norm().item() - l2) / l2
        allowed = 5 * abs(single["grad"][name]["l2"] - l2) / l2
        compared += 1
        beyond += error > 1e-3 and error > allowed
    print(f"case {case['tag']}: {beyond} of {compared} gradient norms beyond their bound in PyTorch's float32 here")


def main(file, float32=False):
    with open(file) as source:
        reference = json.load(source)
    model = Mckd().float() if float32 else Mckd().double()
    shapes = {name: list(p.shape) for name, p in model.named_parameters()}
    if shapes != reference["parameters"]:
        wrong = sorted(set(map(str, shapes.items())) ^ set(map(str, reference["parameters"].items())))
        sys.exit("names or shapes differ: " + "; ".join(wrong))
    fill_parameters(model)
    if float32:
        for case, single in zip(reference["float64"], reference["float32"]):
            count_beyond(model, case, single)
        return 0
    differences = Differences()
    for case in reference["float64"]:
        check_case(model, case, differences)
    return 0 if differences.report() else 1


if __name__ == "__main__":
    files = [argument for argument in sys.argv[1:] if argument != "--float32"]
    if len(files) != 1:
        sys.exit(__doc__)
    sys.exit(main(files[0], "--float32" in sys.argv))
