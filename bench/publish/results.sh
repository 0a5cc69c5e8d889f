#!/bin/sh
# Measures all that bench/RESULTS.md says, in one run, and writes it.
#
#	[BUILD=build] [TRACES=FOLDER] [QUICK=1] bench/publish/results.sh [SECTION ...]
#
# Called from the project's root, by `make results`. A run of compare takes its --seconds and 2 s beside, a search at
# most its --limit. The results stay in $BUILD/results as JSON, with report.html beside them.
#
# With sections named (bench/publish/results.sh crowd growth) or QUICK=1 (one second and one repetition of all, to see that the
# script works) the document and its plots stay in $BUILD/results, too.
#
# TRACES has football.csv, recorded movement that is not part of this project; without it a table is left out.
set -u
build=${BUILD:-build}
traces=${TRACES:-$build/traces}
folder=$build/results
bench=$build/starling-bench
body=$folder/body.md
wanted=" $* "
begun=$(date +%s)
name=''

seconds=2 repeat=5 again=2 limit=75 simulated=60
[ -z "${QUICK:-}" ] || seconds=1 repeat=1 again=0 limit=15 simulated=5

mkdir -p "$folder/plots" || exit 1
rm -f "$folder"/*.json
: >"$body"
: >"$folder/again"

# What is measured: a change that is in no commit is said, but not that of what is written here.
commit=$(git describe --always --tags --abbrev=12 2>/dev/null) || commit=unknown
[ "$commit" = unknown ] || git diff --quiet HEAD -- . ':!bench/RESULTS.md' ':!bench/plots' ||
    commit="$commit with changes"

is_wanted() {
    [ "$wanted" = "  " ] || [ "${wanted#* "$name" }" != "$wanted" ]
}

# text: puts the standard input into the document, without what the head says of all tables. Rows that are "not valid"
# are marked; below their table stand the first reason of repetitions, and each other reason once.
text() {
    is_wanted || return
    awk -v count="$folder/again" '/^Measured on |^Simulated, / { next }
        match($0, /: [0-9]+ repetitions? w[a-z]+ measured again/) { again += substr($0, RSTART + 2); next }
        /^not valid: .*: repetition / { if (invalid++ == 0) first = $0; next }
        /^not valid: / { reason = $0; sub(/^not valid: [^:]*: /, "", reason); if (said[reason]++) next }
        { print }
        END {
            more = invalid > 1 ? "; and " invalid - 1 " rows more" : ""
            if (invalid) print first more
            if (again) print again >>count
            print ""
        }' | cat -s >>"$body"
}

# section NAME TITLE: begins one; the standard input says what its tables are to show.
section() {
    name=$1
    { printf '\n## %s\n' "$2" && cat; } | text
}

# keep RESULT COMMAND...: runs what prints a result. Status 3, not valid, is said in the table.
keep() {
    file=$folder/$1.json
    shift
    echo "$*" >&2
    "$@" >"$file"
    status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit 1
}

# measure RESULT FIGURES ARGUMENT...: a result and its table, with these columns.
measure() {
    is_wanted || return
    result=$1 figures=$2
    shift 2
    keep "$result" "$bench" "$@" --json
    "$bench" report --markdown --figures "$figures" "$file" >"$folder/table.md" || exit 1
    # A trace's place is this machine's own.
    sed "s|--trace [^ ]*/|--trace |" "$folder/table.md" | text
}

# plot RESULT AS TEXT WORD...: draws a result as plots/AS.svg; the words are what else bench/publish/plot.py takes.
plot() {
    is_wanted || return
    result=$1 as=$2 words=$3
    shift 3
    python3 bench/publish/plot.py "$as" "$folder/$result.json" "$@" >"$folder/plots/$as.svg" || exit 1
    echo "![$words](plots/$as.svg)" | text
}

# The sections. A text asks what its table answers, and says what the table does not show; never what was found.

section contrast "What each delivery mode costs" <<'TEXT'
How old is what a receiver knows, by delivery mode, where a link loses 10 % each way? The mode with the least age p99 is the
one for state. Exact, and alike on every machine. It does not show a processor's cost, nor other links, which `contrast` takes.
TEXT
measure contrast age_p50_us,age_p99_us,longest_stall_us,delay_p99_us,delay_count,bytes_per_update,skipped,lost \
    contrast --sim --scenario lossy --modes unsequenced,sequenced,reliable,shared,raw,redundant --seconds $simulated
