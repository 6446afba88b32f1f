"""What people see: the table of results beside the aims, the table of a profile, and plots."""

import statistics

import aims
import svg
from machine import FAR, ONE_CORE
from records import NOISY

STAGES = ("receive", "parse", "lookup", "segments", "timers", "inbox", "events", "application", "output", "transmit", "between")
COLORS = {"moonshot": "#2e8540", "must": "#1f6fb2", "missed": "#c46a1c", "": "#777"}


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


def table(records):
    wide = max([len(one["name"]) for one in records] + [4])
    lines = [f"{'name':<{wide}} {'unit':<12} {'median':>12} {'minimum':>12} {'maximum':>12} {'must':>8} {'moonshot':>8}  "]
    for one in records:
        aim = aims.aim_of(one["name"])
        notes = [aims.met(one["name"], one["value"])]
        if "note" in one:
            notes.append(one["note"])
        if one.get("noisy"):
            notes.append(f"noisy: spread over {NOISY:.0%}")
        if "quiet" in one:
            notes.append(f"{one['quiet']} of {len(one['runs'])} runs quiet")
        notes += [f"{place} in {one[key]}" for key, place in (("far", FAR), ("one_core", ONE_CORE)) if one.get(key)]
        if one.get("reconciled") is False:
            notes.append("NOT reconciled")
        lines.append(f"{one['name']:<{wide}} {one['unit']:<12} {number(one['value']):>12} {number(min(one['runs'])):>12} "
                     f"{number(max(one['runs'])):>12} {number(aim.must):>8} {number(aim.moonshot):>8}  "
                     f"{', '.join(filter(None, notes))}")
    return "\n".join(line.rstrip() for line in lines)


def profile_table(name, profile):
    """Cycles per received packet by stage, of turns that did something; idle turns apart."""
    if not profile:
        return f"{name}: no profile: it is compiled in by -Dprofile=true"
    packets = max(profile["rx_packets"], 1)
    busy = sum(profile[f"cycles_{stage}"] for stage in STAGES)
    in_a_turn = packets / max(profile["busy_turns"], 1)
    lines = [f"{name}: {packets} packets in, {profile['tx_packets']} out, {in_a_turn:.1f} in a busy turn",
             f"  {'stage':<12} {'cycles/packet':>14} {'share':>7}"]
    for stage in STAGES:
        cycles = profile[f"cycles_{stage}"]
        lines.append(f"  {stage:<12} {cycles / packets:>14.1f} {cycles / max(busy, 1):>7.1%}")
    lines.append(f"  {'all':<12} {busy / packets:>14.1f}")
    idle = profile["turns"] - profile["busy_turns"]
    lines.append(f"  idle turns: {idle}, {profile['cycles_idle'] / max(idle, 1):.0f} cycles each")
    return "\n".join(lines)


def plots(records):
    """File name -> SVG: a panel for each record with an aim, its runs beside must and moonshot."""
    panels = []
    for one in records:
        aim = aims.aim_of(one["name"])
        if aim.must is None:
            continue
        high = max([*one["runs"], aim.must, aim.moonshot]) * 1.1
        panel = svg.Panel(one["name"], "median, range", one["unit"], y_high=high, labels=["measured", "must", "moonshot"])
        middle = statistics.median(one["runs"])
        panel.bar(0.5, 0.6, middle, min(one["runs"]), max(one["runs"]), COLORS[aims.met(one["name"], middle)])
        panel.bar(1.5, 0.6, aim.must, aim.must, aim.must, "#bbb")
        panel.bar(2.5, 0.6, aim.moonshot, aim.moonshot, aim.moonshot, "#ddd")
        panels.append(panel)
    if not panels:
        return {}
    legend = [("moonshot met", COLORS["moonshot"]), ("must met", COLORS["must"]), ("missed", COLORS["missed"])]
    return {"results.svg": svg.figure(panels, 4, legend)}
