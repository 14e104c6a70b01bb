# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # sourced by run.sh; the stubs are scripts in quotes
# What a machine may lack.

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
