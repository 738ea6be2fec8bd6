# Sourced by the scripts beside it. `install_checkout EXTRA...` makes .venv in the repository's root and installs
# this checkout into it with the given extras of pyproject.toml; a second time it takes no time, unless
# pyproject.toml, the Python or the extras changed. Sets `python` to the environment's interpreter.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=$root/.venv/bin/python

say() { printf '%s\n' "$*" >&2; }

# A Python of at least 3.11: $PYTHON if it is set, else the first that is found.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    say "ringfence needs Python 3.11 or newer; set PYTHON to one."
    return 2
}

install_checkout() {
    local extras stamp wanted base what
    extras=$(IFS=,; echo "$*")
    what=ringfence${extras:+[$extras]}
    if [ ! -x "$python" ]; then
        base=$(find_python) || exit 2
        say "making $root/.venv with $base"
        if ! "$base" -m venv "$root/.venv"; then
            rm -rf "$root/.venv"
            say "$base cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv"
            exit 2
        fi
    fi
    stamp=$root/.venv/installed-$extras
    wanted=$(cat "$root/pyproject.toml" | cksum)
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        say "installing $what from this checkout"
        "$python" -m pip install --quiet --disable-pip-version-check --editable "$root${extras:+[$extras]}" || exit 1
        echo "$wanted" > "$stamp"
    fi
}
