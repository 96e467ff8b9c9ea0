"""The Audiovision-MNIST network on complete pairs (the upper bound of the tables) in plain PyTorch, to time the kit against.

Parameter names are the kit's (lib/models/audio-visual.ts); layouts are PyTorch's.
"""

import torch
from torch import nn
from torch.nn import functional as F

DROPOUT = 0.6


class Image(nn.Module):
    """LeNet5: [N, 1, 28, 28] -> [N, 160]."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 5, 5), nn.Conv2d(5, 10, 5)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(F.dropout(self.conv2(x), 0.5, self.training), 2))
        return x.permute(0, 2, 3, 1).flatten(1)


class Speech(nn.Module):
    """Three convolutions with batch norm: [N, 1, 20, 20] -> [N, 320]."""

    def __init__(self):
        super().__init__()
        for i, (inputs, outputs) in enumerate(((1, 32), (32, 48), (48, 20)), start=1):
            setattr(self, f"conv{i}", nn.Conv2d(inputs, outputs, 2))
            setattr(self, f"norm{i}", nn.BatchNorm2d(outputs))

    def forward(self, x):
        for i in (1, 2, 3):
            x = F.relu(getattr(self, f"norm{i}")(getattr(self, f"conv{i}")(x)))
        x = F.max_pool2d(x, 2, 4).permute(0, 2, 3, 1).flatten(1)
        return F.dropout(x, 0.25, self.training)


class Fusion(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(480, 64), nn.Linear(64, 10)

    def forward(self, x):
        return self.fc2(F.dropout(F.relu(self.fc1(x)), DROPOUT, self.training))


class AudioVisual(nn.Module):
    def __init__(self):
        super().__init__()
        self.image, self.speech, self.fusion = Image(), Speech(), Fusion()

    def forward(self, image, speech):
        return self.fusion(torch.cat([self.image(image), self.speech(speech)], 1))
