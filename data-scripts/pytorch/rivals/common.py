"""What several rivals have in common: a batch, losses of class maps, enlargement, and U-nets of residual levels.

Tensors are [N, C, D, H, W]. Class maps have background and labels 1, 2, 4 as channels.
"""

from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 4
# The order in which RFNet and those after it stack the modalities, with their numbers in FLAIR, T1, T1ce, T2.
STACKED = {"flair": 0, "t1ce": 2, "t1": 1, "t2": 3}


@dataclass
class Batch:
    """Images in FLAIR, T1, T1ce, T2, the labels of a method's kind, and which modalities there are."""

    images: torch.Tensor
    labels: torch.Tensor
    # Numbers of modalities, for the whole batch or a list for each sample.
    available: list
    # What else a golden case says: "teachers", "variant", "warmup", "epoch".
    case: dict = field(default_factory=dict)

    def rows(self):
        """1 where a sample has a modality, [N, 4]."""
        each = self.available if isinstance(self.available[0], list) else [self.available] * len(self.images)
        rows = torch.zeros(len(each), 4, dtype=self.images.dtype, device=self.images.device)
        for row, available in zip(rows, each):
            row[available] = 1
        return rows


def column(rows, modality):
    """Whether each sample has a modality, to multiply maps by."""
    return rows[:, modality].view(-1, 1, 1, 1, 1)


def one_hot(classes, dtype):
    """[N, D, H, W] of numbers -> [N, 4, D, H, W]."""
    return F.one_hot(classes, CLASSES).movedim(-1, 1).to(dtype)


def clamped_cross_entropy(p, t, weigh):
    """Mean over samples and voxels of -w_c t log p, with p at least 0.005 and w_c = 1 - share of class c.

    weigh: the share is that in a "sample" or in the "batch"; or no weights: None.
    """
    each = -t * torch.log(p.clamp(0.005, 1))
    if weigh:
        volume = (2, 3, 4) if weigh == "sample" else (0, 2, 3, 4)
        of_class = t.sum(volume, keepdim=True)
        each = each * (1 - of_class / of_class.sum(1, keepdim=True))
    return each.sum(1).mean()


def batch_dice(p, t, squares=False):
    """1 - mean over classes of 2 sum(p t) / (sum(p) + sum(t) + 1e-7), sums over the batch; squares: of p^2."""
    volume = (0, 2, 3, 4)
    below = (p * p if squares else p).sum(volume) + t.sum(volume) + 1e-7
    return 1 - (2 * (p * t).sum(volume) / below).mean()


def sample_dice(p, t):
    """1 - mean over samples and classes of (2 sum(p t) + 1e-5) / (sum(p^2) + sum(t) + 1e-5)."""
    volume = (2, 3, 4)
    return 1 - ((2 * (p * t).sum(volume) + 1e-5) / ((p * p).sum(volume) + t.sum(volume) + 1e-5)).mean()


def corner_aligned(x, factor=2):
    return F.interpolate(x, scale_factor=factor, mode="trilinear", align_corners=True)


def nearest(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


def legacy_double(x):
    """Voxels, and the means of neighbours between them, axis by axis; the last voxel twice, as TensorFlow 1 resizes."""
    for axis in (2, 3, 4):
        last = x.shape[axis] - 1
        after = torch.cat([x.narrow(axis, 1, last), x.narrow(axis, last, 1)], axis)
        x = torch.stack([x, (x + after) / 2], axis + 1).flatten(axis, axis + 1)
    return x


def convolution(inputs, outputs, kernel, stride=1, padding="zeros"):
    """With bias, padded by (kernel - 1) / 2 rounded down, with zeros or by reflection."""
    around = (kernel - 1) // 2
    mode = padding if around else "zeros"
    return nn.Conv3d(inputs, outputs, kernel, stride, around, padding_mode=mode)


class ResidualEncoder(nn.Module):
    """Levels x_l = h + c3(c2(h)) with h = c1(x_(l-1)), which halves from level 2 on.

    unit(inputs, outputs, kernel, stride) makes a layer; first, the same of level 1's c1.
    """

    def __init__(self, unit, base, levels, first=None):
        super().__init__()
        self.levels = levels
        inputs = 1
        for level in range(1, levels + 1):
            outputs = base * 2 ** (level - 1)
            entry = first if first and level == 1 else unit
            setattr(self, f"e{level}_c1", entry(inputs, outputs, 3, 1 if level == 1 else 2))
            setattr(self, f"e{level}_c2", unit(outputs, outputs, 3, 1))
            setattr(self, f"e{level}_c3", unit(outputs, outputs, 3, 1))
            inputs = outputs

    def forward(self, x):
        maps = []
        for level in range(1, self.levels + 1):
            h = getattr(self, f"e{level}_c1")(x)
            x = h + getattr(self, f"e{level}_c3")(getattr(self, f"e{level}_c2")(h))
            maps.append(x)
        return maps


class LevelDecoder(nn.Module):
    """From the deepest level on: enlarge, c1, put the level beside it, c2, out."""

    def __init__(self, unit, base, levels, enlarge):
        super().__init__()
        self.levels, self.enlarge = levels, enlarge
        for level in range(1, levels):
            outputs = base * 2 ** (level - 1)
            setattr(self, f"d{level}_c1", unit(2 * outputs, outputs, 3, 1))
            setattr(self, f"d{level}_c2", unit(2 * outputs, outputs, 3, 1))
            setattr(self, f"d{level}_out", unit(outputs, outputs, 1, 1))

    def decode(self, maps):
        d = maps[-1]
        for level in range(self.levels - 1, 0, -1):
            d = getattr(self, f"d{level}_c1")(self.enlarge(d))
            d = getattr(self, f"d{level}_c2")(torch.cat([d, maps[level - 1]], 1))
            d = getattr(self, f"d{level}_out")(d)
        return d


class SeparateDecoder(LevelDecoder):
    """One modality's own class probabilities."""

    def __init__(self, unit, base, levels):
        super().__init__(unit, base, levels, corner_aligned)
        self.seg_layer = convolution(base, CLASSES, 1)

    def forward(self, maps):
        return torch.softmax(self.seg_layer(self.decode(maps)), 1)


def stacked_objective(fused, separate, auxiliary, batch):
    """The objective of RFNet and mmFormer: fused probabilities, one map of each modality, and one of each level."""
    t = one_hot(batch.labels, batch.images.dtype)
    losses = {}
    for name, maps in (("fuse", [fused]), ("sep", separate), ("prm", auxiliary)):
        losses[f"{name}_cross"] = sum(clamped_cross_entropy(p, t, "sample") for p in maps)
        losses[f"{name}_dice"] = sum(batch_dice(p, t) for p in maps)
    # At weight 0 the fused map's gradients are zero, and not absent: Adam goes on decaying those parameters.
    fused_weight = 0 if batch.case.get("warmup") else 1
    total = sum(loss * (fused_weight if name.startswith("fuse") else 1) for name, loss in losses.items())
    return {**losses, "total": total}
