# shellcheck shell=sh
# Which of the interop tests' programs are installed: a variable is empty for one that is not.
python="" enet_python="" love="" godot="" node=""
for candidate in python3 /usr/bin/python3; do
    command -v "$candidate" >/dev/null || continue
    [ -n "$python" ] || python=$candidate
    # The system's Python has Debian's module even where another one comes first.
    [ -n "$enet_python" ] || ! "$candidate" -c 'import enet' 2>/dev/null || enet_python=$candidate
done
# shellcheck disable=SC2034 # a script that reads this file uses some of them
if command -v love >/dev/null; then love=love; fi
# shellcheck disable=SC2034
if command -v godot3-server >/dev/null; then godot=godot3-server; fi
# shellcheck disable=SC2034
if command -v node >/dev/null; then node=node; fi

# Packages of npm, each below a folder of its own in the build folder: npm removes what it did not install.
npm_limit_s=120

# npm_folder PACKAGE: prints where the package is, or would be.
npm_folder() {
    echo "${build:?}/npm/$1/node_modules/$1"
}

# npm_has PACKAGE VERSION
npm_has() {
    grep -q "\"version\": \"v\\{0,1\\}$2\"" "$(npm_folder "$1")/package.json" 2>/dev/null
}

# npm_install PACKAGE VERSION: installs it if it is not there.
npm_install() {
    npm_has "$1" "$2" && return 0
    mkdir -p "$build/npm/$1" || return 1
    timeout -k 5 "$npm_limit_s" npm install --prefix "$build/npm/$1" --ignore-scripts --no-audit --no-fund --no-save \
        --loglevel=error "$1@$2" >"$build/npm/$1/install.log" 2>&1
    npm_has "$1" "$2" && return 0
    cat "$build/npm/$1/install.log" >&2
    echo "$1 $2 could not be installed below $build/npm" >&2
    return 1
}
