# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # sourced by run.sh; the stubs are scripts in quotes
# The stage of the set-up tests: a clean machine of stubs, tiny wheels, clones, and what a run must do.

mkdir -p "$tools" "$stubs" "$wheels" "$work/home"
for name in bash env awk cat chmod cksum cp cut date dirname df du find flock getconf git grep id mkdir mktemp mv nproc \
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
    if [[ -n \${FAKE_COMPILER:-} ]]; then  # in a process group of its own, as SwiftPM starts its compilers
      set -m
      "$tools/sleep" 100 & echo \$! >"\$FAKE_COMPILER.new"; mv "\$FAKE_COMPILER.new" "\$FAKE_COMPILER"; wait
    fi
    printf '#!$tools/bash\necho "tool in \$PWD:"; printf "<%%s>" "\$@"; exit 7\n' >"\$3/.build/release/peregrine"
    chmod +x "\$3/.build/release/peregrine" ;;
  test) exit "\${FAKE_TEST:-0}" ;;
esac
END
}

# wheel NAME VERSION [FILE[=TEXT]…]: a small wheel in $wheels, with these files or one library; prints its pin.
wheel() { "$work/python3" "$repository/Tests/setup/wheel.py" "$wheels" "$@"; }

# libtorch VERSION: a wheel with what the build needs of torch; prints its pin.
libtorch() { wheel torch "$1" torch/lib/libtorch_cpu.so="$1" torch/lib/libc10.so=c torch/include/ATen/ATen.h=c; }

# new_clone FOLDER: the script in a package of one source file, with pins of tiny wheels.
new_clone() {
  mkdir -p "$1/Sources/Room" "$1/Setup" "$1/Tests/setup"
  cp "$repository/peregrine" "$1/"
  cp "$repository/Setup/"{doctor,fetch,pip_settings.py,test} "$1/Setup/"
  echo "1" >"$1/Sources/Room/a.swift"
  echo "1" >"$1/Package.swift"
  libtorch 2.11.0 >"$1/Setup/requirements-cpu.txt"
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

# leave [VARIABLE=value…] ARGUMENT…: the same in the background; sets `left` to the script's process.
leave() {
  local variables=()
  while [[ ${1:-} == *=* ]]; do variables+=("$1"); shift; done
  set -m  # without it, what runs in the background ignores Ctrl-C
  env -i HOME="$work/home" PATH="$stubs:$tools" PIP_NO_INDEX=1 PIP_FIND_LINKS="$wheels" "${variables[@]}" \
    "$clone/peregrine" "$@" >/dev/null 2>&1 </dev/null &
  left=$!
  set +m
}

# ends_by SIGNAL: ends the call that was left, and that alone.
ends_by() { { kill "-$1" "$left" && wait "$left"; } 2>/dev/null || true; }

# comes CONDITION…, goes CONDITION…: waits, up to ten seconds, until it holds or no longer does.
comes() {
  local tries
  for ((tries = 0; tries < 200; tries++)); do if "$@"; then return; fi; sleep 0.05; done
  return 1
}
goes() { comes eval "! ${*@Q}"; }
alive() { grep -qs . "/proc/$1/cmdline"; }  # a zombie has no command line

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
ready() { [[ $(<"$clone/.deps/site/torch/lib/libtorch_cpu.so") == "$1" && ! -e $clone/.deps/site.new ]]; }

