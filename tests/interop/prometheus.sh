#!/bin/sh
# Prometheus (Debian's) scrapes a relay with bots in it; promtool finds nothing to say of the metrics and of the
# rules; each expression of the rules and of the dashboard is one that Prometheus takes, of metrics that the relay has.
#
#	[BUILD=build] [CI=true] tests/interop/prometheus.sh
#
# Called from the project's root. The last line is "N passed, N failed, N skipped"; exit status 1 when any failed.
set -u
build=${BUILD:-build}

if ! [ -f tests/tally.sh ]; then
    echo "tests/tally.sh is not here; call this script from the project's root" >&2
    exit 2
fi
# shellcheck source=tests/tally.sh
. tests/tally.sh
# shellcheck source=tests/interop/processes.sh
. tests/interop/processes.sh

# A module of Debian's is there for Debian's Python only.
python() {
    if python3 -c 'import jsonschema' 2>/dev/null; then
        python3 "$@"
    else
        /usr/bin/python3 "$@"
    fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

write_configuration() {
    cat >"$work/prometheus.yml" <<END
global:
  scrape_interval: 1s
rule_files:
  - $PWD/relay/status/alerts.yml
scrape_configs:
  - job_name: starling
    authorization:
      credentials: $1
    static_configs:
      - targets: ["127.0.0.1:$2"]
END
}

# await_http: $http is the port on which the relay serves HTTP.
await_http() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        http=$(sed -n 's/^{"http":{"port":\([0-9]*\)}}$/\1/p' "$work/relay.out")
        [ -z "$http" ] || return 0
        sleep 0.2
    done
    return 1
}

get_metrics() {
    python3 - "http://127.0.0.1:$http/metrics" "$token" >"$work/metrics" <<'END'
import sys
import urllib.request

request = urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer " + sys.argv[2]})
sys.stdout.write(urllib.request.urlopen(request, timeout=5).read().decode())
END
}

check_metrics() {
    promtool check metrics <"$work/metrics" >"$work/promtool" 2>&1 && ! [ -s "$work/promtool" ]
}

if ! command -v prometheus >/dev/null || ! command -v promtool >/dev/null; then
    missing "Prometheus" prometheus deps-interop
    tally
    exit
fi
token=$(python3 -c 'import secrets; print(secrets.token_hex(32))')
(umask 077 && echo "$token" >"$work/token")
start_relay relay 60 --http 127.0.0.1:0 --http-token-file "$work/token"
if ! await_port relay || ! await_http; then
    cat "$work/relay.err"
    false
    verdict "a relay serves HTTP"
    tally
    exit
fi
start bots 40 "$build/starling" bots 5 --port "$port"
web=$(free_port)
write_configuration "$token" "$http"
start prometheus 40 prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
    --web.listen-address="127.0.0.1:$web"
get_metrics
check_metrics || { cat "$work/promtool" && false; }
verdict "promtool check metrics is silent"
promtool check config "$work/prometheus.yml" >"$work/promtool" 2>&1 || { cat "$work/promtool" && false; }
verdict "promtool takes relay/status/alerts.yml in a configuration"
# Each of its lines is a verdict of its own.
python tests/interop/prometheus.py "http://127.0.0.1:$web" "$work/metrics" relay/status/alerts.yml \
    relay/status/grafana.json tests/interop/grafana.schema.json >"$work/lines" 2>&1
status=$?
cat "$work/lines"
passed=$((passed + $(grep -c '^passed: ' "$work/lines")))
failed=$((failed + $(grep -c '^FAILED: ' "$work/lines")))
if [ "$status" -eq 77 ]; then
    missing "the dashboard against its schema" python3-jsonschema deps-interop
elif [ "$status" -ne 0 ] && ! grep -q '^FAILED: ' "$work/lines"; then
    false
    verdict "tests/interop/prometheus.py ends well"
fi
tally
