#!/usr/bin/env bash
# Tests of ./peregrine itself: copies of the script in temporary clones, with a PATH that holds stubs of
# `swift`, `uname`, `df`… and, where pip matters, the real pip on tiny wheels made here. Needs no network
# and touches neither the real .deps nor the real .build.
# shellcheck disable=SC2016  # the stubs are scripts in quotes
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools=$work/tools stubs=$work/stubs clone="$work/a clone" wheels=$work/wheels
log=$work/calls  # one line for each call of a stubbed swift or pip
failures=0 checks=0

# ---- The stage ------------------------------------------------------------------------------------

mkdir -p "$tools" "$stubs" "$wheels" "$work/home"
for name in bash env awk cat chmod cksum cut dirname df find flock getconf git grep id mkdir mktemp mv nproc \
  pkg-config readlink realpath rm sed sha256sum sleep sort stat sync tail tee touch true uname wc; do
  ln -s "$(type -P "$name")" "$tools/$name"
done
python=$(python3 -c 'import sys; print(sys.executable)')
printf '#!%s/bash\nexec %q "$@"\n' "$tools" "$python" >"$work/python3"
chmod +x "$work/python3"

# stub NAME: a command for the scripts under test, from standard input.
stub() {
  { printf '#!%s/bash\n' "$tools"; cat; } >"$stubs/$1"
  chmod +x "$stubs/$1"
}

