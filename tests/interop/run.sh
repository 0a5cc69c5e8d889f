#!/bin/sh
# Other people's clients against our wire: a Python reader written from PROTOCOL.md's text, a client on
# python3-enet, one in LÖVE's Lua, and the client that PROTOCOL.md itself holds, all in one room.
#
#	[BUILD=build] [CI=true] tests/interop/run.sh
#
# Called from the project's root. What is not installed is skipped, with CI=true it has failed. The last
# line is "N passed, N failed, N skipped"; exit status 1 when any failed.
set -u
here=tests/interop
build=${BUILD:-build}
client_limit_s=12
relay_limit_s=25

if ! [ -f "$here/wire.py" ]; then
    echo "$here/wire.py is not here; call this script from the project's root" >&2
    exit 2
fi
# shellcheck source=tests/tally.sh
. tests/tally.sh
# shellcheck source=tests/interop/processes.sh
. "$here/processes.sh"
# shellcheck source=tests/interop/installed.sh
. "$here/installed.sh"
export PYTHONDONTWRITEBYTECODE=1 SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=dummy

# count NAME STATUS: takes over what a client has proved. One that fell over has failed once more.
count() {
    cat "$work/$1.out"
    good=$(grep -c '^passed: ' "$work/$1.out")
    bad=$(grep -c '^FAILED: ' "$work/$1.out")
    if [ "$bad" -eq 0 ] && { [ "$2" -ne 0 ] || [ "$good" -eq 0 ]; }; then
        echo "FAILED: $1 ended with status $2 (124: out of time) after $good proofs"
        bad=1
    fi
    [ "$bad" -eq 0 ] || cat "$work/$1.err"
    passed=$((passed + good)) failed=$((failed + bad))
}

run_vectors() {
    "$python" "$here/vectors.py" >"$work/vectors.out" 2>&1
    status=$?
    # Its closing line is added to ours.
    counts=$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed, 0 skipped$/\1 \2/p' "$work/vectors.out")
    good=${counts% *} bad=${counts#* }
    if [ "${good:-0}" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
        cat "$work/vectors.out"
        echo "FAILED: vectors.py ended with status $status and ran no vector to count"
        failed=$((failed + 1))
        return
    fi
    [ "$bad" -eq 0 ] || sed '$d' "$work/vectors.out"
    echo "  note: wire.py, written from PROTOCOL.md's text, agrees with $good of $((good + bad)) vectors"
    passed=$((passed + good)) failed=$((failed + bad))
}

# Starts PROTOCOL.md's own client as it stands there, but for the port.
start_document() {
    mkdir "$work/document"
    cp "$here/love/conf.lua" "$work/document"
    # shellcheck disable=SC2016 # the backquotes are Markdown's
    sed -n '/^```lua$/,/^```$/p' proto/PROTOCOL.md | sed -e '/^```/d' -e "s/127\.0\.0\.1:7777/127.0.0.1:$port/" \
        >"$work/document/main.lua"
    grep -q "127\.0\.0\.1:$port" "$work/document/main.lua"
    verdict "PROTOCOL.md holds a client in Lua"
    start document "$client_limit_s" love "$work/document"
    document=$pid
}

count_document() {
    # It goes on until it is ended; what it had to say is on its output.
    kill "$document" 2>/dev/null
    finish "$document"
    grep -q '^member [1-9][0-9]*$' "$work/document.out"
    verdict "PROTOCOL.md's client joins"
    [ "$(grep -c '^SNAPSHOT [0-9][0-9]* at [0-9][0-9]* us$' "$work/document.out")" -ge 10 ]
    verdict "PROTOCOL.md's client hears SNAPSHOTs"
    grep -q '^reason 11' "$work/document.out"
    verdict "PROTOCOL.md's client hears GOODBYE as the relay stops"
    ! grep -v '^member [0-9]*$\|^SNAPSHOT [0-9]* at [0-9]* us$\|^reason 11' "$work/document.out"
    verdict "PROTOCOL.md's client says nothing else"
}

# Fills the room and waits until all have proved what they can.
run_clients() {
    see="" bots="" document=""
    if [ -x "$build/starling" ]; then
        start bots "$client_limit_s" "$build/starling" bots 2 --port "$port" --seconds 20
        bots=$pid see="--see bot-1 --see bot-2"
    fi
    if [ -n "$love" ]; then
        start_document
        see="$see --see lua"
    fi
    # Two interop clients hear each other: one of each kind, or two of the only kind there is.
    # shellcheck disable=SC2086 # $see is a list of words
    case "${enet_python:+python}$love" in
    pythonlove)
        start python "$client_limit_s" "$enet_python" "$here/enet_client.py" --port "$port" --hear love --last $see
        first=$pid names="python love"
        start love "$client_limit_s" love "$here/love" --port "$port" --hear python $see
        ;;
    python)
        start python "$client_limit_s" "$enet_python" "$here/enet_client.py" --port "$port" --hear python-2 --last $see
        first=$pid names="python python-2"
        start python-2 "$client_limit_s" "$enet_python" "$here/enet_client.py" --port "$port" --name python-2 \
            --hear python $see
        ;;
    love)
        start love "$client_limit_s" love "$here/love" --port "$port" --hear love-2 $see
        first=$pid names="love love-2"
        start love-2 "$client_limit_s" love "$here/love" --port "$port" --name love-2 --hear love $see
        ;;
    esac
    second=$pid
    finish "$first"
    count "${names% *}" "$status"
    finish "$second"
    count "${names#* }" "$status"
    if [ -n "$bots" ]; then
        kill "$bots" 2>/dev/null
        finish "$bots"
    fi
}

stop_relay() {
    kill "$relay" 2>/dev/null
    finish "$relay"
    [ "$status" -eq 0 ]
    verdict "the relay stops with status 0 on SIGTERM" || cat "$work/relay.err"
    report=$(sed -n '$p' "$work/relay.out")
    echo "$report" | grep -q '"malformed":{"[^}]*":0}' &&
        ! echo "$report" | grep -q '"malformed":{[^}]*:[1-9]'
    verdict "the relay has found no message malformed"
    echo "$report" | grep -q '"out_of_place":0'
    verdict "the relay has found nothing out of place"
    echo "$report" | grep -q '"rate_limited":0'
    verdict "the relay has taken every message"
    [ "$failed" -eq 0 ] || echo "the relay's report: $report"
}

if [ -n "$python" ]; then run_vectors; else missing "the vectors, read by Python" python3 deps-interop; fi
[ -n "$enet_python" ] || missing "the client in Python" python3-enet deps-interop
[ -n "$love" ] || missing "the clients in LÖVE's Lua" love deps-interop
if [ -n "$enet_python$love" ]; then
    start_relay relay "$relay_limit_s"
    relay=$pid
    if await_port relay; then
        run_clients
        stop_relay
        [ -z "$document" ] || count_document
    else
        echo "FAILED: $build/starlingd does not say where it listens; run make first"
        cat "$work/relay.out" "$work/relay.err"
        failed=$((failed + 1))
    fi
fi
tally
