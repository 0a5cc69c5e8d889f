#!/bin/sh
# Which folder and which file includes from which: fails on an include against the arrows of the tree, and on
# a circle of files, and names it.
#
#	tests/arrows.sh
#
# Called from the project's root, by `make lint`. A folder takes the rule of the nearest one above it that has
# one. bench/ and tests/ may include from everywhere, but for tests/.
set -u

# may FOLDER PREFIX ...: sources below FOLDER include from folders that begin so, and from no others.
may() {
    folder=$1
    shift
    find "$folder" -name '*.[ch]' -exec grep -Hn '^#include "' {} + |
        awk -v folder="$folder" -v prefixes="$*" '
            BEGIN { count = split(prefixes, allowed, " ") }
            {
                split($0, quoted, "\"")
                for (i = 1; i <= count; i++)
                    if (index(quoted[2], allowed[i]) == 1)
                        next
                print $0 ": " folder " may not include that"
                against = 1
            }
            END { exit against }' || failed=1
}

# parts FOLDER: others include the folder's main header, FOLDER/its name.h, and no other; its tests may.
parts() {
    against=$(find . -name '*.[ch]' ! -path './build*' ! -path "./$1/*" ! -path "./tests/$1/*" \
        -exec grep -Hn "^#include \"$1/" {} + | grep -v "\"$1/${1##*/}\.h\"")
    [ -z "$against" ] && return
    echo "$against" | sed "s|^\./\(.*\)|\1: only $1/${1##*/}.h is for others|"
    failed=1
}

# only FOLDER HEADER WHERE ...: below the places, the system's header is for the folder alone; and for the
# servers to compare with, which are written as anyone would.
only() {
    folder=$1
    header=$2
    shift 2
    against=$(grep -rn --include='*.[ch]' --exclude-dir=baseline "^#include <$header" "$@" | grep -v "^$folder/")
    [ -z "$against" ] && return
    echo "$against" | sed "s|\$|: <$header> is for $folder alone|"
    failed=1
}

# no_circle FOLDER ...: x.h, x.c, x_internal.h and each x_part.c without a header of its own are one file x.
no_circle() {
    { find "$@" -name '*.h' && find "$@" -name '*.[ch]' -exec grep -H '^#include "' {} +; } |
        awk -F '[:"]' '
            function file_of(path) {
                sub(/\.[ch]$/, "", path)
                sub(/_internal$/, "", path)
                whole = path
                while (!(path in is_header) && sub(/_[^_\/]*$/, "", path))
                    ;
                return path in is_header ? path : whole
            }
            NF == 1 { sub(/\.h$/, ""); is_header[$0] = 1; next }
            { from = file_of($1); to = file_of($3); if (from != to) includes[from, to] = 1 }
            END {
                # Takes off the files that lead nowhere else, until only circles and ways to them are left.
                do {
                    split("", leads)
                    for (pair in includes) { split(pair, file, SUBSEP); leads[file[1]] = file[2] }
                    taken = 0
                    for (pair in includes) {
                        split(pair, file, SUBSEP)
                        if (!(file[2] in leads)) { delete includes[pair]; taken++ }
                    }
                } while (taken > 0)
                for (at in leads) {
                    for (text = at; !(at in seen); text = text " -> " at) { seen[at] = 1; at = leads[at] }
                    print "a circle of files: " substr(text, index(text, at))
                    exit 1
                }
            }' || failed=1
}

failed=0
may proto/wire proto/wire/
may proto/net proto/wire/ proto/net/
may proto/enet proto/wire/ proto/net/ proto/enet/
may proto/cli proto/wire/ proto/net/ proto/enet/ proto/cli/
may proto/web proto/wire/ proto/net/endpoint.h proto/web/
may relay proto/ relay/
may relay/room proto/ relay/config.h proto/net/token_bucket.h relay/log/log.h relay/schedule/ relay/room/
# Those two are rules of one connection, and include nothing of rooms.
may relay/fanout proto/ relay/config.h relay/schedule/ relay/room/ relay/fanout/ relay/peer/congestion.h relay/peer/path.h
may relay/peer proto/ relay/config.h relay/log/log.h relay/schedule/ relay/room/ relay/fanout/ relay/relay.h proto/net/token_bucket.h \
    relay/peer/
may relay/schedule relay/config.h relay/schedule/
may client/lib proto/ client/lib/
may client/sessions proto/ client/lib/ client/options client/sessions/
may client/age client/age/
may client/terminal proto/ client/terminal/
for folder in play bots replay watch tour moderate; do
    may client/$folder proto/ client/lib/ client/sessions/ client/terminal/ client/options client/payload_format.h \
        client/report.h client/$folder/
done
may client/lab proto/ client/age/ client/lib/ client/sessions/ client/options client/payload_format.h client/bots/flock.h client/replay/ \
    client/lab/
may client proto/ client/
may bench proto/ relay/ client/ bench/
may bench/measure proto/ bench/measure/
may bench/sim proto/ relay/ client/ bench/measure/ bench/sim/
may bench/load proto/ client/ bench/measure/ bench/sim/ bench/load/
may bench/servers proto/ client/ bench/measure/ bench/load/ bench/servers/
may bench/netns proto/ bench/measure/ bench/sim/ bench/load/ bench/servers/ bench/netns/
may bench/options proto/ relay/ client/ bench/measure/ bench/sim/ bench/load/ bench/servers/ bench/search/ bench/result/ \
    bench/command.h bench/options/
may bench/search proto/ bench/measure/ bench/sim/pace.h bench/load/ bench/servers/ bench/search/
may bench/proxy proto/ client/ bench/servers/ bench/commands.h bench/proxy/
may bench/result proto/ client/ bench/measure/ bench/sim/ bench/load/ bench/servers/ bench/search/ bench/result/
find bench tests/bench -mindepth 1 -name '*.[ch]' | sed -n 's|/[^/]*$||p' | sort | uniq -c |
    awk '$2 != "bench" && $1 > 30 { print $2 " has " $1 " files, 30 are the most"; above = 1 } END { exit above }' || failed=1
parts relay/schedule
only proto/enet enet/ proto relay client bench
only proto/web libwebsockets proto relay client bench
no_circle proto relay client bench/measure bench/sim bench/load bench/servers bench/netns bench/options bench/search bench/proxy bench/result
exit "$failed"
