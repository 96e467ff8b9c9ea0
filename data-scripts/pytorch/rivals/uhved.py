"""U-HVED (Dorent et al., MICCAI 2019, arXiv 1907.11150): a Gaussian per voxel and modality at four levels; those of the
available modalities are multiplied with N(0, 1), and a sample is segmented and turned into all four scans.

The variant "port" is that of AImageLab-zip/IM-Fuse.
"""

from dataclasses import dataclass
from itertools import combinations

import torch
from torch import nn
from torch.nn import functional as F

from .common import (
    CLASSES,
    batch_dice,
    clamped_cross_entropy,
    column,
    corner_aligned,
    legacy_double,
    one_hot,
    sample_dice,
)
from .pooled import ENCODERS, LEVELS, PooledDecoder, PooledEncoder, mean_decay

LABELS = "classes"
# With the scan's name in golden files.
DECODERS = {"flair_decoder": "flair", "t1_decoder": "t1", "t1c_decoder": "t1ce", "t2_decoder": "t2"}
SUBSETS = [subset for size in (1, 2, 3, 4) for subset in combinations(range(4), size)]


@dataclass
class Variant:
    slope: float
    enlarge: object
    # Added to variances in the products of the KL terms, and to the variance that a distance divides by.
    product_epsilon: float
    distance_epsilon: float
    # What the sum over the subsets is divided by, between the available modalities and each subset.
    inter_count: int


ORIGINAL = Variant(0.02, legacy_double, 1e-7, 1e-7, 14)
PORT = Variant(0.01, corner_aligned, 1e-5, 1e-2, 15)


def product(gaussians, weights, epsilon):
    """Mean and log-variance of the normalised product with N(0, 1); weights, of a modality: a tensor, or 1."""
    precisions = {m: weight / (gaussians[m][1].exp() + epsilon) for m, weight in weights.items()}
    total = 1 + sum(precisions.values())
    mean = sum(gaussians[m][0] * precision for m, precision in precisions.items()) / total
    return mean, torch.log(1 / total + epsilon)


def divergence(one, other, epsilon):
    """KL(one || other), mean over samples, channels and voxels; None is N(0, 1)."""
    mean, log_variance = one
    if other is None:
        return 0.5 * (-1 - log_variance + (log_variance.exp() + mean.square()) / (1 + epsilon)).mean()
    ratio = (log_variance.exp() + (mean - other[0]).square()) / (other[1].exp() + epsilon)
    return 0.5 * (-1 + other[1] - log_variance + ratio).mean()


class UHved(nn.Module):
    def __init__(self, base=8, variant=ORIGINAL):
        super().__init__()
        self.variant = variant
        for name in ENCODERS:
            setattr(self, name, PooledEncoder(base, 1, variant.slope))
        means = [base // 2 * 2**i for i in range(LEVELS)]
        for name in DECODERS:
            setattr(self, name, PooledDecoder(base, means, 1, variant.slope, variant.enlarge))
        self.seg_decoder = PooledDecoder(base, means, CLASSES, variant.slope, variant.enlarge)

    def encode(self, images):
        """By level, each modality's Gaussian: mean and log-variance."""
        encoded = [getattr(self, name)(images[:, m : m + 1]) for name, m in ENCODERS.items()]

        def gaussian(x):
            mean, log_variance = x.chunk(2, 1)
            return mean, log_variance.clamp(-50, 50)

        return [[gaussian(x) for x in level] for level in zip(*encoded)]

    def sample(self, gaussians, rows, noise):
        """noise(level, mean) is N(0, 1) for a level; None: the means themselves."""
        samples = []
        for level, of in enumerate(gaussians):
            mean, log_variance = product(of, {m: column(rows, m) for m in range(4)}, 1e-7)
            samples.append(mean if noise is None else mean + (log_variance / 2).exp() * noise(level, mean))
        return samples

    def forward(self, images, rows, noise=None):
        """Logits, the four scans of the sample (not at test), and the Gaussians."""
        gaussians = self.encode(images)
        samples = self.sample(gaussians, rows, noise)
        logits = self.seg_decoder(samples)
        if not self.training:
            return logits
        return logits, [getattr(self, name)(samples) for name in DECODERS], gaussians


def divergences(gaussians, rows, variant):
    """Means over the levels of the two KL terms."""
    inter = prior = 0
    for of in gaussians:
        whole = product(of, {m: column(rows, m) for m in range(4)}, variant.product_epsilon)
        for subset in SUBSETS:
            part = product(of, dict.fromkeys(subset, 1), variant.product_epsilon)
            inter = inter + divergence(whole, part, variant.distance_epsilon)
            prior = prior + divergence(part, None, variant.distance_epsilon)
    return inter / variant.inter_count / len(gaussians), prior / len(SUBSETS) / len(gaussians)


def build(settings, case):
    return UHved(settings["base_channels"], PORT if case.get("variant") == "port" else ORIGINAL)


def segment(model, images, rows):
    """Logits of one sample, as the authors have it at test, too."""
    return model(images, rows, lambda level, mean: torch.randn_like(mean))


def objective(model, batch):
    rows = batch.rows()
    port = model.variant is PORT
    logits, scans, gaussians = model(batch.images, rows, batch.case["noise"])
    t, p = one_hot(batch.labels, logits.dtype), torch.softmax(logits, 1)
    inter, prior = divergences(gaussians, rows, model.variant)
    losses = {
        "cross_entropy": clamped_cross_entropy(p, t, None) if port else F.cross_entropy(logits, batch.labels),
        "dice": batch_dice(p, t) if port else sample_dice(p, t),
        "reconstruction": F.mse_loss(torch.cat(scans, 1), batch.images),
        "kl_inter": inter,
        "kl_prior": prior,
    }
    total = losses["cross_entropy"] + losses["dice"] + 0.1 * (losses["reconstruction"] + inter + prior)
    if not port:
        losses["l2"] = mean_decay(model)
        total = total + losses["l2"]
    outputs = {"logits": logits, **{f"rec_{scan}": x for scan, x in zip(DECODERS.values(), scans)}}
    return {**losses, "total": total}, outputs
