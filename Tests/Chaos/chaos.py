#!/usr/bin/env python3
"""Trains small runs under random kills, full disks and flipped bits, for a given time.

    Tests/Chaos/chaos.py .build/release/peregrine --minutes 60 --seed 1

Each trial trains one run again and again until it ends, and disturbs it meanwhile:

  kill    SIGKILL, SIGTERM, SIGINT or SIGHUP after a random time
  disk    no file can grow for a moment (a limit on file sizes stands in for a full disk)
  flip    one bit of a random file of the run folder, while nothing is running

A trial passes if the run ends as an undisturbed one, bit for bit (weights, averages, optimizer,
log), or if the program named what was damaged. A refusal must name a file whose bit was flipped;
the bit is then put back, as from a copy. Whatever is damaged at the end must be named when it is
used. Any other signal, any hang, and any difference that was not announced is a failure: it is
printed with the trial's folder, which is kept, and the exit status is 1.

Only Python's standard library is needed. The same seed disturbs in the same way, but not at the
same step.
"""

import argparse
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

SETTINGS = {
    "model.preset": "SiT-Ti/8",
    "data.path": "shapes:200",
    "data.validation_count": "8",
    "objective.prediction": "velocity",
    "objective.loss": "velocity",
    "training.global_batch_size": "4",
    "training.micro_batch_size": "2",
    "training.images": "1600",
    "training.threads": "1",
    "schedule.checkpoint_every_images": "80",
    "schedule.keep_checkpoints": "3",
    "schedule.log_every_images": "16",
    "schedule.validate_every_images": "200",
    "schedule.preview_every_images": "400",
    "schedule.snapshot_every_images": "400",
    "schedule.evaluate_every_images": "800",
    "optimizer.ema_profiles": "0.05, 0.10",
    "preview.count": "2",
    "preview.sampler.steps": "2",
    "evaluation.against": "shapes:8",
    "evaluation.metrics": "psnr",
    "evaluation.count": "8",
    "evaluation.sampler.steps": "2",
}
# What depends on the clock or the machine.
VOLATILE = ("images_per_second", "train_seconds", "memory_bytes")
LONGEST_SECONDS = 180
# Outputs that are drawn for people and never read back, and folders without meaning for the run.
UNREAD = re.compile(r"^(samples/|scores/|report\.html|events\.out|\.lock|checkpoints/damaged-|metrics-until-)")
SNAPSHOT = re.compile(r"^averages/(\d+)/([\d.]+)\.safetensors$")


class Failure(Exception):
    pass


