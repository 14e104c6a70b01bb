# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # sourced by run.sh; the stubs are scripts in quotes
# PyTorch for Python: pip resolves Benchmarks/peers/requirements.txt as on a fresh machine, offline. The
# wheels are empty but for the requirements that the published ones state and the modules that they import.

packages=$work/packages
mkdir -p "$packages"

# publish NAME VERSION [IMPORT…]: such a wheel, whose module imports these.
publish() {
  local name=${1//-/_} version=$2 requires
  mapfile -t requires < <(sed -n "s/^$1: //p" "$repository/Tests/setup/peers.requires")
  "$work/python3" "$repository/Tests/setup/wheel.py" "$packages" "$1" "$version" "${requires[@]}" \
    "$name/__init__.py=$(printf 'import %s\n' "${@:3}")" "${files[@]}" >/dev/null
}
files=("torch/nn/__init__.py=" "torch/nn/functional.py=")
publish torch 2.11.0 typing_extensions
files=("safetensors/torch.py=import numpy, packaging, torch; load_file = save_file = None")
publish safetensors 0.7.0 sys
files=()
for each in filelock:3.29 typing-extensions:4.16.0 setuptools:81.0.0 sympy:1.14.0 networkx:3.6.1 jinja2:3.1.6 \
  fsspec:2026.2.0 cuda-toolkit:13.0.2 cuda-bindings:13.0.3 nvidia-cudnn-cu13:9.19.0.56 \
  nvidia-cusparselt-cu13:0.8.0 nvidia-nccl-cu13:2.28.9 nvidia-nvshmem-cu13:3.4.5 triton:3.6.0 numpy:2.4.6 \
  packaging:26.0; do
  publish "${each%:*}" "${each#*:}" sys
done

new_peers() {
  fresh
  mkdir -p "$clone/Benchmarks/peers"
  cp "$repository/Benchmarks/peers/requirements.txt" "$clone/Benchmarks/peers/"
}

case="PyTorch for Python, interrupted, then complete"
new_peers
stub python3 <<END
[[ "\$*" == *install* ]] || exec "$work/python3" "\$@"
mkdir -p "$clone/.deps/peers.new/site/torch"
sleep 30
END
leave setup --peers
comes test -e "$clone/.deps/peers.new/site/torch"
ends_by KILL
holds "an interrupted one is not there" test ! -e "$clone/.deps/peers"
healthy
run PIP_FIND_LINKS="$packages" PIP_TARGET="$work/elsewhere" setup --peers; expect 0 "about 3 GB, once" "PyTorch is in"
holds "what sit.py imports is there" env PYTHONPATH="$clone/.deps/peers" "$work/python3" -c \
  "$(grep -E '^(import|from) ' "$repository/Benchmarks/peers/sit.py")"
holds "nothing else stays" test ! -e "$clone/.deps/peers.new" -a ! -e "$clone/.deps/peers.downloads"
run setup --peers; expect 0
holds "pip is not called again" calls "pip install" 1

case="a requirement that nobody names"
new_peers
sed -i 's/\[torch\]//' "$clone/Benchmarks/peers/requirements.txt"
run PIP_FIND_LINKS="$packages" setup --peers; expect 69 "cannot be imported" "No module named"
holds "it does not count as complete" test ! -e "$clone/.deps/peers"
