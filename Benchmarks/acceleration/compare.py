"""The comparison of docs/acceleration.md: cache policies and fewer steps against the plain sampler.

    python3 Benchmarks/acceleration/compare.py runs/demo --out OUT [--solver euler] [--steps 50] [--guidance 2]

Only the standard library; everything that is measured is measured by ./peregrine. All rows draw the
same pictures (seed 7); seconds are whole processes, the rows in turn, so the start of a process counts.
Writes OUT/acceleration.json and prints a table. The output folder holds the pictures of every row.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def rows(steps):
    """The options of each row, by its name."""
    found = {"full": []}
    for share in (30, 40, 50):
        found[f"fewer steps, {share} %"] = ["--steps", str(round(steps * share / 100))]
        found[f"softcap, {share} %"] = ["--accelerate", "softcap", "--budget", f"{share}%"]
    for interval in (2, 3, 4):
        found[f"taylorseer, every {interval}"] = [
            "--accelerate", "taylorseer", "--interval", str(interval), "--order", "1"]
        found[f"fora, every {interval}"] = ["--accelerate", "fora", "--interval", str(interval)]
    for threshold in ("0.05", "0.1", "0.2"):
        found[f"first-block, {threshold}"] = ["--accelerate", "first-block", "--threshold", threshold]
    found["speca"] = ["--accelerate", "speca", "--order", "1"]
    return found


def peregrine(args, *words):
    result = subprocess.run([args.tool, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"stopped: {' '.join(words)} ended with {result.returncode}\n{result.stderr}")
    return result


def draw(args, name, options):
    """Draws the pictures of a row; returns the seconds and the share that was computed."""
    folder = args.out / re.sub(r"[^a-z0-9]+", "-", name)
    for picture in folder.glob("*.png"):
        picture.unlink()
    begin = time.monotonic()
    result = peregrine(
        args, "sample", args.run, "--count", str(args.count), "--seed", "7", "--solver", args.solver,
        "--guidance", str(args.guidance), "--guidance-low", "0", "--guidance-high", "1",
        "--precision", "bfloat16", "--out", str(folder), *([] if "--steps" in options else ["--steps", str(args.steps)]),
        *options)
    share = re.search(r"computed +([\d.]+) %", result.stderr)
    return time.monotonic() - begin, float(share.group(1)) if share else None, folder


def likeness(args, folder, full):
    """PSNR and SSIM to the plain sampler's pictures; without PSNR where a picture equals its reference."""
    for metrics in ("psnr,ssim", "ssim"):
        result = subprocess.run(
            [args.tool, "evaluate", str(folder), "--against", str(full), "--metrics", metrics, "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if result.returncode == 0:
            return {score["name"]: score["value"] for score in json.loads(result.stdout)["scores"]}
    sys.exit(f"stopped: the pictures of {folder} cannot be compared\n{result.stderr}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--tool", default=str(ROOT / "peregrine"))
    parser.add_argument("--solver", default="euler")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--guidance", type=float, default=2)
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    table = rows(args.steps)
    record = {name: {"options": options, "seconds": []} for name, options in table.items()}
    folders = {}
    for turn in range(args.rounds):
        for name, options in table.items():
            seconds, share, folders[name] = draw(args, name, options)
            record[name]["seconds"].append(round(seconds, 3))
            if share is not None:
                record[name]["computed_percent"] = share
            print(f"round {turn + 1}: {name} {seconds:.1f} s", file=sys.stderr)
    for name in table:
        if name != "full":
            record[name].update(likeness(args, folders[name], folders["full"]))
    settings = {key: value for key, value in vars(args).items() if key not in ("out", "tool")}
    (args.out / "acceleration.json").write_text(
        json.dumps({"settings": settings, "rows": record}, indent=1) + "\n")

    print("| policy | arithmetic computed | time, share of the plain sampler's | PSNR | SSIM |")
    print("| --- | --- | --- | --- | --- |")
    for name, row in record.items():
        ratios = [mine / full for mine, full in zip(row["seconds"], record["full"]["seconds"])]
        computed = row.get("computed_percent")
        if computed is None:
            steps = row["options"][1] if row["options"] else args.steps
            computed = 100 * int(steps) / args.steps
        psnr = f"{row['psnr']:.1f} dB" if "psnr" in row else "∞ for some" if "ssim" in row else ""
        quality = f"{psnr} | {row['ssim']:.3f}" if "ssim" in row else "|"
        print(f"| {name} | {computed:.0f} % | {statistics.median(ratios):.2f}"
              f" [{min(ratios):.2f}, {max(ratios):.2f}] | {quality} |")


if __name__ == "__main__":
    main()
