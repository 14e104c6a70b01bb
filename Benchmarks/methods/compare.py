"""The comparison of docs/methods.md: rates of all rows interleaved, runs of one measured time, scores, table.

    python3 Benchmarks/methods/compare.py rates --cache CACHE --out OUT
    python3 Benchmarks/methods/compare.py train --cache CACHE --out OUT [--rows 'plain;tread'] [--seeds 0,1,2]
    python3 Benchmarks/methods/compare.py score --out OUT --against DIR/caltech64_test --weights DIR
    python3 Benchmarks/methods/compare.py table --out OUT

Only the standard library; everything that is measured is measured by ./peregrine. A call that was
interrupted goes on where it stopped. methods.json has the settings of each method on top of the base
recipe, rows.json the methods of each row; pairs.json and routing-*.json are other rows, for --file.
"""

import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RECIPE = str(ROOT / "recipes" / "caltech64-methods.yaml")
STEP = 640
JUDGES = {"mobilenet-v2@128": "mobilenet_v2_imagenet_int8.safetensors",
          "squeezenet": "squeezenet_v1_0_imagenet.safetensors"}


def peregrine(args, *words):
    result = subprocess.run([args.tool, *words], stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"stopped: {' '.join(words)} ended with {result.returncode}")
    return result.stdout


def settings(rows, name, cache):
    methods = json.loads((HERE / "methods.json").read_text())
    pairs = [f"data.path={cache}"] + [pair for method in rows[name] for pair in methods[method]]
    return [word for pair in pairs for word in ("--set", pair)]


def rates(args, rows):
    """Images per second of every row, as ratios to the plain row measured right before and after it."""
    measured = {name: [] for name in rows}
    ratios = {name: [1.0] if name == "plain" else [] for name in rows}
    cost = {}

    def measure(name):
        text = peregrine(args, "train", RECIPE, *settings(rows, name, args.cache), "--dry-run", "--json")
        estimate = json.loads(text)
        measured[name].append(estimate["images_per_second"])
        cost[name] = {"flops": estimate["flops_per_image"], "parameters": estimate["parameters"]}
        return estimate["images_per_second"]

    for index in range(args.rounds):
        before = measure("plain")
        for name in list(rows)[1:]:
            rate = measure(name)
            after = measure("plain")
            ratios[name].append(rate / ((before + after) / 2))
            before = after
            print(f"round {index}: {name} {ratios[name][-1]:.2f} of plain", file=sys.stderr)
        table = {name: {"ratio": statistics.median(ratios[name]), "low": min(ratios[name]),
                        "high": max(ratios[name]), "rate": statistics.median(measured[name]), **cost[name]}
                 for name in rows}
        (args.out / "rates.json").write_text(json.dumps(table, indent=2))


def train(args, rows):
    """Every row for the time in which the plain one sees as many images as --images says."""
    rate = json.loads((args.out / "rates.json").read_text())
    for seed in args.seeds.split(","):
        for name in chosen(args, rows):
            images = max(STEP, round(args.images * rate[name]["ratio"] / STEP) * STEP)
            schedule = [f"training.images={images}", f"optimizer.cooldown_images={images // 2}",
                        f"optimizer.warmup_images={images // 11}", f"training.seed={seed}"]
            words = [word for pair in schedule for word in ("--set", pair)]
            peregrine(args, "train", RECIPE, *settings(rows, name, args.cache), *words,
                      "--out", str(folder(args, name, seed)))


def score(args, rows):
    """Unguided samples of every finished run, one per held-out picture and class, in two feature spaces."""
    for run in sorted(args.out.glob("runs/*")):
        for judge, file in JUDGES.items():
            target = run / f"score-{judge}.json"
            if target.exists():
                continue
            text = peregrine(
                args, "evaluate", str(run), "--against", args.against, "--count", str(args.count), "--metrics",
                "kid", "--features", judge, "--weights", str(pathlib.Path(args.weights) / file),
                "--block-size", str(args.count // 5), "--labels", "reference", "--solver", "heun", "--steps",
                "13", "--json")
            target.write_text(text)


def table(args, rows):
    """One line for each run."""
    rate = json.loads((args.out / "rates.json").read_text())
    print("| row | seed | images | images/s, of plain | FLOP/image | loss t<0.25 | <0.5 | <0.75 | <1 | mean | "
          + " | ".join(f"KID·10³ {judge}" for judge in JUDGES) + " |")
    print("|" + " --- |" * (10 + len(JUDGES)))
    for run in sorted(args.out.glob("runs/*")):
        name, seed = run.name.rsplit("-", 1)
        name = next(row for row in rows if slug(row) == name)
        records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        last = [record for record in records if record["kind"] == "validation"][-1]
        quarters = by_quarter(last["timeBins"] if "timeBins" in last else last["time_bins"])
        r = rate[name]
        cells = [name, seed, str(last["images"]), f"{r['ratio']:.2f} [{r['low']:.2f}, {r['high']:.2f}]",
                 f"{r['flops'] / 1e9:.2f} G", *(f"{value:.4f}" for value in quarters),
                 f"{last['loss']:.4f}"]
        for judge in JUDGES:
            file = run / f"score-{judge}.json"
            cells.append(kid(file) if file.exists() else "")
        print("| " + " | ".join(cells) + " |")


def by_quarter(bins):
    groups = [[] for _ in range(4)]
    for index, value in enumerate(bins):
        if value is not None:
            groups[min(3, 4 * index // len(bins))].append(value)
    return [statistics.fmean(group) if group else math.nan for group in groups]


def kid(file):
    score = next(s for s in json.loads(file.read_text())["scores"] if s["name"] == "kid")
    return f"{1e3 * score['value']:.1f} ± {1e3 * score['error']:.1f}"


def slug(name):
    return name.replace(", ", "-").replace(" + ", "+")


def folder(args, name, seed):
    return args.out / "runs" / f"{slug(name)}-{seed}"


def chosen(args, rows):
    names = args.rows.split(";") if args.rows else list(rows)
    unknown = [name for name in names if name not in rows]
    if unknown:
        sys.exit(f"no such row: {unknown[0]}; there are {'; '.join(rows)}")
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["rates", "train", "score", "table"])
    parser.add_argument("--cache", help="the latent cache, with features of the teacher")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder of all runs")
    parser.add_argument("--rows", help="some of the rows, separated by semicolons; default all")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--file", default="rows.json", help="the rows, beside this script")
    parser.add_argument("--images", type=int, default=70_400, help="images of the plain row")
    parser.add_argument("--against", help="the held-out pictures")
    parser.add_argument("--weights", help="the folder of the feature networks' weights")
    parser.add_argument("--tool", default=str(ROOT / "peregrine"))
    parser.add_argument("--count", type=int, default=1660)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = json.loads((HERE / args.file).read_text())
    {"rates": rates, "train": train, "score": score, "table": table}[args.stage](args, rows)


main()
