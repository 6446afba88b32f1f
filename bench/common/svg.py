"""A small writer of SVG plots: a figure is a grid of panels; a panel has axes, and bars or lines in it."""

import html
import math

COLORS = {"linux": "#c46a1c", "millrace": "#1f6fb2"}
PANEL_W, PANEL_H, LEFT, RIGHT, TOP, BOTTOM = 360, 240, 52, 12, 30, 42


def ticks(low, high, wanted=5):
    """Round numbers within [low, high]."""
    step = 10 ** math.floor(math.log10((high - low) / wanted))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= wanted)
    first = math.ceil(low / step - 1e-9)
    return [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


class Panel:
    """Data in units of its own; y begins at `y_low`. With labels the x axis has one place for each of them."""

    def __init__(self, title, x_text, y_text, x_high=1.0, y_high=1.0, x_low=0.0, y_low=0.0, labels=None):
        self.title, self.x_text, self.y_text, self.labels = title, x_text, y_text, labels
        self.x_low, self.x_high = (0, len(labels)) if labels else (x_low, x_high)
        self.y_low, self.y_high = y_low, y_high
        self._marks = []

    def x(self, value):
        return LEFT + (value - self.x_low) / (self.x_high - self.x_low) * (PANEL_W - LEFT - RIGHT)

    def y(self, value):
        return PANEL_H - BOTTOM - (value - self.y_low) / (self.y_high - self.y_low) * (PANEL_H - TOP - BOTTOM)

    def bar(self, place, width, value, low, high, color):
        """A bar in the middle of `place`, with a whisker from low to high."""
        left, right, top = self.x(place - width / 2), self.x(place + width / 2), self.y(value)
        self._marks.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
                           f'height="{self.y(self.y_low) - top:.1f}" fill="{color}"/>')
        self._marks.append(f'<path d="M{self.x(place):.1f} {self.y(low):.1f}V{self.y(high):.1f}" stroke="#222"/>')

    def line(self, points, color, dashed=False):
        path = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self._marks.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="1.6"{dash}/>')

    def render(self):
        out = [_text(PANEL_W / 2, 16, self.title, "middle", 13),
               _text(PANEL_W / 2, PANEL_H - 8, self.x_text, "middle"),
               f'<g transform="translate(13 {PANEL_H / 2}) rotate(-90)">{_text(0, 0, self.y_text, "middle")}</g>']
        bottom, right = self.y(self.y_low), PANEL_W - RIGHT
        for tick in ticks(self.y_low, self.y_high):
            out.append(f'<path d="M{LEFT} {self.y(tick):.1f}H{right}" stroke="#ddd"/>')
            out.append(_text(LEFT - 5, self.y(tick) + 4, f"{tick:g}", "end"))
        places = [(i + 0.5, label) for i, label in enumerate(self.labels)] if self.labels else \
            [(tick, f"{tick:g}") for tick in ticks(self.x_low, self.x_high)]
        out += [_text(self.x(place), bottom + 15, label, "middle") for place, label in places]
        out += self._marks
        out.append(f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#222"/>')
        return "\n".join(out)


def _text(x, y, text, anchor, size=11):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{html.escape(str(text))}</text>'


def figure(panels, columns, legend):
    """legend: (name, color) of each series."""
    columns = min(columns, len(panels))
    rows = math.ceil(len(panels) / columns)
    width, height = columns * PANEL_W, rows * PANEL_H + 24
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif">',
           f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for index, (name, color) in enumerate(legend):
        left = 20 + 130 * index
        out.append(f'<rect x="{left}" y="8" width="12" height="12" fill="{color}"/>{_text(left + 18, 18, name, "start")}')
    for index, panel in enumerate(panels):
        at = f"{index % columns * PANEL_W} {index // columns * PANEL_H + 24}"
        out.append(f'<g transform="translate({at})">{panel.render()}</g>')
    return "\n".join(out) + "\n</svg>\n"
