# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # sourced by run.sh; the stubs are scripts in quotes
# Set-up: what is fetched, whatever interrupts it and however pip is configured.

case="damaged download, then a good one"
fresh
cp "$wheels/torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl" "$work/good.whl"
libtorch 2.11.0 >/dev/null
echo "damage" >>"$wheels/torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl"
run setup; expect 65 "sha256" "as pinned in Setup/"
holds "nothing is installed" test ! -e "$clone/.deps/site"
mv "$work/good.whl" "$wheels/torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl"
run setup; expect 0 "set up in"
holds "the library is there" ready 2.11.0

case="a changed pin installs anew, an unchanged one does not"
run setup; expect 0
holds "pip ran twice so far" calls pip 2
libtorch 2.11.1 >"$clone/Setup/requirements-cpu.txt"
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
[[ \$1 != -I ]] || exit 0
[[ "\$*" == *install* ]] || { echo "pip 24.0"; exit; }
mkdir -p "$clone/.deps/site.new/site/torch"
echo half >"$clone/.deps/site.new/site/torch/half"
sleep 30
END
leave setup
comes test -e "$clone/.deps/site.new/site/torch/half"
ends_by KILL
healthy
run setup; expect 0
holds "the library is whole" ready 2.11.0
holds "no half is left" test ! -e "$clone/.deps/site/torch/half"

case="pip is told how to reach an index, and nothing else"
for setting in PIP_ROOT="$work/elsewhere" PIP_TARGET="$work/elsewhere" PIP_DRY_RUN=1 PIP_REQUIRE_HASHES=no \
  PIP_CONSTRAINT="$work/none" PIP_CONFIG_FILE="$work/pip.conf" PIP_NO_INPUT=perhaps; do
  everything+=("$setting")
done
printf '[global]\ntarget = %s\nno-index = no\nno-input = perhaps\n' "$work/elsewhere" >"$work/pip.conf"
fresh
run "${everything[@]}" setup; expect 0 "set up in"
holds "the library is there" ready 2.11.0
holds "nothing is elsewhere" test ! -e "$work/elsewhere"
case="the index of pip's configuration"
fresh
mkdir -p "$work/home/.config/pip"
printf '[install]\nno_index = yes\nfind-links =\n  /nowhere\n  %s\n' "$wheels" >"$work/home/.config/pip/pip.conf"
run PIP_NO_INDEX=yes PIP_FIND_LINKS=/nowhere setup; expect 69 "Could not find a version"
status=0
output=$(env -i HOME="$work/home" PATH="$stubs:$tools" "$clone/peregrine" setup 2>&1) || status=$?
expect 0 "set up in"
case="a configuration that pip cannot read"
fresh
echo "no section" >"$work/home/.config/pip/pip.conf"
run setup; expect 0 ".config/pip/pip.conf cannot be read and is left out" "set up in"
rm -r "$work/home/.config"

case="a pip that installs nothing"
fresh
stub python3 <<<'[[ $1 == -I ]] || echo "pip 24.0"'
run setup; expect 69 "no torch/lib/libtorch_cpu.so in what pip installed"
holds "nothing is stamped" test ! -e "$clone/.deps/site"
healthy
run setup; expect 0
case="libraries that someone removed"
rm "$clone/.deps/site/torch/lib/libc10.so"
run setup; expect 0
holds "they are back" test -e "$clone/.deps/site/torch/lib/libc10.so"

case="CUDA stays once installed"
run setup --cuda; expect 0
holds "CUDA is there" test -e "$clone/.deps/site/nvidia_cublas/lib/nvidia_cublas.so"
libtorch 2.11.1 >"$clone/Setup/requirements-cpu.txt"
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
holds "both have it" test -e "$work/shared/site/torch/lib/libtorch_cpu.so"
holds "one installed" calls pip 1
