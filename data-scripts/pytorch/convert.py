"""Converts weights between PyTorch checkpoints and .safetensors, which the kit reads and writes.

    python convert.py IN OUT [--trust-pickle] [--axes XYZ]

One of the two ends in .safetensors, the other in .pth, .pt or .tar. IN may hold a state dict, or one under "model" or
"state_dict"; the prefixes "module." of DataParallel and "_orig_mod." of torch.compile
are taken off. OUT gets a plain state dict. The tensors are bit for bit the same. What the kit knows besides (the crop
and the data of the training) goes into OUT.json beside a PyTorch file, and comes back from IN.json.

It needs PyTorch and safetensors, once, in an environment of your own or the kit's (.venv):

    python -m pip install -r data-scripts/pytorch/requirements.txt

--axes XYZ is for networks whose code reads volumes in the order of the images' files (left, posterior, superior in BraTS),
as that of RFNet and ACN does: kernels of the PyTorch file are along X, Y, Z, those of the .safetensors file along depth,
height and width (Z, X, Y), as the kit reads volumes. Without it they are in one order.

--trust-pickle reads a checkpoint that holds a whole pickled model, as the authors' final.pth does. Unpickling runs
whatever code the file names, so do it only with a file whose maker you trust, and put the authors' source on
PYTHONPATH, because the model's classes are imported from there.
"""

import argparse
import json
import os
import pickle
import re
import sys

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

PICKLES = (".pth", ".pt", ".tar")
PREFIX = re.compile(r"^(module\.|_orig_mod\.)+")


def state_dict_of(checkpoint, file):
    """The tensors by name of any checkpoint."""
    for key in ("model", "state_dict"):
        if isinstance(checkpoint, dict) and key in checkpoint:
            checkpoint = checkpoint[key]
    if isinstance(checkpoint, torch.nn.Module):
        checkpoint = checkpoint.state_dict()
    if not isinstance(checkpoint, dict) or not checkpoint:
        sys.exit(f'{file}: holds {type(checkpoint).__name__} and should hold a state dict, or one under "model" or "state_dict"')
    tensors = {}
    for name, tensor in checkpoint.items():
        if not isinstance(tensor, torch.Tensor):
            sys.exit(f"{file}: {name} is {type(tensor).__name__} and should be a tensor; give only the state dict")
        full, name = name, PREFIX.sub("", name)
        if name in tensors:
            sys.exit(f"{file}: {name} appears with a prefix ({full}) and without; keep one of the two")
        # Tensors may share memory or be views, which safetensors refuses to write.
        tensors[name] = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
    return tensors


def read(file, trust_pickle):
    """Tensors by name, and their metadata."""
    try:
        if file.endswith(".safetensors"):
            with safe_open(file, framework="pt") as source:
                return {name: source.get_tensor(name) for name in source.keys()}, source.metadata() or {}
        checkpoint = torch.load(file, map_location="cpu", weights_only=not trust_pickle)
        return state_dict_of(checkpoint, file), read_metadata(file)
    except ModuleNotFoundError as error:
        sys.exit(f"{file}: {error}; put the source that defines the pickled model on PYTHONPATH")
    except pickle.UnpicklingError as error:
        if trust_pickle:
            sys.exit(f"{file}: not a PyTorch checkpoint ({error})")
        sys.exit(
            f"{file}: holds more than tensors (a pickled model?), or is damaged. If you trust its maker, add --trust-pickle: "
            "that runs code from the file and needs its source on PYTHONPATH"
        )
    except (OSError, RuntimeError, SafetensorError) as error:
        sys.exit(f"{file} can't be read: {error}")


def read_metadata(file):
    """The metadata that an earlier conversion wrote beside a PyTorch file."""
    beside = f"{file}.json"
    if not os.path.exists(beside):
        return {}
    try:
        with open(beside, encoding="utf-8") as source:
            metadata = json.load(source)
    except (OSError, ValueError) as error:
        sys.exit(f"{beside} can't be read ({error}); delete it, or convert again")
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        sys.exit(f"{beside}: should be an object of texts; delete it, or convert again")
    return metadata


def write_metadata(file, metadata):
    with open(f"{file}.json", "w", encoding="utf-8") as out:
        json.dump(metadata, out, indent=2)
        out.write("\n")


def write(file, tensors, metadata):
    """Writes beside the target and renames, so that no partial file has its name."""
    part = f"{file}.part-{os.getpid()}"
    try:
        with open(part, "wb") as out:
            if file.endswith(".safetensors"):
                out.write(save(tensors, {"format": "pt", **metadata}))
            else:
                torch.save(tensors, out)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, file)
    except (OSError, RuntimeError, SafetensorError) as error:
        sys.exit(f"{file} can't be written: {error}")
    finally:
        if os.path.exists(part):
            os.remove(part)


# Of a convolution's weight (outputs, inputs, three sides): axes in the order of the other file.
TO_KIT = (0, 1, 4, 2, 3)
FROM_KIT = (0, 1, 3, 4, 2)


def turned(tensors, order, file):
    """Every convolution's weight with its sides in another order."""
    # mmFormer's: which scan's tokens a place of its fusion gets depends on the order of the axes.
    tokens = next((name for name in tensors if name.endswith("_pos")), None)
    if tokens is not None:
        sys.exit(f"{file}: {tokens} is of tokens, which the network numbers along the axes, so no order of weights makes up for another; leave --axes out")
    return {name: tensor.permute(order).contiguous() if tensor.dim() == 5 else tensor for name, tensor in tensors.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", metavar="IN")
    parser.add_argument("output", metavar="OUT")
    parser.add_argument("--trust-pickle", action="store_true", help="read a pickled whole model: this runs code from the file")
    parser.add_argument("--axes", choices=("DHW", "XYZ"), default="DHW", help="of the kernels of the PyTorch file (default: DHW, as the kit's)")
    options = parser.parse_args()
    files = (options.input, options.output)
    for file in files:
        if not file.endswith((".safetensors", *PICKLES)):
            sys.exit(f"{file} should end in .safetensors, {', '.join(PICKLES)}")
    if sum(file.endswith(".safetensors") for file in files) != 1:
        sys.exit(f"{options.input} and {options.output}: one of the two should end in .safetensors")
    tensors, metadata = read(options.input, options.trust_pickle)
    if options.axes == "XYZ":
        order = TO_KIT if options.output.endswith(".safetensors") else FROM_KIT
        tensors = turned(tensors, order, options.input)
    write(options.output, tensors, metadata)
    known = {name: text for name, text in metadata.items() if name != "format"}
    if known and not options.output.endswith(".safetensors"):
        write_metadata(options.output, known)
    values = sum(tensor.numel() for tensor in tensors.values())
    print(f"{options.output}: {len(tensors)} tensors, {values:,} values, {os.path.getsize(options.output):,} bytes")


if __name__ == "__main__":
    main()
