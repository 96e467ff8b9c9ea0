"""The network, the losses and the two forward passes of MCKD in plain PyTorch, to check the kit against.

Parameter names and shapes are those of the authors' checkpoints at width 1, without the self-attention that they
never use; a smaller width scales every channel count. Tensors are [N, C, D, H, W]; modalities come in the order
FLAIR, T1, T1ce, T2 and regions in the order ET, WT, TC.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

MODALITIES = 4
REGIONS = 3
STAGE_BLOCKS = (3, 4, 6, 3)
STAGE_PLANES = (64, 128, 256, 320)
DECODER = (32, 64, 128, 256)


def scaled(channels, width):
    """A channel count at a width: halves are rounded up, and nothing falls below 1."""
    return max(1, math.floor(channels * width + 0.5))


class StandardConv(nn.Conv3d):
    """A convolution without bias whose filters are standardised to mean 0 and (unbiased) variance 1."""

    def __init__(self, inputs, outputs, kernel, stride=1, dilation=1):
        padding = dilation * (kernel // 2)
        super().__init__(inputs, outputs, kernel, stride, padding, dilation, bias=False)

    def forward(self, x):
        variance, mean = torch.var_mean(self.weight, dim=(1, 2, 3, 4), keepdim=True)
        weight = (self.weight - mean) / torch.sqrt(variance + 1e-12)
        return F.conv3d(x, weight, None, self.stride, self.padding, self.dilation)


def instance_norm(x, epsilon, weight=None, bias=None):
    """Instance norm over any number of voxels; F.instance_norm refuses the one voxel of ASPP's global branch."""
    return torch.instance_norm(x, weight, bias, None, None, True, 0.0, epsilon, torch.backends.cudnn.enabled)


class InstanceNorm(nn.Module):
    """Instance norm with scale and shift."""

    def __init__(self, channels, epsilon=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.epsilon = epsilon

    def forward(self, x):
        return instance_norm(x, self.epsilon, self.weight, self.bias)


def activation(x):
    return F.leaky_relu(x, 0.01)


class Activation(nn.Module):
    def forward(self, x):
        return activation(x)


def normed(inputs, outputs, kernel, dilation=1):
    return nn.Sequential(StandardConv(inputs, outputs, kernel, 1, dilation), InstanceNorm(outputs), Activation())


class Bottleneck(nn.Module):
    """1x1x1, 3x3x3 with the stride, 1x1x1 to four times the planes, plus the input (projected in a stage's first)."""

    def __init__(self, inputs, planes, stride, first):
        super().__init__()
        self.conv1, self.norm1 = StandardConv(inputs, planes, 1), InstanceNorm(planes)
        self.conv2, self.norm2 = StandardConv(planes, planes, 3, stride), InstanceNorm(planes)
        self.conv3, self.norm3 = StandardConv(planes, 4 * planes, 1), InstanceNorm(4 * planes)
        if first:
            self.downsample = nn.Sequential(StandardConv(inputs, 4 * planes, 1, stride), InstanceNorm(4 * planes))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        y = activation(self.norm1(self.conv1(x)))
        y = activation(self.norm2(self.conv2(y)))
        return activation(self.norm3(self.conv3(y)) + self.downsample(x))


class BasicBlock(nn.Module):
    """Two 3x3x3 convolutions plus the input."""

    def __init__(self, channels):
        super().__init__()
        self.conv1, self.norm1 = StandardConv(channels, channels, 3), InstanceNorm(channels)
        self.conv2, self.norm2 = StandardConv(channels, channels, 3), InstanceNorm(channels)

    def forward(self, x):
        y = activation(self.norm1(self.conv1(x)))
        return activation(self.norm2(self.conv2(y)) + x)


class Backbone(nn.Module):
    """A ResNet-50 for volumes; returns the outputs of its stem and of its four stages."""

    def __init__(self, width):
        super().__init__()
        channels = scaled(64, width)
        self.conv1, self.norm1 = StandardConv(1, channels, 7, (1, 2, 2)), InstanceNorm(channels)
        for stage, (blocks, planes) in enumerate(zip(STAGE_BLOCKS, STAGE_PLANES), start=1):
            planes = scaled(planes, width)
            layer = []
            for block in range(blocks):
                stride = 2 if block == 0 and stage > 1 else 1
                layer.append(Bottleneck(channels, planes, stride, block == 0))
                channels = 4 * planes
            setattr(self, f"layer{stage}", nn.Sequential(*layer))
        self.channels = channels

    def forward(self, x):
        levels = [activation(self.norm1(self.conv1(x)))]
        x = F.max_pool3d(levels[0], 3, 2, 1)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
            levels.append(x)
        return levels


class Aspp(nn.Module):
    """Atrous spatial pyramid pooling: 1x1x1, three dilated 3x3x3, and the global mean."""

    def __init__(self, channels):
        super().__init__()
        self.branch1 = normed(channels, channels, 1)
        self.branch2 = normed(channels, channels, 3, 2)
        self.branch3 = normed(channels, channels, 3, 4)
        self.branch4 = normed(channels, channels, 3, 8)
        self.branch5_conv, self.branch5_norm = StandardConv(channels, channels, 1), InstanceNorm(channels)
        self.conv_cat = normed(5 * channels, channels, 1)

    def forward(self, x):
        mean = self.branch5_conv(x.mean((2, 3, 4), keepdim=True))
        spread = activation(self.branch5_norm(mean)).expand_as(x)
        branches = [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x), spread]
        return self.conv_cat(torch.cat(branches, 1))


class Encoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        feature = scaled(256, width)
        self.backbone = Backbone(width)
        self.asppreduce = normed(self.backbone.channels, feature, 1)
        self.aspp = Aspp(feature)

    def forward(self, x):
        """The feature, the skips, and what enters the pyramid pooling."""
        levels = self.backbone(x)
        reduced = self.asppreduce(levels[4])
        return self.aspp(reduced), levels[:4], reduced


class Decoder(nn.Module):
    """Four times: double the size, add the skip, one block; then three logits, doubled in the plane."""

    def __init__(self, width):
        super().__init__()
        below = MODALITIES * scaled(256, width)
        for level in (3, 2, 1, 0):
            channels = scaled(DECODER[level], width)
            skip = scaled(64, width) if level == 0 else 4 * scaled(STAGE_PLANES[level - 1], width)
            setattr(self, f"transposeconv_stage{level}", nn.ConvTranspose3d(below, channels, 2, 2, bias=False))
            setattr(self, f"shortcut_conv{level}", normed(MODALITIES * skip, channels, 1))
            setattr(self, f"stage{level}_de", BasicBlock(channels))
            below = channels
        self.cls_conv = nn.Sequential(nn.Conv3d(below, REGIONS, 1, bias=False))

    def forward(self, x, skips):
        for level in (3, 2, 1, 0):
            x = getattr(self, f"transposeconv_stage{level}")(x)
            x = getattr(self, f"stage{level}_de")(x + getattr(self, f"shortcut_conv{level}")(skips[level]))
        return F.interpolate(self.cls_conv(x), scale_factor=(1, 2, 2), mode="trilinear", align_corners=False)


class Importance(nn.Module):
    """theta_w, one number per modality; the weights are its softmax."""

    def __init__(self):
        super().__init__()
        self.kd_weights = nn.Parameter(torch.rand(MODALITIES))

    def forward(self):
        return torch.softmax(self.kd_weights, 0)


def without_absent(images, available):
    """Images with those of absent modalities 0."""
    present = torch.zeros(MODALITIES, dtype=images.dtype, device=images.device)
    present[list(available)] = 1
    return images * present.view(1, -1, 1, 1, 1)


class SharedNetwork(nn.Module):
    """One encoder for all modalities, and the decoder."""

    def __init__(self, width=1):
        super().__init__()
        self.shared_enc, self.shared_dec = Encoder(width), Decoder(width)
        for module in self.modules():
            if isinstance(module, (nn.Conv3d, nn.ConvTranspose3d)):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def encode(self, images, available):
        """One feature per modality, and the skips with the modalities' channels side by side; absent scans enter as zeros."""
        volumes = without_absent(images, available).flatten(0, 1).unsqueeze(1)
        features, levels, _ = self.shared_enc(volumes)
        samples = (len(images), MODALITIES)
        return features.unflatten(0, samples).unbind(1), [x.unflatten(0, samples).flatten(1, 2) for x in levels]

    def decode_filled(self, features, skips, available):
        """Logits, with the mean of the available features in place of an absent one."""
        mean = torch.stack([features[m] for m in available]).mean(0)
        filled = [f if m in available else mean for m, f in enumerate(features)]
        return self.shared_dec(torch.cat(filled, 1), skips)


class Mckd(SharedNetwork):
    def __init__(self, width=1):
        super().__init__(width)
        self.kd_weights = Importance()

    def forward(self, images, available=(0, 1, 2, 3)):
        """Logits, and the distillation loss between the features of the available modalities."""
        features, skips = self.encode(images, available)
        return self.decode_filled(features, skips, available), distillation_loss(features, available, self.kd_weights())

    def meta_forward(self, images):
        """Logits of the meta step: every feature times its modality's importance weight."""
        features, skips = self.encode(images, range(MODALITIES))
        return self.shared_dec(torch.cat([w * f for w, f in zip(self.kd_weights(), features)], 1), skips)


def distillation_loss(features, available, weights):
    """Sum over ordered pairs (teacher i, student j) of w_i / w_j times the mean of |f_i - f_j|; only f_j learns."""
    weights = weights.detach()
    loss = torch.zeros_like(weights[0])
    for i in available:
        for j in available:
            if i != j:
                loss = loss + weights[i] / weights[j] * (features[i].detach() - features[j]).abs().mean()
    return loss


def dice_loss(logits, labels):
    """Mean over regions and samples of 1 - 2 sum(p g) / (sum(p) + sum(g) + 1)."""
    p = torch.sigmoid(logits).flatten(2)
    g = labels.flatten(2)
    return (1 - 2 * (p * g).sum(2) / (p.sum(2) + g.sum(2) + 1)).mean()


def bce_loss(logits, labels):
    """Binary cross-entropy, mean over voxels and samples, summed over the regions."""
    return REGIONS * F.binary_cross_entropy_with_logits(logits, labels)
