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


def bounds(name, shape):
    """Lowest and highest value of a parameter: layers' weights +-sqrt(3 / fan_in), norms 0.5..1.5 and -0.2..0.2."""
    own = {"kd_weights": (0, 1), "log_scale": (4.5, 5.5)}.get(name.rsplit(".", 1)[-1])
    if own:
        return own
    scale = name.endswith("weight")
    if len(shape) == 1:
        return (0.5, 1.5) if scale else (-0.2, 0.2)
    bound = math.sqrt(3 / math.prod(shape[1:])) if scale else 0.5
    return -bound, bound


def fill_parameters(model):
    """Overwrites every parameter."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(filled(name, parameter.shape, *bounds(name, parameter.shape)))


def filled_images(tag, batch, crop):
    """-1..1, [N, 4, D, H, W], float32."""
    return filled(f"images/{tag}", (batch, 4, *crop), -1, 1)


def region_labels(tag, batch, crop):
    """ET, WT, TC: 1 where u > 0.7, [N, 3, D, H, W], float32."""
    return (filled(f"labels/{tag}", (batch, 3, *crop), 0, 1) > 0.7).float()


def class_labels(tag, batch, crop):
    """Classes 0..3, [N, D, H, W]: up to 0.55, 0.7, 0.85, 1."""
    u = filled(f"labels/{tag}", (batch, *crop), 0, 1)
    return sum((u >= least).long() for least in (0.55, 0.7, 0.85))


def filled_batch(tag, batch, crop):
    """Images and the labels of regions."""
    return filled_images(tag, batch, crop), region_labels(tag, batch, crop)
