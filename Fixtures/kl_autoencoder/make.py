"""Makes the golden numbers of the KL autoencoders from public classes with small widths.

    python make.py

Needs torch, diffusers 0.35 or later with AutoencoderKLFlux2, safetensors, numpy. Run twice on one machine, it
writes the same bytes. README.md has the formula of weights and inputs.
"""

import json
import re
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, AutoencoderKLFlux2
from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint
from plain_kl import PlainKL
from safetensors.torch import save_file

FOLDER = Path(__file__).parent
STRIDE = 97  # of inner activations, every 97th element is kept


def formula(name, shape, center=0.0, spread=1.0):
    """Numbers that depend on a name and a position only: SplitMix64 over an FNV-1a hash of the name."""
    mask = (1 << 64) - 1
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 & mask
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(
            0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    uniform = (z >> np.uint64(40)).astype(np.float64) * 2.0**-24
    values = (center + spread * (2 * uniform - 1)).astype(np.float32)
    return torch.from_numpy(values.reshape(shape)).double()


def weight(name, shape):
    if len(shape) > 1:
        return formula(name, shape, 0.0, (3 / int(np.prod(shape[1:]))) ** 0.5)
    is_scale = name.endswith(("weight", "running_var"))
    return formula(name, shape, 1.0 if is_scale else 0.0, 0.2)


def weights(shapes):
    return {name: weight(name, tuple(shape)) for name, shape in shapes.items()
            if not name.endswith("num_batches_tracked")}


def shapes(model):
    return {name: list(value.shape) for name, value in model.state_dict().items()}


def fill(model):
    model.double().eval().requires_grad_(False)
    missing, unknown = model.load_state_dict(weights(shapes(model)), strict=False)
    assert not unknown and all(name.endswith("num_batches_tracked") for name in missing)
    return model


def stage_name(name, levels):
    """The name of a stage in CompVis's naming, for a module of diffusers or of plain_kl; None for others."""
    half, _, rest = name.partition(".")
    rest = re.sub(r"up_blocks\.(\d)", lambda found: f"up.{levels - 1 - int(found[1])}", rest)
    for theirs, ours in (("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"),
                         ("mid_block.attentions.0", "mid.attn_1"), ("down_blocks", "down"), ("resnets", "block"),
                         ("attentions", "attn"), ("downsamplers.0", "downsample"), ("upsamplers.0", "upsample"),
                         ("conv_norm_out", "norm_out")):
        rest = rest.replace(theirs, ours)
    if re.fullmatch(r"(down|up)\.\d\.(down|up)sample", rest):
        return f"{half}.{rest}.conv"
    stages = r"(down|up)\.\d\.(block|attn)\.\d|mid\.(block|attn)_\d|conv_in|norm_out|conv_out"
    return f"{half}.{rest}" if re.fullmatch(stages, rest) else None


def record(model, levels):
    """Hooks that keep every stage's output; SiLU is counted to the normalisation before it."""
    kept = {}

    def hook(name):
        def keep(module, inputs, output):
            value = torch.nn.functional.silu(output) if name.endswith("norm_out") else output
            kept[name] = value.reshape(-1)[::STRIDE].clone()
        return keep

    for name, module in model.named_modules():
        stage = stage_name(name, levels)
        if stage:
            module.register_forward_hook(hook(stage))
    return kept


def posterior(moments, noise):
    mean, log_variance = moments.chunk(2, dim=1)
    return mean + (0.5 * log_variance.clamp(-30, 20)).exp() * noise


def case(name, model, picture_shape, levels, latents, moments_of, decode):
    """Inputs by formula; moments, a sample, a decoded latent, and every stage."""
    side = 2 ** (levels - 1)
    latent_shape = [picture_shape[0], latents, picture_shape[2] // side, picture_shape[3] // side]
    stages = record(model, levels)
    moments = moments_of(formula("pictures", picture_shape))
    noise = formula("noise", latent_shape)
    decoded = decode(formula("latents", latent_shape))
    tensors = {"moments": moments, "sample": posterior(moments, noise), "decoded": decoded}
    tensors |= {f"stage/{stage}": value for stage, value in stages.items()}
    print(name, len(stages), "stages; decoded", decoded.abs().max().item(), "beyond 1:",
          (decoded.abs() > 1).double().mean().item(), "std of moments", moments.std().item())
    return tensors


def save(name, tensors):
    save_file({key: value.contiguous() for key, value in tensors.items()},
              FOLDER / f"{name}.safetensors")


def diffusers_sizes(widths):
    return dict(block_out_channels=widths, layers_per_block=2,
                down_block_types=("DownEncoderBlock2D",) * len(widths),
                up_block_types=("UpDecoderBlock2D",) * len(widths))


def kl(widths):
    return AutoencoderKL(latent_channels=4, **diffusers_sizes(widths))


def from_compvis(state, model):
    """Diffusers' class with weights in CompVis's names, through diffusers' own conversion."""
    model.double().eval().requires_grad_(False)
    converted = convert_ldm_vae_checkpoint(dict(state), model.config)
    model.load_state_dict(converted)
    return model


def make_sd():
    model = fill(kl((32, 64, 128, 128)))
    tensors = case(
        "sd", model, [2, 3, 16, 24], 4, 4, lambda x: model.encode(x).latent_dist.parameters,
        lambda z: model.decode(z).sample)
    distribution = model.encode(formula("pictures", [2, 3, 16, 24])).latent_dist
    noise = formula("noise", [2, 4, 2, 3])
    assert torch.equal(distribution.mode() + distribution.std * noise, tensors["sample"])
    save("sd", tensors)

    # The same in CompVis's names, and the plain implementation against it.
    plain = fill(PlainKL(32, (1, 2, 4, 4), 4))
    public = from_compvis(plain.state_dict(), kl((32, 64, 128, 128)))
    pictures, latents = formula("pictures", [2, 3, 16, 24]), formula("latents", [2, 4, 2, 3])
    moments = public.encode(pictures).latent_dist.parameters
    decoded = public.decode(latents).sample
    worst = max((plain.moments(pictures) - moments).abs().max().item(),
                (plain.decode(latents) - decoded).abs().max().item())
    print("plain_kl against diffusers:", worst)
    assert worst < 1e-12
    save("sd_compvis", {"moments": moments, "sample": posterior(moments, formula("noise", [2, 4, 2, 3])),
                        "decoded": decoded})


def make_invae():
    plain = fill(PlainKL(32, (1, 1, 2, 2, 4), 32, attends=(4,)))
    save("invae", case("invae", plain, [1, 3, 32, 48], 5, 32, plain.moments, plain.decode))


def make_flux2():
    model = fill(AutoencoderKLFlux2(**diffusers_sizes((32, 64, 128, 128))))
    tensors = case(
        "flux2", model, [1, 3, 32, 48], 4, 32, lambda x: model.encode(x).latent_dist.parameters,
        lambda z: model.decode(z).sample)
    mode = tensors["moments"].chunk(2, dim=1)[0]
    packed = torch.nn.functional.pixel_unshuffle(mode, 2)  # channel, row, column
    tensors["packed"] = model.bn(packed)
    save("flux2", tensors)


def make_micro():
    """A training's checkpoint of a whole latent diffusion model, a few kilobytes small."""
    model = fill(PlainKL(4, (1, 2), 2, blocks=1, groups=2))
    state = {f"first_stage_model.{name}": value.float() for name, value in model.state_dict().items()}
    state |= {f"first_stage_model.loss.{name}": torch.ones(2) for name in ("logvar", "lin0.weight")}
    state |= {"model.diffusion_model.out.weight": torch.ones(3), "betas": torch.ones(4)}
    torch.save({"epoch": 3, "state_dict": state, "callbacks": {}}, FOLDER / "micro.ckpt")


def make_keys():
    """The names and shapes of the full sizes, in the names of the files that were published first."""
    with torch.device("meta"):
        models = {"sd-vae": kl((128, 256, 512, 512)), "invae": PlainKL(128, (1, 1, 2, 2, 4), 32, attends=(4,)),
                  "flux2-vae": AutoencoderKLFlux2()}
    for name, model in models.items():
        print(name, sum(p.numel() for p in model.parameters()), len(model.state_dict()))
    text = json.dumps({name: shapes(model) for name, model in models.items()}, indent=0)
    (FOLDER / "keys.json").write_text(text.replace(",\n", ",").replace("[\n", "[").replace("\n]", "]") + "\n")


def main():
    torch.set_num_threads(1)
    make_sd()
    make_invae()
    make_flux2()
    make_micro()
    make_keys()


if __name__ == "__main__":
    main()
