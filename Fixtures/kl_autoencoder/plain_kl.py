"""The autoencoder of latent diffusion in plain PyTorch, written from its description; CompVis's names.

The fixture's INVAE comes from this module, since diffusers' loader knows no attention inside levels in these
names. `make.py` first checks that it reproduces diffusers' AutoencoderKL.
"""

import torch
from torch import nn
from torch.nn import functional


def norm(channels, groups):
    return nn.GroupNorm(groups, channels, eps=1e-6)


class Residual(nn.Module):
    def __init__(self, inputs, outputs, groups):
        super().__init__()
        self.norm1, self.norm2 = norm(inputs, groups), norm(outputs, groups)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        hidden = self.conv1(functional.silu(self.norm1(x)))
        hidden = self.conv2(functional.silu(self.norm2(hidden)))
        return hidden + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class Attention(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.norm = norm(channels, groups)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x):
        normed = self.norm(x)
        q, k, v = (layer(normed).flatten(2) for layer in (self.q, self.k, self.v))
        weights = torch.softmax(q.transpose(1, 2) @ k / x.shape[1] ** 0.5, dim=-1)
        return x + self.proj_out((v @ weights.transpose(1, 2)).reshape(x.shape))


class Halve(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x):
        return self.conv(functional.pad(x, (0, 1, 0, 1)))


class Double(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3))


def level(inputs, outputs, blocks, groups, attends, resize):
    part = nn.Module()
    widths = [inputs] + [outputs] * blocks
    part.block = nn.ModuleList(Residual(a, b, groups) for a, b in zip(widths, widths[1:]))
    part.attn = nn.ModuleList(Attention(outputs, groups) for _ in range(blocks if attends else 0))
    for name, module in resize.items():
        setattr(part, name, module)
    return part


def run_level(part, x):
    for index, block in enumerate(part.block):
        x = block(x)
        if len(part.attn):
            x = part.attn[index](x)
    return x


def middle(channels, groups):
    part = nn.Module()
    part.block_1 = Residual(channels, channels, groups)
    part.attn_1 = Attention(channels, groups)
    part.block_2 = Residual(channels, channels, groups)
    return part


def run_middle(part, x):
    return part.block_2(part.attn_1(part.block_1(x)))


class Encoder(nn.Module):
    def __init__(self, width, multipliers, blocks, attends, latents, groups):
        super().__init__()
        widths = [width] + [width * m for m in multipliers]
        last = len(multipliers) - 1
        self.conv_in = nn.Conv2d(3, width, 3, padding=1)
        self.down = nn.ModuleList(
            level(widths[i], widths[i + 1], blocks, groups, i in attends,
                  {} if i == last else {"downsample": Halve(widths[i + 1])})
            for i in range(len(multipliers)))
        self.mid = middle(widths[-1], groups)
        self.norm_out = norm(widths[-1], groups)
        self.conv_out = nn.Conv2d(widths[-1], 2 * latents, 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for part in self.down:
            x = run_level(part, x)
            if hasattr(part, "downsample"):
                x = part.downsample(x)
        return self.conv_out(functional.silu(self.norm_out(run_middle(self.mid, x))))


class Decoder(nn.Module):
    def __init__(self, width, multipliers, blocks, attends, latents, groups):
        super().__init__()
        widths = [width * m for m in multipliers]
        self.conv_in = nn.Conv2d(latents, widths[-1], 3, padding=1)
        self.mid = middle(widths[-1], groups)
        inputs = widths[1:] + widths[-1:]
        self.up = nn.ModuleList(
            level(inputs[i], widths[i], blocks + 1, groups, i in attends,
                  {} if i == 0 else {"upsample": Double(widths[i])})
            for i in range(len(widths)))
        self.norm_out = norm(widths[0], groups)
        self.conv_out = nn.Conv2d(widths[0], 3, 3, padding=1)

    def forward(self, x):
        x = run_middle(self.mid, self.conv_in(x))
        for part in reversed(self.up):
            x = run_level(part, x)
            if hasattr(part, "upsample"):
                x = part.upsample(x)
        return self.conv_out(functional.silu(self.norm_out(x)))


class PlainKL(nn.Module):
    def __init__(self, width, multipliers, latents, blocks=2, attends=(), groups=32):
        super().__init__()
        sizes = (width, multipliers, blocks, attends, latents, groups)
        self.encoder, self.decoder = Encoder(*sizes), Decoder(*sizes)
        self.quant_conv = nn.Conv2d(2 * latents, 2 * latents, 1)
        self.post_quant_conv = nn.Conv2d(latents, latents, 1)

    def moments(self, pictures):
        return self.quant_conv(self.encoder(pictures))

    def decode(self, latents):
        return self.decoder(self.post_quant_conv(latents))
