"""RobustSeg (Chen et al., MICCAI 2019, arXiv 2002.09708): each scan is split into content, four levels of maps, and
style, a few numbers; the mask is decoded of gated content, and each scan is rebuilt of it with its own style.

The variant "port" is that of AImageLab-zip/IM-Fuse. Without dropout.
"""

import re
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from network import InstanceNorm, instance_norm

from .common import (
    CLASSES,
    LevelDecoder,
    ResidualEncoder,
    batch_dice,
    clamped_cross_entropy,
    column,
    convolution,
    corner_aligned,
    nearest,
    one_hot,
)

LABELS = "classes"
LEVELS = 4
# As parameters' names end, with the modalities' numbers in FLAIR, T1, T1ce, T2.
SCANS = {"flair": 0, "t1c": 2, "t1": 1, "t2": 3}


@dataclass
class Variant:
    affine: bool
    activates_gates: bool
    enlarge: object
    # Of the convolutions behind the enlargements of a scan that is rebuilt, and their norm.
    image_padding: str
    norm_by_voxel: bool
    own_logits: bool
    unbiased: bool


ORIGINAL = Variant(True, False, nearest, "reflect", False, False, False)
PORT = Variant(False, True, corner_aligned, "zeros", True, True, True)


class Conv(nn.Module):
    """A convolution under the name `conv`."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding="reflect"):
        super().__init__()
        self.conv = convolution(inputs, outputs, kernel, stride, padding)

    def forward(self, x):
        return self.conv(x)


class Unit(Conv):
    """Reflecting convolution, instance norm of epsilon 1e-6, leaky ReLU (of slope 1: none)."""

    def __init__(self, inputs, outputs, kernel, stride=1, affine=True, slope=0.2):
        super().__init__(inputs, outputs, kernel, stride)
        self.slope = slope
        self.normalize = InstanceNorm(outputs, 1e-6) if affine else None

    def forward(self, x):
        x = self.conv(x)
        x = self.normalize(x) if self.normalize else instance_norm(x, 1e-6)
        return x if self.slope == 1 else F.leaky_relu(x, self.slope)


class StyleEncoder(nn.Module):
    def __init__(self, base, style):
        super().__init__()
        inputs = 1
        for i, times in enumerate((1, 2, 4, 4, 4)):
            setattr(self, f"c_{i}", Conv(inputs, base * times, 7 if i == 0 else 4, 1 if i == 0 else 2))
            inputs = base * times
        self.se_logit = Conv(inputs, style, 1)

    def forward(self, x):
        for i in range(5):
            x = F.relu(getattr(self, f"c_{i}")(x))
        return self.se_logit(x.mean((2, 3, 4), keepdim=True))


class Linear(nn.Module):
    """A linear layer under the name `linear`."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x):
        return self.linear(x)


class StyleLayers(nn.Module):
    """Scale and shift, [N, C], of a style."""

    def __init__(self, style, hidden, channels):
        super().__init__()
        self.linear_0, self.linear_1 = Linear(style, hidden), Linear(hidden, hidden)
        self.mu, self.sigma = Linear(hidden, channels), Linear(hidden, channels)

    def forward(self, style):
        hidden = F.relu(self.linear_1(F.relu(self.linear_0(style))))
        return self.mu(hidden), self.sigma(hidden)


class ResidualBlock(nn.Module):
    """Two convolutions, each with an instance norm whose scale and shift are a sample's own, plus the input."""

    def __init__(self, channels, unbiased):
        super().__init__()
        self.conv1, self.conv2 = Conv(channels, channels, 3), Conv(channels, channels, 3)
        self.unbiased = unbiased

    def adapt(self, x, scale, shift):
        scale, shift = (values.view(*values.shape, 1, 1, 1) for values in (scale, shift))
        if not self.unbiased:
            return instance_norm(x, 1e-5) * scale + shift
        variance, mean = torch.var_mean(x, (2, 3, 4), keepdim=True)
        return (x - mean) / (variance + 1e-5).sqrt() * scale + shift

    def forward(self, x, scale, shift):
        y = F.relu(self.adapt(self.conv1(x), scale, shift))
        return x + self.adapt(self.conv2(y), scale, shift)


class ImageNorm(nn.Module):
    """Over channels and space with scale and shift by channel, or by channel over space, those by voxel."""

    def __init__(self, channels, size):
        super().__init__()
        shape = [channels] if size is None else size
        self.weight, self.bias = nn.Parameter(torch.ones(shape)), nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        if self.weight.ndim == 1:
            return F.group_norm(x, 1, self.weight, self.bias, 1e-12)
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, 1e-6)


