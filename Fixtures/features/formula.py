"""Numbers that every language can make from a name: weights too large to be kept as files."""

import numpy as np
import torch


def uniforms(name, count):
    """`count` float32 numbers in -1..1: splitmix64 counted from the FNV-1a hash of the name."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(
            0x9E3779B97F4A7C15
        )
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float32) * np.float32(2**-23) - np.float32(1)


def weight(name, shape):
    """The value of a parameter: what its name and shape say."""
    values = uniforms(name, int(np.prod(shape)))
    if name.endswith("running_var"):
        values = values * np.float32(0.5) + np.float32(1)
    elif name.endswith(("running_mean", ".bias")):
        values = values * np.float32(0.125)
    elif len(shape) == 1:
        values = values * np.float32(0.25) + np.float32(1)
    elif name.endswith(".weight"):
        values = values * np.float32((6 / np.prod(shape[1:])) ** 0.5)
    else:
        values = values * np.float32(0.5)
    return torch.from_numpy(values.reshape(shape))


def fill(state):
    """A state dictionary of the same names and shapes with the formula's numbers."""
    return {
        name: (
            torch.zeros_like(value)
            if name.endswith("num_batches_tracked")
            else weight(name, tuple(value.shape))
        )
        for name, value in state.items()
    }


def pictures(name, count, height, width):
    """Bytes `[count, height, width, 3]`."""
    values = uniforms(name, count * height * width * 3)
    return ((values + 1) * 128).astype(np.uint8).reshape(count, height, width, 3)
