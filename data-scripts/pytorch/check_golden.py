"""Checks a rival's network against a golden file of its authors' code, in float64.

    python check_golden.py rfnet.json

The file holds, for filled weights and inputs (filling.py), losses, sampled outputs, and norm and inner product of every
gradient. Prints, for each case, the largest relative difference of each kind, and exits 1 where one is above 1e-6
(or above five times what one bit of the weights moves a gradient by, where the file lists it as ill-conditioned).
"""

import json
import sys

import torch

from filling import fill_parameters, filled
from rivals import RIVALS, filled_case

BOUND = 1e-6
# Gradients that are zero in exact arithmetic, as a part of the norm of all.
ZERO_BOUND = 1e-9


class Differences:
    """The largest difference of each kind over its bound, and where it is."""

    def __init__(self):
        self.largest = {}

    def add(self, kind, where, actual, expected, size, bound=BOUND):
        off = abs(actual - expected) / (abs(size) or 1)
        known = self.largest.get(kind)
        if known is None or not off / bound <= known[0]:
            self.largest[kind] = (off / bound, off, bound, f"{where}: {actual!r} against {expected!r}")

    def report(self, case):
        for kind, (_, off, bound, where) in self.largest.items():
            print(f"{case}, {kind}: at most {off:.1e} apart, bound {bound:.0e} ({where})")
        return all(part <= 1 for part, *_ in self.largest.values())


def check_case(rival, golden, case):
    model = rival.build(golden["settings"], case).double()
    shapes = {name: list(p.shape) for name, p in model.named_parameters()}
    # A file may list a part of the parameters.
    wrong = [f"{name} {shape}" for name, shape in golden["parameters"] if shapes.get(name) != shape]
    if wrong:
        sys.exit("names or shapes differ: " + "; ".join(wrong))
    count = sum(p.numel() for p in model.parameters())
    if count != golden["parameter_count"]:
        sys.exit(f"{count} parameters, and the file has {golden['parameter_count']}")
    fill_parameters(model)
    losses, outputs = rival.objective(model, filled_case(rival, case, torch.float64))
    losses["total"].backward()
    differences = Differences()
    for name, expected in case["losses"].items():
        differences.add("loss", name, losses[name].item(), expected, expected)
    for name, expected in case["outputs"].items():
        values = outputs[name].detach().flatten()
        size = max([abs(expected["std"]), *map(abs, expected["value"])])
        differences.add("output", f"mean of {name}", values.mean().item(), expected["mean"], size)
        differences.add("output", f"deviation of {name}", values.std(correction=0).item(), expected["std"], size)
        for index, value in zip(expected["index"], expected["value"]):
            differences.add("output", name, values[index].item(), value, size)
    sensitivity = case.get("float64_sensitivity") or golden["cases"][0].get("float64_sensitivity", {})
    ill = sensitivity.get("ill_conditioned", {})
    gradients = {name: p.grad for name, p in model.named_parameters()}
    for (name, _), l2, dot in zip(golden["parameters"], case["grad_l2"], case["grad_dot"]):
        # Where there is none, in the file or here, it is zero.
        gradient = gradients[name]
        norm = 0.0 if gradient is None else gradient.norm().item()
        if not l2 or gradient is None:
            differences.add("gradient that is zero", name, norm, l2 or 0, case["grad_total_l2"], ZERO_BOUND)
            continue
        along = filled(f"dot{name}", gradient.shape, -1, 1).double()
        bound = max(BOUND, 5 * ill.get(name, 0))
        differences.add("gradient norm", name, norm, l2, l2, bound)
        differences.add("gradient dot", name, (gradient * along).sum().item(), dot, l2, bound)
    named = [f"case {case['tag']}", *(case[name] for name in ("padding", "variant") if name in case)]
    return differences.report(" ".join(named))


def main(file):
    with open(file) as source:
        golden = json.load(source)
    torch.set_default_dtype(torch.float64)
    rival = RIVALS[golden["rival"]]
    return 0 if all([check_case(rival, golden, case) for case in golden["cases"]]) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
