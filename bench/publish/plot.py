#!/usr/bin/env python3
"""Draws a plot of RESULTS.md as SVG, from a result of starling-bench.

    bench/publish/plot.py age RESULT.json SCENARIO    ages as a distribution, a curve for each mode
    bench/publish/plot.py cpu RESULT.json             the relay's CPU time for an update, by members, a curve for each contender
"""
import html
import json
import math
import sys

WIDTH, HEIGHT = 800, 450
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50
COLOURS = ["#0b62a8", "#007a5a", "#c04a00", "#9a3f78", "#8a6500", "#24292f", "#3f8fc4", "#737c86"]


def text(x, y, words, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{html.escape(words)}</text>'


def line(x1, y1, x2, y2, colour):
    return f'<path d="M{x1:.1f},{y1:.1f}L{x2:.1f},{y2:.1f}" stroke="{colour}" fill="none"/>'


def ticks(low, high, is_log):
    """Round values of an axis: 1, 2 and 5 of each power of ten, or some five even steps."""
    powers = range(math.floor(math.log10(high if not is_log else low)) - 1, math.ceil(math.log10(high)) + 1)
    rounds = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    if is_log:
        return [value for value in rounds if low <= value <= high]
    step = next(value for value in rounds if high / value <= 6)
    return [n * step for n in range(int(high / step) + 1)]


def draw(title, x_label, y_label, curves, is_log, x_max=None):
    """curves: {name: [(x, y), ...]}. Prints the picture."""
    points = [point for curve in curves.values() for point in curve]
    ends = [(min(axis) if is_log else 0, max(axis)) for axis in zip(*points)]
    ends[0] = (ends[0][0], x_max or ends[0][1])
    scale = math.log if is_log else float

    def place(value, axis):
        low, high = (scale(end) for end in ends[axis])
        share = (scale(value) - low) / (high - low)
        return LEFT + share * (WIDTH - LEFT - RIGHT) if axis == 0 else HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
           f'<clipPath id="in"><rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}"/></clipPath>',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', text(LEFT, 24, title, 'font-weight="bold"'),
           text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label, 'text-anchor="middle"'),
           text(16, (TOP + HEIGHT - BOTTOM) / 2, y_label, f'text-anchor="middle" transform="rotate(-90 16 {(TOP + HEIGHT - BOTTOM) / 2})"')]
    for value in sorted({x for x, _ in points}) if is_log else ticks(*ends[0], is_log):
        out += [line(place(value, 0), TOP, place(value, 0), HEIGHT - BOTTOM, "#d0d7de"),
                text(place(value, 0), HEIGHT - BOTTOM + 18, f"{value:g}", 'text-anchor="middle"')]
    for value in ticks(*ends[1], is_log):
        out += [line(LEFT, place(value, 1), WIDTH - RIGHT, place(value, 1), "#d0d7de"),
                text(LEFT - 8, place(value, 1) + 4, f"{value:g}", 'text-anchor="end"')]
    for i, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[i % len(COLOURS)]
        path = "L".join(f"{place(x, 0):.1f},{place(y, 1):.1f}" for x, y in curve)
        y = (TOP + 20 if is_log else HEIGHT - BOTTOM - 18 * len(curves)) + 18 * i
        out += [f'<path d="M{path}" stroke="{colour}" stroke-width="2" fill="none" clip-path="url(#in)"/>',
                line(WIDTH - 190, y, WIDTH - 165, y, colour), text(WIDTH - 158, y + 4, name)]
    print("\n".join([*out, "</svg>"]))


def main():
    what, path, *more = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["rows"]
    if what == "age":
        rows = [row for row in rows if row["labels"]["scenario"] == more[0]]
        draw(f"Age, {more[0]}", "age, ms", "share of time at most so old",
             {row["labels"]["mode"]: list(zip(row["series"]["age_cdf"]["x"], row["series"]["age_cdf"]["y"])) for row in rows},
             False, 1.25 * max(row["figures"]["age_p99_us"]["median"] for row in rows) / 1000)
        return
    curves = {}
    for row in sorted(rows, key=lambda row: row["labels"]["members"]):
        point = (row["labels"]["members"], row["figures"]["cpu_us_per_update"]["median"])
        curves.setdefault(row["labels"]["contender"], []).append(point)
    draw("CPU for a delivered update", "members of the room", "us of the relay's CPU", curves, True)


main()
