"""The rivals of the segmentation tables in PyTorch, to check and time the kit against.

Each file holds a network, whose parameters have the names and shapes of the authors' code (or of a public port of it),
and its objective. Networks start as PyTorch starts layers; whoever compares gives them weights.
"""

from . import acn, lckd, mmformer, rfnet, robustseg, shaspec, uhemis, uhved
from .filled import filled_case

# By the name that a golden file has in "rival"; each has build(settings, case), objective(model, batch) and LABELS.
RIVALS = {
    "LCKD": lckd,
    "ShaSpec": shaspec,
    "RFNet": rfnet,
    "mmFormer": mmformer,
    "U-HVED": uhved,
    "U-HeMIS": uhemis,
    "RobustSeg": robustseg,
    "ACN": acn,
}

__all__ = ["RIVALS", "filled_case"]