plot contrast age "Age of what a receiver knows, as a distribution, where a link loses 10 % each way" lossy

section live "The same beside the kernel's TCP" <<'TEXT'
Does TCP carry state as freshly as datagrams do where packets are lost? It would if its age p99 were that of *unsequenced*.
Real sockets in two network namespaces, whose link loses packets of UDP and TCP alike; *http* polls. It does not show congestion.
TEXT
measure live age_p50_us,age_p99_us,longest_stall_us,delay_p99_us,delay_count,bytes_per_update,lost \
    contrast --live --scenario lossy --modes unsequenced,reliable,tcp,nodelay,http --seconds $((seconds + seconds / 2)) --repeat $repeat --again $again

section error "The bench's own error" <<'TEXT'
How much of a delay below is the bench's? A known delay stands between the members and a raw UDP fan-out; the error is what
was measured beyond it, the proxy's timers included. It does not show the error under the loads of the larger rooms.
TEXT
measure error error_p50_us,error_p99_us,own_error_p50_us,late_p99_us,delivered \
    self-test --seconds $seconds --repeat $repeat

section small "A small room: 16 members, 30 updates a second of each" <<'TEXT'
Does the relay send on at once where there is little to do? It does if its delays are those of the naive relay, which broadcasts
on receipt. It does not show what else the others' servers can do. *delivered* is the N of the delay's percentiles, below, too.
TEXT
measure small cpu_us_per_update,cpu_ratio,bytes_per_update,delay_p50_us,delay_p99_us,delivered,loss \
    compare --members 16 --rate 30 --seconds $seconds --repeat $repeat --again $again --tick auto --only starling,naive,udp,tcp,nodelay,mosquitto,nats

section crowd "A crowd: 64 members, 30 updates a second of each" <<'TEXT'
How much cheaper is an update where many share a datagram, and how much later does it come? The raw UDP fan-out at the same
rhythm of 60 a second shows the kernel's part. It does not show interest: everybody is told of everything.
TEXT
measure crowd cpu_us_per_update,cpu_ratio,datagrams_per_update,syscalls_per_datagram,allocations_per_update,delay_p50_us,delay_p99_us,delivered \
    compare --members 64 --rate 30 --seconds $seconds --repeat $repeat --again $again --only starling,naive,udp

section hostile "Attackers: ten beside a crowd of 64" <<'TEXT'
Do ten hostile members (floods, nonsense, members that never read) slow the others down? They do not if the p99 of the 64 is
no longer with them than with ten quiet ones. It does not show floods that fill the network itself.
TEXT
if is_wanted; then
    make --no-print-directory -s BUILD="$build" "$build/tests/attack/attack" || exit 1
    set -- 64 10 $seconds $repeat
    echo "attack $*" >&2
    "$build/tests/attack/attack" "$folder/hostile.json" "$@" >"$folder/attack.txt"
    status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit 1
    { printf '    attack RESULT.json %s\n\n' "$*" && sed 's/^/    /' "$folder/attack.txt"; } | text
fi

section large "A large room: 256 members, 60 updates a second of each" <<'TEXT'
Does one core carry 3.9 million delivered updates a second without loss, and at what share of a raw fan-out's cost at the same
rhythm (*segment*: with UDP_SEGMENT, as ours)? It does not show the largest load, which is searched for below.
TEXT
measure large cpu_us_per_update,core_share,delay_p50_us,delay_p99_us,delivered,loss \
    compare --members 256 --rate 60 --seconds $seconds --repeat $repeat --again $again --tick auto --only starling
measure rhythm cpu_us_per_update,cpu_ratio,core_share,delay_p99_us,delivered,loss \
    compare --members 256 --rate 60 --seconds $seconds --repeat $repeat --again $again --tick 120 --only starling,naive,udp,segment

section growth "How cost and memory grow with members" <<'TEXT'
Does an update get cheaper as a room grows? It does as long as more updates share each datagram. It does not show other rates.
TEXT
measure growth cpu_us_per_update,cpu_ratio,datagrams_per_update,core_share,delay_p99_us \
    compare --members 16,64,128,256 --rate 20 --seconds $seconds --repeat $repeat --again $again --tick auto --only starling,naive
