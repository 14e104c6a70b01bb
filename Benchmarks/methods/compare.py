"""The comparison of docs/methods.md: rates of all rows interleaved, runs of one measured time, scores, tables.

    python3 Benchmarks/methods/compare.py rates --cache CACHE --out OUT
    python3 Benchmarks/methods/compare.py train --cache CACHE --out OUT [--rows 'plain;tread'] [--seeds 0,1,2]
    python3 Benchmarks/methods/compare.py score --out OUT --against DIR/caltech64_test --weights DIR
    python3 Benchmarks/methods/compare.py table --out OUT
    python3 Benchmarks/methods/compare.py matrix --file pairs.json --out OUT

Only the standard library; everything that is measured is measured by ./peregrine. A call that was
interrupted goes on where it stopped. methods.json has the settings of each method on top of the base
recipe, rows.json the methods of each row; the other files are other rows, for --file.
"""

import argparse
import json
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


def settings(args, rows, name):
    methods = json.loads((HERE / "methods.json").read_text())
    pairs = [f"data.path={args.cache}", *args.set, *(pair for method in rows[name] for pair in methods[method])]
    return [word for pair in pairs for word in ("--set", pair)]


def rates(args, rows):
    """Images per second of every row, as ratios to the plain row measured right before and after it."""
    measured = {name: [] for name in rows}
    ratios = {name: [1.0] if name == "plain" else [] for name in rows}
    cost = {}

    def measure(name):
        text = peregrine(args, "train", RECIPE, *settings(args, rows, name), "--dry-run", "--json")
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
            peregrine(args, "train", RECIPE, *settings(args, rows, name), *words,
                      "--out", str(folder(args, name, seed)))


def score(args, rows):
    """Unguided samples of every finished run, one per held-out picture and class, in two feature spaces."""
    for run in sorted(run for run in args.out.glob("runs/*") if outcome(run)):
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
    """One line for each run, in the order of the rows, and one more for rows of several seeds."""
    print("| row | seed | images | images/s, of plain | FLOP/image | t < 0.2 | < 0.4 | < 0.6 | < 0.8 | < 1 | held-out loss | "
          + " | ".join(f"KID {judge}" for judge in JUDGES) + " |")
    print("|" + " --- |" * (11 + len(JUDGES)))
    for name, rate in json.loads((args.out / "rates.json").read_text()).items():
        runs = sorted(args.out.glob(f"runs/{slug(name)}-[0-9]*"))
        results = [result for result in map(outcome, runs) if result]
        head = f"{rate['ratio']:.2f} [{rate['low']:.2f}, {rate['high']:.2f}] | {rate['flops'] / 1e9:.2f} G"
        for result in results:
            line(name, result["seed"], result["images"], head, *(f"{loss:.4f}" for loss in result["losses"]),
                 *(f"{value:.4g} ± {error:.2g}" for value, error in result["kid"]))
        if len(results) > 1:
            line(f"**{name}**", f"{len(results)} seeds", results[0]["images"], head,
                 *(spread(losses) for losses in zip(*(result["losses"] for result in results))),
                 *(spread([value for value, _ in kids]) for kids in zip(*(result["kid"] for result in results))))


def matrix(args, rows):
    """Every method with every other: images/s of plain, and held-out loss from t = 0.2 on less the plain run's.

    Clean prediction divides by time, so losses nearer to the data tell little of it.
    """
    rates = json.loads((args.out / "rates.json").read_text())
    singles = [name for name in rows if name != "plain" and " + " not in name]
    def loss(name):
        result = outcome(folder(args, name, args.seeds))
        return statistics.fmean(result["losses"][1:5]) if result else None

    plain = loss("plain")

    def cell(a, b):
        name = a if a == b else next((pair for pair in (f"{a} + {b}", f"{b} + {a}") if pair in rows), None)
        if name is None:
            return "refused"
        mine = loss(name)
        return f"{rates[name]['ratio']:.2f}; " + (f"{mine - plain:+.3f}" if mine else "")

    line("", *singles)
    print("|" + " --- |" * (1 + len(singles)))
    for index, name in enumerate(singles):
        line(name, *("" for _ in singles[:index]), *(cell(name, other) for other in singles[index:]))


def outcome(run):
    """What a run came to; none before its end."""
    log = run / "metrics.jsonl"
    records = [json.loads(text) for text in log.read_text().splitlines()] if log.exists() else []
    last = [record for record in records if record["kind"] == "validation"]
    if not last or f"  images: {last[-1]['images']} " not in (run / "recipe.yaml").read_text():
        return None
    files = [run / f"score-{judge}.json" for judge in JUDGES]
    scores = [next(s for s in json.loads(file.read_text())["scores"] if s["name"] == "kid")
              for file in files if file.exists()]
    return {"seed": run.name.rsplit("-", 1)[1], "images": last[-1]["images"],
            "losses": [*by_fifth(last[-1]["time_bins"]), last[-1]["loss"]],
            "kid": [(s["value"], s["error"]) for s in scores]}


def line(*cells):
    print("| " + " | ".join(map(str, cells)) + " |")


def spread(values):
    """Mean and standard deviation over seeds."""
    return f"{statistics.fmean(values):.5g} ± {statistics.stdev(values):.2g}"


def by_fifth(bins):
    """The mean of each two of ten bins of time."""
    return [statistics.fmean(bins[index:index + 2]) for index in range(0, len(bins), 2)]


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
    parser.add_argument("stage", choices=["rates", "train", "score", "table", "matrix"])
    parser.add_argument("--cache", help="the latent cache, with features of the teacher")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder of all runs")
    parser.add_argument("--rows", help="some of the rows, separated by semicolons; default all")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--file", default="rows.json", help="the rows, beside this script")
    parser.add_argument("--set", action="append", default=[], help="a setting of every row, as of train")
    parser.add_argument("--images", type=int, default=70_400, help="images of the plain row")
    parser.add_argument("--against", help="the held-out pictures")
    parser.add_argument("--weights", help="the folder of the feature networks' weights")
    parser.add_argument("--tool", default=str(ROOT / "peregrine"))
    parser.add_argument("--count", type=int, default=1660)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = json.loads((HERE / args.file).read_text())
    {"rates": rates, "train": train, "score": score, "table": table, "matrix": matrix}[args.stage](args, rows)


main()
