"""What is measured: the cells, and how much of each."""

import dataclasses
import itertools

SENDERS = ("linux", "millrace")


@dataclasses.dataclass(frozen=True)
class Cell:
    control: str       # reno, cubic, bbr
    rtt_ms: int
    loss_percent: float
    rate_mbit: int = 100

    @property
    def name(self):
        return f"{self.control}.{self.rtt_ms}ms.{self.loss_percent:g}pct"

    @property
    def queue_bytes(self):
        """One bandwidth-delay product."""
        return self.rate_mbit * 125 * self.rtt_ms

    def profiles(self, seed):
        """The link's, both ways. Data is lost, acknowledgments are not."""
        back = {"rate": f"{self.rate_mbit}M", "delay": f"{self.rtt_ms * 500}us", "queue": self.queue_bytes}
        return {**back, "loss": f"{self.loss_percent:g}%", "seed": seed}, back


@dataclasses.dataclass(frozen=True)
class Answers:
    """Connections that start at fixed times: a load far below the link's rate, the same for both senders."""
    size: int
    count: int
    every_ms: int
    patience_s: int = 10

    @property
    def name(self):
        return f"{self.size // 1000}kB"


@dataclasses.dataclass(frozen=True)
class Plan:
    controls: tuple
    rtts: tuple
    losses: tuple
    runs: int
    bulk_s: float           # at an RTT below 50 ms; above, twice as long, for as many round trips as time allows
    answers: tuple
    fairness_runs: int
    fairness_s: float
    fairness_controls: tuple = ("cubic",)
    fairness_rtt_ms: int = 10
    upload_runs: int = 3
    upload_controls: tuple = ("cubic",)
    upload_losses: tuple = (0, 1)

    def cells(self):
        return [Cell(*what) for what in itertools.product(self.controls, self.rtts, self.losses)]

    def bulk_seconds(self, cell):
        return self.bulk_s * (1 if cell.rtt_ms < 50 else 2)

    def answers_in(self, cell):
        """Not with hardly any loss: it would be the picture of none."""
        return () if 0 < cell.loss_percent < 1 else self.answers

    def fairness_cells(self):
        return [Cell(control, self.fairness_rtt_ms, 0) for control in self.fairness_controls if control in self.controls]

    def upload_cells(self):
        return [cell for cell in self.cells()
                if cell.control in self.upload_controls and cell.loss_percent in self.upload_losses]

    def seconds(self):
        """About how long it takes."""
        cells = sum(self.bulk_seconds(cell) + sum(a.count * a.every_ms / 1000 + 1 for a in self.answers_in(cell)) + 0.5
                    for cell in self.cells())
        uploads = sum(self.bulk_seconds(cell) + 0.5 for cell in self.upload_cells())
        return (cells * len(SENDERS) * self.runs + uploads * len(SENDERS) * self.upload_runs +
                2 * len(self.fairness_cells()) * self.fairness_runs * (self.fairness_s + 0.5))


FULL = Plan(("reno", "cubic"), (10, 100), (0, 0.1, 1, 2), runs=5, bulk_s=6, fairness_runs=5, fairness_s=30,
            answers=(Answers(10_000, 150, 15), Answers(100_000, 75, 30)))
QUICK = Plan(("reno", "cubic"), (10, 100), (0, 1), runs=1, bulk_s=3, fairness_runs=1, fairness_s=15, upload_runs=1,
             answers=(Answers(10_000, 100, 15), Answers(100_000, 50, 30)))
