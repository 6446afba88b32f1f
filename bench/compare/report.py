"""From the runs to figures: records of one form for every bench, verdicts against the targets, and a page of Markdown."""

import math
import random
import statistics

GOODPUT_IN_A_CELL, GOODPUT_OVER_ALL = 0.95, 1.0
# Times within one percent of each other are the same: that is what the machine can tell apart.
AS_FAST = 1.01
FAIR_SHARE = (0.40, 0.60)
LOSSY = 1  # percent from which answers have to be as fast


def quantile(values, share):
    """By the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def record(name, value, unit, better, runs, setup):
    return {"name": name, "value": value, "unit": unit, "better": better, "runs": runs, "setup": setup}


def ratios(cell):
    """Millrace's goodput by Linux's, run by run: the two of a pair stand beside each other in time."""
    pairs = zip(cell["bulk"]["millrace"], cell["bulk"]["linux"])
    return [ours["goodput_mbit"] / theirs["goodput_mbit"] for ours, theirs in pairs]


def pooled(runs):
    return [time for run in runs for time in run["times_ms"]]


def goodput_row(cell):
    row = {"cell": cell["name"], "ratios": ratios(cell)}
    row["ratio"] = statistics.median(row["ratios"])
    row["met"] = row["ratio"] >= GOODPUT_IN_A_CELL
    for sender, runs in cell["bulk"].items():
        goodput = [run["goodput_mbit"] for run in runs]
        row[sender] = {**spread_of(goodput),
                       "quiet": sum(run["machine"]["quiet"] for run in runs), "runs": len(runs)}
        for name in ("retransmissions", "spurious", "timeouts"):
            row[sender][name] = statistics.median(run[name] for run in runs)
    return row


def ratio_interval(ours, theirs, share, resamples=500):
    """Where 95 % of the ratios of quantiles lie when the times are drawn again from those measured (bootstrap). The seed
    is fixed, so that a page made again says the same."""
    dice = random.Random(1)

    def drawn(times):
        return quantile(dice.choices(times, k=len(times)), share)

    found = sorted(drawn(ours) / drawn(theirs) for _ in range(resamples))
    return found[round(0.025 * resamples)], found[round(0.975 * resamples) - 1]


def answers_row(cell, size):
    row = {"cell": cell["name"], "size": size}
    for sender, runs in cell["answers"][size].items():
        times = pooled(runs)
        row[sender] = {"median": quantile(times, 0.5), "p95": quantile(times, 0.95), "p99": quantile(times, 0.99),
                       "count": len(times), "failed": sum(run["failed"] for run in runs),
                       "timeouts": sum(run["timeouts"] for run in runs),
                       "spurious": sum(run["spurious"] for run in runs)}
    row["ratios"] = {which: row["millrace"][which] / row["linux"][which] for which in ("median", "p95")}
    row["p95_interval"] = ratio_interval(*(pooled(cell["answers"][size][sender]) for sender in ("millrace", "linux")), 0.95)
    row["judged"] = cell["loss_percent"] >= LOSSY
    row["met"] = row["millrace"]["failed"] == 0 and all(ratio <= AS_FAST for ratio in row["ratios"].values())
    return row


def over_all(rows):
    """The geometric mean, so that a cell of a slow path weighs what one of a fast path does."""
    return math.exp(statistics.fmean(math.log(row["ratio"]) for row in rows))


def fairness_row(test):
    shares = [run["shares"][0] for run in test["runs"]]
    median = statistics.median(shares)
    return {"name": test["name"], "judged": test["judged"], "median": median, "shares": shares,
            "goodput": statistics.median(run["goodput_mbit"] for run in test["runs"]),
            "met": FAIR_SHARE[0] <= median <= FAIR_SHARE[1]}


def upload_row(test):
    row = {"cell": test["name"], "ratios": ratios(test)}
    row["ratio"] = statistics.median(row["ratios"])
    for receiver, runs in test["bulk"].items():
        row[receiver] = {**spread_of([run["goodput_mbit"] for run in runs]),
                         "retransmissions": statistics.median(run["retransmissions"] for run in runs)}
    return row


def spread_of(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def records(results):
    """The list that every bench of the project writes."""
    setup, out = results["setup"]["text"], []
    for cell in results["cells"]:
        name = f"linux.{cell['name']}"
        out.append(record(f"{name}.goodput_ratio", goodput_row(cell)["ratio"], "ratio", "higher", ratios(cell), setup))
        for sender, runs in cell["bulk"].items():
            for what, unit, better in (("goodput_mbit", "Mbit/s", "higher"), ("retransmissions", "count", "lower"),
                                       ("spurious", "count", "lower"), ("timeouts", "count", "lower")):
                values = [run[what] for run in runs]
                out.append(record(f"{name}.{sender}.{what}", statistics.median(values), unit, better, values, setup))
        for size, by_sender in cell["answers"].items():
            for sender, runs in by_sender.items():
                for what, share in (("p50_ms", 0.5), ("p95_ms", 0.95)):
                    out.append(record(f"{name}.{sender}.{size}.{what}", quantile(pooled(runs), share), "ms", "lower",
                                      [quantile(run["times_ms"], share) for run in runs], setup))
    for test in results["uploads"]:
        out.append(record(f"linux.upload.{test['name']}.goodput_ratio", upload_row(test)["ratio"], "ratio", "higher",
                          ratios(test), setup))
    for test in results["fairness"]:
        row = fairness_row(test)
        out.append(record(f"linux.fairness.{row['name']}", row["median"], "share", "higher", row["shares"], setup))
    return out


# Markdown.

def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _spread(figures):
    return f"{figures['median']:.2f} ({figures['min']:.2f}-{figures['max']:.2f})"


def _mark(met, judged=True):
    return ("yes" if met else "**no**") if judged else "-"


def goodput_table(rows):
    return _table(
        ["cell", "Linux Mbit/s", "Millrace Mbit/s", "ratio (spread)", "retransmissions L / M", "spurious L / M",
         "timeouts L / M", "quiet runs", f"at least {GOODPUT_IN_A_CELL}"],
        [[row["cell"], _spread(row["linux"]), _spread(row["millrace"]),
          f"{row['ratio']:.3f} ({min(row['ratios']):.3f}-{max(row['ratios']):.3f})",
          *(f"{row['linux'][name]:g} / {row['millrace'][name]:g}" for name in ("retransmissions", "spurious", "timeouts")),
          f"{row['linux']['quiet'] + row['millrace']['quiet']} of {row['linux']['runs'] + row['millrace']['runs']}",
          _mark(row["met"])] for row in rows])


def interval_text(row):
    low, high = row["p95_interval"]
    return f"{low:.2f} to {high:.2f}"


def answers_table(rows):
    def times(figures):
        return f"{figures['median']:.1f} / {figures['p95']:.1f} / {figures['p99']:.1f}"

    return _table(
        ["cell", "size", "answers", "Linux ms p50 / p95 / p99", "Millrace ms p50 / p95 / p99",
         "ratio p50, p95 (95 % interval)", "timeouts L / M", "spurious L / M", "as fast"],
        [[row["cell"], row["size"], str(row["millrace"]["count"]), times(row["linux"]), times(row["millrace"]),
          f"{row['ratios']['median']:.3f}, {row['ratios']['p95']:.3f} ({interval_text(row)})",
          *(f"{row['linux'][name]} / {row['millrace'][name]}" for name in ("timeouts", "spurious")),
          _mark(row["met"], row["judged"])] for row in rows])


def fairness_table(rows):
    return _table(["flows", "share of the first, median", "runs", "together Mbit/s", "within 40:60"],
                  [[row["name"], f"{row['median']:.3f}", ", ".join(f"{share:.2f}" for share in row["shares"]),
                    f"{row['goodput']:.1f}", _mark(row["met"], row["judged"])] for row in rows])


def upload_table(rows):
    return _table(["cell", "to Linux Mbit/s", "to Millrace Mbit/s", "ratio (spread)", "Linux's retransmissions to L / M"],
                  [[row["cell"], _spread(row["linux"]), _spread(row["millrace"]),
                    f"{row['ratio']:.3f} ({min(row['ratios']):.3f}-{max(row['ratios']):.3f})",
                    f"{row['linux']['retransmissions']:g} / {row['millrace']['retransmissions']:g}"] for row in rows])


def verdicts(results):
    """Everything that falls short, as lines."""
    goodput, answers, fairness = rows_of(results)
    short = [f"goodput of {row['cell']}: ratio {row['ratio']:.3f}" for row in goodput if not row["met"]]
    if goodput and over_all(goodput) < GOODPUT_OVER_ALL:
        short.append(f"goodput over all cells: ratio {over_all(goodput):.3f}")
    short += [f"{row['size']} of {row['cell']}: {row['ratios']['median']:.3f} of Linux's time in the median, "
              f"{row['ratios']['p95']:.3f} at the 95th percentile (of so many answers: {interval_text(row)}), "
              f"{row['millrace']['failed']} failed"
              for row in answers if row["judged"] and not row["met"]]
    return short + [f"{row['name']}: share {row['median']:.3f}" for row in fairness if row["judged"] and not row["met"]]


def rows_of(results):
    return ([goodput_row(cell) for cell in results["cells"]],
            [answers_row(cell, size) for cell in results["cells"] for size in cell["answers"]],
            [fairness_row(test) for test in results["fairness"]])


def page(results):
    goodput, answers, fairness = rows_of(results)
    setup = results["setup"]
    text = f"# Millrace beside Linux\n\n{setup['text']}\n\n"
    text += "".join(f"- {name}: {value}\n" for name, value in setup["linux"].items())
    text += f"\nLoad of the machine at the start {setup['load']}; steal over all runs {setup['steal'] * 100:.1f} %.\n"
    if goodput:
        text += f"\n## Bulk\n\nOver all cells: {over_all(goodput):.3f} of Linux's goodput.\n\n{goodput_table(goodput)}"
    if answers:
        text += f"\n## Answers\n\n{answers_table(answers)}"
    if fairness:
        text += f"\n## Side by side\n\n{fairness_table(fairness)}"
    if results["uploads"]:
        rows = [upload_row(test) for test in results["uploads"]]
        text += f"\n## The other way: Linux sends\n\nNothing is judged here.\n\n{upload_table(rows)}"
    short = verdicts(results)
    text += "\n## What falls short\n\n" + ("".join(f"- {line}\n" for line in short) or "Nothing.\n")
    return text
