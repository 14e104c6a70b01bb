"""Makes small files that torch.save writes, to test reading them without Python.

    python make.py

Needs torch (any 2.x, CPU) and numpy. Every number follows from a formula below; the tests repeat them.
"""

import argparse
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).parent


def checkpoint():
    """What a training script saves: weights, averages, optimizer, arguments, progress."""
    model = torch.nn.Linear(3, 2)
    with torch.no_grad():
        model.weight.copy_(torch.arange(6).reshape(2, 3) / 4)
        model.bias.copy_(torch.tensor([-1.0, 0.5]))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    model(torch.ones(1, 3)).sum().backward()
    weights = OrderedDict((k, v.clone()) for k, v in model.state_dict().items())
    weights._metadata = model.state_dict()._metadata  # an attribute, which the pickle sets by BUILD
    optimizer.step()
    arguments = argparse.Namespace(
        name="a run", seed=2**40, lr=1e-4, flags=[True], path=Path("exps"), tuple=(1, 2.5, None),
        inner=argparse.Namespace(depth=-3), huge=10**30, text="ü")
    return {
        "args": arguments,
        "model": weights,
        "ema": {k: v.half() for k, v in weights.items()},
        "opt": optimizer.state_dict(),
        "steps": 400_000,
        "loss": np.float64(0.25),
    }


def tensors():
    """One tensor of every kind, nested in every container."""
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    return {
        "parameter": torch.nn.Parameter(torch.tensor([1.5, -2.0])),
        "types": {
            "float64": torch.tensor([1 / 3], dtype=torch.float64),
            "bfloat16": torch.tensor([1.0, 2.5, -3.25], dtype=torch.bfloat16),
            "float16": torch.tensor([0.5, 65504.0], dtype=torch.float16),
            "int64": torch.tensor([2**40, -1]),
            "int32": torch.tensor([2**30, -2], dtype=torch.int32),
            "int16": torch.tensor([-32768], dtype=torch.int16),
            "int8": torch.tensor([-128, 127], dtype=torch.int8),
            "uint8": torch.tensor([0, 255], dtype=torch.uint8),
            "bool": torch.tensor([True, False]),
            "complex": torch.tensor([1 + 2j]),
        },
        "scalar": torch.tensor(7.0),
        "empty": torch.zeros(0, 5),
        "views": [base, base.t(), base[1:, ::2]],
        "pair": (torch.tensor([1]), "not a tensor", None, torch.tensor([2])),
        3: torch.tensor([3.0]),
    }


def main():
    torch.save(checkpoint(), FOLDER / "checkpoint.pth")
    torch.save(tensors(), FOLDER / "tensors.pth")
    torch.save(torch.tensor([[1.0, 2.0]]), FOLDER / "bare.pth")
    torch.save({"a": torch.tensor([4.0])}, FOLDER / "protocol4.pth", pickle_protocol=4)
    torch.save({"a": torch.ones(2)}, FOLDER / "legacy.pth", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
