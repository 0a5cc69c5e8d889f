#!/bin/sh
# Other people's ENet, unmodified, connects through the address cookie (PROTOCOL.md, section 6.1.1): python3-enet, LÖVE,
# npm's enet and Godot 3, each to a relay of its own, on a clean line and on one that loses a tenth of the datagrams each
# way. tests/e2e/test_cookie.c does so with Debian's libenet.
#
#	[BUILD=build] [CI=true] tests/interop/join.sh [install]
#
# Called from the project's root. "install" only installs npm's enet, below the build folder. What is not installed is
# skipped, with CI=true it has failed. The last line is "N passed, N failed, N skipped"; exit status 1 when any failed.
set -u
here=tests/interop
build=${BUILD:-build}
package=enet
version=0.2.9
client_limit_s=30
relay_limit_s=60
lossy=loss=10%
# With this seed the first cookie does not come back.
seed=1

if ! [ -f "$here/join/join.py" ]; then
    echo "$here/join/join.py is not here; call this script from the project's root" >&2
    exit 2
fi
# shellcheck source=tests/interop/installed.sh
. "$here/installed.sh"
if [ "${1:-}" = install ]; then
    npm_install "$package" "$version"
    exit
fi
# shellcheck source=tests/tally.sh
. tests/tally.sh
# shellcheck source=tests/interop/processes.sh
. "$here/processes.sh"
export PYTHONDONTWRITEBYTECODE=1 SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=dummy HOME="$work"

# start_client CLIENT LINE: with the relay of that name, which listens at $port.
start_client() {
    case $1 in
    python) set -- "$1-$2" "$enet_python" "$here/join/join.py" "$port" ;;
    love) set -- "$1-$2" love "$here/love" --port "$port" --seconds "$client_limit_s" ;;
    npm) set -- "$1-$2" node "$here/join/join.js" "$(npm_folder "$package")" "$port" ;;
    godot) set -- "$1-$2" env -C "$work" "$godot" -s "$PWD/$here/join/join.gd" "$port" ;; # writes logs where it is
    esac
    name=$1
    shift
    start "$name" "$client_limit_s" "$@"
    echo "$pid" >"$work/$name.pid"
}

# has_joined NAME: whether its output says so. Godot 3 cannot speak the protocol, and must be told so.
has_joined() {
    case $1 in
    godot-*) grep -q '^connected$' "$work/$1.out" && grep -q '^disconnected$' "$work/$1.out" ;;
    love-*) ! grep -q '^FAILED' "$work/$1.out" && grep -q '^passed: love: joins' "$work/$1.out" ;;
    *) grep -q '^member [1-9]' "$work/$1.out" && grep -q '^left$' "$work/$1.out" ;;
    esac
}

# figure NAME FIGURE: prints the figure of the relay's report.
figure() {
    sed -n "\$s/.*\"$2\":\\([0-9]*\\).*/\\1/p" "$work/relay-$1.out"
}

# has_been_asked NAME CHALLENGES: whether the relay sent so many cookies, and got one back.
has_been_asked() {
    [ "$(figure "$1" challenged)" -ge "$2" ] && [ "$(figure "$1" proven)" -ge 1 ]
}

has_refused_nothing() {
    sed -n '$s/.*"refused_datagrams":{\([^}]*\)}.*/\1/p' "$work/relay-$1.out" >"$work/refused"
    grep -q ':0' "$work/refused" && ! grep -q ':[1-9]' "$work/refused"
}

# judge CLIENT LINE
judge() {
    name=$1-$2
    finish "$(cat "$work/$name.pid")"
    [ "$status" -eq 0 ] && has_joined "$name"
    verdict "$1 connects on a $2 line" || cat "$work/$name.out" "$work/$name.err"
    kill "$(cat "$work/relay-$name.pid")" 2>/dev/null
    finish "$(cat "$work/relay-$name.pid")"
    if [ "$2" = clean ]; then
        has_been_asked "$name" 1
        verdict "$1 has echoed the relay's cookie"
        has_refused_nothing "$name"
        verdict "the relay refuses no datagram of $1"
    else
        has_been_asked "$name" 2
        verdict "$1 has echoed another cookie, as the first one was lost on the way"
    fi || sed -n '$p' "$work/relay-$name.out"
}

clients=""
if [ -n "$enet_python" ]; then clients="$clients python"; else missing "the client in Python" python3-enet deps-interop; fi
if [ -n "$love" ]; then clients="$clients love"; else missing "the client in LÖVE's Lua" love deps-interop; fi
if [ "${CI:-}" = true ] && [ -n "$node" ]; then npm_install "$package" "$version"; fi
if [ -n "$node" ] && npm_has "$package" "$version"; then
    clients="$clients npm"
else
    missing "the client in JavaScript" "node or npm's $package $version" deps-interop
fi
if [ -n "$godot" ]; then clients="$clients godot"; else missing "the client in Godot 3" godot3-server deps-interop; fi

for client in $clients; do
    start_relay "relay-$client-clean" "$relay_limit_s"
    echo "$pid" >"$work/relay-$client-clean.pid"
    start_relay "relay-$client-lossy" "$relay_limit_s" --impair-in "$lossy" --impair-out "$lossy" --seed "$seed"
    echo "$pid" >"$work/relay-$client-lossy.pid"
done
for client in $clients; do
    for line in clean lossy; do
        await_port "relay-$client-$line"
        start_client "$client" "$line"
    done
done
for client in $clients; do
    for line in clean lossy; do
        judge "$client" "$line"
    done
done
tally
