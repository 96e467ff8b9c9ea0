"""ACN (Wang et al., MICCAI 2021, arXiv 2106.14591): a network for one scan, trained beside one for all four; outputs are
to agree, and two discriminators tell whose entropies and features they see. Without dropout.

The authors' variational branch is in no loss; its parameters are here for their checkpoints, and it isn't run.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from .common import nearest

LABELS = "classes"
# The four-scan network's order, T1, T2, FLAIR, T1ce, by numbers in FLAIR, T1, T1ce, T2.
STACKED = [1, 3, 0, 2]
# Oedema, core, enhancing tumour, background, by class.
OUTPUTS = [2, 1, 3, 0]


def conv(inputs, outputs, kernel=3, stride=1):
    return nn.Conv3d(inputs, outputs, kernel, stride, kernel // 2)


class Block(nn.Module):
    """x plus two times group norm, ReLU, convolution."""

    def __init__(self, channels):
        super().__init__()
        self.gn1, self.conv1 = nn.GroupNorm(8, channels), conv(channels, channels)
        self.gn2, self.conv2 = nn.GroupNorm(8, channels), conv(channels, channels)

    def forward(self, x):
        y = self.conv1(F.relu(self.gn1(x)))
        return x + self.conv2(F.relu(self.gn2(y)))


class UNet(nn.Module):
    LEVELS = (("conv1b",), ("conv2a", "conv2b"), ("conv3a", "conv3b"), ("conv4a", "conv4b", "conv4c", "conv4d"))

    def __init__(self, inputs, base):
        super().__init__()
        self.conv1a = conv(inputs, base)
        for level, blocks in enumerate(self.LEVELS, start=1):
            channels = base * 2 ** (level - 1)
            if level > 1:
                setattr(self, f"ds{level - 1}", conv(channels // 2, channels, 3, 2))
                setattr(self, f"up{level}conva", conv(channels, channels // 2, 1))
                setattr(self, f"up{level}convb", Block(channels // 2))
            for name in blocks:
                setattr(self, name, Block(channels))
        self.up1conv = conv(base, 4, 1)

    def forward(self, x):
        """Sigmoids, and the deepest feature."""
        x = self.conv1a(x)
        skips = []
        for level, blocks in enumerate(self.LEVELS, start=1):
            if level > 1:
                x = getattr(self, f"ds{level - 1}")(x)
            for name in blocks:
                x = getattr(self, name)(x)
            skips.append(x)
        feature = x
        for level in (4, 3, 2):
            x = nearest(getattr(self, f"up{level}conva")(x)) + skips[level - 2]
            x = getattr(self, f"up{level}convb")(x)
        return torch.sigmoid(self.up1conv(x)), feature


class UnusedBranch(nn.Module):
    def __init__(self, outputs, base, crop):
        super().__init__()
        deepest, latent = 8 * base, 2 * base
        voxels = math.prod(side // 16 for side in crop)
        self.hidden_conv = nn.Sequential(nn.GroupNorm(8, deepest), nn.ReLU(), conv(deepest, 2 * latent, 3, 2))
        self.mu_fc, self.logvar_fc = nn.Linear(latent, latent), nn.Linear(latent, latent)
        self.reconstraction = nn.Sequential(nn.Linear(latent, deepest * voxels), nn.ReLU())
        self.vconv4 = nn.Sequential(conv(deepest, deepest, 1))
        for level in (3, 2, 1):
            channels = base * 2 ** (level - 1)
            up = nn.Upsample(scale_factor=2)
            setattr(self, f"vconv{level}", nn.Sequential(conv(2 * channels, channels), up, Block(channels)))
        self.vconv0 = conv(base, outputs, 1)


class Predictor(nn.Module):
    """Of a feature, what the branch predicts of it, and how sure it is."""

    def __init__(self, channels):
        super().__init__()
        self.log_scale = nn.Parameter(torch.full((channels,), math.log(math.exp(5 - 1e-5) - 1)))
        layers = [nn.Conv3d(channels, channels, 1, bias=False) for _ in range(3)]
        self.regressor = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])

    def forward(self, feature):
        """Mean of ((predicted - f)^2 / v + log v) / 2."""
        variance = (F.softplus(self.log_scale) + 1e-5).view(1, -1, 1, 1, 1)
        return 0.5 * ((self.regressor(feature) - feature).square() / variance + variance.log()).mean()


class Network(nn.Module):
    def __init__(self, inputs, base, crop):
        super().__init__()
        self.unet = UNet(inputs, base)
        self.vae_branch = UnusedBranch(inputs, base, crop)
        self.VID_branch = Predictor(8 * base)


def discriminator(channels, kernels, strides):
    layers = []
    for inputs, outputs, kernel, stride in zip(channels, channels[1:], kernels, strides):
        layers += [nn.Conv3d(inputs, outputs, kernel, stride, 1), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])


class Acn(nn.Module):
    """crop: only for the size of the unused branch."""

    def __init__(self, crop, base=16, discriminator_base=64):
        super().__init__()
        d = discriminator_base
        self.model, self.model_mono = Network(4, base, crop), Network(1, base, crop)
        self.d_main = discriminator([4, d, 2 * d, 4 * d, 8 * d, 1], [4] * 5, [2] * 5)
        self.d_feature = discriminator([8 * base, 4 * d, 8 * d, 1], [3] * 3, [1, 1, 2])

    def discriminators(self):
        return [*self.d_main.parameters(), *self.d_feature.parameters()]


def build(settings, case):
    return Acn(case["crop"], settings["base_channels"], settings["discriminator_base"])


def dice(p, t):
    """Summed over the classes but the background."""
    volume = (0, 2, 3, 4)
    overlap = 2 * (p * t).sum(volume) / (p.square().sum(volume) + t.square().sum(volume) + 1e-7)
    return (1 - overlap)[:3].sum()


def entropy_maps(p):
    """Entropy of each class in bits, of the softmax of the sigmoids, halved."""
    s = torch.softmax(p, 1)
    return -s * torch.log2(s + 1e-30) / 2


def told(logits, truth):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, truth))


def objective(model, batch):
    (scan,) = batch.available
    t = torch.stack([batch.labels == label for label in OUTPUTS], 1).to(batch.images.dtype)
    multi, feature_multi = model.model.unet(batch.images[:, STACKED])
    mono, feature_mono = model.model_mono.unet(batch.images[:, scan : scan + 1])
    losses = {
        "dice_multi": dice(multi, t),
        "dice_mono": dice(mono, t),
        "consistency": (multi - mono).square().mean((0, 2, 3, 4))[:3].sum(),
        "consistency_weight": torch.tensor(10 * math.exp(-5 * (1 - min(batch.case.get("epoch", 0), 20) / 20) ** 2)),
    }
    losses["co_training"] = (
        0.2 * losses["dice_multi"]
        + 0.8 * losses["dice_mono"]
        + losses["consistency_weight"].item() * losses["consistency"]
    )
    # Of the one-scan network with itself: in the authors' code a variable is written over.
    losses["mutual_information"] = model.model_mono.VID_branch(feature_mono)
    maps = entropy_maps(multi), entropy_maps(mono)
    # The networks see discriminators that stand still, and the discriminators outputs that do.
    for parameter in model.discriminators():
        parameter.requires_grad_(False)
    losses["adversarial_entropy"] = told(model.d_main(maps[1]), 0.0)
    losses["adversarial_feature"] = told(model.d_feature(feature_mono), 0.0)
    for parameter in model.discriminators():
        parameter.requires_grad_(True)
    for name, d, (four, one) in (
        ("entropy", model.d_main, maps),
        ("feature", model.d_feature, (feature_multi, feature_mono)),
    ):
        losses[f"discriminator_{name}"] = 0.5 * told(d(four.detach()), 0.0) + 0.5 * told(d(one.detach()), 1.0)
    losses["networks"] = (
        losses["co_training"]
        + 0.5 * losses["mutual_information"]
        + 0.001 * losses["adversarial_entropy"]
        + 0.0002 * losses["adversarial_feature"]
    )
    losses["total"] = losses["networks"] + losses["discriminator_entropy"] + losses["discriminator_feature"]
    return losses, {"multi": multi, "mono": mono, "feature_mono": feature_mono}
