# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # sourced by run.sh; the stubs are scripts in quotes
# The script's other commands.

case="help is help"
fresh; rm "$stubs/swift"
for each in "setup --help" "test --help" "test Sampling -h" "lint --help" "doctor --help" "env -h" "help test"; do
  # shellcheck disable=SC2086  # two words
  run $each; expect 0 "usage: ./peregrine"
done
case="arguments that a command does not take"
for each in "setup --gpu" "setup --cuda --peers" "test --filter" "lint Sources" "doctor --jsn" "env --json"; do
  # shellcheck disable=SC2086  # two words
  run $each; expect 64 "reading the arguments of" "--help"
done

case="test"
fresh
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
run doctor; expect 69 "missing  swift          none, needs 6.2 or later. Nothing can be built" "absent   pip" "missing  packages       zlib1g-dev"
rm -rf "$clone/.deps"
run doctor; expect 69 "missing  pip" "missing  libtorch" "Run: ./peregrine setup"
stub df <<<'printf "Filesystem 1024-blocks Used Available\nd 0 0 2000000 0%% /\n"'
run doctor; expect 69 "missing  disk           1 GB free" "libtorch does not fit"
fresh; run doctor --json; expect 7 "<doctor><--json>"
