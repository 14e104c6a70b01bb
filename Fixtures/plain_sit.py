"""A plain SiT written from the formulas, and the proof that it matches a public reference.

Independent on purpose: no fused attention, no torch.nn, no shared code with the Swift sources. Shapes:
latents [B,C,H,W], tokens [B,N,width] row-major, linear weights [out,in].
"""

import hashlib
import json
import math
import struct
from pathlib import Path

import numpy as np
import torch

# ---- safetensors ------------------------------------------------------------------------------------

DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "U8": np.uint8}
NAMES = {np.dtype(kind): name for name, kind in DTYPES.items()}


def read_safetensors(path):
    raw = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(raw[8 + length + begin : 8 + length + end], DTYPES[entry["dtype"]])
            tensors[name] = values.reshape(entry["shape"]).copy()
    return tensors


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, values in tensors.items():
        header[name] = {
            "dtype": NAMES[values.dtype], "shape": list(values.shape),
            "data_offsets": [offset, offset + values.nbytes],
        }
        offset += values.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    body = b"".join(np.ascontiguousarray(values).tobytes() for values in tensors.values())
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)
    return {"bytes": 8 + len(text) + len(body), "sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest()}


def read_role(folder, files, role):
    """The tensors of a role of a fixture, which lie in the file `role`, or in `role.1`, `role.2` and so on."""
    parts = [file["path"] for name, file in files.items() if name.split(".")[0] == role]
    return {name: values for part in parts for name, values in read_safetensors(folder / part).items()}


# ---- The network ------------------------------------------------------------------------------------


def layer_norm(x):
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-6)


def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x):
    return x * torch.sigmoid(x)


