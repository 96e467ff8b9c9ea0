"""ShaSpec (Wang et al., CVPR 2023, arXiv 2307.14126): an encoder for each modality beside the shared one."""

import torch
from torch import nn
from torch.nn import functional as F

from network import MODALITIES, Encoder, SharedNetwork, StandardConv, bce_loss, dice_loss, scaled, without_absent

LABELS = "regions"
SPECIFIC = ("flair_enc", "t1_enc", "t1ce_enc", "t2_enc")


class Compose(nn.Module):
    """The shared feature plus a convolution of both."""

    def __init__(self, channels):
        super().__init__()
        self.conv = StandardConv(2 * channels, channels, 3)

    def forward(self, shared, specific):
        return shared + self.conv(torch.cat([shared, specific], 1))


class ShaSpec(SharedNetwork):
    def __init__(self, width=1):
        super().__init__(width)
        feature = scaled(256, width)
        self.compos_layer = Compose(feature)
        self.dom_classifier = nn.Linear(feature, MODALITIES)
        for name in SPECIFIC:
            setattr(self, name, Encoder(width))

    def forward(self, images, available):
        """Logits, logits of which modality a specific encoder has seen [4 N, 4], and the shared features."""
        shared, skips = self.encode(images, available)
        volumes = without_absent(images, available).split(1, 1)
        encoded = [getattr(self, name)(volume) for name, volume in zip(SPECIFIC, volumes)]
        fused = [
            self.compos_layer(shared[m], encoded[m][0]) if m in available else shared[available[0]]
            for m in range(MODALITIES)
        ]
        means = torch.stack([reduced.mean((2, 3, 4)) for _, _, reduced in encoded], 1)
        return self.shared_dec(torch.cat(fused, 1), skips), self.dom_classifier(means.flatten(0, 1)), shared


def build(settings, case):
    return ShaSpec(settings["width"])


def objective(model, batch):
    logits, domain, shared = model(batch.images, batch.available)
    losses = {
        "dice": dice_loss(logits, batch.labels),
        "bce": bce_loss(logits, batch.labels),
        "shared": sum((shared[m] - shared[(m + 1) % MODALITIES]).abs().mean() for m in range(MODALITIES)),
        "specific": F.cross_entropy(domain, torch.arange(MODALITIES).repeat(len(logits))),
    }
    losses["total"] = losses["dice"] + losses["bce"] + 0.1 * losses["shared"] + 0.02 * losses["specific"]
    return losses, {"logits": logits, "domain_logits": domain}
