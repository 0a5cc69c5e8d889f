#!/bin/sh
# Measures everything that bench/RESULTS.md says, and writes it.
#
#	[BUILD=build] [TRACES=FOLDER] bench/results.sh [SECTION ...]
#
# Called from the project's root, by `make results`. Takes an hour on a machine that does nothing else, and a quarter
# more if each search takes all of its time (a run of compare is its --seconds and 2 s beside, a search at most its
# --limit), and half an hour more where others spoil so many runs that all of --again is needed.
# With sections named (bench/results.sh contrast small), only these are measured again, and the rest is taken from what
# was measured before, in $BUILD/results. The results stay there as JSON, each with the commit that it was measured at,
# and with report.html beside them.
#
# TRACES ($BUILD/traces by default) has football.csv and crowd.csv: recorded movement, not part of this project.
# Where a trace is not there, its tables are left out, and the document says so and how to get it.
set -u
build=${BUILD:-build}
traces=${TRACES:-$build/traces}
folder=$build/results
bench=$build/starling-bench
document=$folder/RESULTS.md
body=$folder/body.md
used=$folder/used
wanted=" $* "
begun=$(date +%s)

mkdir -p "$folder" bench/plots || exit 1
: >"$body"
: >"$used"

# What is measured: a change that is in no commit is said, but not that of what is written here.
commit=$(git describe --always --tags --abbrev=12 2>/dev/null) || commit=unknown
[ "$commit" = unknown ] || git diff --quiet HEAD -- . ':!bench/RESULTS.md' ':!bench/plots' ||
    commit="$commit with changes"

# text: puts the standard input into the document.
text() {
    { cat && echo; } >>"$body"
}

# section NAME TITLE: begins one; its text comes on the standard input.
section() {
    name=$1
    printf '\n## %s\n\n' "$2" >>"$body"
    text
}

# is_wanted FILE: whether it is to be measured.
is_wanted() {
    ! [ -s "$1" ] || [ "$wanted" = "  " ] || [ "${wanted#* "$name" }" != "$wanted" ]
}

