"""Makes golden numbers of public feature networks with weights from a formula; see README.md.

python make.py FOLDER
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import timm
import torch
import torch.nn.functional as F
import transformers
from pytorch_fid import inception as pytorch_fid
from safetensors import safe_open
from safetensors.torch import save_file
from timm.layers import resample_abs_pos_embed
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

import formula

STAGES = ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3"] + [
    f"Mixed_{name}" for name in "5b 5c 5d 6a 6b 6c 6d 6e 7a 7b 7c".split()
]


def excerpt(x):
    """Mean, standard deviation and 64 elements spread evenly over a tensor."""
    flat = x.detach().double().flatten()
    places = torch.arange(64) * (flat.numel() - 1) // 63
    return torch.cat([flat.mean()[None], flat.std(unbiased=False)[None], flat[places]]).float()


def watch(module, name, into):
    def keep(_, __, output):
        into[name] = output

    module.register_forward_hook(keep)


def inception():
    torch.manual_seed(0)
    state = None

    def formula_state(*_, **__):
        return state

    plain = pytorch_fid._inception_v3(num_classes=1008, aux_logits=False, weights=None)
    state = formula.fill(plain.state_dict())
    # fid_inception_v3 replaces blocks by others with the same names and shapes.
    pytorch_fid.load_state_dict_from_url = formula_state
    network = pytorch_fid.fid_inception_v3().eval()
    wrapped = pytorch_fid.InceptionV3([3], resize_input=True, normalize_input=True).eval()

    images = formula.pictures("pictures", 2, 40, 48)
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    out = {}
    with torch.no_grad():
        out["inception.pooled"] = wrapped(x.float() / 255)[0][:, :, 0, 0]
        maps = {}
        for name in STAGES:
            watch(getattr(network, name), name, maps)
        network.dropout.p = 0
        resized = F.interpolate(
            x.float() / 255, size=(299, 299), mode="bilinear", align_corners=False
        )
        network(2 * resized - 1)
        assert torch.allclose(maps["Mixed_7c"].mean((2, 3)), out["inception.pooled"], atol=1e-5)
        out["inception.logits"] = out["inception.pooled"] @ state["fc.weight"].T
        for name in STAGES:
            out[f"inception.stage.{name}"] = excerpt(maps[name])

        with tempfile.NamedTemporaryFile(suffix=".pth") as file:
            torch.save(state, file.name)
            fidelity = FeatureExtractorInceptionV3(
                "inception", ["2048", "logits_unbiased"], feature_extractor_weights_path=file.name
            )
        maps = {}
        watch(fidelity.Mixed_6d.branch1x1, "mixed_6/conv", maps)
        out["inception-adm.pooled"], out["inception-adm.logits"] = fidelity(x)
        spatial = maps["mixed_6/conv"][:, :7].permute(0, 2, 3, 1)
        out["inception-adm.spatial"] = spatial.reshape(2, -1)
    return out, {name: list(value.shape) for name, value in state.items()}


CONFIGURATIONS = {
    "plain": dict(registers=0, gated=False),
    "registers": dict(registers=4, gated=False),
    "gated": dict(registers=4, gated=True),
}
WIDTH, DEPTH, HEADS, GRID = 48, 3, 3, 5


def original_names(registers, gated):
    """Names and shapes of a small network in the naming of facebookresearch/dinov2."""
    names = {"cls_token": (1, 1, WIDTH), "pos_embed": (1, 1 + GRID**2, WIDTH)}
    if registers:
        names["register_tokens"] = (1, registers, WIDTH)
    names |= {
        "mask_token": (1, WIDTH),
        "patch_embed.proj.weight": (WIDTH, 3, 14, 14),
        "patch_embed.proj.bias": (WIDTH,),
    }
    hidden = (4 * WIDTH * 2 // 3 + 7) // 8 * 8
    layers = [("attn.qkv", WIDTH, 3 * WIDTH), ("attn.proj", WIDTH, WIDTH)]
    layers += (
        [("mlp.w12", WIDTH, 2 * hidden), ("mlp.w3", hidden, WIDTH)]
        if gated
        else [("mlp.fc1", WIDTH, 4 * WIDTH), ("mlp.fc2", 4 * WIDTH, WIDTH)]
    )
    for block in range(DEPTH):
        for norm in ["norm1", "norm2"]:
            for part in ["weight", "bias"]:
                names[f"blocks.{block}.{norm}.{part}"] = (WIDTH,)
        for scale in ["ls1", "ls2"]:
            names[f"blocks.{block}.{scale}.gamma"] = (WIDTH,)
        for layer, inputs, outputs in layers:
            names[f"blocks.{block}.{layer}.weight"] = (outputs, inputs)
            names[f"blocks.{block}.{layer}.bias"] = (outputs,)
    return names | {"norm.weight": (WIDTH,), "norm.bias": (WIDTH,)}


def hugging_face(original):
    """The same tensors under the names of Hugging Face's files."""
    table = [
        ("patch_embed.proj", "embeddings.patch_embeddings.projection"),
        ("pos_embed", "embeddings.position_embeddings"),
        ("cls_token", "embeddings.cls_token"),
        ("register_tokens", "embeddings.register_tokens"),
        ("mask_token", "embeddings.mask_token"),
        ("blocks.", "encoder.layer."),
        ("attn.proj", "attention.output.dense"),
        ("ls1.gamma", "layer_scale1.lambda1"),
        ("ls2.gamma", "layer_scale2.lambda1"),
        ("mlp.w12", "mlp.weights_in"),
        ("mlp.w3", "mlp.weights_out"),
    ]
    result = {}
    for name, value in original.items():
        for ours, theirs in table:
            name = name.replace(ours, theirs)
        if name.startswith("norm."):
            name = "layer" + name
        if "attn.qkv" in name:
            for part, chunk in zip(["query", "key", "value"], value.chunk(3)):
                result[name.replace("attn.qkv", f"attention.attention.{part}")] = chunk.clone()
        else:
            result[name] = value
    return result


