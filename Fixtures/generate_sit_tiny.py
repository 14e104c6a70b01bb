"""Makes the golden fixture `sit_tiny`: a plain SiT, its loss, ten AdamW steps and its samplers.

Runs the independent implementation of plain_sit.py in float64 from float32 weights. Before anything is
written, that implementation proves itself on `tread_tiny`, numbers that come from a public reference.
README.md beside this file has the schema.

    python generate_sit_tiny.py [--reference tread_tiny] [--out sit_tiny]

Needs torch (any 2.x, CPU) and numpy.
"""

import argparse
import json
import math
import platform
from pathlib import Path

import numpy as np
import torch

from plain_sit import NAMES, SiT, flow_loss, gradients, positions, prove, trainable, write_safetensors

SEED = 20408
CONFIG = {
    "depth": 3, "hidden_size": 48, "num_heads": 3, "mlp_ratio": 4.0, "patch_size": 2,
    "input_size": 8, "in_channels": 4, "num_classes": 5, "null_label": 5, "label_drop": 0.1,
    "head_dim": 16, "tokens_N": 16,
}

# ---- Weights, inputs, cases --------------------------------------------------------------------------


def make_weights(rng):
    width, patch, channels = CONFIG["hidden_size"], CONFIG["patch_size"], CONFIG["in_channels"]
    hidden = int(CONFIG["mlp_ratio"] * width)
    weights = {"pos_embed": positions(width, CONFIG["input_size"] // patch)}

    def normal(name, *shape, scale):
        weights[name] = (scale * rng.standard_normal(shape)).astype(np.float32)

    def linear(name, outputs, inputs, gain=1.0):
        normal(name + ".weight", outputs, inputs, scale=gain / math.sqrt(inputs))
        normal(name + ".bias", outputs, scale=0.1)

    normal("x_embedder.proj.weight", width, channels, patch, patch, scale=1 / math.sqrt(channels * patch**2))
    normal("x_embedder.proj.bias", width, scale=0.1)
    linear("t_embedder.mlp.0", width, 256)
    linear("t_embedder.mlp.2", width, width)
    normal("y_embedder.embedding_table.weight", CONFIG["num_classes"] + 1, width, scale=0.5)
    for i in range(CONFIG["depth"]):
        linear(f"blocks.{i}.attn.qkv", 3 * width, width)
        linear(f"blocks.{i}.attn.proj", width, width)
        linear(f"blocks.{i}.mlp.fc1", hidden, width)
        linear(f"blocks.{i}.mlp.fc2", width, hidden)
        linear(f"blocks.{i}.adaLN_modulation.1", 6 * width, width, gain=0.7)
    linear("final_layer.linear", channels * patch**2, width)
    linear("final_layer.adaLN_modulation.1", 2 * width, width, gain=0.7)
    return weights


def make_inputs(rng):
    """{name: (values, meaning)}; everything random is exactly float32."""
    shape = (4, CONFIG["in_channels"], CONFIG["input_size"], CONFIG["input_size"])
    null = CONFIG["null_label"]
    normal = lambda *s: rng.standard_normal(s).astype(np.float32)
    y, dropped = np.array([2, 0, 4, 1], np.int64), np.array([0, 1, 0, 0], np.uint8)
    return {
        "in/x": (normal(*shape), "noisy latents [B,C,H,W] for the forward case"),
        "in/t": (np.array([0.05, 0.4, 0.75, 1.0], np.float32), "time [B], 1 = noise, fed unscaled"),
        "in/y_eval": (np.array([3, null, 0, 4], np.int64), f"labels [B] for eval; {null} is the null label"),
        "in/x0": (normal(*shape), "clean latents [B,C,H,W]"),
        "in/noise": (normal(*shape), "unit normal noise [B,C,H,W]"),
        "in/t_train": (rng.uniform(0.02, 0.98, 4).astype(np.float32), "times [B] of the training cases"),
        "in/y": (y, "labels [B] of the training cases, before label drop"),
        "in/label_dropped": (dropped, "1 where the label is replaced by the null label"),
        "in/y_effective": (np.where(dropped == 1, null, y), "labels [B] after label drop"),
        "sampler/x_init": (normal(2, *shape[1:]), "initial latents, t = 1"),
        "sampler/y": (np.array([1, 3], np.int64), "labels"),
        "sampler/noise": (normal(7, 2, *shape[1:]), "noise [steps-1,B,C,H,W]; entry k is used in step k"),
    }


def eval_case(net, given):
    mid = {}
    v = net(given("in/x"), given("in/t"), given("in/y_eval"), mid=mid)
    return {"v": v, **{"mid." + role: values for role, values in mid.items()}}


GRADIENTS = [
    "x_embedder.proj.weight", "t_embedder.mlp.0.bias", "y_embedder.embedding_table.weight",
    "blocks.1.attn.qkv.weight", "blocks.2.adaLN_modulation.1.bias", "final_layer.linear.weight",
]


def training_batch(given):
    return given("in/x0"), given("in/noise"), given("in/t_train"), given("in/y_effective")


def loss_case(net, given):
    names = trainable(net.w)
    for name in names:
        net.w[name].requires_grad_(True)
    flow = flow_loss(net, *training_batch(given))
    grads = gradients(net, flow["loss"], names)
    norms = torch.stack([grads[name].norm() for name in names])
    return {
        **{role: values.detach() for role, values in flow.items()},
        "grad_norm_total": norms.norm(), "grad_norms": norms,
        **{"grad." + name: grads[name] for name in GRADIENTS},
    }


ADAMW = {
    "steps": 10, "lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01,
    "gradient_clip": 1.0, "ema_decay": 0.9, "ema_start": "initial weights",
    "ema_update": "after every step",
}


def adamw_case(net, given):
    """AdamW (decoupled decay) as PyTorch defines it, written out; the whole gradient is clipped first."""
    names, (beta1, beta2) = trainable(net.w), ADAMW["betas"]
    start = {name: net.w[name].clone() for name in names}
    ema = {name: values.clone() for name, values in start.items()}
    first = {name: torch.zeros_like(values) for name, values in start.items()}
    second = {name: torch.zeros_like(values) for name, values in start.items()}
    losses, totals = [], []
    for step in range(1, ADAMW["steps"] + 1):
        for name in names:
            net.w[name] = net.w[name].detach().requires_grad_(True)
        loss = flow_loss(net, *training_batch(given))["loss"]
        grads = gradients(net, loss, names)
        total = torch.stack([grad.norm() for grad in grads.values()]).norm()
        losses.append(loss.detach())
        totals.append(total)
        factor = torch.clamp(ADAMW["gradient_clip"] / (total + 1e-6), max=1.0)
        for name in names:
            grad, value = grads[name] * factor, net.w[name].detach()
            first[name] = beta1 * first[name] + (1 - beta1) * grad
            second[name] = beta2 * second[name] + (1 - beta2) * grad**2
            root = torch.sqrt(second[name]) / math.sqrt(1 - beta2**step) + ADAMW["eps"]
            value = value * (1 - ADAMW["lr"] * ADAMW["weight_decay"])
            net.w[name] = value - ADAMW["lr"] / (1 - beta1**step) * first[name] / root
            ema[name] = ADAMW["ema_decay"] * ema[name] + (1 - ADAMW["ema_decay"]) * net.w[name]
    return {
        "losses": torch.stack(losses), "grad_norm_totals": torch.stack(totals),
        "loss_after": flow_loss(net, *training_batch(given))["loss"],
        "moved": torch.stack([(net.w[name] - start[name]).norm() for name in names]),
        **{"param." + name: net.w[name] for name in GRADIENTS},
        **{"ema." + name: ema[name] for name in GRADIENTS},
    }


STEPS, CFG, LOW, HIGH = 8, 2.0, 0.1, 0.9


def sampler_grid(method, shift):
    if method == "em":
        grid = np.append(np.linspace(1, 0.04, STEPS), 0.0)
    else:
        grid = np.linspace(1, 0, STEPS + 1)
    return shift * grid / (1 + (shift - 1) * grid)


def sampler_case(net, given, method, shift):
    """The state is float64 whatever the network's precision; only its input is rounded."""
    x, labels = given("sampler/x_init").double(), given("sampler/y")
    grid, trajectory = sampler_grid(method, shift), []

    def velocity(x, t):
        trajectory.append(x)
        times = torch.full((len(labels),), t, dtype=torch.float64)
        evaluate = lambda y: net(x.to(net.dtype), times, y).double()
        v = evaluate(labels)
        if LOW <= t <= HIGH:
            null = evaluate(torch.full_like(labels, CONFIG["null_label"]))
            v = null + CFG * (v - null)
        return v

    for k in range(STEPS):
        t, delta, last = grid[k], grid[k + 1] - grid[k], k == STEPS - 1
        v = velocity(x, t)
        if method == "em":
            x = x + delta * ((2 - t) * v + x)
            if not last:
                x = x + math.sqrt(2 * t) * math.sqrt(abs(delta)) * given("sampler/noise")[k].double()
        elif method == "heun" and not last:
            x = x + delta * 0.5 * (v + velocity(x + delta * v, grid[k + 1]))
        else:
            x = x + delta * v
    return {"x": x, "grid": torch.from_numpy(grid), "traj_x": torch.stack(trajectory)}


def sampler_params(method, shift):
    grid = sampler_grid(method, shift)
    times = [grid[0]] if method == "heun" else list(grid[:-1])
    for k in range(STEPS - 1 if method == "heun" else 0):
        times += [grid[k + 1], grid[k + 1]]  # Heun visits each inner time twice
    return {
        "mode": "eval", "method": method, "steps": STEPS, "time_shift": shift != 1, "shift": shift,
        "cfg_scale": CFG, "guidance_low": LOW, "guidance_high": HIGH, "null_label": CONFIG["null_label"],
        "evaluation_times": [float(t) for t in times],
        "guided_evaluation": [bool(LOW <= t <= HIGH) for t in times],
    }


# ---- Manifest ----------------------------------------------------------------------------------------

MEANINGS = {
    "v": "predicted velocity [B,C,H,W]", "x_t": "noisy latents [B,C,H,W]", "loss": "float64 scalar",
    "per_sample": "float64 [B], mean over C,H,W", "x": "final latents",
    "grad_norms": "float64, L2 norm of each gradient, order in params.parameter_order",
    "grad_norm_total": "float64 scalar, L2 norm of the whole gradient",
    "losses": "float64 [10]: loss before step k+1", "loss_after": "float64 scalar, loss after step 10",
    "grad_norm_totals": "float64 [10]: L2 norm of the whole gradient in step k+1, before clipping",
    "moved": "float64, L2 norm of (parameter after step 10 - start), order in params.parameter_order",
    "grid": "float64 [steps+1]: times t_0..t_N",
    "traj_x": "latents entering the network at each evaluation (the state of both guidance branches)",
}
STORED_AS_FLOAT64 = {
    "loss", "per_sample", "grad_norms", "grad_norm_total", "losses", "loss_after", "grad_norm_totals",
    "moved", "grid",
}


def meaning(role):
    kind, _, rest = role.partition(".")
    if role in MEANINGS:
        return MEANINGS[role]
    return {
        "mid": f"output of module {rest} (debugging aid)", "grad": f"gradient of the loss by {rest}",
        "param": f"{rest} after step 10", "ema": f"EMA of {rest} after step 10",
    }[kind]


def up(value):
    """Rounded up to one significant digit."""
    unit = 10.0 ** math.floor(math.log10(value)) if value > 0 else 0.0
    return float(f"{math.ceil(value / unit - 1e-9) * unit:.0e}") if value > 0 else 0.0


def compare(role, exact, single):
    """What float32 costs the reference itself, and ten times that with a floor as the tolerance."""
    distance = np.abs(exact - single)
    rms = lambda values: float(np.sqrt((values**2).mean()))
    # A parameter of tiny gradient may move by a part of lr in either direction in float32.
    floors = (5e-5, 2e-6) if role.startswith(("param.", "ema.")) else (0.0, 0.0)
    return {
        "fp32_max_abs": float(f"{distance.max():.3e}"), "fp32_rms": float(f"{rms(distance):.3e}"),
        "tol_max_abs": up(max(10 * distance.max(), 5e-6 * np.abs(exact).max(), floors[0])),
        "tol_rms": up(max(10 * rms(distance), 5e-6 * rms(exact), floors[1])),
    }


def cases(order):
    batch = {"x0": "in/x0", "noise": "in/noise", "t": "in/t_train", "y": "in/y",
             "label_dropped": "in/label_dropped", "y_effective": "in/y_effective"}
    yield ("eval", "evaluation mode", {"x": "in/x", "t": "in/t", "y": "in/y_eval"}, {"mode": "eval"}, eval_case)
    yield ("loss", "flow-matching loss and its gradients, with label drop", batch,
           {"mode": "train", "parameter_order": order}, loss_case)
    yield ("adamw10", "ten AdamW steps on the loss, the same batch, times, noise and dropped labels each time",
           batch, {"mode": "train", **ADAMW, "parameter_order": order}, adamw_case)
    titles = {"euler": "Euler", "heun": "Heun, Euler on the last interval", "em": "Euler-Maruyama"}
    for method, title in titles.items():
        for suffix, shift in (("", 1.0), ("_shift", math.sqrt(2))):
            inputs = {"x": "sampler/x_init", "y": "sampler/y"}
            if method == "em":
                inputs["noise"] = "sampler/noise"
            run = lambda net, given, method=method, shift=shift: sampler_case(net, given, method, shift)
            yield (f"{method}_cfg{suffix}", f"{title} sampler, guided in an interval{', time shift' * bool(suffix)}",
                   inputs, sampler_params(method, shift), run)


CONVENTIONS = [
    "Time: t=0 data, t=1 noise; x_t=(1-t)x0+t*noise, target noise-x0, loss = mean of squares over all elements; "
    "t is fed to the sinusoidal embedding unscaled.",
    "Time features: cos then sin of float32(t) * float32 frequency, 128 each.",
    "Norms are LayerNorm without affine, eps 1e-6; no RoPE; no q/k norm; qkv rows are q, k, v, head-major inside; "
    "tanh GELU; adaLN order shift, scale, gate of attention, then of the MLP; final layer shift, scale.",
    "Sin-cos positions (frozen pos_embed) are added after patch embedding; first half of the channels = column.",
    "Layouts: latents NCHW; tokens row-major [batch, patches, width]; linear weights [out,in]; conv [out,in,kh,kw]; "
    "a token's output is (row in patch, column in patch, channel).",
    "Time shift: t=s*r/(1+(s-1)*r) on the whole grid. Grids before it: euler and heun linspace(1,0,N+1); "
    "em linspace(1,0.04,N) and a final 0.",
    "Guidance: v_null + scale*(v_label - v_null) where low <= t <= high (shifted t, both ends inclusive), "
    "v_label elsewhere.",
    "em: x += delta*((2-t)*v + x) + sqrt(2t)*sqrt(|delta|)*noise[k]; the last step adds no noise.",
    "heun: x += delta*(v(x,t)+v(x+delta*v,t_next))/2, Euler on the last interval.",
    "adamw10: gradient clipped by min(1, clip/(norm+1e-6)) over all parameters; decoupled weight decay on all of "
    "them; pos_embed is neither trained nor decayed; EMA after every step.",
]


def build(out, proof):
    rng = np.random.default_rng(SEED)
    weights, inputs = make_weights(rng), make_inputs(rng)
    order = trainable(weights)
    stored = {name: np.ascontiguousarray(values) for name, (values, _) in inputs.items()}
    meanings = {name: text for name, (_, text) in inputs.items()}

    def given(dtype):
        def value(name):
            tensor = torch.from_numpy(inputs[name][0])
            return tensor.to(dtype) if tensor.is_floating_point() else tensor
        return value

    entries = []
    for identity, what, roles, params, run in cases(order):
        results = []
        for dtype in (torch.float64, torch.float32):
            net = SiT(weights, CONFIG["num_heads"], CONFIG["patch_size"], dtype)
            results.append({k: v.detach().double().numpy() for k, v in run(net, given(dtype)).items()})
        outputs = {}
        for role, exact in results[0].items():
            tensor = f"{identity}/out/{role}"
            kind = np.float64 if role in STORED_AS_FLOAT64 else np.float32
            stored[tensor] = np.array(exact, dtype=kind)
            meanings[tensor] = meaning(role)
            outputs[role] = {"tensor": tensor, **compare(role, exact, results[1][role])}
        entries.append({"id": identity, "what": what, "inputs": roles, "params": params, "outputs": outputs})

    out.mkdir(parents=True, exist_ok=True)
    files = {}
    for role, tensors in (("weights", weights), ("cases", stored)):
        path = f"sit_tiny.{role}.safetensors"
        files[role] = {"path": path, **write_safetensors(out / path, tensors)}
    describe = lambda role, tensors, text: [
        {"file": role, "name": name, "dtype": NAMES[values.dtype], "shape": list(values.shape),
         "meaning": text(name)} for name, values in tensors.items()]
    count = sum(weights[name].size for name in order)
    config = {**CONFIG, "parameters": count + weights["pos_embed"].size, "parameters_trainable": count,
              "state_dict_tensors": len(weights)}
    frozen = lambda name: "frozen sin-cos table" if name == "pos_embed" else "parameter, random"
    fixture = {
        "name": "sit_tiny", "seed": SEED, "config": config,
        "made_with": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
        "files": files, "conventions": CONVENTIONS,
        "driven": [
            "plain_sit.py, an independent implementation, on CPU in float64 from float32 weights; position "
            "and time-frequency tables are float32-built.",
            "Before writing, it reproduced the public reference's numbers in tread_tiny; largest departures (eval: "
            f"beyond float32 rounding, all activations): {json.dumps(proof)}.",
            "Weights are random numbers (normal, zero mean, adaLN and head included); nothing is pretrained.",
            "fp32_max_abs and fp32_rms: distance between the same implementation run in float32 and in float64.",
        ],
        "tolerance": "tol_max_abs / tol_rms per output suit a float32 port (ten times the reference's own float32 loss, "
        "but not below 5e-6 of the largest value, or of the rms). Compare grad_norms and moved entry by entry at 1e-4 "
        "relative, where they are not tiny. For adamw10 parameters judge by tol_rms.",
        "cases": entries,
        "tensors": describe("weights", weights, frozen) + describe("cases", stored, meanings.__getitem__),
    }
    (out / "manifest.json").write_text(json.dumps({"schema_version": 1, "fixtures": [fixture]}, indent=1) + "\n")
    for entry in entries:
        worst = max((o["fp32_max_abs"] / o["tol_max_abs"], r) for r, o in entry["outputs"].items())
        print(f"{entry['id']:16} {len(entry['outputs']):3} outputs, float32 at most {worst[0]:.2f} of a tolerance ({worst[1]})")
    print("losses", [round(float(v), 6) for v in stored["adamw10/out/losses"]], "gradient norms",
          [round(float(v), 4) for v in stored["adamw10/out/grad_norm_totals"]])


if __name__ == "__main__":
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", type=Path, default=Path(__file__).parent / "tread_tiny",
                        help="folder that holds tread_tiny and its manifest.json")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "sit_tiny")
    arguments = parser.parse_args()
    proof = prove(arguments.reference)
    print("departures from tread_tiny:", proof)
    build(arguments.out, proof)
