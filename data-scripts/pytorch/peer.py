"""The benchmark's peer of the kit: the same work in PyTorch, nibabel and NumPy.

    python peer.py '{"work": "step", "crop": [32, 64, 64], "batch": 1, "width": 1}'

Prepares the work and prints a line of JSON; then, for each line it reads, does it once and prints
{"seconds", "peakBytes", "value"}: the value is compared with the kit's before anything is timed. The device is
"cpu", or what "device" says ("cuda").
"""

import json
import resource
import sys
import time

import numpy as np
import torch

from audio_visual import AudioVisual
from filling import fill_parameters, filled, filled_batch
from network import Mckd, bce_loss, dice_loss
from rival_training import Training
from rivals import RIVALS

TAG = "bench"


def segmentation_network(width):
    model = Mckd(width).float()
    fill_parameters(model)
    return model


def step(crop, batch, width, rate, momentum, alpha):
    """A training step with all four scans: forward, backward, SGD. The loss before it."""
    model = segmentation_network(width)
    images, labels = filled_batch(TAG, batch, crop)
    optimizer = torch.optim.SGD(model.parameters(), rate, momentum=momentum, nesterov=True)

    def once():
        optimizer.zero_grad()
        logits, distillation = model(images)
        loss = dice_loss(logits, labels) + bce_loss(logits, labels) + alpha * distillation
        loss.backward()
        optimizer.step()
        return loss.item()

    return once


def rival_step(**spec):
    """A training step of another method, by its authors' optimizer. The loss before it."""
    training = Training(**spec)
    batch = training.batch()
    return lambda: training.step(batch)


def other_network(rival, settings, tile):
    """Another method's network, as a function of a window: probabilities of the regions, [3, d, h, w]."""
    module = RIVALS[rival]
    model = module.build(settings, {"crop": tile})
    fill_parameters(model)
    model.eval()

    def run(window, present):
        rows = torch.zeros(1, 4)
        rows[0, present] = 1
        _, core, oedema, enhancing = torch.softmax(module.segment(model, window, rows)[0], 0)
        tumour_core = core + enhancing
        return torch.stack([enhancing, tumour_core + oedema, tumour_core])

    return run


def segment(size, tile, starts, width, present, other=None):
    """A sliding window over a volume, the mean of overlapping tiles' probabilities. Their sum over the volume."""
    if other:
        run = other_network(other["rival"], other["settings"], tile)
    else:
        model = segmentation_network(width).eval()

        def run(window, present):
            return torch.sigmoid(model(window, present)[0][0])

    volume = filled(f"images/{TAG}", (1, 4, *size), -1, 1)
    places = [(z, y, x) for z in starts[0] for y in starts[1] for x in starts[2]]

    def once():
        total, count = torch.zeros(3, *size), torch.zeros(size)
        with torch.inference_mode():
            for place in places:
                window = tuple(slice(a, a + b) for a, b in zip(place, tile))
                total[(..., *window)] += run(volume[(..., *window)], present)
                count[window] += 1
        return (total / count).double().sum().item()

    return once


def normalised(volume):
    """Clip at the last intensity that 50 voxels have, then mean 0 and deviation 1 over all but the background."""
    volume = volume.astype(np.float32)
    counts, _ = np.histogram(volume, bins=int(volume.max()))
    clip = np.nonzero(counts >= 50)[0][-1]
    volume[volume >= clip] = clip
    inside = volume != volume[0, 0, 0]
    values = volume[inside]
    volume[:] = 0
    volume[inside] = (values - values.mean(dtype=np.float64)) / values.std(dtype=np.float64)
    return volume


def read(files, **_):
    """Four scans read and normalised, float32 [4, Z, X, Y]. The sum of their squares, the first time."""
    import nibabel

    first = iter([True])

    def once():
        case = None
        for i, file in enumerate(files):
            scan = normalised(np.asanyarray(nibabel.load(file).dataobj)).transpose(2, 0, 1)
            case = np.empty((len(files), *scan.shape), np.float32) if case is None else case
            case[i] = scan
        return float(np.square(case).sum(dtype=np.float64)) if next(first, False) else None

    return once


def epoch(pairs, batch, rate, decay):
    """An epoch of Audiovision-MNIST on complete pairs, with Adam. The loss of all pairs before it, nothing dropped."""
    model = AudioVisual()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            low, high = (0.5, 1.5) if ".norm" in name and name.endswith("weight") else (-0.1, 0.1)
            parameter.copy_(filled(name, parameter.shape, low, high))
    image, speech = filled("images/av", (pairs, 1, 28, 28), 0, 1), filled("speech/av", (pairs, 1, 20, 20), -1, 1)
    digits = torch.arange(pairs) % 10
    optimizer = torch.optim.Adam(model.parameters(), rate, weight_decay=decay)
    criterion = torch.nn.CrossEntropyLoss()

    def once():
        model.eval()
        with torch.inference_mode():
            before = criterion(model(image, speech), digits).item()
        return before

    def train():
        model.train()
        for rows in torch.randperm(pairs).split(batch):
            optimizer.zero_grad()
            criterion(model(image[rows], speech[rows]), digits[rows]).backward()
            optimizer.step()
        return None

    calls = iter([once])
    return lambda: next(calls, train)()


WORKS = {work.__name__: work for work in (step, rival_step, segment, read, epoch)}


def main(spec):
    torch.manual_seed(0)
    device = spec.pop("device", "cpu")
    torch.set_default_device(device)
    work = WORKS[spec.pop("work")](**spec)
    print(json.dumps({"ready": True, "torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        value = work()
        if device == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "peakBytes": peak, "value": value}), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
