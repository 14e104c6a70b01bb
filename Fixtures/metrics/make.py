"""Makes golden.safetensors and golden.json: what public implementations make of small features and pictures.

Usage: python -m venv v
       v/bin/pip install numpy scipy scikit-learn scikit-image safetensors torch torchvision torch-fidelity pytorch-fid prdc
       v/bin/python make.py FOLDER_TO_WRITE_TO
"""

import importlib.metadata
import json
import pathlib
import sys

import numpy as np
import prdc
import torch
from pytorch_fid.fid_score import calculate_frechet_distance
from safetensors.numpy import save_file
from scipy import linalg
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.neighbors import NearestNeighbors
from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc

SEED = 20261121
values = []


def version(*packages):
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)


def record(score, value, implementation):
    values.append({"score": score, "value": float(value), "implementation": implementation})


def make_tensors():
    random = np.random.default_rng(SEED)
    width = 16
    mix = random.normal(size=(width, width)) / 4
    generated = random.normal(size=(320, width)) @ (mix + 0.3 * np.eye(width)) + 0.15
    reference = random.normal(size=(280, width)) @ mix
    y, x, c = np.mgrid[0:33, 0:41, 0:3]
    smooth = 127 + 90 * np.sin(x / 5 + c) * np.cos(y / (7 - c))
    noisy = smooth * 0.9 + 12 + random.normal(scale=14, size=smooth.shape)
    return {
        "generated": generated.astype(np.float32),
        "reference": reference.astype(np.float32),
        "logits": (2.5 * random.normal(size=(230, 12))).astype(np.float32),
        "original": np.clip(np.rint(smooth), 0, 255).astype(np.uint8),
        "changed": np.clip(np.rint(noisy), 0, 255).astype(np.uint8),
    }


def distances(generated, reference):
    def statistics(features):
        return features.mean(0), np.cov(features, rowvar=False)

    (mu_g, sigma_g), (mu_r, sigma_r) = statistics(generated), statistics(reference)
    root = linalg.sqrtm(sigma_g @ sigma_r).real
    value = ((mu_g - mu_r) ** 2).sum() + np.trace(sigma_g) + np.trace(sigma_r) - 2 * np.trace(root)
    record("fd", value, "sqrtm of " + version("scipy"))
    record("fd", calculate_frechet_distance(mu_g, sigma_g, mu_r, sigma_r), version("pytorch-fid"))
    fidelity = metric_fid.fid_statistics_to_metric(
        {"mu": mu_g, "sigma": sigma_g}, {"mu": mu_r, "sigma": sigma_r}, False
    )
    record("fd", fidelity["frechet_inception_distance"], version("torch-fidelity"))
    count = len(reference)
    kid = metric_kid.kid_features_to_metric(
        torch.from_numpy(generated[:count]), torch.from_numpy(reference),
        kid_subsets=1, kid_subset_size=count, verbose=False,
    )
    record("kid", kid["kernel_inception_distance_mean"], version("torch-fidelity"))


def neighbours(generated, reference, tensors):
    for metric in ("euclidean", "cosine"):
        search = NearestNeighbors(n_neighbors=5, algorithm="brute", metric=metric).fit(reference)
        found, indices = search.kneighbors(generated)
        tensors[f"neighbours/{metric}/distances"] = found
        tensors[f"neighbours/{metric}/indices"] = indices
        found, indices = NearestNeighbors(n_neighbors=5, algorithm="brute", metric=metric).fit(generated).kneighbors()
        tensors[f"neighbours/{metric}/own/distances"] = found
        tensors[f"neighbours/{metric}/own/indices"] = indices
    for nearest in (3, 5):
        for name, value in prdc.compute_prdc(reference, generated, nearest).items():
            record(f"{name}@{nearest}", value, version("prdc"))
    result = metric_prc.prc_features_to_metric(
        torch.from_numpy(generated), torch.from_numpy(reference),
        prc_neighborhood=3, prc_batch_size=100, verbose=False,
    )
    record("precision@3", result["precision"], version("torch-fidelity"))
    record("recall@3", result["recall"], version("torch-fidelity"))


def pictures(original, changed):
    skimage = version("scikit-image")
    record("psnr", peak_signal_noise_ratio(original, changed, data_range=255), skimage)
    similarity = structural_similarity(
        original, changed, data_range=255, channel_axis=-1, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False,
    )
    record("ssim", similarity, skimage)
    a, b = changed.astype(np.float64), original.astype(np.float64)
    record("relative_l1", np.abs(a - b).sum() / np.abs(b).sum(), version("numpy"))


def main():
    folder = pathlib.Path(sys.argv[1])
    tensors = make_tensors()
    generated, reference = (tensors[name].astype(np.float64) for name in ("generated", "reference"))
    distances(generated, reference)
    logits = torch.from_numpy(tensors["logits"])
    score = metric_isc.isc_features_to_metric(logits, splits=10, shuffle=False)
    record("is", score["inception_score_mean"], version("torch-fidelity"))
    record("is_deviation", score["inception_score_std"], version("torch-fidelity"))
    neighbours(generated, reference, tensors)
    pictures(tensors["original"], tensors["changed"])
    save_file(tensors, folder / "golden.safetensors")
    (folder / "golden.json").write_text(json.dumps({"seed": SEED, "values": values}, indent=1) + "\n")
    print((folder / "golden.safetensors").stat().st_size, "bytes")


main()
