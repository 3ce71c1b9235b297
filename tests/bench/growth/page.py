# SPDX-License-Identifier: MIT
"""What the page shows of the measured values: charts, tables, and the arithmetic that starts from them."""

import re
import statistics

from chart import Chart, binary, plain

GIB = 1 << 30
MILLION = 1_000_000
LINE_BYTES = 100e9 / 8           # a second, of 100 Gbit/s
PAYLOAD = 1448 / 1538            # of what is on the wire: Ethernet with its gap, IPv4, TCP with timestamps, MTU 1500
SHORTEST_TIMEOUT_S = 5           # T with many connections
PROCESSOR = ('connections/', 'sizes/', 'files/', 'reactors/')      # series that drift with the machine's mood


class Values:
    """{series: {x: [a value a round]}}, as it is kept in data.json."""

    def __init__(self, series=None):
        self.series = {name: {float(x): list(values) for x, values in points.items()} for name, points in (series or {}).items()}

    def record(self, name, x, value):
        self.series.setdefault(name, {}).setdefault(float(x), []).append(round(value, 3))

    def curve(self, name):
        """[(x, least, middle, greatest)], of what can stand on a logarithmic axis."""
        points = [(x, min(values), statistics.median(values), max(values)) for x, values in self.series.get(name, {}).items()]
        return sorted(point for point in points if point[1] > 0)

    def middle(self, name, x):
        values = self.series.get(name, {}).get(float(x))
        return None if values is None else statistics.median(values)

    def last(self, name):
        """The middle at the greatest x."""
        points = self.series.get(name)
        return None if not points else self.middle(name, max(points))

    def xs(self, *names):
        return sorted({x for name in names for x in self.series.get(name, {})})

    def spreads(self):
        """How far the rounds of a point lie apart, relative to their middle: of all points of processor time."""
        return sorted((max(values) - min(values)) / statistics.median(values)
                      for name, points in self.series.items() if name.startswith(PROCESSOR)
                      for values in points.values() if len(values) > 1)

    def as_json(self):
        return {name: {f'{x:g}' if x < 1e5 else f'{x:.0f}': values for x, values in sorted(points.items())}
                for name, points in sorted(self.series.items())}


FIGURES = {     # file: (title, label of x, label of y, series, further words to Chart)
    'connections': ('CPU a request by connections: 1 KiB, kept connections', 'open connections', 'µs a request',
                    ('connections/all of them ask', 'connections/64 of them ask'), {}),
    'sizes': ('CPU a request by file size: 8 connections, file in memory', 'bytes of the file', 'µs a request', ('sizes/GET',),
              {'x_ticks': [0, 1, 32, 1 << 10, 1 << 15, 1 << 20, 1 << 25, 1 << 30], 'x_text': binary}),
    'files': ('CPU a request by number of files: 4 KiB each, drawn at random', 'files', 'µs a request', ('files/4 KiB each',), {}),
    'memory': ('Memory a connection', 'open connections', 'bytes a connection',
               ('memory/silent since its connect', 'memory/each has asked', 'memory/in the kernel'), {}),
    'timers': ('What deadlines cost', 'connections in the wheel', 'instructions',
               ('timers/a turn in which nobody is due', 'timers/a connection that is looked at, once in T'), {}),
}


def charts(values):
    """{name: svg}, of those for which there are values."""
    drawn = {}
    for name, (title, x_label, y_label, series, more) in FIGURES.items():
        curves = [(one.partition('/')[2], values.curve(one)) for one in series]
        curves = [(label, points) for label, points in curves if points]
        if curves:
            drawn[name] = Chart(title, x_label, y_label, curves, **more).draw()
    return drawn


def show(value, digits=3):
    """Three digits that mean something; nothing where nothing was measured."""
    if value is None:
        return '–'
    if value == 0 or abs(value) >= 10 ** (digits - 1):
        return f'{value:,.0f}'
    return f'{value:.{digits}g}'


def table(heads, rows, words=0):
    """The first so many columns are words, the others numbers."""
    lines = ['| ' + ' | '.join(heads) + ' |', '|' + '---|' * words + '--:|' * (len(heads) - words)]
    return '\n'.join(lines + ['| ' + ' | '.join(row) + ' |' for row in rows])


def connections_table(values):
    names = ('connections/all of them ask', 'connections/64 of them ask', 'silence/processor, µs/s', 'silence/wake-ups')
    return table(('connections', 'all ask: µs', '64 ask: µs', 'none asks: µs of CPU a second', 'wake-ups meanwhile'),
                 [(plain(x), *(show(values.middle(name, x)) for name in names)) for x in values.xs(*names)])


def sizes_table(values):
    rows = []
    for x in values.xs('sizes/GET'):
        cost = values.middle('sizes/GET', x)
        rows.append((binary(x), show(cost), show(cost / 1e6 / x * GIB) if x >= 1024 else '–'))
    return table(('file', 'µs a request', 'CPU s a GiB'), rows)


def files_table(values):
    names = ('files/4 KiB each', 'calls/files')
    return table(('files', 'µs a request', 'system calls a request'),
                 [(plain(x), *(show(values.middle(name, x)) for name in names)) for x in values.xs(*names)])


def memory_table(values):
    names = FIGURES['memory'][3]
    return table(('connections', *(name.partition('/')[2] + ': B' for name in names)),
                 [(plain(x), *(show(values.middle(name, x), 4) for name in names)) for x in values.xs(*names)])


def timers_table(values):
    names = FIGURES['timers'][3]
    return table(('connections', *(name.partition('/')[2] for name in names)),
                 [(plain(x), *(show(values.middle(name, x)) for name in names)) for x in values.xs(*names)])


SCRIPTS = ('kept connections', 'pipelined by 16', 'a connection each')


