"""mmFormer (Zhang et al., MICCAI 2022, arXiv 2206.02425): the deepest feature's voxels are tokens of a transformer for
each modality, and of one over all. Without dropout."""

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
LEVELS = 5


class Unit(nn.Module):
    """Plain instance norm, leaky ReLU 0.2, convolution with bias."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding="zeros"):
        super().__init__()
        self.conv = convolution(inputs, outputs, kernel, stride, padding)

    def forward(self, x):
        return self.conv(F.leaky_relu(instance_norm(x, 1e-5), 0.2))


class Named(nn.Module):
    """Modules by name, so that parameters have the authors' names."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, tokens):
        by_head = self.qkv(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(*by_head).transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(width, hidden), nn.GELU(), nn.Identity(), nn.Linear(hidden, width), nn.Identity()
        )

    def forward(self, tokens):
        return self.net(tokens)


class Transformer(nn.Module):
    """One block: tokens + position, plus attention, plus two linear layers, each behind a layer norm."""

    def __init__(self, width, hidden, heads):
        super().__init__()

        def behind_norm(layer):
            return nn.ModuleList([Named(fn=Named(norm=nn.LayerNorm(width), fn=layer))])

        self.cross_attention_list = behind_norm(Attention(width, heads))
        self.cross_ffn_list = behind_norm(FeedForward(width, hidden))

    def forward(self, tokens, position):
        tokens = tokens + position
        for (block,) in (self.cross_attention_list, self.cross_ffn_list):
            tokens = tokens + block.fn.fn(block.fn.norm(tokens))
        return tokens


class Fusion(nn.Module):
    """Built with zero padding, whatever the rest has."""

    def __init__(self, channels):
        super().__init__()
        self.fusion_layer = nn.Sequential(
            Unit(4 * channels, channels, 1), Unit(channels, channels, 3), Unit(channels, channels, 1)
        )

    def forward(self, x):
        return self.fusion_layer(x)


class FusionDecoder(LevelDecoder):
    def __init__(self, unit, base):
        super().__init__(unit, base, LEVELS, corner_aligned)
        self.seg_layer = convolution(base, CLASSES, 1)
        for level in range(1, LEVELS + 1):
            channels = base * 2 ** (level - 1)
            setattr(self, f"RFM{level}", Fusion(channels))
            if level > 1:
                setattr(self, f"seg_d{level - 1}", convolution(channels, CLASSES, 1))

    def forward(self, levels):
        """Logits, and the maps of levels 2..5 in the size of the crop, of the modalities' features by level."""
        auxiliary = []
        d = None
        for level in range(LEVELS, 0, -1):
            fused = getattr(self, f"RFM{level}")(levels[level - 1])
            if d is None:
                d = fused
            else:
                d = getattr(self, f"d{level}_c2")(torch.cat([fused, d], 1))
                d = getattr(self, f"d{level}_out")(d)
            if level > 1:
                p = torch.softmax(getattr(self, f"seg_d{level - 1}")(d), 1)
                auxiliary.insert(0, corner_aligned(p, 2 ** (level - 1)))
                d = getattr(self, f"d{level - 1}_c1")(corner_aligned(d))
        return self.seg_layer(d), auxiliary


class MmFormer(nn.Module):
    """grid: a sixteenth of the crop's sides."""

    def __init__(self, grid, base=8, width=512, hidden=4096, heads=8, padding="zeros"):
        super().__init__()

        def unit(*sizes):
            return Unit(*sizes, padding=padding)

        def bare(*sizes):
            return convolution(*sizes, padding=padding)

        deepest, self.grid = 16 * base, grid
        for name in STACKED:
            position = torch.zeros(1, grid[0] * grid[1] * grid[2], width)
            setattr(self, f"{name}_pos", nn.Parameter(position))
            setattr(self, f"{name}_encoder", ResidualEncoder(unit, base, LEVELS, bare))
            setattr(self, f"{name}_encode_conv", convolution(deepest, width, 1))
            # Never used, but in checkpoints.
            setattr(self, f"{name}_decode_conv", convolution(width, deepest, 1))
            setattr(self, f"{name}_transformer", Transformer(width, hidden, heads))
        self.multimodal_transformer = Transformer(width, hidden, heads)
        self.multimodal_decode_conv = convolution(4 * width, 4 * deepest, 1)
        self.decoder_fuse = FusionDecoder(unit, base)
        self.decoder_sep = SeparateDecoder(unit, base, LEVELS)

    def encode(self, images):
        """Levels of each modality's encoder, and its tokens [N, T, E], in the order of STACKED."""
        encoded = []
        for name, m in STACKED.items():
            maps = getattr(self, f"{name}_encoder")(images[:, m : m + 1])
            tokens = getattr(self, f"{name}_encode_conv")(maps[-1]).flatten(2).transpose(1, 2)
            encoded.append((maps, getattr(self, f"{name}_transformer")(tokens, getattr(self, f"{name}_pos"))))
        return encoded

    def fuse(self, encoded, rows):
        columns = [column(rows, m) for m in STACKED.values()]
        levels = [
            torch.cat([maps[level] * has for (maps, _), has in zip(encoded, columns)], 1) for level in range(LEVELS - 1)
        ]
        tokens = torch.cat([seen * has[..., 0, 0] for (_, seen), has in zip(encoded, columns)], 1)
        positions = torch.cat([getattr(self, f"{name}_pos") for name in STACKED], 1)
        mixed = self.multimodal_transformer(tokens, positions)
        # Not transposed in the authors' code: a voxel gets four neighbours of the sequence, not its own four tokens.
        viewed = mixed.reshape(len(mixed), *self.grid, -1).movedim(-1, 1)
        return self.decoder_fuse([*levels, self.multimodal_decode_conv(viewed)])

    def forward(self, images, rows):
        """As RFNet's."""
        encoded = self.encode(images)
        logits, auxiliary = self.fuse(encoded, rows)
        return (logits, [self.decoder_sep(maps) for maps, _ in encoded], auxiliary) if self.training else logits


def build(settings, case):
    sizes = (settings[name] for name in ("base_channels", "token_width", "mlp", "heads"))
    return MmFormer([side // 16 for side in case["crop"]], *sizes, padding=case.get("padding", "zeros"))


def segment(model, images, rows):
    """Logits at test."""
    return model(images, rows)


def objective(model, batch):
    logits, separate, auxiliary = model(batch.images, batch.rows())
    probabilities = torch.softmax(logits, 1)
    outputs = {"logits": logits, "probabilities": probabilities}
    outputs.update((f"sep_{name}", p) for name, p in zip(STACKED, separate))
    outputs.update((f"aux{i}_up{2**i}", p) for i, p in enumerate(auxiliary, start=1))
    return stacked_objective(probabilities, separate, auxiliary, batch), outputs
