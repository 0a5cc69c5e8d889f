#!/usr/bin/env python3
"""A Prometheus server that scrapes a relay with five bots; the rules and the dashboard beside it.

    tests/interop/prometheus.py URL METRICS RULES DASHBOARD SCHEMA

Prints a line "passed: ..." or "FAILED: ..." for each; exit status 1 when any failed, 77 without the module.
"""
import copy
import json
import re
import sys
import time
import urllib.parse
import urllib.request

try:
    import jsonschema
except ImportError:
    sys.exit(77)

PATIENCE_S = 15
failed = False


def verdict(is_good, sentence):
    global failed
    failed = failed or not is_good
    print(("passed: " if is_good else "FAILED: ") + sentence)


def ask(url, expression):
    """The value of the first series; None: there is none. Raises what Prometheus says of a bad expression."""
    query = url + "/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(query, timeout=5) as answer:
        result = json.load(answer)["data"]["result"]
    return float(result[0]["value"][1]) if result else None


def await_value(url, expression, wanted):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            if ask(url, expression) == wanted:
                return True
        except OSError:
            pass
        time.sleep(0.3)
    return False


def is_taken(url, expression):
    try:
        ask(url, expression)
        return True
    except OSError as error:
        print("  %s: %s" % (expression, error))
        return False


def rules_of(path):
    with open(path, encoding="utf-8") as file:
        return re.findall(r"^ *expr: (.*)$", file.read(), re.MULTILINE)


def expressions_of(dashboard):
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", "10s").replace("$instance", ".*")


def is_valid(document, schema):
    return jsonschema.Draft7Validator(schema).is_valid(document)


def breaches(dashboard):
    for key in ("title", "panels", "schemaVersion"):
        broken = copy.deepcopy(dashboard)
        del broken[key]
        yield broken
    broken = copy.deepcopy(dashboard)
    broken["panels"][0]["targets"] = []
    yield broken
    broken = copy.deepcopy(dashboard)
    broken["panels"][0]["gridPos"]["x"] = 24
    yield broken


def main(url, metrics_path, rules_path, dashboard_path, schema_path):
    with open(metrics_path, encoding="utf-8") as file:
        metrics = set(re.findall(r"^(starling_\w+)", file.read(), re.MULTILINE))
    with open(dashboard_path, encoding="utf-8") as file:
        dashboard = json.load(file)
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)

    verdict(is_valid(dashboard, schema), "the dashboard is valid by its schema")
    verdict(not any(is_valid(broken, schema) for broken in breaches(dashboard)), "the schema refuses broken ones")
    verdict(await_value(url, 'up{job="starling"}', 1), "Prometheus scrapes a relay that asks for a token")
    verdict(await_value(url, "starling_members", 5), "Prometheus sees its five members")
    verdict(await_value(url, "sum(starling_deliveries_ended_total) + sum(starling_deliveries_pending)"
                        " == bool sum(starling_deliveries_due_total)", 1),
            "what ended and what is pending is what was due, as Prometheus sees it")
    verdict(await_value(url, "histogram_quantile(0.99, sum by (le) (rate(starling_member_age_seconds_bucket[10s])))"
                        " < bool 1", 1), "Prometheus makes a quantile of the ages")
    for name, expressions in (("rules", rules_of(rules_path)), ("dashboard", list(expressions_of(dashboard)))):
        verdict(len(expressions) > 5 and all(is_taken(url, expression) for expression in expressions),
                "Prometheus takes each expression of the %s" % name)
        named = set(re.findall(r"starling_\w+", " ".join(expressions)))
        verdict(named and named <= metrics, "the relay has each metric of the %s%s"
                % (name, "" if named <= metrics else ", but not " + ", ".join(sorted(named - metrics))))
    return 1 if failed else 0


sys.exit(main(*sys.argv[1:]))