def hugging_face_model(registers, gated, state):
    settings = dict(
        hidden_size=WIDTH,
        num_hidden_layers=DEPTH,
        num_attention_heads=HEADS,
        image_size=14 * GRID,
        patch_size=14,
        use_swiglu_ffn=gated,
        layer_norm_eps=1e-6,
        attn_implementation="eager",
    )
    if registers:
        configuration = transformers.Dinov2WithRegistersConfig(
            num_register_tokens=registers, **settings
        )
        model = transformers.Dinov2WithRegistersModel(configuration)
    else:
        model = transformers.Dinov2Model(transformers.Dinov2Config(**settings))
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        file = Path(folder) / "model.safetensors"
        with safe_open(file, "pt") as written:
            shapes = {name: list(written.get_slice(name).get_shape()) for name in written.keys()}
        assert shapes == {name: list(value.shape) for name, value in state.items()}
        save_file(state, file, metadata={"format": "pt"})
        loaded = type(model).from_pretrained(folder, attn_implementation="eager").eval()
    return loaded, shapes


def run_hugging_face(model, x, registers, prefix, out, stages=False):
    with torch.no_grad():
        result = model(x, output_hidden_states=True)
    last = result.last_hidden_state
    out[f"{prefix}.pooled"] = last[:, 0].contiguous()
    out[f"{prefix}.tokens"] = last[:, 1 + registers :].contiguous()
    if stages:
        for index, state in enumerate(result.hidden_states[: DEPTH + 1]):
            out[f"{prefix}.stage.{index}"] = excerpt(state)


