#!/bin/sh
# Which folder includes from which: fails on an include against the arrows of the tree, and names it.
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

# only FOLDER HEADER WHERE ...: below the places, the system's header is for the folder alone.
only() {
    folder=$1
    header=$2
    shift 2
    against=$(grep -rn --include='*.[ch]' "^#include <$header" "$@" | grep -v "^$folder/")
    [ -z "$against" ] && return
    echo "$against" | sed "s|\$|: <$header> is for $folder alone|"
    failed=1
}

failed=0
may proto/wire proto/wire/
may proto/net proto/wire/ proto/net/
may proto/enet proto/wire/ proto/net/ proto/enet/
may proto/cli proto/
may relay proto/ relay/
may client/lib proto/ client/lib/
may client/sessions proto/ client/lib/ client/options client/sessions/
may client/terminal proto/ client/terminal/
for folder in play bots replay watch tour; do
    may client/$folder proto/ client/lib/ client/sessions/ client/terminal/ client/options client/payload_format.h \
        client/report.h client/$folder/
done
may client proto/ client/
may bench proto/ relay/ client/ bench/
parts relay/schedule
only proto/enet enet/ proto relay client
exit "$failed"
