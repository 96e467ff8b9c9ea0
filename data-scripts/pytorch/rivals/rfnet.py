"""RFNet (Ding, Yu, Yang, ICCV 2021): a predicted map cuts the features of each level into four regions, and in each
region a small network weighs the modalities."""

import torch
from torch import nn
from torch.nn import functional as F

from network import instance_norm

from .common import (
    CLASSES,
    STACKED,
    LevelDecoder,
    ResidualEncoder,
    SeparateDecoder,
    column,
    convolution,
    corner_aligned,
    stacked_objective,
)

LABELS = "classes"
LEVELS = 4


class Unit(nn.Module):
    """Convolution with bias, plain instance norm, leaky ReLU 0.2."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding="zeros"):
        super().__init__()
        self.conv = convolution(inputs, outputs, kernel, stride, padding)

    def forward(self, x):
        return F.leaky_relu(instance_norm(self.conv(x), 1e-5), 0.2)


def unit_with(padding):
    return lambda *sizes: Unit(*sizes, padding=padding)


def three_units(unit, inputs, middle, outputs):
    return nn.Sequential(unit(inputs, middle, 1, 1), unit(middle, middle, 3, 1), unit(middle, outputs, 1, 1))


class RegionWeights(nn.Module):
    """What a region takes of each modality, [N, 4, 1, 1, 1]."""

    def __init__(self, channels):
        super().__init__()
        hidden = convolution(4 * channels + 1, 128, 1)
        self.weight_layer = nn.Sequential(hidden, nn.LeakyReLU(0.2), convolution(128, 4, 1), nn.Sigmoid())

    def forward(self, x):
        return self.weight_layer(x)


class RegionFusion(nn.Module):
    def __init__(self, unit, channels):
        super().__init__()
        self.fusion_layer = three_units(unit, 4 * channels, channels, channels // 2)

    def forward(self, regions):
        return self.fusion_layer(torch.cat(regions, 1))


class RegionAwareFusion(nn.Module):
    def __init__(self, unit, channels):
        super().__init__()
        self.modal_fusion = nn.ModuleList(RegionWeights(channels) for _ in range(CLASSES))
        self.region_fusion = RegionFusion(unit, channels)
        self.short_cut = three_units(unit, 4 * channels, channels, channels // 2)

    def forward(self, stacked, probabilities):
        """stacked [N, 4, C, D, H, W], probabilities [N, 4, D, H, W]."""
        space = (-3, -2, -1)
        regions = []
        for region, weigh in enumerate(self.modal_fusion):
            p = probabilities[:, None, region : region + 1]
            cut = stacked * p
            share = p[:, 0].mean(space, keepdim=True) + 1e-7
            means = cut.mean(space, keepdim=True).flatten(1, 2) / share
            weights = weigh(torch.cat([means, share], 1)).unsqueeze(2)
            regions.append((cut * weights).sum(1))
        return torch.cat([self.region_fusion(regions), self.short_cut(stacked.flatten(1, 2))], 1)


class MapGenerator(nn.Module):
    """Class probabilities of a level, of the stacked features and (not at the deepest) of what the decoder has."""

    def __init__(self, unit, channels, deepest):
        super().__init__()
        self.embedding_layer = three_units(unit, 4 * channels, channels // 4, channels)
        entering = channels if deepest else 2 * channels
        self.prm_layer = nn.Sequential(unit(entering, 16, 1, 1), convolution(16, CLASSES, 1), nn.Softmax(1))

    def forward(self, stacked, decoded=None):
        embedded = self.embedding_layer(stacked.flatten(1, 2))
        return self.prm_layer(embedded if decoded is None else torch.cat([decoded, embedded], 1))


class FusionDecoder(LevelDecoder):
    def __init__(self, unit, base):
        super().__init__(unit, base, LEVELS, corner_aligned)
        self.seg_layer = convolution(base, CLASSES, 1)
        for level in range(1, LEVELS + 1):
            channels = base * 2 ** (level - 1)
            setattr(self, f"RFM{level}", RegionAwareFusion(unit, channels))
            setattr(self, f"prm_generator{level}", MapGenerator(unit, channels, level == LEVELS))

    def forward(self, stacked):
        """Logits, and the maps of levels 1..4 in the size of the crop, of masked features [N, 4, C, D, H, W] by level."""
        maps = []
        d = None
        for level in range(LEVELS, 0, -1):
            x = stacked[level - 1]
            p = getattr(self, f"prm_generator{level}")(x, d)
            maps.insert(0, p if level == 1 else corner_aligned(p, 2 ** (level - 1)))
            fused = getattr(self, f"RFM{level}")(x, p.detach())
            if d is None:
                d = fused
            else:
                d = getattr(self, f"d{level}_c2")(torch.cat([fused, d], 1))
                d = getattr(self, f"d{level}_out")(d)
            if level > 1:
                d = getattr(self, f"d{level - 1}_c1")(corner_aligned(d))
        return self.seg_layer(d), maps


class RFNet(nn.Module):
    def __init__(self, base=16, padding="zeros"):
        super().__init__()
        unit = unit_with(padding)
        for name in STACKED:
            setattr(self, f"{name}_encoder", ResidualEncoder(unit, base, LEVELS))
        self.decoder_fuse = FusionDecoder(unit, base)
        self.decoder_sep = SeparateDecoder(unit, base, LEVELS)

    def encode(self, images):
        """Levels of each modality's encoder, in the order of STACKED."""
        return [getattr(self, f"{name}_encoder")(images[:, m : m + 1]) for name, m in STACKED.items()]

    def fuse(self, encoded, rows):
        masked = [[x * column(rows, m) for x in maps] for m, maps in zip(STACKED.values(), encoded)]
        return self.decoder_fuse([torch.stack(level, 1) for level in zip(*masked)])

    def forward(self, images, rows):
        """Logits of what the rows have; in training, each modality's own probabilities and the levels' maps, too."""
        encoded = self.encode(images)
        logits, maps = self.fuse(encoded, rows)
        return (logits, [self.decoder_sep(levels) for levels in encoded], maps) if self.training else logits


def build(settings, case):
    return RFNet(settings["base_channels"], case.get("padding", "zeros"))


def segment(model, images, rows):
    """Logits at test."""
    return model(images, rows)


def objective(model, batch):
    logits, separate, maps = model(batch.images, batch.rows())
    probabilities = torch.softmax(logits, 1)
    outputs = {"logits": logits, "probabilities": probabilities}
    outputs.update((f"sep_{name}", p) for name, p in zip(STACKED, separate))
    outputs.update(("prm1" if i == 0 else f"prm{i + 1}_up{2**i}", p) for i, p in enumerate(maps))
    return stacked_objective(probabilities, separate, maps, batch), outputs
