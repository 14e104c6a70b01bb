"""Makes golden numbers of one bidirectional Mamba mixer, written from the formulas; see README.md.

python make.py FOLDER
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

WIDTH, CHANNELS, STATES, RANK, KERNEL = 20, 40, 5, 2, 4
BATCH, TOKENS = 2, 9
SHAPES = {"in_proj.weight": (2 * CHANNELS, WIDTH), "out_proj.weight": (WIDTH, CHANNELS)}
for end in ("", "_b"):
    SHAPES |= {
        f"A{end}_log": (CHANNELS, STATES),
        f"D{end}": (CHANNELS,),
        f"conv1d{end}.weight": (CHANNELS, 1, KERNEL),
        f"conv1d{end}.bias": (CHANNELS,),
        f"x_proj{end}.weight": (RANK + 2 * STATES, CHANNELS),
        f"dt_proj{end}.weight": (CHANNELS, RANK),
        f"dt_proj{end}.bias": (CHANNELS,),
    }


def silu(x):
    return x / (1 + torch.exp(-x))


def direction(x, w, end):
    """One direction over a single sequence [tokens, channels], first token to last."""
    tokens = x.shape[0]
    seen = []
    for t in range(tokens):
        total = w[f"conv1d{end}.bias"]
        for k in range(KERNEL):
            source = t - (KERNEL - 1) + k
            if source >= 0:
                total = total + w[f"conv1d{end}.weight"][:, 0, k] * x[source]
        seen.append(silu(total))
    rates = -torch.exp(w[f"A{end}_log"])
    state = torch.zeros(CHANNELS, STATES, dtype=x.dtype)
    outputs = []
    for u in seen:
        selected = w[f"x_proj{end}.weight"] @ u
        step_input, b, c = selected.split([RANK, STATES, STATES])
        raw = w[f"dt_proj{end}.weight"] @ step_input + w[f"dt_proj{end}.bias"]
        step = torch.log(1 + torch.exp(raw))
        state = torch.exp(step[:, None] * rates) * state + (step * u)[:, None] * b[None, :]
        outputs.append(state @ c + w[f"D{end}"] * u)
    return torch.stack(outputs)


def mixer(x, w, both):
    rows = []
    for row in x:
        expanded = row @ w["in_proj.weight"].T
        values, gate = expanded.split(CHANNELS, dim=-1)
        mixed = direction(values, w, "")
        if both:
            mixed = mixed + direction(values.flip(0), w, "_b").flip(0)
        rows.append((mixed * silu(gate)) @ w["out_proj.weight"].T)
    return torch.stack(rows)


def draw():
    generator = torch.Generator().manual_seed(20261121)
    weights = {}
    for name, shape in SHAPES.items():
        scale = shape[-1] ** -0.5 if len(shape) > 1 and "log" not in name else 0.5
        weights[name] = torch.randn(shape, generator=generator) * scale
    for end in ("", "_b"):
        # Steps from about 0.05 to 0.9, decays from weak to strong.
        weights[f"dt_proj{end}.bias"] -= 1.5
        weights[f"D{end}"] += 1
    x = torch.randn(BATCH, TOKENS, WIDTH, generator=generator)
    direct = torch.randn(BATCH, TOKENS, WIDTH, generator=generator)
    return weights, x, direct


def main(folder):
    torch.set_num_threads(1)
    weights, x, direct = draw()
    out = {"in/x": x, "in/weight_of_output": direct}
    spread = {}
    for case, both in [("both", True), ("forward", False)]:
        leaves = {name: value.double().requires_grad_() for name, value in weights.items()}
        x_leaf = x.double().requires_grad_()
        y = mixer(x_leaf, leaves, both)
        (y * direct.double()).sum().backward()
        out[f"{case}/out"] = y.detach()
        out[f"{case}/grad.x"] = x_leaf.grad
        for name, leaf in leaves.items():
            if leaf.grad is not None:
                out[f"{case}/grad.{name}"] = leaf.grad
        single = mixer(x, weights, both)
        spread[case] = (single.double() - y.detach()).abs().max().item()
    folder = Path(folder)
    save_file(weights, folder / "weights.safetensors")
    save_file({name: value.contiguous() for name, value in out.items()}, folder / "cases.safetensors")
    print(json.dumps({"float32 against float64": spread, "torch": torch.__version__}, indent=1))


if __name__ == "__main__":
    main(sys.argv[1])
