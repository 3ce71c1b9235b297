# SPDX-License-Identifier: MIT
"""Draws curves into an SVG that reads well on light and on dark pages. Same data, same bytes."""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 84, 44, 58, 62
COLOURS = ('#2f81c7', '#d9772b', '#2f9e6b', '#b25fc4')
STYLE = '''
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #4a5360; }
  .title { font-size: 16px; font-weight: 600; }
  .grid { stroke: #8a94a0; stroke-opacity: 0.28; stroke-width: 1; }
  .axis { stroke: #8a94a0; stroke-width: 1.2; }
  .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .band { stroke: none; fill-opacity: 0.16; }
  @media (prefers-color-scheme: dark) { text { fill: #b4bdc8; } }
'''


class Log:
    """A logarithmic axis. Zero, which has no logarithm, stands a step before the least."""

    def __init__(self, values, low_end, high_end):
        positive = [value for value in values if value > 0]
        if not positive:
            raise ValueError('nothing above zero to draw')
        self.zero = min(values) <= 0
        self.low = math.log10(min(positive))
        self.high = max(math.log10(max(positive)), self.low + 0.5)
        self.step = (self.high - self.low) / 10
        self.first = self.low - self.step if self.zero else self.low
        self.ends = (low_end, high_end)

    def at(self, value):
        place = math.log10(value) if value > 0 else self.first
        share = (place - self.first) / (self.high - self.first)
        return self.ends[0] + share * (self.ends[1] - self.ends[0])


def whole_decades(values, fine=False):
    """Bounds and ticks of an axis of plain numbers: 1, 10, 100, or with 2 and 5 between where decades are few."""
    positive = [value for value in values if value > 0]
    steps = (1, 2, 5) if fine or max(positive) / min(positive) < 300 else (1,)
    ticks = [step * 10.0 ** power for power in range(-9, 15) for step in steps]
    low = max((tick for tick in ticks if tick <= min(positive)), default=ticks[0])
    high = min((tick for tick in ticks if tick >= max(positive) and tick > low), default=ticks[-1])
    return [tick for tick in ticks if low <= tick <= high]


def plain(value):
    """1, 20, 1,000, 0.5"""
    return f'{value:,.0f}' if value >= 1 else f'{value:.6f}'.rstrip('0')


def binary(value):
    """0, 1 B, 64 KiB, 1 GiB"""
    for power, unit in ((30, 'GiB'), (20, 'MiB'), (10, 'KiB')):
        if value >= 1 << power:
            return f'{value / (1 << power):g} {unit}'
    return f'{value:g} B'


class Chart:
    """Curves over one logarithmic x. `curves` is [(label, [(x, low, middle, high)])]."""

    def __init__(self, title, x_label, y_label, curves, x_ticks=None, x_text=plain):
        self.title, self.x_label, self.y_label, self.curves, self.x_text = title, x_label, y_label, curves, x_text
        xs = sorted({point[0] for _, points in curves for point in points})
        ys = [value for _, points in curves for point in points for value in point[1:]]
        self.x_ticks = [tick for tick in x_ticks or whole_decades(xs) if tick <= max(xs)]
        self.y_ticks = whole_decades(ys)
        self.x = Log([*xs, *self.x_ticks], LEFT, WIDTH - RIGHT)
        self.y = Log(self.y_ticks, HEIGHT - BOTTOM, TOP)

    def draw(self):
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
                 f'role="img" aria-label="{escape(self.title)}">', f'<style>{STYLE}</style>',
                 text(LEFT, 22, self.title, 'class="title"')]
        parts += self._axes()
        for number, (label, points) in enumerate(self.curves):
            colour = COLOURS[number % len(COLOURS)]
            parts += self._curve(points, colour)
            parts += self._legend(number, label, colour)
        return '\n'.join([*parts, '</svg>', ''])

    def _axes(self):
        for tick in self.x_ticks:
            x = self.x.at(tick)
            yield line(x, TOP, x, HEIGHT - BOTTOM, 'grid')
            yield text(x, HEIGHT - BOTTOM + 19, self.x_text(tick), 'text-anchor="middle"')
        for tick in self.y_ticks:
            y = self.y.at(tick)
            yield line(LEFT, y, WIDTH - RIGHT, y, 'grid')
            yield text(LEFT - 9, y + 4.5, plain(tick), 'text-anchor="end"')
        yield line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, 'axis')
        yield line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, 'axis')
        yield text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, self.x_label, 'text-anchor="middle"')
        middle = (TOP + HEIGHT - BOTTOM) / 2
        yield text(20, middle, self.y_label, f'text-anchor="middle" transform="rotate(-90 20 {middle:.1f})"')

    def _curve(self, points, colour):
        """The middle of all rounds as a line, between the least and the greatest as a band."""
        places = [(self.x.at(x), self.y.at(low), self.y.at(middle), self.y.at(high)) for x, low, middle, high in sorted(points)]
        edge = [(x, low) for x, low, _, _ in places] + [(x, high) for x, _, _, high in reversed(places)]
        yield f'<polygon class="band" fill="{colour}" points="{pairs(edge)}"/>'
        yield f'<polyline class="curve" stroke="{colour}" points="{pairs((x, middle) for x, _, middle, _ in places)}"/>'
        for x, _, middle, _ in places:
            yield f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="3" fill="{colour}"/>'

    def _legend(self, number, label, colour):
        x = LEFT + sum(34 + 7 * len(before) for before, _ in self.curves[:number])
        yield f'<line x1="{x}" y1="42" x2="{x + 18}" y2="42" stroke="{colour}" stroke-width="3"/>'
        yield text(x + 24, 46.5, label)


def pairs(points):
    return ' '.join(f'{x:.1f},{y:.1f}' for x, y in points)


def line(x1, y1, x2, y2, kind):
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x, y, words, attributes=''):
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{escape(words)}</text>'.replace(' >', '>')