plot growth cpu "CPU time of the relay for a delivered update, by members of the room"
text <<'TEXT'
Does a room grow to thousands where each member is told of the seven nearest alone? It does while what is in sight stays
fresh and a core is not full. It does not show players that crowd in one place.
TEXT
measure nearest cpu_us_per_update,core_share,delay_p99_us,age_p99_us,age_max_us \
    compare --members 1000,2000,4000 --rate 10 --interest nearest:7 --seconds $seconds --repeat $repeat --again $again --tick auto --only starling
text <<'TEXT'
How much memory do 1,000 members take who are told of everybody? It does not show large payloads.
TEXT
measure memory peak_bytes,cpu_us_per_update,delay_p99_us,delivered,loss \
    compare --members 1000 --rate 1 --seconds $seconds --repeat $repeat --again $again --tick auto --only starling

section capacity "The largest load that is carried" <<'TEXT'
Which rate of 256 members in one room does each carry within 10 ms at p99 and 0.1 % lost, none skipped (*every*)? Searches take
turns; *ratio* is of what was delivered. A row that the bench or time bounded is carried, but is no maximum: "not valid". And how
many rooms of 16 members at 30 updates a second, within 20 ms at p99 with nothing lost? ENet ends at 255.
TEXT
measure rate carried,delivered_per_s,ratio,core_share,delay_p99_us \
    load --by rate --members 256 --bound p99=10ms,loss=0.1% --contender every,naive,udp,segment --tick 200 --seconds $seconds --resolution 0.1 --limit $limit
measure rooms carried,delivered_per_s,ratio,core_share,delay_p99_us \
    load --by rooms --members 16 --rate 30 --bound p99=20ms,loss=0 --contender starling,naive --max-delay 17.5 --seconds $seconds --resolution 0.1 --limit $limit

section bytes "Bytes" <<'TEXT'
How many bytes of UDP payload does an update take on its way down, where raw UDP takes 14? Exact; everybody is told of all. It
does not show headers of IP and UDP. A flock of 64, then recorded football (22 things; sample data of Last Row, with thanks, not part
of this project: github.com/Friends-of-Tracking-Data-FoTD/Last-Row).
TEXT
measure flock down_bytes_per_update,bytes_per_update,delivered \
    contrast --sim --members 64 --rate 30 --tick 60 --events 0 --seconds 20 --modes unsequenced --scenario lan
if [ -f "$traces/football.csv" ]; then
    measure football down_bytes_per_update,bytes_per_update,delivered \
        contrast --sim --trace "$traces/football.csv" --members 22 --rate 25 --tick 30 --events 0 --seconds 20 --modes unsequenced --scenario lan
else
    echo "The table of football is left out: its trace was not there." | text
fi

section machines "On other machines" <<'TEXT'
How much of a figure is the machine's? Earlier runs of three machines, 64 members at 30 updates a second if nothing else is
said. The relay changed between them, too, so the table does not show the machines alone.
TEXT
text <bench/publish/machines.md

# The head, with what all tables share.

machine() {
    for file in "$folder"/*.json; do
        "$bench" report --markdown "$file" 2>/dev/null
    done | sed -n 's/^Measured on [^,]*, by version [^,]*, on \(.*\)\.$/\1/p' | head -n 1
}

{
    cat <<TEXT
# What we measured

Measured on $(date -u +%Y-%m-%d) with $("$bench" --version | head -n 1), at commit $commit, in $((($(date +%s) - begun + 59) / 60)) minutes,
on $(machine).

Written by \`make results\` (\`bench/publish/results.sh\`), which runs the commands that stand here: do not edit. \`METRICS.md\` says what
each figure is and is not. A figure is the median of the repetitions, with the smallest and the largest behind it. $(awk '{ n += $1 } END { print n + 0 }' "$folder/again") runs
of \`compare\` that others disturbed were measured again, none for a better figure. A row that a check of the bench's own has
failed is marked "not valid": its figures are not to be cited.

## In short
Aims of the relay, by the sections below; some repetitions reach one that is "within the spread", and the median misses it.

TEXT
    python3 bench/publish/summary.py "$folder" || exit 1
    cat "$body"
} >"$folder/whole.md" || exit 1
cat -s "$folder/whole.md" >"$folder/RESULTS.md"

# The page is of the bench's own commands.
find "$folder" -name '*.json' ! -name hostile.json -exec "$bench" report --out "$folder/report.html" {} + || exit 1
[ "$wanted" = "  " ] && [ -z "${QUICK:-}" ] || exit 0
mkdir -p bench/plots && cp "$folder"/plots/*.svg bench/plots/ && cp "$folder/RESULTS.md" bench/RESULTS.md
