"""Compares scores of `peregrine evaluate` with public implementations on the same features and pictures.

Usage: peregrine evaluate SET --against REFERENCE --metrics ... --block-size 0 --cache CACHE --json > scores.json
       python compare.py scores.json --features CACHE/features/A --reference CACHE/features/B
                         [--labels A_y.npy B_y.npy] [--pictures SET.npz REFERENCE.npz]

Features are the float32 values that the evaluation kept; public code gets them as float64. Prints a table.
Packages: as for make.py, and clean-fid.
"""

import argparse
import contextlib
import json
import pathlib

import numpy as np
import prdc
from cleanfid.fid import frechet_distance as clean_frechet_distance
from pytorch_fid.fid_score import calculate_frechet_distance
from safetensors.numpy import load_file
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.neighbors import NearestNeighbors
from torch_fidelity import metric_kid

parser = argparse.ArgumentParser()
parser.add_argument("scores")
parser.add_argument("--features")
parser.add_argument("--reference")
parser.add_argument("--labels", nargs=2)
parser.add_argument("--pictures", nargs=2)
options = parser.parse_args()
ours = {s["name"]: s["value"] for s in json.load(open(options.scores))["scores"]}


def row(score, implementation, value):
    if score in ours:
        difference = abs(ours[score] - value) / max(abs(value), 1e-300)
        print(f"| {score} | {implementation} | {value:.9g} | {ours[score]:.9g} | {difference:.1e} |")


def features(folder):
    shards = sorted(pathlib.Path(folder).glob("pooled-*.safetensors"))
    return np.concatenate([load_file(s)["features"] for s in shards]).astype(np.float64)


print("| score | public implementation | theirs | ours | relative difference |\n| --- | --- | --- | --- | --- |")
if options.features:
    x, y = features(options.features), features(options.reference)
    moments = [(f.mean(0), np.cov(f, rowvar=False)) for f in (x, y)]
    row("fd", "pytorch-fid calculate_frechet_distance", calculate_frechet_distance(*moments[0], *moments[1]))
    row("fd", "clean-fid frechet_distance", clean_frechet_distance(*moments[0], *moments[1]))
    cubic = dict(kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1)
    kernel = [metric_kid.kernel_poly(a, b, **cubic) for a, b in ((x, x), (x, y), (y, y))]
    n, m = len(x), len(y)
    value = (kernel[0].sum() - np.trace(kernel[0])) / (n * (n - 1)) + (kernel[2].sum() - np.trace(kernel[2])) / (m * (m - 1))
    row("kid", "torch-fidelity kernel_poly, all pairs", value - 2 * kernel[1].mean())
    for k, names in ((3, ("precision", "recall")), (5, ("density", "coverage"))):
        with contextlib.redirect_stdout(None):
            found = prdc.compute_prdc(real_features=y, fake_features=x, nearest_k=k)
        for name in names:
            row(name, f"prdc compute_prdc, k = {k}", found[name])
    if options.labels:
        a, b = (np.load(path) for path in options.labels)
        nearest = NearestNeighbors(n_neighbors=1, metric="cosine", algorithm="brute").fit(y).kneighbors(x)[1][:, 0]
        row("neighbour_accuracy", "scikit-learn NearestNeighbors, cosine", (b[nearest] == a).mean())
if options.pictures:
    a, b = (np.load(path)["arr_0"] for path in options.pictures)
    row("psnr", "scikit-image, mean", np.mean([peak_signal_noise_ratio(v, u, data_range=255) for u, v in zip(a, b)]))
    gaussian = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=2, data_range=255)
    # scikit-image averages over places where the window fits only in part as well, unless they are cut off.
    def ssim(u, v):
        whole = structural_similarity(u, v, full=True, **gaussian)[1]
        return whole[5:-5, 5:-5].mean()
    row("ssim", "scikit-image, where the window fits, mean", np.mean([ssim(u, v) for u, v in zip(a, b)]))
    row("relative_l1", "NumPy", np.mean([abs(u.astype(float) - v).sum() / v.astype(float).sum() for u, v in zip(a, b)]))