def reactors_table(values):
    kinds = {'reactors': 'CPU, µs', 'share': 'of it in the busier reactor, %', 'instructions': 'instructions', 'locked': 'locked instructions',
             'mutexes': 'mutexes taken', 'allocations': 'allocations', 'calls': 'system calls', 'futexes': 'futex calls'}
    rows = []
    for kind, label in kinds.items():
        cells = [show(values.middle(f'{kind}/{script}', reactors)) for script in SCRIPTS for reactors in (1, 2)]
        rows.append((label, *cells))
    return table(('a request', *(f'{script}, {count}' for script in SCRIPTS for count in ('1 reactor', '2'))), rows, words=1)


def locked_table(values):
    """Where locked instructions stand, with two reactors: functions that run one for every tenth request at least."""
    found = {}
    for script in SCRIPTS:
        before = f'locked in {script}/'
        for name in values.series:
            if name.startswith(before):
                found.setdefault(name.removeprefix(before), {})[script] = values.last(name)
    rows = [(f'`{function}`', *(show(by_script.get(script)) for script in SCRIPTS))
            for function, by_script in sorted(found.items(), key=lambda item: (-max(item[1].values()), item[0]))
            if max(by_script.values()) >= 0.1]
    return table(('function', *SCRIPTS), rows, words=1)


def row(what, how, result):
    return (what, how, result)


def million_table(values, machine):
    hertz = machine['mhz'] * 1e6
    ours, kernel = values.last('memory/each has asked'), values.last('memory/in the kernel')
    look = values.last(FIGURES['timers'][3][1])
    asking = values.last('connections/all of them ask')
    each, kept = values.middle('reactors/a connection each', 1), values.middle('reactors/kept connections', 1)
    rows = [
        row('our memory', f'10⁶ × {show(ours)} B', f'{ours * MILLION / 1e6:,.0f} MB'),
        row("the kernel's memory, our end", f'10⁶ × {show(kernel)} B', f'{kernel * MILLION / 1e9:.1f} GB'),
        row('descriptors', '10⁶ ÷ 0.9, for connections take 90 % of the limit', f'{MILLION / 0.9:,.0f}'),
        row('accepting all, one reactor', f'10⁶ × ({show(each)} − {show(kept)}) µs, with their closes', f'{each - kept:.0f} s'),
        row('a request a minute from each', f'10⁶ ÷ 60 s × {show(asking)} µs', f'{100 * asking / 60:.0f} % of a core'),
    ]
    if look is not None:
        rows.insert(3, row('deadlines', f'10⁶ ÷ {SHORTEST_TIMEOUT_S} s × {show(look)} instructions, one a cycle at {hertz / 1e9:.1f} GHz',
                           f'{100 * MILLION / SHORTEST_TIMEOUT_S * look / hertz:.1f} % of a core'))
    return table(('what', 'arithmetic', 'result'), rows, words=2)


def line_table(values, machine):
    hertz = machine['mhz'] * 1e6
    rate = LINE_BYTES * PAYLOAD
    rows = [row('what the line carries', '12.5 GB/s × 1448 ÷ 1538', f'{rate / 1e9:.1f} GB/s of answers')]
    for x in values.xs('sizes/GET'):
        if x < 1024 or (x < max(values.xs('sizes/GET')) and x not in (1024, 65536, 1 << 20)):
            continue
        cost = values.middle('sizes/GET', x) / 1e6
        rows.append(row(f'cores, {binary(x)} an answer', f'{rate / 1e9:.1f} GB/s ÷ ({binary(x)} ÷ {show(cost * 1e6)} µs)', f'{rate * cost / x:.1f}'))
        rows.append(row('the same in bytes a cycle of a core', f'{binary(x)} ÷ ({show(cost * 1e6)} µs × {hertz / 1e9:.1f} GHz)',
                        f'{x / (cost * hertz):.2g}'))
    rows.append(row('slices of 256 KiB', f'{rate / 1e9:.1f} GB/s ÷ 256 KiB', f'{rate / 262144:,.0f} calls of sendfile a second'))
    return table(('what', 'arithmetic', 'result'), rows, words=2)


def noise_line(values, machine):
    spreads = values.spreads()
    apart = 'one round only, so that nothing is known of how far rounds lie apart'
    if spreads:
        apart = f'the rounds of a point lie {100 * statistics.median(spreads):.0f} % apart at the median point, {100 * spreads[-1]:.0f} % at the worst'
    quick = ' **A quick look, not a measurement: few requests, few points.**' if machine['quick'] else ''
    return (f'{machine["processors"]} × {machine["model"]} at {machine["mhz"] / 1000:.1f} GHz, {machine["system"]}; {machine["build"]}; '
            f'{machine["rounds"]} rounds in {machine["minutes"]:.0f} minutes on {machine["date"]}.{quick}\n'
            f'Noise: {apart}; load average {machine["load_before"]:.1f} before, {100 * machine["stolen"]:.1f} % of the time was '
            f'stolen by other machines, {100 * machine["foreign"]:.0f} % was spent on what is not part of the measurement.')


def tables(values, machine):
    return {'noise': noise_line(values, machine), 'connections': connections_table(values), 'sizes': sizes_table(values),
            'files': files_table(values), 'memory': memory_table(values), 'timers': timers_table(values),
            'reactors': reactors_table(values), 'locked': locked_table(values), 'million': million_table(values, machine), 'line': line_table(values, machine)}


def fill(page, filled):
    """The page with what stands between `<!-- table NAME -->` and `<!-- end -->` replaced."""
    def put(found):
        return f'{found[1]}\n{filled[found[2]]}\n{found[3]}'
    return re.sub(r'(<!-- table (\w+) -->)\n.*?(<!-- end -->)', put, page, flags=re.S)
