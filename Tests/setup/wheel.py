"""Makes a small wheel and prints its pin: wheel.py FOLDER NAME VERSION [FILE[=TEXT] | Requires-Dist: …]…"""

import hashlib
import sys
import zipfile

folder, name, version, *contents = sys.argv[1:]
module = name.replace("-", "_")
requires = [line for line in contents if line.startswith(("Requires-Dist: ", "Provides-Extra: "))]
files = [file for file in contents if file not in requires] or [f"{module}/lib/{module}.so={version}"]
native = any(file.startswith("torch/lib/") for file in files)
tag = "cp311-cp311-manylinux_2_28_x86_64" if native else "py3-none-any"
path = f"{folder}/{module}-{version}-{tag}.whl"
info = f"{module}-{version}.dist-info"
members = dict(file.partition("=")[::2] for file in files)
members[f"{info}/METADATA"] = "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *requires, ""])
members[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n"
members[f"{info}/RECORD"] = ""
with zipfile.ZipFile(path, "w") as wheel:
    for member, text in members.items():
        wheel.writestr(zipfile.ZipInfo(member, (2020, 1, 1, 0, 0, 0)), text)
print(f"{name}=={version} --hash=sha256:{hashlib.sha256(open(path, 'rb').read()).hexdigest()}")
