# SPDX-License-Identifier: Apache-2.0
"""Figures, what they are held against, and the table of them."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path

COLUMNS = ("what", "figure", "p90", "control", "ratio", "limit", "verdict")


def samples(text: str) -> dict[str, list[float]]:
    """The lines "NAME microseconds" that the bench programs print, as milliseconds by name."""
    found: dict[str, list[float]] = {}
    for line in text.splitlines():
        name, usec = line.split()
        found.setdefault(name, []).append(float(usec) / 1000)
    return found


def p90(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.9))]


@dataclass
class Figure:
    """`most` limits the figure, `most_ratio` and `least_ratio` figure / control; what is None is not judged."""

    what: str
    value: float
    unit: str = "ms"
    p90: float | None = None
    against: str = ""
    control: float | None = None
    most: float | None = None
    most_ratio: float | None = None
    least_ratio: float | None = None
    ratio: float | None = field(init=False)
    ok: bool | None = field(init=False)

    def __post_init__(self):
        self.ratio = self.value / self.control if self.control else None
        held = []
        if self.most is not None:
            held.append(self.value <= self.most)
        if self.most_ratio is not None:
            held.append(self.ratio is not None and self.ratio <= self.most_ratio)
        if self.least_ratio is not None:
            held.append(self.ratio is not None and self.ratio >= self.least_ratio)
        self.ok = all(held) if held else None

    def limit(self) -> str:
        parts = [f"<= {_number(self.most)} {self.unit}".strip()] if self.most is not None else []
        parts += [f"<= {_number(self.most_ratio)} x"] if self.most_ratio is not None else []
        parts += [f">= {_number(self.least_ratio)} x"] if self.least_ratio is not None else []
        return ", ".join(parts)

    def row(self) -> tuple[str, ...]:
        control = f"{_number(self.control)} {self.unit}, {self.against}" if self.control is not None else self.against
        return (self.what, f"{_number(self.value)} {self.unit}".strip(), _number(self.p90), control,
                _number(self.ratio), self.limit(), {True: "ok", False: "MISSED", None: ""}[self.ok])


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


class Table:
    def __init__(self):
        self.figures: list[Figure] = []

    def add(self, what: str, value: float, unit: str = "ms", **more) -> Figure:
        figure = Figure(what, value, unit, **more)
        self.figures.append(figure)
        print("  " + "  ".join(cell for cell in figure.row() if cell), flush=True)
        return figure

    def times(self, what: str, values: list[float], **more) -> Figure:
        """A figure of many measurements in milliseconds: their median and p90."""
        return self.add(what, statistics.median(values), p90=p90(values), **more)

    def missed(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.ok is False]

    def text(self) -> str:
        rows = [COLUMNS, *(figure.row() for figure in self.figures)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)

    def markdown(self) -> str:
        rows = [COLUMNS, ("---",) * len(COLUMNS), *(figure.row() for figure in self.figures)]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)

    def write(self, path: Path, about: dict) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(about | {"figures": [asdict(figure) for figure in self.figures]}, indent=2) + "\n")