class SiT:
    """The function of (x [B,C,H,W], t [B], labels [B]) that a state dictionary stands for."""

    def __init__(self, weights, heads, patch, dtype):
        self.w = {k: torch.from_numpy(np.array(v)).to(dtype) for k, v in weights.items()}
        self.heads, self.patch, self.dtype = heads, patch, dtype
        self.depth = 1 + max(int(k.split(".")[1]) for k in weights if k.startswith("blocks."))

    def linear(self, x, name):
        return x @ self.w[name + ".weight"].T + self.w[name + ".bias"]

    def embed_time(self, t):
        """Frequencies and features in float32, as every public DiT builds them."""
        exponents = -math.log(10000) * torch.arange(0, 128, dtype=torch.float32) / 128
        frequencies = torch.exp(exponents.double()).float()  # correctly rounded on every machine
        angles = t.float()[:, None] * frequencies[None]
        features = torch.cat([torch.cos(angles), torch.sin(angles)], dim=1).to(self.dtype)
        return self.linear(silu(self.linear(features, "t_embedder.mlp.0")), "t_embedder.mlp.2")

    def embed_patches(self, x):
        b, c, height, width = x.shape
        p = self.patch
        patches = x.reshape(b, c, height // p, p, width // p, p).permute(0, 2, 4, 1, 3, 5)
        kernel = self.w["x_embedder.proj.weight"]
        flat = patches.reshape(b, (height // p) * (width // p), c * p * p)
        return flat @ kernel.reshape(kernel.shape[0], -1).T + self.w["x_embedder.proj.bias"]

    def attention(self, x, name):
        b, n, width = x.shape
        q, k, v = self.linear(x, name + ".qkv").reshape(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / math.sqrt(width // self.heads)
        scores = torch.exp(scores - scores.amax(-1, keepdim=True))
        mixed = (scores / scores.sum(-1, keepdim=True)) @ v
        return self.linear(mixed.transpose(1, 2).reshape(b, n, width), name + ".proj")

    def block(self, x, condition, name):
        modulation = self.linear(silu(condition), name + ".adaLN_modulation.1")[:, None]
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = modulation.chunk(6, dim=-1)
        x = x + gate_a * self.attention(layer_norm(x) * (1 + scale_a) + shift_a, name + ".attn")
        hidden = gelu_tanh(self.linear(layer_norm(x) * (1 + scale_m) + shift_m, name + ".mlp.fc1"))
        return x + gate_m * self.linear(hidden, name + ".mlp.fc2")

    def __call__(self, x, t, labels, mid=None, route=None):
        """`mid` collects inner activations; `route` = (first block, last block, kept ids [B,k])."""
        mid = {} if mid is None else mid
        b, c, height, width = x.shape
        mid["x_embedder"] = self.embed_patches(x)
        mid["t_embedder"] = self.embed_time(t)
        mid["y_embedder"] = self.w["y_embedder.embedding_table.weight"][labels]
        tokens = mid["x_embedder"] + self.w["pos_embed"].reshape(1, -1, mid["x_embedder"].shape[-1])
        condition = mid["t_embedder"] + mid["y_embedder"]
        for i in range(self.depth):
            if route and i == route[0]:
                whole, ids = tokens, route[2][..., None].expand(-1, -1, tokens.shape[-1])
                tokens = tokens.gather(1, ids)
            tokens = mid[f"blocks.{i}"] = self.block(tokens, condition, f"blocks.{i}")
            if route and i == route[1]:
                tokens = mid[f"blocks.{i}"] = whole.scatter(1, ids, tokens)
        modulation = self.linear(silu(condition), "final_layer.adaLN_modulation.1")[:, None]
        shift, scale = modulation.chunk(2, dim=-1)
        out = self.linear(layer_norm(tokens) * (1 + scale) + shift, "final_layer.linear")
        p = self.patch
        out = out.reshape(b, height // p, width // p, p, p, c).permute(0, 5, 1, 3, 2, 4)
        return out.reshape(b, c, height, width)


def positions(width, side):
    """[1, side*side, width]: first half of the channels for the column, second for the row."""
    frequencies = 1 / 10000 ** (np.arange(width // 4) / (width / 4))
    row, column = np.divmod(np.arange(side * side), side)
    parts = []
    for place in (column, row):
        angles = place[:, None] * frequencies[None]
        parts += [np.sin(angles), np.cos(angles)]
    return np.concatenate(parts, axis=1)[None].astype(np.float32)


def trainable(weights):
    return [name for name in weights if name != "pos_embed"]


def flow_loss(net, x0, noise, t, labels, route=None):
    """x_t = (1-t) x0 + t noise, target noise - x0, mean of squares. Returns all the steps."""
    time = t.reshape(-1, 1, 1, 1)
    x_t = (1 - time) * x0 + time * noise
    v = net(x_t, t, labels, route=route)
    per_sample = ((v - (noise - x0)) ** 2).mean((1, 2, 3))
    return {"loss": per_sample.mean(), "per_sample": per_sample, "x_t": x_t, "v": v}


def gradients(net, loss, names):
    return dict(zip(names, torch.autograd.grad(loss, [net.w[n] for n in names])))


# ---- Proof against the public reference --------------------------------------------------------------


# A float32 cosine differs between machines by one unit in its last place, which moves the outputs by a
# few 1e-9; a wrong formula moves them by 1e-4 or more.
LIMIT = 1e-8


def prove(folder):
    """Reproduces `tread_tiny`; stops with an assertion where it does not. Returns what was measured."""
    manifest = json.loads((folder / "manifest.json").read_text())
    entry = next(f for f in manifest["fixtures"] if f["name"] == "tread_tiny")
    weights, gold = (read_role(folder, entry["files"], role) for role in ("weights", "cases"))
    order = next(c for c in entry["cases"] if c["id"] == "loss_rf")["params"]["parameter_order"]
    assert np.array_equal(positions(64, 5), weights["pos_embed"].reshape(1, 25, 64)), "pos_embed"

    net = SiT(weights, heads=4, patch=2, dtype=torch.float64)
    tensor = lambda name: torch.from_numpy(gold[name])
    mid, measured = {}, {"eval": 0.0}
    mid["out"] = net(tensor("in/x").double(), tensor("in/t").double(), tensor("in/y_eval"), mid=mid)
    for role, values in mid.items():
        stored = gold["eval/out/" + ("out" if role == "out" else "mid." + role)]
        # The golden numbers are rounded to float32: what counts is the distance beyond that rounding.
        beyond = np.abs(values.numpy() - stored.astype(np.float64)) - np.spacing(np.abs(stored)) / 2
        measured["eval"] = max(measured["eval"], float(beyond.max()))

    for name in order:
        net.w[name].requires_grad_(True)
    flow = flow_loss(
        net, tensor("in/x0").double(), tensor("in/noise").double(),
        torch.sigmoid(tensor("in/rf_normal").double()), tensor("in/y_effective"),
        route=(2, 4, tensor("in/ids_keep.0")))
    grads = gradients(net, flow["loss"], order)
    norms = np.array([float(grads[name].norm()) for name in order])
    measured["loss_rf"] = abs(float(flow["loss"].detach()) - float(gold["loss_rf/out/loss"]))
    measured["loss_rf gradient norms"] = float(np.abs(norms - gold["loss_rf/out/grad_norms"]).max())
    measured = {name: float(f"{value:.1e}") for name, value in measured.items()}
    assert max(measured.values()) < LIMIT, f"departs from tread_tiny: {measured}"
    return measured
