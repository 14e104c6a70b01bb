# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # sourced by run.sh; the stubs are scripts in quotes
# Builds: when, once, and not for longer than the call.

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
libtorch 2.11.1 >"$clone/Setup/requirements-cpu.txt"; rebuilds "another libtorch"
touch "$stubs/swift"; rebuilds "another compiler"
rm "$clone/.build/peregrine"; rebuilds "the loss of the tool"

case="a failed build says why, and is tried again"
echo 3 >"$clone/Sources/Room/a.swift"
run FAKE_ERROR="a.swift:1: error: cannot find 'x' in scope" train
expect 1 "cannot find 'x' in scope" "peregrine-build.log"
run train; expect 7 "building the tool"
case="no network for the packages"
echo 4 >"$clone/Sources/Room/a.swift"
run FAKE_ERROR="fatal: unable to access 'https://x/': Could not resolve host: x" train
expect 69 "no way to the Swift packages"

case="what a call started ends with it"
fresh
run setup
for signal in TERM INT HUP KILL; do
  rm -f "$work/compiler"
  leave FAKE_COMPILER="$work/compiler" train
  comes test -e "$work/compiler"
  ends_by $signal
  holds "the compiler is gone after SIG$signal" goes alive "$(<"$work/compiler")"
done
run train; expect 7 "building the tool" "tool in"

case="a finished tool runs while another call builds"
echo 5 >"$clone/Sources/Room/a.swift"
rm -f "$work/compiler"
leave FAKE_COMPILER="$work/compiler" train
comes test -e "$work/compiler"
run sample; expect 7 "another call is building the changed sources" "<sample>"
holds "the other still builds" alive "$(<"$work/compiler")"
case="a tool of other libraries does not"
libtorch 2.11.1 >"$clone/Setup/requirements-cpu.txt"
leave sample
holds "it does not run at once" comes grep -q "Version: 2.11.1" "$clone/.deps/pkgconfig/libtorch.pc"
holds "it waits" alive "$left"
kill "$(<"$work/compiler")"
status=0
wait "$left" || status=$?
holds "then it runs" test "$status" == 7

case="two builds at once"
fresh
for each in 1 2; do
  env -i HOME="$work/home" PATH="$stubs:$tools" PIP_NO_INDEX=1 PIP_FIND_LINKS="$wheels" \
    "$clone/peregrine" train >/dev/null 2>&1 &
done
wait
holds "one built" calls "swift build" 1
