"""Moves every golden output by 1 % in a copy of fixtures, and checks that tests notice each one.

    python perturb.py COPY                  # a copy of the fixtures beside this file
    PEREGRINE_FIXTURES=COPY ../peregrine test ParityTests > LOG
    python perturb.py COPY --log LOG        # names what went unnoticed

Every output is one that a test prints a line `parity FIXTURE CASE ROLE: max … of …, rms … of …` about.
"""

import argparse
import array
import json
import re
import shutil
import struct
from pathlib import Path

LINE = re.compile(r"parity (\S+) (\S+) (\S+): max (\S+) of (\S+), rms (\S+) of (\S+)$")
CODES = {"F32": "f", "F64": "d", "I64": "q"}


def manifests(folder):
    for path in sorted(folder.glob("**/manifest.json")):
        for fixture in json.loads(path.read_text())["fixtures"]:
            yield path.parent, fixture


def outputs(fixture):
    for case in fixture.get("cases", []):
        for role, output in case["outputs"].items():
            yield case["id"], role, output["tensor"]


def moved(values, code):
    """All values 1 % larger; whole numbers by one, and what is zero throughout by 0.01."""
    if code == "q":
        return [value + 1 for value in values]
    return [value * 1.01 for value in values] if any(values) else [0.01 for _ in values]


def perturb(path, names):
    raw = bytearray(path.read_bytes())
    (length,) = struct.unpack("<Q", raw[:8])
    for name, entry in json.loads(raw[8 : 8 + length]).items():
        if name in names:
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            code = CODES[entry["dtype"]]
            raw[begin:end] = array.array(code, moved(array.array(code, bytes(raw[begin:end])), code)).tobytes()
    path.write_bytes(raw)


def copy(source, target):
    for folder, fixture in manifests(source):
        place = target / fixture["name"]
        place.mkdir(parents=True)
        (place / "manifest.json").write_text(json.dumps({"fixtures": [fixture]}))
        names = {tensor for *_, tensor in outputs(fixture)}
        for file in fixture["files"].values():
            shutil.copy(folder / file["path"], place)
            if file["path"].endswith(".safetensors"):
                perturb(place / file["path"], names)


def unnoticed(folder, log):
    noticed = set()
    for line in log.read_text().splitlines():
        if match := LINE.search(line):
            worst, most, rms, limit = (float(number) for number in match.groups()[3:])
            if worst > most or rms > limit:
                noticed.add(match.groups()[:3])
    everything = {(fixture["name"], case, role) for _, fixture in manifests(folder) for case, role, _ in outputs(fixture)}
    print(f"{len(everything & noticed)} of {len(everything)} outputs were noticed")
    return sorted(everything - noticed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("copy", type=Path)
    parser.add_argument("--log", type=Path, help="what the tests printed about the copy")
    arguments = parser.parse_args()
    if arguments.log:
        missed = unnoticed(arguments.copy, arguments.log)
        raise SystemExit("unnoticed: " + ", ".join(" ".join(output) for output in missed) if missed else 0)
    copy(Path(__file__).parent, arguments.copy)