# The stubs of a machine where all is well.
healthy() {
  rm -f "$stubs"/*
  stub pkg-config <<<'[[ $1 != --modversion ]] || echo 1.0'
  stub df <<<'printf "Filesystem 1024-blocks Used Available\nd 0 0 100000000 0%% /\n"'
  stub uname <<<'echo "Linux x86_64"'
  stub getconf <<<'echo "glibc 2.36"'
  stub python3 <<END
[[ "\$*" != *install* ]] || echo "pip install" >>"$log"
exec "$work/python3" "\$@"
END
  stub swift <<END
[[ \$1 == --version ]] && { echo "Swift version \${FAKE_SWIFT:-6.3.1} (swift-release)"; exit; }
echo "swift \$*" >>"$log"
case \$1 in
  build)
    [[ -z \${FAKE_ERROR:-} ]] || { echo "\$FAKE_ERROR"; exit 1; }
    mkdir -p "\$3/.build/release"
    sleep "\${FAKE_SECONDS:-0}"
    printf '#!$tools/bash\necho "tool in \$PWD:"; printf "<%%s>" "\$@"; exit 7\n' >"\$3/.build/release/peregrine"
    chmod +x "\$3/.build/release/peregrine" ;;
  test) exit "\${FAKE_TEST:-0}" ;;
esac
END
}

# wheel NAME VERSION: a small wheel in $wheels; prints its pin.
wheel() {
  "$work/python3" - "$wheels" "$1" "$2" <<'END'
import hashlib, sys, zipfile
folder, name, version = sys.argv[1:]
module = name.replace("-", "_")
tag = "cp311-cp311-manylinux_2_28_x86_64" if name == "torch" else "py3-none-manylinux_2_18_x86_64"
path = f"{folder}/{module}-{version}-{tag}.whl"
info = f"{module}-{version}.dist-info"
with zipfile.ZipFile(path, "w") as wheel:
    def add(member, text):
        wheel.writestr(zipfile.ZipInfo(member, (2020, 1, 1, 0, 0, 0)), text)
    add(f"{module}/lib/{module}.so", version)
    add(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    add(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
    add(f"{info}/RECORD", "")
print(f"{name}=={version} --hash=sha256:{hashlib.sha256(open(path, 'rb').read()).hexdigest()}")
END
}

# new_clone FOLDER: the script in a package of one source file, with pins of tiny wheels.
new_clone() {
  mkdir -p "$1/Sources/Room" "$1/Setup" "$1/Tests/setup"
  cp "$repository/peregrine" "$1/"
  cp "$repository/Setup/doctor" "$1/Setup/"
  echo "1" >"$1/Sources/Room/a.swift"
  echo "1" >"$1/Package.swift"
  wheel torch 2.11.0 >"$1/Setup/requirements-cpu.txt"
  wheel nvidia-cublas 13.1.0 >"$1/Setup/requirements-cuda.txt"
  printf '#!%s/bash\nexit "${FAKE_SCRIPT_TESTS:-0}"\n' "$tools" >"$1/Tests/setup/run.sh"
  chmod +x "$1/Tests/setup/run.sh"
}

fresh() {  # a clone that has never been used, on a healthy machine
  rm -rf "$clone" "$log"
  : >"$log"
  healthy
  new_clone "$clone"
}

# run [VARIABLE=value…] ARGUMENT…: calls the clone's script; sets `output` and `status`.
run() {
  local variables=()
  while [[ ${1:-} == *=* ]]; do variables+=("$1"); shift; done
  status=0
  output=$(cd "$work/home" && env -i HOME="$work/home" PATH="$stubs:$tools" PIP_NO_INDEX=1 \
    PIP_FIND_LINKS="$wheels" "${variables[@]}" "$clone/peregrine" "$@" 2>&1 </dev/null) || status=$?
}

complain() {
  failures=$((failures + 1))
  printf 'FAILED: %s: %s\n  the last call ended with status %s and printed:\n%s\n' \
    "$case" "$1" "$status" "$output"
}

# expect STATUS TEXT…: of the last run; a failure of the script's own is one message, no noise.
expect() {
  local wanted=$1 text
  checks=$((checks + 1))
  shift
  [[ $status == "$wanted" ]] || complain "expected status $wanted"
  for text in "$@"; do [[ $output == *"$text"* ]] || complain "expected the text: $text"; done
  if [[ $output != Machine* && ($wanted == 6? || $wanted == 74) ]]; then
    [[ $(grep -c "Failed while" <<<"$output") == 1 ]] || complain "expected exactly one message"
    ! grep -qE "Traceback|: line [0-9]+:|unbound variable" <<<"$output" || complain "expected no dump"
  fi
}

# holds TEXT CONDITION…: a condition that must hold.
holds() {
  checks=$((checks + 1))
  if ! "${@:2}"; then complain "$1"; fi
}
calls() { [[ $(grep -c "^$1" "$log") == "$2" ]]; }
ready() { [[ $(<"$clone/.deps/site/torch/lib/torch.so") == "$1" && ! -e $clone/.deps/site.new ]]; }

# ---- What a machine may lack ----------------------------------------------------------------------

case="help needs nothing"
fresh; rm "$stubs/swift"
run; expect 0 "usage: ./peregrine"

case="no swift"
run train; expect 69 "no \`swift\` in PATH" "Swift 6.2 or later" "swift.org/install"
case="old swift"
fresh
run FAKE_SWIFT=5.10 train; expect 69 "Swift 5.10 at" "Swift 6.2 or later"
run FAKE_SWIFT=6.1.3 train; expect 69 "Swift 6.1.3 at"
holds "nothing is fetched before Swift is there" calls pip 0

case="no pip"
fresh; rm "$stubs/python3"
run train; expect 69 "no pip" "python3-pip" "ensurepip"
case="old pip"
stub pip3 <<<'echo "pip 20.0.2 from /usr/lib (python 3.8)"'
run train; expect 69 "pip 20.0.2" "pip 21 or later"

case="other machine"
fresh; stub uname <<<'echo "Darwin arm64"'
run train; expect 69 "Darwin arm64" "Linux x86_64"
case="old glibc"
fresh; stub getconf <<<'echo "glibc 2.27"'
run train; expect 69 "glibc 2.27" "glibc 2.28 or later"
case="no glibc"
stub getconf <<<'exit 1'
run train; expect 69 "no glibc"

case="system libraries, no rights to install them"
fresh
stub pkg-config <<<'[[ $* != *png* || -e '"$work/png"' ]]'
stub id <<<'echo 1000'
stub sudo <<<'exit 1'
stub apt-get <<<'exit 1'
run train; expect 69 "no libpng-dev" "sudo apt-get install -y"
case="system libraries, no apt"
rm "$stubs/apt-get"
run train; expect 69 "no libpng-dev"
case="system libraries, as root"
stub id <<<'echo 0'
stub apt-get <<<'[[ $1 != install ]] || { [[ $* == *libpng-dev* ]] && touch '"$work/png"'; }'
run train; expect 7 "installing libpng-dev with apt-get"

case="full disk"
fresh; stub df <<<'printf "Filesystem 1024-blocks Used Available\nd 0 0 2000000 0%% /\n"'
run train; expect 74 "1 GB free" "3 GB"
holds "pip is not called" calls pip 0
fresh
stub pip3 <<<'echo "pip 24.0"; [[ $1 == --version ]] || { echo "OSError: [Errno 28] No space left on device"; exit 1; }'
rm "$stubs/python3"
run train; expect 74 "a full disk"
holds "nothing half-done stays" test ! -e "$clone/.deps/site.new"

case="a folder that cannot be written"
fresh; touch "$work/file"
run PEREGRINE_DEPS="$work/file/deps" train; expect 74 "cannot be written"

case="no network"
fresh
run PIP_NO_INDEX=0 PIP_FIND_LINKS= PIP_INDEX_URL=http://127.0.0.1:9/simple PIP_RETRIES=0 train
expect 69 "no way to the package index" "setup.log"
case="pin that the index lacks"
echo "torch==9.9.9 --hash=sha256:$(sha256sum </dev/null | cut -c 1-64)" >"$clone/Setup/requirements-cpu.txt"
run train; expect 69 "that pip stopped: ERROR: Could not find a version"

case="wrong arguments"
fresh
run setup --gpu; expect 64 "--gpu" "nothing or --cuda"

# ---- Set-up ---------------------------------------------------------------------------------------

case="damaged download, then a good one"
fresh
cp "$wheels/torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl" "$work/good.whl"
wheel torch 2.11.0 >/dev/null
echo "damage" >>"$wheels/torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl"
run setup; expect 65 "sha256" "as pinned in Setup/"
holds "nothing is installed" test ! -e "$clone/.deps/site"
mv "$work/good.whl" "$wheels/torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl"
run setup; expect 0 "set up in"
holds "the library is there" ready 2.11.0

case="a changed pin installs anew, an unchanged one does not"
run setup; expect 0
holds "pip ran twice so far" calls pip 2
wheel torch 2.11.1 >"$clone/Setup/requirements-cpu.txt"
run setup; expect 0
holds "the new version is there" ready 2.11.1
holds "pkg-config knows the version" grep -q "Version: 2.11.1" "$clone/.deps/pkgconfig/libtorch.pc"

case="killed between the two renames"
mv "$clone/.deps/site" "$clone/.deps/site.old"
run setup; expect 0
holds "the old libraries are back, without pip" calls pip 3
holds "the library is there" ready 2.11.1

case="killed while pip installs"
fresh
stub python3 <<END
[[ "\$*" == *install* ]] || { echo "pip 24.0"; exit; }
mkdir -p "$clone/.deps/site.new/site/torch"
echo half >"$clone/.deps/site.new/site/torch/half"
sleep 30
END
setsid env -i HOME="$work/home" PATH="$stubs:$tools" "$clone/peregrine" setup >/dev/null 2>&1 &
victim=$!
until [[ -e $clone/.deps/site.new/site/torch/half ]]; do sleep 0.05; done
{ kill -9 -- "-$victim" && wait "$victim"; } 2>/dev/null || true
healthy
run setup; expect 0
holds "the library is whole" ready 2.11.0
holds "no half is left" test ! -e "$clone/.deps/site/torch/half"

case="CUDA stays once installed"
run setup --cuda; expect 0
holds "CUDA is there" test -e "$clone/.deps/site/nvidia_cublas/lib/nvidia_cublas.so"
wheel torch 2.11.1 >"$clone/Setup/requirements-cpu.txt"
run setup; expect 0
holds "CUDA is there after an upgrade" test -e "$clone/.deps/site/nvidia_cublas/lib/nvidia_cublas.so"
holds "the library is new" ready 2.11.1

case="two clones share one folder"
fresh; new_clone "$work/b"
for each in "$clone" "$work/b"; do
  env -i HOME="$work/home" PATH="$stubs:$tools" PIP_NO_INDEX=1 PIP_FIND_LINKS="$wheels" \
    PEREGRINE_DEPS="$work/shared" "$each/peregrine" setup >/dev/null 2>&1 &
done
wait
holds "both have it" test -e "$work/shared/site/torch/lib/torch.so"
holds "one installed" calls pip 1

# ---- Build ----------------------------------------------------------------------------------------

case="first call builds, the second does not"
fresh
run train "two words" --x; expect 7 "building the tool" "tool in $work/home:" "<train><two words><--x>"
run train; expect 7
holds "one build" calls "swift build" 1
[[ $output == "tool in $work/home:"* ]] || complain "expected no message of the script"
holds "with the run-time path" grep -q -- "-Xlinker -rpath -Xlinker $clone/.deps/site/torch/lib" "$log"

rebuilds() {  # rebuilds WHY: the last change makes exactly one more build
  case="rebuilds after $1"
  count=$(grep -c "^swift build" "$log")
  run train; expect 7
  run train; expect 7
  holds "one more build" calls "swift build" $((count + 1))
}
echo 2 >"$clone/Sources/Room/a.swift"; rebuilds "an edit"
echo 2 >"$clone/Sources/Room/b.swift"; rebuilds "a new file"
rm "$clone/Sources/Room/b.swift"; rebuilds "a deletion"
touch -d 2001-01-01 "$clone/Sources/Room/a.swift"; rebuilds "a back-dated file"
echo 2 >"$clone/Package.swift"; rebuilds "a change of the manifest"
echo 2 >"$clone/Package.resolved"; rebuilds "another set of packages"
wheel torch 2.11.1 >"$clone/Setup/requirements-cpu.txt"; rebuilds "another libtorch"
touch "$stubs/swift"; rebuilds "another compiler"
rm "$clone/.build/release/peregrine"; rebuilds "the loss of the tool"

case="a failed build says why, and is tried again"
echo 3 >"$clone/Sources/Room/a.swift"
run FAKE_ERROR="a.swift:1: error: cannot find 'x' in scope" train
expect 1 "cannot find 'x' in scope" "peregrine-build.log"
run train; expect 7 "building the tool"
case="no network for the packages"
echo 4 >"$clone/Sources/Room/a.swift"
run FAKE_ERROR="fatal: unable to access 'https://x/': Could not resolve host: x" train
expect 69 "no way to the Swift packages"

case="two builds at once"
fresh
for each in 1 2; do
  env -i HOME="$work/home" PATH="$stubs:$tools" PIP_NO_INDEX=1 PIP_FIND_LINKS="$wheels" FAKE_SECONDS=0.5 \
    "$clone/peregrine" train >/dev/null 2>&1 &
done
wait
holds "one built" calls "swift build" 1

# ---- The script's other commands ------------------------------------------------------------------

case="test"
run test; expect 0 "lint           ok" "build          ok" "tests          ok" "set-up tests   ok"
holds "the tests were built with the tool's flags" grep -q -- \
  "-c release -Xswiftc -enable-testing .*--build-tests" "$log"
run CI=true FAKE_TEST=1 test; expect 1 "tests          FAILED" "set-up tests   ok"
run FAKE_SCRIPT_TESTS=1 test; expect 1 "set-up tests   FAILED"
run FAKE_ERROR="error: no" test; expect 1 "build          FAILED"
run test Sampling Nets; expect 0
holds "names become filters" grep -q -- "--filter Sampling --filter Nets" "$log"

case="env"
run env; expect 0
holds "can be evaluated" bash -c "$output; [[ \$PKG_CONFIG_PATH == '$clone/.deps/pkgconfig' ]]"

case="doctor"
run doctor; expect 69 "ok       libtorch       2.11.0" "ok       glibc          2.36" \
  "ok       peregrine      built" "<doctor>"  # 69, because the stub tool's own doctor ends with 7
rm -rf "$clone/.build"
run doctor; expect 0 "absent   peregrine"
rm "$stubs/swift" "$stubs/python3"
stub pkg-config <<<'[[ $1 != --exists || $2 != zlib ]]'
run doctor; expect 69 "missing  swift          none, needs 6.2 or later" "absent   pip" "missing  packages       zlib1g-dev"
rm -rf "$clone/.deps"
run doctor; expect 69 "missing  pip" "missing  libtorch" "Run: ./peregrine setup"

# Not a test, since it measures time: what the script adds to a call that has nothing to prepare.
fresh
run train
begun=$(date +%s%N)
for _ in 1 2 3 4 5; do run train; done
printf 'set-up tests: %d checks, %d failures; an idle call of the script takes %d ms\n' \
  "$checks" "$failures" $((($(date +%s%N) - begun) / 5000000))
[[ $failures == 0 ]]
