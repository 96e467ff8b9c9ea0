"""Batches of a rival by the rule of filling.py."""

from filling import class_labels, filled, filled_images, region_labels

from .common import Batch

SETTINGS = ("teachers", "variant", "warmup", "epoch")


def filled_case(rival, case, dtype):
    """The batch of a case, as a golden file has it; noise, where a method adds some, is by the rule, too."""
    shape = (case["tag"], case["batch"], case["crop"])
    labels = region_labels(*shape).to(dtype) if rival.LABELS == "regions" else class_labels(*shape)

    def noise(level, mean):
        return filled(f"noise/{case['tag']}/{level}", mean.shape, -1, 1).to(dtype)

    own = {name: case[name] for name in SETTINGS if name in case}
    return Batch(filled_images(*shape).to(dtype), labels, case["available"], {**own, "noise": noise})
