"""Makes small checkpoints in the form that the training scripts of SiT, REPA and SR-DiT save.

    python make.py

Needs torch (any 2.x, CPU). Element `i` of the `k`-th tensor is `k + i / 8` in the average, and the negative of that in
the weights as trained; the tests repeat it.
"""

import argparse
from collections import OrderedDict
from pathlib import Path

import torch

FOLDER = Path(__file__).parent

SHAPES = {
    "mask_token": (1, 1, 4),
    "pos_embed": (1, 5, 4),
    "x_embedder.proj.weight": (4, 2, 1, 1),
    "blocks.0.attn.qkv.weight": (12, 4),
    "blocks.0.attn.qkv.bias": (12,),
    "blocks.1.attn.v1_lambda": (),
    "feat_rope.freqs_cos": (4, 2),
}


def state(sign):
    result = OrderedDict()
    for k, (name, shape) in enumerate(SHAPES.items()):
        count = torch.Size(shape).numel()
        result[name] = sign * (k + torch.arange(count, dtype=torch.float32) / 8).reshape(shape)
    return result


def optimizer_state():
    parameters = [torch.nn.Parameter(value.clone()) for value in state(-1).values()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4)
    sum((p * p).sum() for p in parameters).backward()
    optimizer.step()
    return optimizer.state_dict()


def main():
    arguments = argparse.Namespace(
        exp_name="tiny", model="SiT-B/1", qk_norm=True, data_dir=Path("data"), proj_coeff=0.5,
        resolution=256, ema=None)
    reference = {
        "model": state(-1), "ema": state(1), "opt": optimizer_state(), "args": arguments, "steps": 400_000}
    torch.save(reference, FOLDER / "reference.pt")
    torch.save({"model": state(-1), "args": arguments, "steps": 10}, FOLDER / "trained.pt")
    torch.save(state(1), FOLDER / "bare.pt")


if __name__ == "__main__":
    main()
