"""Logits of network.py on CPU, to compare the kit's with.

    python logits.py WEIGHTS.pth OUT.json          logits of the weights (a state dict)
    python logits.py WEIGHTS.pth OUT.json --random WIDTH SEED   makes the weights first, and writes them

Inputs are filled by name (filling.py) and the logits, float64 and in the order N, C, D, H, W, are sampled, so that
OUT.json says all there is to compare. float32_distance is the root mean square by which PyTorch's own float32 differs.
"""

import argparse
import json

import torch

from filling import filled_batch, sampled_indices
from network import Mckd

TAG = "weights"
# Large enough that the deepest features are 2 x 2 x 2: over a single voxel, instance norm would hide the weights.
CROP = [32, 64, 64]
AVAILABLE = [[0, 1, 2, 3], [0, 2], [3]]
SAMPLES = 64


def random_weights(width, seed):
    """A fresh network with norms other than 1 and 0, so that every parameter affects the logits."""
    torch.manual_seed(seed)
    model = Mckd(width)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1 and not name.startswith("kd_weights"):
                parameter.add_(0.2 * torch.randn(parameter.shape))
    return model.state_dict()


def width_of(weights):
    """The width with this stem and widest stage; simple fractions only."""
    channels = weights["shared_enc.backbone.layer4.0.norm1.weight"].numel()
    return channels / 320


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("out")
    parser.add_argument("--random", nargs=2, type=float, metavar=("WIDTH", "SEED"))
    options = parser.parse_args()
    if options.random:
        torch.save(random_weights(options.random[0], int(options.random[1])), options.weights)
    weights = torch.load(options.weights, weights_only=True)
    model = Mckd(width_of(weights))
    model.load_state_dict(weights, strict=True)
    images, _ = filled_batch(TAG, 1, CROP)
    cases = []
    for available in AVAILABLE:
        with torch.no_grad():
            rounded, _ = model.float()(images, available)
            logits, _ = model.double()(images.double(), available)
        values = logits.flatten()
        distance = (rounded.double().flatten() - values).square().mean().sqrt()
        index = sampled_indices("sample", SAMPLES, values.numel())
        facts = {"mean": values.mean().item(), "std": values.std(correction=0).item(), "float32_distance": distance.item()}
        cases.append({"available": available, **facts, "index": index, "value": values[index].tolist()})
    with open(options.out, "w") as out:
        json.dump({"tag": TAG, "batch": 1, "crop": CROP, "cases": cases}, out)


if __name__ == "__main__":
    main()
