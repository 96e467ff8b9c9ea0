"""LCKD (Wang et al., MICCAI 2023, arXiv 2310.01035): the shared network, and distillation from elected teachers."""

from network import SharedNetwork, bce_loss, dice_loss

LABELS = "regions"


def build(settings, case):
    return SharedNetwork(settings["width"])


def distillation(features, available, teachers):
    """Sum over available teachers i and available j of mean |f_i - f_j|; only f_j learns."""
    pairs = [(i, j) for i in teachers if i in available for j in available if i != j]
    return sum(((features[i].detach() - features[j]).abs().mean() for i, j in pairs), features[0].new_zeros(()))


def objective(model, batch):
    features, skips = model.encode(batch.images, batch.available)
    logits = model.decode_filled(features, skips, batch.available)
    losses = {
        "dice": dice_loss(logits, batch.labels),
        "bce": bce_loss(logits, batch.labels),
        "kd": distillation(features, batch.available, batch.case["teachers"]),
    }
    losses["total"] = losses["dice"] + losses["bce"] + 0.1 * losses["kd"]
    return losses, {"logits": logits}
