"""The plots of a comparison: goodput by loss, times of answers as distributions, two flows beside each other."""

import itertools

import report
import svg

LEGEND = [("Linux", svg.COLORS["linux"]), ("Millrace", svg.COLORS["millrace"])]


def _panels_of(cells):
    """(control, rtt) -> its cells, by loss."""
    key = lambda cell: (cell["control"], cell["rtt_ms"])  # noqa: E731
    return [(group, list(found)) for group, found in itertools.groupby(sorted(cells, key=key), key)]


def goodput(cells):
    panels = []
    for (control, rtt), group in _panels_of(cells):
        rows = [report.goodput_row(cell) for cell in group]
        high = max(row[sender]["max"] for row in rows for sender in svg.COLORS) * 1.05
        panel = svg.Panel(f"{control}, RTT {rtt} ms", "loss", "Mbit/s: median, range", y_high=high,
                          labels=[f"{cell['loss_percent']:g} %" for cell in group])
        for place, row in enumerate(rows):
            for sender, offset in (("linux", -0.17), ("millrace", 0.17)):
                figures = row[sender]
                panel.bar(place + 0.5 + offset, 0.3, figures["median"], figures["min"], figures["max"], svg.COLORS[sender])
        panels.append(panel)
    return svg.figure(panels, 2, LEGEND)


def answers(cells, size):
    panels = []
    for (control, rtt), group in _panels_of(cells):
        for cell in group:
            times = {sender: sorted(report.pooled(runs)) for sender, runs in cell["answers"][size].items()}
            high = max(report.quantile(values, 0.99) for values in times.values()) * 1.1
            panel = svg.Panel(f"{size}, {control}, RTT {rtt} ms, loss {cell['loss_percent']:g} %", "ms",
                              "share done", x_high=high)
            for sender, values in times.items():
                inside = [value for value in values if value <= high]
                points = [(value, (i + 1) / len(values)) for i, value in enumerate(inside)]
                panel.line([(points[0][0], 0), *points], svg.COLORS[sender])
            panels.append(panel)
    return svg.figure(panels, 2, LEGEND)


def fairness(tests):
    """The first run of each, half a second to a point."""
    panels = []
    for test in tests:
        lines = []
        for samples in test["runs"][0]["samples"]:
            parts = [samples[i:i + 5] for i in range(0, len(samples) - 4, 5)]
            lines.append([((i + 0.5) / 2, sum(part) * 8 / 0.5 / 1e6) for i, part in enumerate(parts)])
        panel = svg.Panel(test["name"], "s", "Mbit/s", x_high=len(lines[0]) / 2,
                          y_high=max(y for line in lines for _, y in line) * 1.05)
        for line, sender, dashed in zip(lines, test["senders"], (False, True)):
            panel.line(line, svg.COLORS[sender], dashed and test["senders"][0] == sender)
        panels.append(panel)
    return svg.figure(panels, 2, LEGEND)


def all_of(results):
    """File name -> SVG."""
    plots = {}
    if results["cells"]:
        plots["goodput.svg"] = goodput(results["cells"])
        for size in dict.fromkeys(size for cell in results["cells"] for size in cell["answers"]):
            plots[f"answers-{size}.svg"] = answers([cell for cell in results["cells"] if size in cell["answers"]], size)
    if results["fairness"]:
        plots["fairness.svg"] = fairness(results["fairness"])
    return plots
