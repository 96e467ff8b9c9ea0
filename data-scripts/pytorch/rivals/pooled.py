"""Encoders and decoders of U-HVED and U-HeMIS, and what their losses share."""

import torch
from torch import nn
from torch.nn import functional as F

from network import InstanceNorm

LEVELS = 4
# As parameters' names begin, with the modalities' numbers in FLAIR, T1, T1ce, T2.
ENCODERS = {"flair_encoder": 0, "t1_encoder": 1, "t1ce_encoder": 2, "t2_encoder": 3}


class Unit(nn.Module):
    """Instance norm with scale and shift, epsilon 1e-6, leaky ReLU, convolution without bias."""

    def __init__(self, inputs, outputs, slope):
        super().__init__()
        self.slope = slope
        self.norm = InstanceNorm(inputs, 1e-6)
        self.conv = nn.Conv3d(inputs, outputs, 3, padding=1, bias=False)

    def forward(self, x):
        return self.conv(F.leaky_relu(self.norm(x), self.slope))


class PooledEncoder(nn.Module):
    """Levels as they are before pooling; `share`: outputs of a level's second unit, as a part of the first's."""

    def __init__(self, base, share, slope):
        super().__init__()
        self.slope = slope
        self.conv1 = nn.Conv3d(1, base, 1, bias=False)
        inputs = base
        for level in range(1, LEVELS + 1):
            channels = base * 2 ** (level - 1)
            outputs = int(channels * share)
            setattr(self, f"e{level}_c1", Unit(inputs, channels, slope))
            setattr(self, f"e{level}_c2", Unit(channels, outputs, slope))
            inputs = outputs

    def forward(self, x):
        x = F.leaky_relu(self.conv1(x), self.slope)
        maps = []
        for level in range(1, LEVELS + 1):
            x = getattr(self, f"e{level}_c2")(getattr(self, f"e{level}_c1")(x))
            maps.append(x)
            if level < LEVELS:
                x = F.max_pool3d(x, 2)
        return maps


class PooledDecoder(nn.Module):
    """entering: channels that levels 1..4 bring in."""

    def __init__(self, base, entering, outputs, slope, enlarge):
        super().__init__()
        self.enlarge = enlarge
        inputs = entering[-1]
        for level in range(LEVELS - 1, 0, -1):
            channels = base * 2 ** (level - 1)
            setattr(self, f"d{LEVELS - level}_c1", Unit(inputs + entering[level - 1], channels, slope))
            setattr(self, f"d{LEVELS - level}_c2", Unit(channels, channels // 2, slope))
            inputs = channels // 2
        self.conv_out = nn.Conv3d(inputs, outputs, 1, bias=False)

    def forward(self, levels):
        h = levels[-1]
        for level in range(LEVELS - 1, 0, -1):
            h = torch.cat([self.enlarge(h), levels[level - 1]], 1)
            h = getattr(self, f"d{LEVELS - level}_c2")(getattr(self, f"d{LEVELS - level}_c1")(h))
        return self.conv_out(h)


def mean_decay(model):
    """Mean over the convolutions of 5e-6 |w|^2."""
    kernels = [p for p in model.parameters() if p.ndim == 5]
    return 5e-6 * sum(w.square().sum() for w in kernels) / len(kernels)
