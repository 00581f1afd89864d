#!/bin/sh
# Sets up what `make course` and `make test` need: system packages, .venv from requirements.lock, and the `course`
# command. Usage: tools/setup.sh course|test. Where everything is there it does nothing, in well under a second.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)
stamp=.venv/.ready-$({ echo "$here"; cat requirements.lock pyproject.toml; } | cksum | tr -d ' ')

# need APT BREW CHECK…: remember the package, under both its names, where the check fails.
need() {
    apt_name=$1 brew_name=$2
    shift 2
    "$@" >/dev/null 2>&1 || { apt_list="$apt_list $apt_name"; brew_list="$brew_list $brew_name"; }
}

# install PACKAGE…: with apt where this user may, else false.
install() {
    command -v apt-get >/dev/null || return 1
    sudo=
    [ "$(id -u)" = 0 ] || { sudo="sudo -n"; $sudo true 2>/dev/null || return 1; }
    echo "Installing with apt: $*"
    set -- $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    # A new machine may have no package lists yet, or stale ones.
    "$@" || { $sudo apt-get update && "$@"; }
}

# The line to paste for what is missing.
line() {
    if [ "$(uname)" = Darwin ]; then
        echo "brew install$brew_list"
    elif command -v apt-get >/dev/null; then
        sudo=$([ "$(id -u)" = 0 ] || echo "sudo ")
        echo "${sudo}apt-get update && ${sudo}apt-get install -y$apt_list"
    else
        echo "(your package manager) install$apt_list      # Debian's names"
    fi
}

provide() {
    [ -z "$apt_list" ] && return
    install $apt_list || { echo "Install what is missing, then run make again:" >&2; line >&2; exit 1; }
}

# Homebrew has no Festival: there the tests of that voice are skipped.
has_festival() {
    [ "$(uname)" = Darwin ] || { command -v festival && ls -d /usr/share/festival/voices/*/cmu_us_slt_arctic_hts; }
}

# Homebrew's browsers are applications and no commands: there the tests in a browser are skipped.
has_chromium() {
    [ "$(uname)" = Darwin ] || command -v chromium || command -v chromium-browser || command -v google-chrome
}

has_firefox() {
    [ "$(uname)" = Darwin ] || command -v firefox-esr || command -v firefox
}

find_python() {
    python=
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            return
        fi
    done
}

too_old() {
    echo "Python 3.11 or newer is needed; ${PYTHON:-python3} is older or does not run." >&2
    echo "Install a newer one beside it, then: make course PYTHON=python3.12" >&2
    exit 1
}

if [ ! -e "$stamp" ]; then
    apt_list='' brew_list=''
    find_python
    if [ -n "$python" ]; then
        version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        need "$version-venv" python "$python" -c 'import ensurepip, venv'
        need "$version-dev" python "$python" -c 'import sysconfig; open(sysconfig.get_path("include") + "/Python.h")'
    elif command -v "${PYTHON:-python3}" >/dev/null || [ -n "${PYTHON:-}" ]; then
        too_old
    else
        need "python3 python3-venv python3-dev" python false
    fi
    need libcairo2-dev cairo pkg-config --exists cairo
    need libpango1.0-dev pango pkg-config --exists pangocairo
    need pkg-config pkgconf pkg-config --version
    need gcc gcc cc --version
    provide
    [ -n "$python" ] || find_python
    [ -n "$python" ] || too_old

    # A checkout that was moved or copied has scripts that point to where it was.
    if ! grep -qF "$here/.venv/bin/" .venv/bin/pip 2>/dev/null || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        echo "Creating .venv with $("$python" --version)"
        "$python" -m venv --clear .venv
    fi
    .venv/bin/python -m pip install --disable-pip-version-check -r requirements.lock
    .venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
    rm -f .venv/.ready-*
    : >"$stamp"
fi

if [ "${1:-course}" = test ]; then
    # Only the tests use these: ffmpeg as an independent judge of the films, Festival and espeak-ng because they can
    # be chosen as voices, g++ for fast training, Chromium and Firefox as readers of the site and viewers of the episodes,
    # npm to bring what runs the model in a browser.
    apt_list='' brew_list=''
    need ffmpeg ffmpeg ffmpeg -version
    need "festival festvox-us-slt-hts" "" has_festival
    need espeak-ng espeak-ng espeak-ng --version
    need g++ gcc g++ --version
    need chromium "" has_chromium
    need firefox-esr "" has_firefox
    need npm node npm --version
    provide
fi
