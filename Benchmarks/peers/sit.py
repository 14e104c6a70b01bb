"""A SiT in PyTorch as its users write it, to be timed beside ours.

    python Benchmarks/peers/sit.py --config Benchmarks/peers/sit-s2.json <<< 7

The configuration names the sizes, what to run and how; weights and a batch of ours if wanted, random ones else,
and a file for what the model makes of the batch, so that nobody times two different functions. Each line of
input is a number of repetitions; the answer is a line of JSON with the seconds that each took. The first two
calls of a compiled network compile: leave out the first line's times.
"""

import argparse
import ctypes
import json
import math
import signal
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file, save_file


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.attn = Attention(width, heads)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))

    def forward(self, x, condition):
        parts = self.adaLN_modulation(condition).unsqueeze(1).chunk(6, dim=-1)
        x = x + parts[2] * self.attn(self.norm(x) * (1 + parts[1]) + parts[0])
        hidden = F.gelu(self.mlp["fc1"](self.norm(x) * (1 + parts[4]) + parts[3]), approximate="tanh")
        return x + parts[5] * self.mlp["fc2"](hidden)


class FinalLayer(nn.Module):
    def __init__(self, width, outputs):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.linear = nn.Linear(width, outputs)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))

    def forward(self, x, condition):
        shift, scale = self.adaLN_modulation(condition).unsqueeze(1).chunk(2, dim=-1)
        return self.linear(self.norm(x) * (1 + scale) + shift)


class TimeEmbedding(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, t):
        frequencies = torch.exp(-math.log(10000) * torch.arange(128, dtype=torch.float32, device=t.device) / 128)
        angles = t.float()[:, None] * frequencies[None]
        return self.mlp(torch.cat([torch.cos(angles), torch.sin(angles)], dim=1))


class LabelEmbedding(nn.Module):
    def __init__(self, classes, width):
        super().__init__()
        self.embedding_table = nn.Embedding(classes + 1, width)

    def forward(self, labels):
        return self.embedding_table(labels)


class PatchEmbedding(nn.Module):
    def __init__(self, channels, patch, width):
        super().__init__()
        self.proj = nn.Conv2d(channels, width, patch, patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class SiT(nn.Module):
    def __init__(self, channels, side, patch, width, depth, heads, classes):
        super().__init__()
        self.shape = (channels, side, patch)
        tokens = (side // patch) ** 2
        self.pos_embed = nn.Parameter(torch.zeros(1, tokens, width), requires_grad=False)
        self.x_embedder = PatchEmbedding(channels, patch, width)
        self.t_embedder = TimeEmbedding(width)
        self.y_embedder = LabelEmbedding(classes, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.final_layer = FinalLayer(width, channels * patch * patch)

    def forward(self, x, t, labels):
        tokens = self.x_embedder(x) + self.pos_embed
        condition = self.t_embedder(t) + self.y_embedder(labels)
        for block in self.blocks:
            tokens = block(tokens, condition)
        channels, side, patch = self.shape
        grid = side // patch
        patches = self.final_layer(tokens, condition).reshape(-1, grid, grid, patch, patch, channels)
        return patches.permute(0, 5, 1, 3, 2, 4).reshape(-1, channels, side, side)


class Peer:
    def __init__(self, config):
        self.config = config
        self.device = torch.device(config["device"])
        if self.device.type == "cpu":
            torch.set_num_threads(config["threads"])
        self.model = SiT(**config["model"]).to(self.device, memory_format=torch.channels_last)
        if "weights" in config:
            self.model.load_state_dict(load_file(config["weights"]))
        batch = load_file(config["batch"]) if "batch" in config else self.random_batch(config["images"])
        self.batch = {name: self.placed(value) for name, value in batch.items()}
        self.dtype = {"bfloat16": torch.bfloat16, "float32": torch.float32}[config["dtype"]]
        is_training = config["work"] == "train"
        self.model.train(is_training)
        self.run = self.train_step if is_training else self.sample_step
        self.network = self.model
        if config["engine"] == "compile":
            if is_training:
                self.network = torch.compile(self.model)
            else:
                import torch._inductor.config as inductor

                inductor.freezing = True
                self.network = torch.compile(self.model, mode="max-autotune")
        if is_training:
            trained = [p for p in self.model.parameters() if p.requires_grad]
            self.trained = trained
            self.optimizer = torch.optim.AdamW(trained, lr=1e-4, betas=(0.9, 0.95), weight_decay=0, fused=True)
            self.average = [p.detach().clone() for p in trained]

    def placed(self, value):
        layout = torch.channels_last if value.dim() == 4 else torch.preserve_format
        return value.to(self.device, memory_format=layout)

    def random_batch(self, images):
        channels, side, _ = self.model.shape
        item, noise = torch.randn(2, images, channels, side, side).unbind(0)
        labels = torch.arange(images) % self.config["model"]["classes"]
        return {"item": item, "noise": noise, "time": torch.rand(images), "labels": labels}

    def autocast(self):
        return torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32)

    def loss(self, network):
        b = self.batch
        t = b["time"].reshape(-1, 1, 1, 1)
        with self.autocast():
            velocity = network((1 - t) * b["item"] + t * b["noise"], b["time"], b["labels"])
        return (velocity.float() - (b["noise"] - b["item"])).square().mean()

    def train_step(self):
        loss = self.loss(self.network)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.trained, 1e-4)

    def sample_step(self):
        b = self.batch
        with torch.no_grad(), self.autocast():
            return self.network(b["noise"], b["time"], b["labels"])

    def check(self):
        """What the model makes of the batch: the prediction, and for training loss and gradients."""
        b = self.batch
        result = {}
        with torch.no_grad(), self.autocast():
            result["prediction"] = self.network(b["noise"], b["time"], b["labels"]).float().contiguous()
        if self.config["work"] == "train":
            loss = self.loss(self.network)
            loss.backward()
            result["loss"] = loss.detach().reshape(1)
            squares = [p.grad.float().square().sum() for p in self.trained]
            result["gradient_norm"] = torch.stack(squares).sum().sqrt().reshape(1)
            self.optimizer.zero_grad(set_to_none=True)
        save_file({name: value.cpu() for name, value in result.items()}, self.config["result"])

    def measure(self, count):
        seconds = []
        for _ in range(count):
            begin = time.perf_counter()
            self.run()
            if self.device.type == "cuda":
                torch.cuda.synchronize()
            seconds.append(time.perf_counter() - begin)
        return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True)
    arguments = parser.parse_args()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: ends with the program that started it
    with open(arguments.config) as file:
        peer = Peer(json.load(file))
    if "result" in peer.config:
        peer.check()
    print(json.dumps({"torch": torch.__version__, "engine": peer.config["engine"]}), flush=True)
    for line in sys.stdin:
        print(json.dumps({"seconds": peer.measure(int(line))}), flush=True)


main()
