#!/usr/bin/env bash
# Tests of ./peregrine itself: copies of the script in temporary clones, with a PATH that holds stubs of
# `swift`, `uname`, `df`… and, where pip matters, the real pip on tiny wheels made here. Needs no network
# and touches neither the real .deps nor the real .build.
# shellcheck disable=SC2034  # the parts use them
set -euo pipefail

# Some tests send signals, which a caller such as nohup may have set to be ignored.
if [[ ${SIGNALS_ARE_USUAL:-} != yes ]]; then
  exec env --default-signal SIGNALS_ARE_USUAL=yes bash "${BASH_SOURCE[0]}" "$@"
fi

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools=$work/tools stubs=$work/stubs clone="$work/a clone" wheels=$work/wheels
log=$work/calls  # one line for each call of a stubbed swift or pip
failures=0 checks=0
for part in stage machine libraries peers build commands; do
  # shellcheck disable=SC1090  # the scripts beside this one
  source "$repository/Tests/setup/$part.sh"
done

# Not a test, since it measures time: what the script adds to a call that has nothing to prepare.
fresh
run train
begun=$(date +%s%N)
for _ in 1 2 3 4 5; do run train; done
printf 'set-up tests: %d checks, %d failures; an idle call of the script takes %d ms\n' \
  "$checks" "$failures" $((($(date +%s%N) - begun) / 5000000))
[[ $failures == 0 ]]
