"""Ten steps of Muon: torch.optim.Muon in bfloat16, and the formulas in float64.

python make.py FOLDER
"""
import sys

import numpy
import torch
from safetensors.torch import save_file

RATE, DECAY, MOMENTUM, STEPS = 0.02, 0.1, 0.95, 10
# Two matrices of one shape, a tall, a square and a single row; `wide.1` gets no gradient in step 5.
SHAPES = {
    "wide.0": (8, 12), "wide.1": (8, 12), "tall": (24, 6), "square": (16, 16), "row": (1, 16),
}


def orthogonalized(matrix):
    """Five steps of the Newton-Schulz iteration, written from the formula, float64."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / max(numpy.sqrt((x * x).sum()), 1e-7)
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.T if tall else x


def plain_steps(weights, gradients):
    """The formulas of Muon in float64."""
    weights = {name: value.double().numpy() for name, value in weights.items()}
    momenta = {name: numpy.zeros_like(value) for name, value in weights.items()}
    for step in range(STEPS):
        for name, weight in weights.items():
            gradient = gradients[name][step].double().numpy()
            momenta[name] = MOMENTUM * momenta[name] + (1 - MOMENTUM) * gradient
            ahead = MOMENTUM * momenta[name] + (1 - MOMENTUM) * gradient
            scale = max(1, weight.shape[0] / weight.shape[1]) ** 0.5
            weights[name] = weight * (1 - RATE * DECAY) - RATE * scale * orthogonalized(ahead)
    return ({name: torch.from_numpy(value) for name, value in state.items()}
            for state in (weights, momenta))


def torch_steps(weights, gradients):
    """torch.optim.Muon as it is."""
    parameters = {name: torch.nn.Parameter(value.clone()) for name, value in weights.items()}
    optimizer = torch.optim.Muon(
        parameters.values(), lr=RATE, weight_decay=DECAY, momentum=MOMENTUM, nesterov=True,
        adjust_lr_fn="original")
    for step in range(STEPS):
        for name, parameter in parameters.items():
            parameter.grad = gradients[name][step].clone()
        optimizer.step()
    return ({name: value.detach() for name, value in parameters.items()},
            {name: optimizer.state[value]["momentum_buffer"] for name, value in parameters.items()})


def main(folder):
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(7)
    draw = lambda *shape: torch.randn(*shape, generator=generator)
    weights = {name: 0.3 * draw(*shape) for name, shape in SHAPES.items()}
    gradients = {name: draw(STEPS, *shape) for name, shape in SHAPES.items()}
    gradients["wide.1"][5] = 0
    tensors = {f"weight/{name}": value for name, value in weights.items()}
    tensors |= {f"gradient/{name}": value for name, value in gradients.items()}
    for case, run in (("torch", torch_steps), ("plain", plain_steps)):
        after, momenta = run(weights, gradients)
        tensors |= {f"{case}/weight/{name}": value for name, value in after.items()}
        tensors |= {f"{case}/momentum/{name}": value for name, value in momenta.items()}
    save_file({name: value.contiguous() for name, value in tensors.items()},
              f"{folder}/muon.safetensors")
    worst = max((tensors[f"torch/weight/{n}"].double() - tensors[f"plain/weight/{n}"]).abs().max()
                for n in SHAPES)
    moved = max((tensors[f"plain/weight/{n}"] - weights[n].double()).abs().max() for n in SHAPES)
    print(f"bfloat16 against float64: {worst:.2e}, moved {moved:.2e}")


if __name__ == "__main__":
    main(sys.argv[1])