def sha(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def files(run):
    for folder, _, names in os.walk(run):
        for name in names:
            path = os.path.join(folder, name)
            yield os.path.relpath(path, run)


def log_lines(run):
    """The records of a log without what depends on the clock, and without notes."""
    lines = []
    with open(os.path.join(run, "metrics.jsonl"), encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["kind"] != "note":
                lines.append({k: v for k, v in record.items() if k not in VOLATILE})
    return lines


def results(run):
    """What must be equal: the newest checkpoint's tensors, the snapshots and the log."""
    newest = max(n for n in os.listdir(os.path.join(run, "checkpoints")) if n.isdigit())
    found = {}
    for name in files(run):
        if name.startswith(f"checkpoints/{newest}/") and name.endswith(".safetensors"):
            found[name] = sha(os.path.join(run, name))
        elif SNAPSHOT.match(name):
            found[name] = sha(os.path.join(run, name))
    found["metrics.jsonl"] = log_lines(run)
    return found


class Trial:
    def __init__(self, tool, folder, chance):
        self.tool, self.chance = tool, chance
        self.folder = folder
        self.run = os.path.join(folder, "run")
        self.flips = {}  # path in the run -> (offset, the byte as it was)
        self.said = ""  # everything that the program printed
        self.counts = {}
        os.makedirs(folder)

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def start(self, arguments):
        # Python ignores SIGXFSZ, and the child inherits that: writes then fail with an error.
        self.sent = set()
        process = subprocess.Popen(
            [self.tool] + arguments, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, restore_signals=False,
            env=dict(os.environ, OMP_NUM_THREADS="1"))
        # Messages go through a pipe, which limits on file sizes do not concern.
        self.messages = []
        self.reader = threading.Thread(
            target=lambda: self.messages.extend(process.stderr), daemon=True)
        self.reader.start()
        return process

    def end(self, process):
        """Waits, and returns status and messages."""
        hangs = False
        try:
            process.wait(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            hangs = True
            process.kill()
            process.wait()
        self.reader.join()
        text = b"".join(self.messages).decode("utf-8", "replace")
        self.said += text
        status = process.returncode
        if hangs:
            raise Failure(f"a hang of {LONGEST_SECONDS} s: {text[-2000:]}")
        if "Fatal error" in text or "Stack dump" in text:
            raise Failure(f"a trap: {text[-2000:]}")
        if status < 0 and -status not in self.sent:
            raise Failure(f"ended by signal {-status}: {text[-2000:]}")
        return status, text

    def train(self):
        words = ["train", "demo", "--out", "run"]
        for key, value in SETTINGS.items():
            words += ["--set", f"{key}={value}"]
        return self.start(words)

    # Disturbances

    def kill(self, process):
        number = self.chance.choice(
            [signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
        time.sleep(self.chance.expovariate(1 / 1.5))
        if process.poll() is None:
            self.sent.add(number)
            process.send_signal(number)
            self.count(signal.Signals(number).name)
            return number
        return None

    def fill_disk(self, process):
        time.sleep(self.chance.uniform(0, 3))
        most = self.chance.choice([0, 1_000, 20_000, 1_000_000, 6_000_000])
        try:
            before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, before[1]))
            time.sleep(self.chance.uniform(0.2, 2))
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)
            self.count("full disk")
        except ProcessLookupError:
            pass

    def flip(self):
        names = [
            name for name in files(self.run)
            if not UNREAD.match(name) and name not in self.flips
            and os.path.getsize(os.path.join(self.run, name)) > 0
        ]
        if not names:
            return
        name = self.chance.choice(sorted(names))
        path = os.path.join(self.run, name)
        offset = self.chance.randrange(os.path.getsize(path))
        with open(path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1 << self.chance.randrange(8)]))
        self.flips[name] = (offset, byte, sha(path))
        self.count("flip")

    def heal(self, text):
        """Puts flipped bits back, as from a copy, in the files that a refusal is about."""
        self.forget_replaced()
        named = [n for n in self.flips if self.names(text, n)]
        for name in named:
            offset, byte, _ = self.flips.pop(name)
            with open(os.path.join(self.run, name), "r+b") as file:
                file.seek(offset)
                file.write(bytes([byte]))
            self.count("refused, put back")
        return named

    @staticmethod
    def names(text, name):
        """Whether a message is about a file, or about a marker with hashes that do not fit."""
        if name in ("records.json", "recipe.yaml", "data.json"):
            words = ("records.json", name, "another recipe", "changed since", "recipe.yaml", "data.json")
            return any(word in text for word in words)
        if name.endswith("/DONE"):
            return os.path.dirname(name) in text
        return name in text or name.startswith("checkpoints/") and "no checkpoint" in text

    def forget_replaced(self):
        """Flipped files that were written again, removed or set aside do not matter any more."""
        for name in list(self.flips):
            path = os.path.join(self.run, name)
            if not os.path.exists(path) or sha(path) != self.flips[name][2]:
                del self.flips[name]

    # A whole trial

    def carry_out(self):
        while True:
            process = self.train()
            killed = None
            what = self.chance.choice(["kill", "kill", "kill", "disk", "disk and kill", "nothing"])
            if "disk" in what:
                self.fill_disk(process)
            if "kill" in what:
                killed = self.kill(process)
            status, text = self.end(process)
            if status == 0:
                if self.chance.random() < 0.7:
                    return
                self.flip()
                continue
            # Before the program listens, a signal ends it like any other.
            allowed = status == 75 or killed and status in (130, -killed) \
                or status == 74 and "disk" in what
            if not allowed and not self.heal(text):
                raise Failure(f"status {status}: {text[-2000:]}")
            if self.chance.random() < 0.5:
                self.flip()

    def compare(self, expected):
        """Compares with the undisturbed run; what differs must have been said, or be said now."""
        self.forget_replaced()
        damaged = [n for n in self.flips if n.startswith(("averages/", "checkpoints/"))]
        newest = max(n for n in os.listdir(os.path.join(self.run, "checkpoints")) if n.isdigit())
        for name in damaged:
            match = SNAPSHOT.match(name)
            if match:
                self.must_name(name, ["sample", "run", "--out", "s", "--count", "1",
                                      "--ema-length", match[2], "--checkpoint", str(int(match[1]))])
            elif name == f"checkpoints/{newest}/ema.safetensors":
                self.must_name(name, ["sample", "run", "--out", "s", "--count", "1",
                                      "--checkpoint", str(int(newest))])
        excused = set(damaged)
        for name, (offset, byte, _) in list(self.flips.items()):
            with open(os.path.join(self.run, name), "r+b") as file:
                file.seek(offset)
                file.write(bytes([byte]))
        try:
            found = results(self.run)
        except (ValueError, KeyError) as error:
            found = {"metrics.jsonl": str(error)}
        for name in sorted(set(found) | set(expected)):
            if found.get(name) == expected.get(name) or name in excused:
                continue
            lost = "records are lost" in self.said or "metrics-until" in self.said
            if name == "metrics.jsonl" and lost:
                self.count("log lines lost, said")
            elif SNAPSHOT.match(name) and "without this snapshot" in self.said:
                self.count("snapshot lost, said")
            else:
                raise Failure(f"{name} differs from the undisturbed run's, and nothing was said")

    def must_name(self, name, words):
        status, text = self.end(self.start(words))
        # Where the marker is damaged, too, it is named by its folder.
        if os.path.dirname(name) not in text:
            raise Failure(f"{name} is damaged, and `{' '.join(words)}` did not name it: {text}")
        self.count("damage named when used")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", help="the built program")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", help="where the runs go (default: a temporary folder)")
    options = parser.parse_args()
    tool = os.path.realpath(options.tool)
    root = options.folder or tempfile.mkdtemp(prefix="peregrine-chaos-")
    os.makedirs(root, exist_ok=True)
    end = time.monotonic() + 60 * options.minutes
    undisturbed = Trial(tool, os.path.join(root, "undisturbed"), random.Random(0))
    status, text = undisturbed.end(undisturbed.train())
    if status != 0:
        sys.exit(f"The undisturbed run failed: {text}")
    expected = results(undisturbed.run)
    failures, trials, totals = 0, 0, {}
    while time.monotonic() < end:
        trials += 1
        trial = Trial(
            tool, os.path.join(root, f"trial-{trials}"), random.Random(f"{options.seed}/{trials}"))
        try:
            trial.carry_out()
            trial.compare(expected)
            outcome = "as undisturbed, or said"
            shutil.rmtree(trial.folder)
        except Failure as failure:
            failures += 1
            outcome = f"FAILED in {trial.folder}: {failure}"
        for what, count in trial.counts.items():
            totals[what] = totals.get(what, 0) + count
        print(f"trial {trials}: {trial.counts}: {outcome}", flush=True)
    print(f"{trials} trials, {failures} failures, {totals}")
    if not failures and not options.folder:
        shutil.rmtree(root)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
