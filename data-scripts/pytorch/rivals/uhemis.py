"""U-HeMIS: HeMIS (Havaei et al., MICCAI 2016, arXiv 1607.05194) as a U-net, as U-HVED's authors compare with it: at
each level mean and variance of the available modalities' features."""

import torch
from torch import nn
from torch.nn import functional as F

from .common import CLASSES, column, legacy_double, one_hot, sample_dice
from .pooled import ENCODERS, LEVELS, PooledDecoder, PooledEncoder, mean_decay

LABELS = "classes"
SLOPE = 0.02


class UHemis(nn.Module):
    def __init__(self, base=8):
        super().__init__()
        for name in ENCODERS:
            setattr(self, name, PooledEncoder(base, 1 / 2, SLOPE))
        entering = [base * 2**i for i in range(LEVELS)]
        self.seg_decoder = PooledDecoder(base, entering, CLASSES, SLOPE, legacy_double)

    def encode(self, images):
        """Levels of each modality's encoder, those of absent ones, too: their gradients are zero, and not absent."""
        return [getattr(self, name)(images[:, m : m + 1]) for name, m in ENCODERS.items()]

    def fuse(self, encoded, rows):
        count = rows.sum(1).view(-1, 1, 1, 1, 1)
        levels = []
        for maps in zip(*encoded):
            present = [(x, column(rows, m)) for x, m in zip(maps, ENCODERS.values())]
            mean = sum(x * has for x, has in present) / count
            variance = sum((x - mean).square() * has for x, has in present) / count
            levels.append(torch.cat([mean, variance], 1))
        return self.seg_decoder(levels)

    def forward(self, images, rows):
        return self.fuse(self.encode(images), rows)


def build(settings, case):
    return UHemis(settings["base_channels"])


def segment(model, images, rows):
    """Logits at test."""
    return model(images, rows)


def objective(model, batch):
    logits = model(batch.images, batch.rows())
    losses = {
        "cross_entropy": F.cross_entropy(logits, batch.labels),
        "dice": sample_dice(torch.softmax(logits, 1), one_hot(batch.labels, logits.dtype)),
        "l2": mean_decay(model),
    }
    return {**losses, "total": sum(losses.values())}, {"logits": logits}