class ImageDecoder(nn.Module):
    def __init__(self, base, style, hidden, variant, crop):
        super().__init__()
        channels, self.variant = 8 * base, variant
        self.mlp = StyleLayers(style, hidden, channels)
        for i in range(4):
            setattr(self, f"res_{i}", ResidualBlock(channels, variant.unbiased))
        for i in range(3):
            size = [side // 2 ** (2 - i) for side in crop] if variant.norm_by_voxel else None
            setattr(self, f"conv_{i}", Conv(channels, channels // 2, 5, 1, variant.image_padding))
            setattr(self, f"layer_norm_{i + 1}", ImageNorm(channels // 2, size))
            channels //= 2
        self.G_logit = Conv(channels, 1, 7) if variant.own_logits else None

    def forward(self, content, style):
        """What the last convolution sees (or, where it is the decoder's own, makes), and scale and shift."""
        scale, shift = self.mlp(style.flatten(1))
        x = content
        for i in range(4):
            x = getattr(self, f"res_{i}")(x, scale, shift)
        for i in range(3):
            x = getattr(self, f"conv_{i}")(self.variant.enlarge(x))
            x = F.relu(getattr(self, f"layer_norm_{i + 1}")(x))
        return self.G_logit(x) if self.G_logit else x, scale, shift


class MaskDecoder(LevelDecoder):
    def __init__(self, unit, base, enlarge):
        super().__init__(unit, base, LEVELS, enlarge)
        self.seg_logit = Conv(base, CLASSES, 1)

    def forward(self, maps):
        return self.seg_logit(self.decode(maps))


class RobustSeg(nn.Module):
    """crop: only for the port's norms by voxel."""

    def __init__(self, crop, base=16, style_base=32, style=8, hidden=128, variant=ORIGINAL):
        super().__init__()
        self.variant = variant

        def unit(*sizes):
            return Unit(*sizes, affine=variant.affine)

        for name in SCANS:
            setattr(self, f"se_{name}", StyleEncoder(style_base, style))
            setattr(self, f"ce_{name}", ResidualEncoder(unit, base, LEVELS))
            setattr(self, f"image_de_{name}", ImageDecoder(base, style, hidden, variant, crop))
        slope = 0.2 if variant.activates_gates else 1
        for level in range(1, LEVELS + 1):
            channels = base * 2 ** (level - 1)
            setattr(self, f"att_c{level}", Unit(4 * channels, 4, 3, 1, variant.affine, slope))
            setattr(self, f"fusion_c{level}", unit(4 * channels, channels, 1))
        self.G_logit = None if variant.own_logits else Conv(base, 1, 7)
        self.mask_de = MaskDecoder(unit, base, variant.enlarge)

    def encode(self, images):
        """Content of each scan by level, in the order of SCANS."""
        return [getattr(self, f"ce_{name}")(images[:, m : m + 1]) for name, m in SCANS.items()]

    def gate(self, encoded, rows):
        """Fused content by level."""
        fused = []
        for level, maps in enumerate(zip(*encoded), start=1):
            maps = [x * column(rows, m) for x, m in zip(maps, SCANS.values())]
            gates = torch.sigmoid(getattr(self, f"att_c{level}")(torch.cat(maps, 1)))
            passed = [x * gate for x, gate in zip(maps, gates.split(1, 1))]
            fused.append(getattr(self, f"fusion_c{level}")(torch.cat(passed, 1)))
        return fused

    def fuse(self, encoded, rows):
        return self.mask_de(self.gate(encoded, rows))

    def forward(self, images, rows):
        """Logits; in training, the rebuilt scans, the styles, and their scales and shifts, too."""
        content = self.gate(self.encode(images), rows)
        logits = self.mask_de(content)
        if not self.training:
            return logits
        rebuilt = []
        for name, m in SCANS.items():
            style = getattr(self, f"se_{name}")(images[:, m : m + 1])
            x, scale, shift = getattr(self, f"image_de_{name}")(content[-1], style)
            rebuilt.append((self.G_logit(x) if self.G_logit else x, style, scale, shift))
        return logits, rebuilt


def build(settings, case):
    sizes = (settings[name] for name in ("base_filters", "style_base", "style_code", "mlp"))
    return RobustSeg(case["crop"], *sizes, variant=PORT if case.get("variant") == "port" else ORIGINAL)


def style_divergence(scale, shift, port):
    """Distance of scale and shift from N(0, 1): summed over the channels, or, as in the port, their mean."""
    variance = shift.square()
    each = 0.5 * (scale.square() + variance - 1 - variance.log())
    return each.mean() if port else each.sum(1).mean()


def decay(model):
    """1e-4 times half the sum of squares of kernels, but for gates, fusions and the shared last convolution."""
    decaying = re.compile(r"(se_|ce_|image_de_|mask_de).*\.(conv|linear)\.weight$")
    return 0.5e-4 * sum(p.square().sum() for name, p in model.named_parameters() if decaying.match(name))


def segment(model, images, rows):
    """Logits at test."""
    return model(images, rows)


def objective(model, batch):
    port = model.variant is PORT
    logits, rebuilt = model(batch.images, batch.rows())
    t, p = one_hot(batch.labels, logits.dtype), torch.softmax(logits, 1)
    volumes = [batch.images[:, m : m + 1] for m in SCANS.values()]
    losses = {
        "cross": clamped_cross_entropy(p, t, "sample" if port else "batch"),
        "dice": batch_dice(p, t, squares=not port),
        "reconstruction": sum((x - volume).abs().mean() for (x, *_), volume in zip(rebuilt, volumes)),
        "kl": sum(style_divergence(scale, shift, port) for _, _, scale, shift in rebuilt),
    }
    total = losses["cross"] + losses["dice"] + 0.1 * losses["reconstruction"] + 0.1 * losses["kl"]
    if not port:
        losses["l2"] = decay(model)
        total = total + losses["l2"]
    outputs = {"logits": logits}
    for name, (x, style, _, _) in zip(SCANS, rebuilt):
        outputs.update({f"rec_{name}": x, f"style_{name}": style})
    return {**losses, "total": total}, outputs
