#!/bin/sh
# Measures everything that bench/RESULTS.md says, and writes it.
#
#	[BUILD=build] bench/results.sh [SECTION ...]
#
# Called from the project's root, by `make results`. Takes about half an hour on a machine that does
# nothing else; with sections named (bench/results.sh contrast sixteen), only these are measured again, and the
# rest is taken from what was measured before, in $BUILD/results. The results stay there as JSON, with
# report.html beside them.
set -u
build=${BUILD:-build}
folder=$build/results
bench=$build/starling-bench
document=$folder/RESULTS.md
wanted=" $* "

mkdir -p "$folder" bench/plots || exit 1

# section NAME TITLE: begins one; its text comes on the standard input.
section() {
    name=$1
    { printf '\n## %s\n\n' "$2" && cat && echo; } >>"$document"
}

# measure FILE ARGUMENT...: a result and its table. Status 3, not valid, is said in the table.
measure() {
    file=$folder/$name-$1.json
    shift
    if ! [ -s "$file" ] || [ "$wanted" = "  " ] || [ "${wanted#* "$name" }" != "$wanted" ]; then
        echo "starling-bench $*" >&2
        "$bench" "$@" --json >"$file.new"
        status=$?
        [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit 1
        mv "$file.new" "$file"
    fi
    "$bench" report --markdown --out "$folder/table.md" "$file" >/dev/null || exit 1
    { cat "$folder/table.md" && echo; } >>"$document"
}

# plot FILE N AS TEXT: keeps the N-th plot of a result's report.
plot() {
    "$bench" report --markdown --out "$folder/table.md" --svg "$folder/svg" "$folder/$name-$1.json" >/dev/null || exit 1
    cp "$folder/svg/plot$2.svg" "bench/plots/$3.svg" || exit 1
    printf '![%s](plots/%s.svg)\n\n' "$4" "$3" >>"$document"
}

# The sections, in order.

cat >"$document" <<'TEXT'
# What we measured

Written by `make results` (`bench/results.sh`), which runs the commands that stand here: do not edit. Every figure that
another document gives is from here. `METRICS.md` says what each figure is and is not. Times are in ms but for CPU time,
which is in us of the relay's user and system time; where there are several repetitions a figure is their median, with
the smallest and largest behind it. A row that a check of the bench's own has failed is marked "not valid": its figures
stand there, and are not to be cited. `starling-bench COMMAND --repeat-of` runs again what a result file describes.
TEXT

section contrast "What each way of carrying costs" <<'TEXT'
The same updates of eight members, 20 a second of each, on simulated lines that lose datagrams, jitter, or change their
delay; exact, and the same on any machine. Reliable delivery loses nothing and waits for it: at p99 what a receiver
knows is several times as old, because everything behind a lost datagram waits, too. Sequenced throws away what was
overtaken. ENet's throttle, left on, still drops most of the updates half a minute after a mere step of the delay.
TEXT
measure sim contrast --sim --scenario lossy,wifi,delay-step --seconds 60
plot sim 1 age "Age of what a receiver knows, as a distribution, on a line that loses 10 % each way"

section live "The same on real sockets, with the kernel's TCP" <<'TEXT'
Between two network namespaces joined by a link that does to every packet, UDP and TCP alike, what the simulator does
to datagrams; five repetitions of all ways in turn, each with luck of its own. TCP as it comes and HTTP polling are the
oldest of all at p99. With TCP_NODELAY, TCP is by the medians younger there than ENet's reliable channel, as it finds out
sooner what was lost; both are far behind what does not wait.
TEXT
measure lossy contrast --live --netns --scenario lossy --seconds 3 --repeat 5

section error "The bench's own error" <<'TEXT'
A delay that is known, put between the members and a raw UDP fan-out, and what was measured beyond it.
TEXT
measure known self-test --seconds 2 --repeat 5

section small "A small room: 16 members, 30 updates a second of each" <<'TEXT'
Here nothing is to be gained by waiting, so the self-clocked flush must not wait.
TEXT
measure sixteen compare --members 16 --rate 30 --seconds 4 --repeat 9 --tick auto --only starling,naive,udp,tcp,nodelay,mosquitto,nats

section crowd "A crowd: 64 members, 30 updates a second of each" <<'TEXT'
The self-clocked flush at its default, and a fixed rhythm of 60 a second, beside the relay that one would write on ENet
(on receive, broadcast) and a raw UDP fan-out that does nothing else, sent at once and at the same rhythm.
TEXT
measure sixtyfour compare --members 64 --rate 30 --seconds 3 --repeat 5 --only starling,naive,udp
measure reliable compare --members 64 --rate 30 --seconds 3 --repeat 3 --mode reliable --tick auto --only starling,naive

section hostile "Hostile members: ten beside a crowd of 64" <<'TEXT'
The same crowd alone, with ten quiet members more, and with ten hostile ones: floods of states and of random bytes, members
that read nothing, report nonsense, change their interest with each message, or move from one end of the coordinates to the
other. Figures are those of the 64. `p99 ratio` is to the crowd alone, `p99 ratio quiet` to that with ten quiet members: a
room of 74 costs more than one of 64 whatever the ten do.
TEXT
measure ten compare --members 64 --rate 30 --hostile 10 --seconds 3 --repeat 5 --tick auto --only starling

section large "A large room: 256 members, 60 updates a second of each" <<'TEXT'
3.9 million updates a second to be delivered.
TEXT
measure ours compare --members 256 --rate 60 --seconds 3 --repeat 5 --tick auto --only starling
measure quarter compare --members 256 --rate 60 --seconds 3 --repeat 5 --tick 120 --only starling,naive,udp,segment

section growth "How the cost grows" <<'TEXT'
With the members of one room: a datagram costs the kernel much the same whatever is in it, so a delivered update gets
cheaper as more of them share one, until datagrams are full. The naive relay's gets cheaper, too, where its turns take so
long that several updates are there at the next. With the rate: likewise. With the members of four rooms: as with those
of a room a quarter the size. With interest in the seven nearest an update goes to seven members whatever the size of
the room, so what is left to grow is the search for who is near, and the messages about who comes and goes.
TEXT
measure members compare --members 16,32,64,128,256 --rate 20 --seconds 2 --repeat 2 --tick auto --only starling,naive,udp
plot members 1 cpu "CPU time of the relay for a delivered update, by members of the room"
measure rates compare --members 64 --rate 10,30,60 --seconds 2 --repeat 2 --tick auto --only starling,naive,udp
measure rooms compare --members 64,256,1024 --rooms 4 --rate 10 --seconds 2 --repeat 2 --tick auto --only starling,naive
measure nearest compare --members 64,256,1000,2000,4000 --rate 10 --interest nearest:7 --seconds 3 --repeat 2 --tick auto --only starling

section capacity "The largest load that is carried" <<'TEXT'
By search: the highest rate of 256 members in one room with a delay of at most 10 ms at p99 and at most 0.1 % lost, of
ours, the naive relay, and the raw fan-out without and with UDP_SEGMENT; and the most rooms of 16 members at 30 updates a
second with at most 20 ms and nothing lost, of ours and of the naive relay.
TEXT
measure starling load --by rate --members 256 --bound p99=10ms,loss=0.1% --tick 240 --seconds 2 --limit 90
measure naive load --by rate --members 256 --bound p99=10ms,loss=0.1% --contender naive --seconds 2 --limit 80
measure udp load --by rate --members 256 --bound p99=10ms,loss=0.1% --contender udp --tick 240 --seconds 2 --limit 80
measure segment load --by rate --members 256 --bound p99=10ms,loss=0.1% --contender segment --tick 240 --seconds 2 --limit 90
measure rooms load --by rooms --members 16 --rate 30 --bound p99=20ms,loss=0 --tick 60 --seconds 2 --limit 200
measure naive-rooms load --by rooms --members 16 --rate 30 --bound p99=20ms,loss=0 --contender naive --seconds 2 --limit 80

section memory "Memory" <<'TEXT'
A thousand members in one room, at default limits: `peak bytes` is the relay's resident memory at its largest, all told.
TEXT
measure thousand compare --members 1000 --rate 1 --seconds 3 --repeat 3 --tick auto --only starling

section bytes "Bytes" <<'TEXT'
UDP payload for each delivered update, everything told to everyone, coordinates in millimetres: `down bytes per update`
is what the relay sends, `bytes per update` both ways, reports and clock questions included. The bench sends an update's
number as z, which takes two bytes that a game on a plane does not need.
TEXT
measure flock contrast --sim --members 64 --rate 30 --tick 60 --events 0 --seconds 20 --modes unsequenced,raw --scenario lan
if [ -f ../shared/traces/football.csv ]; then
    measure football contrast --sim --trace ../shared/traces/football.csv --members 22 --rate 25 --tick 30 --events 0 --seconds 20 --modes unsequenced,raw --scenario lan
fi

if [ -f ../shared/traces/football.csv ]; then
    section encoding "What encoding against an acknowledged state would save" <<'TEXT'
Counted, not built (`proto/PROTOCOL.md`, section 15), on recorded movement.

    bench/delta.py football.csv crowd.csv

TEXT
    python3 bench/delta.py ../shared/traces/football.csv ../shared/traces/crowd.csv >>"$document"
fi

mv "$document" bench/RESULTS.md
"$bench" report --out "$folder/report.html" "$folder"/*.json