# measure FILE ARGUMENT...: a result and its table. Status 3, not valid, is said in the table.
measure() {
    file=$folder/$name-$1.json
    shift
    if is_wanted "$file"; then
        echo "starling-bench $*" >&2
        "$bench" "$@" --json >"$file.new"
        status=$?
        [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit 1
        mv "$file.new" "$file"
        echo "$commit" >"$file.commit"
    fi
    echo "$file" >>"$used"
    "$bench" report --markdown "$file" >"$folder/table.md" || exit 1
    # A trace's place is this machine's own.
    sed "s|--trace [^ ]*/|--trace |" "$folder/table.md" | text
}

# attack FILE MEMBERS ATTACKERS SECONDS REPEAT: a result of tests/attack/attack.c, and what it says.
attack() {
    file=$folder/$name-$1.json
    shift
    make --no-print-directory -s "$build/tests/attack/attack" || exit 1
    if is_wanted "$file"; then
        echo "attack $*" >&2
        "$build/tests/attack/attack" "$file.new" "$@" >"$file.txt"
        status=$?
        [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit 1
        mv "$file.new" "$file"
        echo "$commit" >"$file.commit"
    fi
    echo "$file" >>"$used"
    { printf '    %s\n\n' "attack RESULT.json $*" && sed 's/^/    /' "$file.txt"; } | text
}

# plot FILE AS TEXT WORD...: draws a result as bench/plots/AS.svg; the words are what else bench/plot.py takes.
plot() {
    file=$folder/$name-$1.json as=$2 words=$3
    shift 3
    python3 bench/plot.py "$as" "$file" "$@" >"bench/plots/$as.svg" || exit 1
    printf '![%s](plots/%s.svg)\n\n' "$words" "$as" >>"$body"
}

# has_trace FILE...: whether all are there; else the document says what is left out.
has_trace() {
    for trace in "$@"; do
        [ -f "$traces/$trace" ] && continue
        echo "bench/results.sh: $traces/$trace is not there (see TRACES): a table is left out" >&2
        echo "A table is left out here: $trace was not there when this was written (see \"Where the traces are from\")." | text
        return 1
    done
}

# The sections, in order. A text says what is measured and how it works, never what a table is to show: the next
# run may show something else.

section contrast "What each way of carrying costs" <<'TEXT'
The same updates of eight members, 20 a second of each, on simulated lines that lose datagrams, jitter, or change their
delay; exact, and the same on any machine. Reliable delivery sends again what was lost, and holds back what came behind
it until it is there; what was replaced by something newer before the relay sent it on is *skipped*. Sequenced delivery
throws away what was overtaken. ENet's throttle, where it is left on (*throttled*), takes a step of the delay for
congestion, and drops updates for it. In each repetition, what was due is what was delivered, skipped and lost together;
*delay count* is the N of the delays' percentiles.
TEXT
measure sim contrast --sim --scenario lossy,wifi,delay-step --seconds 60
plot sim age "Age of what a receiver knows, as a distribution, on a line that loses 10 % each way" lossy

section live "The same on real sockets, with the kernel's TCP" <<'TEXT'
Between two network namespaces joined by a link that does to every packet, UDP and TCP alike, what the simulator does
to datagrams; five repetitions of all ways in turn, each with luck of its own. TCP, too, sends again what was lost and
holds back what came behind it. As it comes, it also waits with small segments until the last one is acknowledged;
*nodelay* is TCP_NODELAY, which does not. *http* polls: it asks again once it was answered.
TEXT
measure lossy contrast --live --scenario lossy --modes unsequenced,sequenced,reliable,raw,tcp,nodelay,http --seconds 3 --repeat 5 --again 10

section error "The bench's own error" <<'TEXT'
A delay that is known, put between the members and a raw UDP fan-out, and what was measured beyond it.
TEXT
measure known self-test --seconds 2 --repeat 3

section small "A small room: 16 members, 30 updates a second of each" <<'TEXT'
A small room is to be relayed at once: the delays of the self-clocked flush are to be read beside those of the naive
relay, the one that one would write on ENet (on receive, broadcast). In this table as in all of `compare`, *delivered* is
the N of the delays' percentiles, in each repetition.
TEXT
measure sixteen compare --members 16 --rate 30 --seconds 6 --repeat 31 --again 20 --tick auto --only starling,naive,udp
text <<'TEXT'
The same beside TCP, without and with TCP_NODELAY, and beside servers of others.
TEXT
measure others compare --members 16 --rate 30 --seconds 2 --repeat 5 --again 10 --tick auto --only starling,tcp,nodelay,mosquitto,nats

section crowd "A crowd: 64 members, 30 updates a second of each" <<'TEXT'
The self-clocked flush at its default, and a fixed rhythm of 60 a second, beside the naive relay and a raw UDP fan-out
that does nothing else, sent at once and at the same rhythm. At that rhythm each member has to have a datagram at each of
60 ticks a second, and what the raw fan-out takes is what the kernel takes for that.
TEXT
measure sixtyfour compare --members 64 --rate 30 --seconds 3 --repeat 15 --again 10 --only starling,naive,udp

section hostile "Hostile members: ten beside a crowd of 64" <<'TEXT'
The same crowd alone, with ten quiet members more, and with ten hostile ones: floods of states and of random bytes, members
that read nothing, report nonsense, change their interest with each message, or move from one end of the coordinates to the
other. Figures are those of the 64. `p99 ratio` is to the crowd alone, `p99 ratio quiet` to that with ten quiet members: a
room of 74 costs more than one of 64 whatever the ten do, and with the self-clocked flush what costs more comes less often.
TEXT
attack ten 64 10 3 21

section large "A large room: 256 members, 60 updates a second of each" <<'TEXT'
3.9 million updates a second to be delivered.
TEXT
measure ours compare --members 256 --rate 60 --seconds 3 --repeat 5 --again 10 --tick auto --only starling
measure quarter compare --members 256 --rate 60 --seconds 3 --repeat 5 --again 10 --tick 120 --only starling,naive,udp,segment

section growth "How the cost grows" <<'TEXT'
A datagram costs the kernel much the same whatever is in it, so what to read beside the CPU time of an update is how many
datagrams it took: the more updates share one, the less each costs, until datagrams are full. Ours flushes so that it
takes no more than a quarter of a processor, and much less as long as nothing is delayed for long by that: the more
receivers, the more time and the more updates between two flushes. The naive relay sends on what it finds at each turn;
ENet puts that into one datagram, so it comes to share, too, as its turns get long.

With the members of one room:
TEXT
measure members compare --members 16,32,64,128,256 --rate 20 --seconds 2 --repeat 5 --again 10 --tick auto --only starling,naive,udp
plot members cpu "CPU time of the relay for a delivered update, by members of the room"
text <<'TEXT'
With the rate:
TEXT
measure rates compare --members 64 --rate 10,30,60 --seconds 2 --repeat 5 --again 10 --tick auto --only starling,naive,udp
text <<'TEXT'
In reliable mode, with the members and with the rate. Each reliable packet is acknowledged, and kept until it is.
TEXT
measure reliable-members compare --members 16,64,128,256 --rate 20 --mode reliable --seconds 2 --repeat 5 --again 10 --tick auto --only starling,naive
measure reliable-rates compare --members 64 --rate 20,30,60 --mode reliable --seconds 2 --repeat 5 --again 10 --tick auto --only starling,naive
text <<'TEXT'
With the members of four rooms, so many in all. An update goes to those of its own room alone. All rooms share one
rhythm, one of them being flushed at a time, so a room beside others is flushed less often than the same room alone.
TEXT
measure rooms compare --members 64,256,1024 --rooms 4 --rate 10 --seconds 2 --repeat 5 --again 10 --tick auto --only starling,naive
text <<'TEXT'
With the members of one room, each of whom is told of the seven nearest: an update goes to seven on average, whatever the
size of the room. What an update costs beside what is sent is the search for who is near, and the messages about who comes
into sight and leaves it; against that, flushes are further apart in a larger room, so more share a datagram. Allocations
are those of the relay's whole life, and in a large room nearly all of them are of the joining.
TEXT
measure nearest compare --members 64,256,1000,2000,4000 --rate 10 --interest nearest:7 --seconds 3 --repeat 5 --again 10 --tick auto --only starling
text <<'TEXT'
The 2,000 with a longest delay of 24 ms, of which there are 16 by default: who is told of seven at 10 Hz hears of one in 14 ms,
so with a longer delay more share a datagram, and there are fewer.
TEXT
measure delayed compare --members 2000 --rate 10 --interest nearest:7 --max-delay 24 --seconds 3 --repeat 5 --again 10 --tick auto --only starling

section capacity "The largest load that is carried" <<'TEXT'
By search: the highest rate of 256 members in one room with a delay of at most 10 ms at p99 and at most 0.1 % lost; and
the most rooms of 16 members at 30 updates a second with at most 20 ms and nothing lost. A bout's percentiles are of what
is delivered in its --seconds: *delivered* times these.

Ours as it is by default, *starling*, sends the newest state of each entity at a flush. What a newer one replaced since the
last flush is skipped, which counts as no loss: above as many updates a second as there are flushes, a higher rate is more
to take in and no more to deliver, so *delivered* says what was carried and the rate alone does not.
TEXT
measure starling load --by rate --members 256 --bound p99=10ms,loss=0.1% --tick 240 --seconds 2 --repeat 5 --limit 150
text <<'TEXT'
Like for like, each update sent to each other member and none skipped: ours with `--every`, the naive relay, which sends on
each as it comes, and the raw fan-out without and with UDP_SEGMENT. Each has a search of its own, and they take turns, a bout
of each; *ratio* is of *delivered*, to the first.
TEXT
measure rate load --by rate --members 256 --bound p99=10ms,loss=0.1% --contender every,naive,udp,segment --tick 200 --seconds 2 --repeat 5 --limit 300
text <<'TEXT'
The rooms, in turn, too: of ours with the self-clocked flush, whose longest delay leaves some of the bound for what a flush
takes, and at a rhythm, whose period does; and of the naive relay. At a rhythm rooms have their places in the period, so that
flushes do not wait for each other; the self-clocked flush of a room waits from its first state on, so it needs fewer
datagrams. ENet has 4,095 peers: 255 rooms.
TEXT
measure rooms load --by rooms --members 16 --rate 30 --bound p99=20ms,loss=0 --contender starling,naive --tick auto,54 --max-delay 17.5 --seconds 2 --repeat 5 --limit 240

section memory "Memory" <<'TEXT'
A thousand members in one room. The limits that say how many are let in and how often each may speak are as this needs
(`bench/servers/contender_command.c`), all others at their defaults. `peak memory` is the relay's resident memory at its largest,
all told.
TEXT
measure thousand compare --members 1000 --rate 1 --seconds 3 --repeat 5 --again 10 --tick auto --only starling

section bytes "Bytes" <<'TEXT'
UDP payload for each delivered update, everything told to everyone, coordinates in millimetres: `down bytes per update`
is what the relay sends, `bytes per update` both ways, reports and clock questions included.
TEXT
measure flock contrast --sim --members 64 --rate 30 --tick 60 --events 0 --seconds 20 --modes unsequenced,raw --scenario lan
if has_trace football.csv; then
    measure football contrast --sim --trace "$traces/football.csv" --members 22 --rate 25 --tick 30 --events 0 --seconds 20 --modes unsequenced,raw --scenario lan
fi

section encoding "What encoding against an acknowledged state would save" <<'TEXT'
Counted, not built (`proto/PROTOCOL.md`, section 15), on recorded movement, with 2 % of all datagrams lost, both ways; the
head of `bench/delta.py` says how.
TEXT
if has_trace football.csv crowd.csv; then
    {
        printf '    bench/delta.py football.csv crowd.csv\n\n'
        python3 bench/delta.py "$traces/football.csv" "$traces/crowd.csv" || exit 1
        printf '\nThe same without a height that never changes, which in these traces is every height.\n\n'
        printf '    bench/delta.py --plane football.csv crowd.csv\n\n'
        python3 bench/delta.py --plane "$traces/football.csv" "$traces/crowd.csv" || exit 1
    } >"$folder/delta.md" || exit 1
    text <"$folder/delta.md"
fi

section traces "Where the traces are from" <<'TEXT'
Recorded movement of real people, measured by others, whom we thank for it. It is not part of this project; with the files
in a folder, `make results TRACES=FOLDER` has their tables. They are CSV with the columns t,id,x,y,z: t in seconds from the
start, id an integer that names who moves, x, y and z in metres, in the order of t, then id.

| file | what moves | rate | length | from |
| --- | --- | --- | --- | --- |
| football.csv | one passage of play, 21 players and the ball | 20 Hz | 14.4 s | Last Row sample data, github.com/Friends-of-Tracking-Data-FoTD/Last-Row ("use the dataset for whatever purpose, but please credit the source"); percent of the pitch made metres of one of 105 m x 68 m |
| crowd.csv | pedestrians that meet in a corridor, 304 in all, at most 144 at once | 16 Hz | 76.6 s | HERMES experiments, Forschungszentrum Juelich, by way of OpenTraj, github.com/crowdbotp/OpenTraj (bot-360-250-250); centimetres made metres |
TEXT

# What is above all of them, when it is known.

# said FILE: when it was measured, a day; nothing if it was simulated.
said() {
    sed -n 's/.*"started":[[:space:]]*"\([0-9-]*\)T.*/\1/p' "$1"
}

days=$(while read -r file; do said "$file"; done <"$used" | sort -u)
when="on $(echo "$days" | head -n 1)"
[ "$(echo "$days" | wc -l)" -eq 1 ] || when="from ${when#on } to $(echo "$days" | tail -n 1)"
commits=$(while read -r file; do cat "$file.commit" 2>/dev/null || echo unknown; done <"$used" | sort -u)
{
    cat <<TEXT
# What we measured

Measured $when, with $("$bench" --version | head -n 1), at commit
$(echo "$commits" | paste -s -d ',' | sed 's/,/, /g').

TEXT
    cat <<'TEXT'
Written by `make results` (`bench/results.sh`), which runs the commands that stand here: do not edit. Every figure that
another document gives is from here. `METRICS.md` says what each figure is and is not. CPU time is the relay's user and
system time; where there are several repetitions a figure is their median, with the smallest and largest behind it. A run that others on the machine spoiled was set aside and measured again, as
often as `--again` lets it be, which stands below its table. A row that a check of the bench's own has failed is marked
"not valid": its figures stand there, and are not to be cited.
TEXT
    for earlier in bench/RESULTS-*.md; do
        [ -f "$earlier" ] || continue
        printf '\nEarlier, on another machine: [%s](%s).\n' "$(sed -n '1s/^# //p' "$earlier")" "$(basename "$earlier")"
    done
    cat <<'TEXT'

## In short

What the relay was made to reach, what was measured of it, and whether that is enough: by the medians, as the sections
below have them (`bench/summary.py`). Where others have the machine, too, an aim that is near its bound is reached in one
run and not in the next.

TEXT
    python3 bench/summary.py "$folder" || exit 1
    echo
    cat "$body"
} >"$document" || exit 1

mv "$document" bench/RESULTS.md
while read -r file; do
    set -- "$@" "$file"
done <<FILES
$(cat "$used")
FILES
shift $(($# - $(wc -l <"$used")))
"$bench" report --out "$folder/report.html" "$@"
echo "bench/results.sh: $((($(date +%s) - begun + 59) / 60)) minutes" >&2
