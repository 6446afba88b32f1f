"""The impairing link and the comparison with Linux, in small: that they work, not how fast anything is.

Each alone: all that takes part in a scene runs in real time, and starves the scenes and tests that would run beside it.
"""

import pathlib
import sys

from harness import alone, expect, expect_equal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "compare"))

import measure  # noqa: E402
import plan  # noqa: E402
import report  # noqa: E402
import scene as scenery  # noqa: E402

CELL = plan.Cell("reno", 10, 2)


@alone
def test_both_senders(world):
    """Bulk and answers by both stacks through a lossy link: every byte is right, and all that is lost is sent again."""
    few = plan.Answers(10_000, count=20, every_ms=15)
    with scenery.Scene(world.build, [CELL.control]) as scene:
        for sender in plan.SENDERS:
            bulk = measure.bulk(scene, sender, CELL, 1, 2)
            expect(bulk["goodput_mbit"] > 0, f"{sender} delivered nothing")
            expect(bulk["lost"] > 0, f"the link lost nothing of {bulk['frames']} frames")
            expect(bulk["retransmissions"] > 0, f"{sender} counted no retransmission with {bulk['lost']} frames lost")
            answers = measure.answers(scene, sender, CELL, 1, few)
            expect_equal((answers["failed"], len(answers["times_ms"])), (0, few.count), f"{sender}'s answers")
            least = min(answers["times_ms"])
            expect(least >= CELL.rtt_ms, f"{sender} answered within {least} ms over a path of {CELL.rtt_ms} ms")


@alone
def test_both_receivers(world):
    with scenery.Scene(world.build, [CELL.control]) as scene:
        for to in plan.SENDERS:
            found = measure.upload(scene, to, CELL, 1, 1.5)
            expect(found["goodput_mbit"] > 0, f"nothing reached {to}")
            lost = scene.link.counters()["back"]["lost"]
            expect(lost > 0 and found["retransmissions"] > 0, f"{lost} frames lost, {found['retransmissions']} sent again")


@alone
def test_side_by_side(world):
    with scenery.Scene(world.build, [CELL.control]) as scene:
        targets = [scene.target(sender, CELL.control, "chargen") for sender in plan.SENDERS]
        found = measure.both(scene, targets, CELL, 1.5)
        expect(min(found["shares"]) > 0, f"shares {found['shares']}")
        expect_equal(report.over_all([{"ratio": share} for share in (0.5, 2.0)]), 1.0, "the mean of a half and two")


@alone
def test_impairments(world):
    """Each kind that the cells do not have, with Linux on both ends."""
    with scenery.Scene(world.build, [CELL.control]) as scene:
        for namespace in (scene.linux, scene.receiver):
            namespace.run("sysctl", "-qw", "net.ipv4.tcp_ecn=1")
        forward = {"rate": "20M", "delay": "2ms", "jitter": "300us", "queue": 60_000, "mark": 20_000, "reorder": "2%",
                   "reorder_by": "3ms", "duplicate": "2%", "seed": 5}
        scene.link.impair(forward, {"delay": "2ms"})
        scene.link.reset()
        before = scene.linux_counters(scene.receiver)
        flow = scene.receive("bulk", 1.5, scene.target("linux", CELL.control, "chargen"))[0]
        expect(flow["intact"] and flow["bytes"] > 0, f"{flow['bytes']} bytes came, intact: {flow['intact']}")
        rate = flow["bytes"] * 8 / flow["seconds"] / 1e6
        expect(rate < 20, f"{rate:.2f} Mbit/s over a link of 20")
        seen = scene.link.counters()["forward"]
        for name in ("held_back", "duplicated", "marked"):
            expect(seen[name] > 0, f"the link counted nothing {name} of {seen['frames']} frames")
        expect(seen["queue_peak"] <= 60_000, f"{seen['queue_peak']} bytes in a queue of 60000")
        after = scene.linux_counters(scene.receiver)
        expect(after["InCEPkts"] > before["InCEPkts"], "the receiver saw no mark")
        expect(sum(after[name] - before[name] for name in measure.DSACKS) > 0, "the receiver saw no duplicate")
