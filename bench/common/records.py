"""The form in which every bench writes what it has measured, and how runs become one figure."""

import statistics

NOISY = 0.10  # of the median, from the least run to the greatest


def spread(runs):
    """(greatest - least) / median."""
    middle = statistics.median(runs)
    return (max(runs) - min(runs)) / abs(middle) if middle else 0.0


def record(name, unit, better, runs, setup, **more):
    """`better`: lower or higher; `more`: what else is to be known, as `quiet`, the number of quiet runs, and `far` and
    `one_core`, of those whose cores were far apart or threads of one."""
    return {"name": name, "value": statistics.median(runs), "unit": unit, "better": better, "runs": list(runs),
            "setup": setup, "noisy": spread(runs) > NOISY, **more}