def run_timm(state, table, x, prefix, out):
    """timm's network on a position table that fits the grid already."""
    rows, columns = x.shape[2] // 14, x.shape[3] // 14
    model = timm.create_model(
        "vit_small_patch14_dinov2",
        pretrained=False,
        depth=DEPTH,
        embed_dim=WIDTH,
        num_heads=HEADS,
        img_size=(14 * rows, 14 * columns),
    ).eval()
    model.load_state_dict(
        {**{k: v for k, v in state.items() if k != "mask_token"}, "pos_embed": table}
    )
    with torch.no_grad():
        last = model.forward_features(x)
    out[f"{prefix}.pooled"], out[f"{prefix}.tokens"] = (
        last[:, 0].contiguous(),
        last[:, 1:].contiguous(),
    )


def dinov2():
    out, keys = {}, {}
    wide = torch.from_numpy(formula.uniforms("wide", 2 * 3 * 56 * 84).reshape(2, 3, 56, 84).copy())
    square = torch.from_numpy(
        formula.uniforms("square", 2 * 3 * 70 * 70).reshape(2, 3, 70, 70).copy()
    )
    for kind, parts in CONFIGURATIONS.items():
        names = original_names(**parts)
        state = {name: formula.weight(name, shape) for name, shape in names.items()}
        model, shapes = hugging_face_model(state=hugging_face(state), **parts)
        keys[kind] = {
            "facebookresearch": {n: list(s) for n, s in names.items()},
            "hugging_face": shapes,
        }
        run_hugging_face(
            model, square, parts["registers"], f"dinov2-{kind}.square", out, stages=True
        )
        run_hugging_face(model, wide, parts["registers"], f"dinov2-{kind}.wide", out)

    state = {
        name: formula.weight(name, shape)
        for name, shape in original_names(registers=0, gated=False).items()
    }
    run_timm(state, state["pos_embed"], square, "timm.square", out)
    assert torch.allclose(out["timm.square.tokens"], out["dinov2-plain.square.tokens"], atol=1e-4)
    table = resample_abs_pos_embed(state["pos_embed"], new_size=[4, 6], num_prefix_tokens=1)
    run_timm(state, table, wide, "timm.antialiased", out)
    # The step of the original code comes from a factor, not from the sizes: trained / (wanted + 0.1).
    grid = state["pos_embed"][:, 1:].reshape(1, GRID, GRID, WIDTH).permute(0, 3, 1, 2)
    moved = F.interpolate(grid, scale_factor=((4 + 0.1) / GRID, (6 + 0.1) / GRID), mode="bicubic")
    table = torch.cat(
        [state["pos_embed"][:, :1], moved.permute(0, 2, 3, 1).reshape(1, -1, WIDTH)], 1
    )
    run_timm(state, table, wide, "timm.original", out)
    return out, keys


def resizing():
    """torch's resize of a picture, both filters, with and without antialiasing."""
    x = torch.from_numpy(formula.pictures("pictures", 1, 20, 26)).permute(0, 3, 1, 2).float()
    out = {}
    for mode in ["bilinear", "bicubic"]:
        for antialias in [False, True]:
            name = f"resize.{mode}{'.antialias' if antialias else ''}"
            out[name] = F.interpolate(
                x, size=(11, 31), mode=mode, antialias=antialias, align_corners=False
            )
    return out


def main(folder):
    torch.set_num_threads(1)
    inception_out, inception_keys = inception()
    dinov2_out, dinov2_keys = dinov2()
    tensors = inception_out | dinov2_out | resizing()
    save_file(
        {name: value.float().contiguous() for name, value in tensors.items()},
        folder / "features.safetensors",
    )
    keys = {"inception": inception_keys} | {
        f"dinov2-{kind}": value for kind, value in dinov2_keys.items()
    }
    (folder / "keys.json").write_text(
        json.dumps(keys, separators=(",", ":"), sort_keys=True) + "\n"
    )
    for name, value in tensors.items():
        assert torch.isfinite(value).all(), name
        print(f"{name} {list(value.shape)} rms {value.double().square().mean().sqrt():.3g}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
