#!/usr/bin/env bash
# Makes or refreshes a virtual environment from its lock file, with uv: the one on the PATH, or one of
# the locked version in the user's cache folder. `venv.sh` makes .venv, with the project itself editable;
# `venv.sh clients` makes .venv-clients, where the tests run clients whose pins are their own affair;
# `venv.sh gateway` makes .venv-gateway, with a LiteLLM proxy and what it stands on;
# `venv.sh checkov` makes .venv-checkov, with the checkov that judges what the stacks make;
# `venv.sh policy-sdk` makes .venv-policy-sdk, with the SDK for policies and the project itself editable;
# `venv.sh site` makes .venv-site, with what makes a site of docs/;
# `venv.sh model` makes .venv-model, with a small model and the server that runs it;
# `venv.sh python 3.12` makes build/pythons/3.12, the same as .venv on another Python.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "venv: $*" >&2; exit 1; }

if uv=$(command -v uv); then
  :
else
  version=$(sed -n 's/^uv==\([^ ;]*\).*/\1/p' requirements.lock)
  folder="${XDG_CACHE_HOME:-$HOME/.cache}/llama-azure/uv-$version"
  uv="$folder/bin/uv"
  if [ ! -x "$uv" ]; then
    python=$(command -v python3) || fail "python3 is not on the PATH; install Python 3.11 or newer"
    echo "venv: fetching uv $version, once"
    rm -rf "$folder"
    "$python" -m venv "$folder" ||
      fail "python3 cannot make a virtual environment; on Debian and Ubuntu install python3-venv"
    sed -n '/^uv==/,/[^\\]$/p' requirements.lock > "$folder/uv.lock" # with its hashes
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$folder/uv.lock" || {
      rm -rf "$folder"
      fail "uv $version could not be fetched from the Python package index, or is not the locked one;" \
        "install uv and have it on the PATH"
    }
  fi
fi

# Where Python is told not to keep what it compiles, as in many containers, every program, plugin and policy pack would
# compile the SDK anew at each start, for seconds: then it is compiled here, once.
compile=()
if [ -n "${PYTHONDONTWRITEBYTECODE:-}" ]; then compile=(--compile-bytecode); fi

make_environment() { # folder, lock file, which Python; one of a version that is not here is fetched by uv
  if [ ! -x "$1/bin/python" ]; then
    "$uv" venv --quiet "${@:3}" "$1" ||
      fail "no Python 3.11 or newer was found; install one and have it on the PATH"
  fi
  echo "venv: installing the packages of $2"
  "$uv" pip sync --quiet --python "$1" --require-hashes ${compile[@]+"${compile[@]}"} "$2"
}

here=(--no-python-downloads --python '>=3.11')
case "${1:-}" in
  clients)
    make_environment .venv-clients requirements-clients.lock "${here[@]}"
    touch .venv-clients/.installed
    ;;
  gateway)
    make_environment .venv-gateway requirements-gateway.lock "${here[@]}"
    echo "venv: installing the packages of scripts/gateway/package-lock.json"
    .venv-gateway/bin/python scripts/gateway/database_client.py || exit 1
    touch .venv-gateway/.installed
    ;;
  checkov)
    make_environment .venv-checkov requirements-checkov.lock "${here[@]}"
    touch .venv-checkov/.installed
    ;;
  policy-sdk)
    make_environment .venv-policy-sdk requirements-policy-sdk.lock "${here[@]}"
    "$uv" pip install --quiet --python .venv-policy-sdk --no-deps --no-build-isolation -e .
    touch .venv-policy-sdk/.installed
    ;;
  site)
    make_environment .venv-site requirements-site.lock "${here[@]}"
    touch .venv-site/.installed
    ;;
  model)
    # It is built for any processor of this kind, without what only its examples need.
    export CMAKE_ARGS="${CMAKE_ARGS:--DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF}"
    make_environment .venv-model requirements-model.lock "${here[@]}"
    touch .venv-model/.installed
    ;;
  python)
    folder="build/pythons/${2##*/}"
    make_environment "$folder" requirements.lock --python "$2"
    "$uv" pip install --quiet --python "$folder" --no-deps --no-build-isolation -e .
    ;;
  *)
    make_environment .venv requirements.lock "${here[@]}"
    "$uv" pip install --quiet --python .venv --no-deps --no-build-isolation -e .
    touch .venv/.installed
    ;;
esac
