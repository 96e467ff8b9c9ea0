"""Weights and inputs by name, the same in any language: the Python version of lib/checks/parity/filling.ts.

u(name, k) is mulberry32 seeded with the FNV-1a hash of the name; tensors are filled in C order with
low + (high - low) u, rounded to float32.
"""

import math

import numpy as np
import torch


def uniform(name, count):
    """u(name, 1), ..., u(name, count), float64 in [0, 1)."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    # uint32 arithmetic wraps around.
    a = np.uint32(seed) + np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
    t = (a ^ (a >> np.uint32(15))) * (a | np.uint32(1))
    t ^= t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))
    return (t ^ (t >> np.uint32(14))) / 2**32


def filled(name, shape, low, high):
    values = (low + (high - low) * uniform(name, math.prod(shape))).astype(np.float32)
    return torch.as_tensor(values.reshape(shape))


def sampled_indices(name, count, size):
    return np.floor(uniform(name, count) * size).astype(int).tolist()


def fill_parameters(model):
    """Overwrites every parameter: convolutions +-sqrt(3 / fan_in), norms 0.5..1.5 and -0.2..0.2, logits 0..1."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            bound = math.sqrt(3 / math.prod(parameter.shape[1:])) if parameter.ndim == 5 else 0
            ranges = {"weight": (0.5, 1.5), "bias": (-0.2, 0.2), "kd_weights": (0, 1)}
            low, high = (-bound, bound) if bound else ranges[name.rsplit(".", 1)[1]]
            parameter.copy_(filled(name, parameter.shape, low, high))


def filled_batch(tag, batch, crop):
    """Images in -1..1, [N, 4, D, H, W], and labels, 1 where u > 0.7, [N, 3, D, H, W]; float32."""
    images = filled(f"images/{tag}", (batch, 4, *crop), -1, 1)
    return images, (filled(f"labels/{tag}", (batch, 3, *crop), 0, 1) > 0.7).float()
