#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The drawing of the growth page: axes, medians, tables in their places. Measures nothing."""

import json
import pathlib
import sys
import unittest
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import chart       # noqa: E402
import page        # noqa: E402


class Drawing(unittest.TestCase):
    def test_a_logarithmic_axis_gives_each_decade_the_same_room(self):
        axis = chart.Log([1, 1000], 0, 300)
        self.assertEqual([round(axis.at(value)) for value in (1, 10, 100, 1000)], [0, 100, 200, 300])

    def test_zero_stands_before_the_least(self):
        axis = chart.Log([0, 1, 1000], 0, 300)
        self.assertEqual(axis.at(0), 0)
        self.assertGreater(axis.at(1), 0)

    def test_ticks_are_round_numbers_around_all_values(self):
        self.assertEqual(chart.whole_decades([3, 40_000]), [1, 10, 100, 1000, 10_000, 100_000])
        self.assertEqual(chart.whole_decades([7, 16]), [5, 10, 20])
        self.assertEqual(chart.whole_decades([5, 5]), [5, 10])

    def test_sizes_are_told_in_their_units(self):
        self.assertEqual([chart.binary(size) for size in (0, 1, 1 << 10, 3 << 19, 1 << 30)], ['0 B', '1 B', '1 KiB', '1.5 MiB', '1 GiB'])

    def test_a_chart_is_an_image_with_a_curve_for_each_series(self):
        points = [(1, 2, 3, 4), (1000, 5, 6, 7)]
        text = chart.Chart('A & B', 'x', 'y', [('one', points), ('two', points)]).draw()
        root = xml.etree.ElementTree.fromstring(text)
        curves = [element for element in root.iter() if element.get('class') == 'curve']
        self.assertEqual(len(curves), 2)
        self.assertEqual(text, chart.Chart('A & B', 'x', 'y', [('one', points), ('two', points)]).draw())

    def test_nothing_is_drawn_outside_the_frame(self):
        text = chart.Chart('t', 'x', 'y', [('one', [(0, 0.4, 0.5, 0.6), (18_000, 9, 10, 11)])]).draw()
        for circle in xml.etree.ElementTree.fromstring(text).iter('{http://www.w3.org/2000/svg}circle'):
            self.assertTrue(chart.LEFT <= float(circle.get('cx')) <= chart.WIDTH - chart.RIGHT, circle.attrib)
            self.assertTrue(chart.TOP <= float(circle.get('cy')) <= chart.HEIGHT - chart.BOTTOM, circle.attrib)


class Page(unittest.TestCase):
    def test_the_middle_of_the_rounds_is_shown_between_the_least_and_the_greatest(self):
        values = page.Values()
        for value in (3, 9, 1):
            values.record('connections/all of them ask', 64, value)
        self.assertEqual(values.curve('connections/all of them ask'), [(64, 1, 3, 9)])
        self.assertEqual(page.Values(values.as_json()).series, values.series)

    def test_tables_go_between_their_marks_and_nowhere_else(self):
        before = 'a\n<!-- table one -->\nold\nold\n<!-- end -->\nb\n<!-- table two -->\n<!-- end -->\n'
        after = page.fill(before, {'one': '1', 'two': '2'})
        self.assertEqual(after, 'a\n<!-- table one -->\n1\n<!-- end -->\nb\n<!-- table two -->\n2\n<!-- end -->\n')
        self.assertEqual(page.fill(after, {'one': '1', 'two': '2'}), after)

    def test_the_page_and_its_charts_are_those_of_the_data(self):
        kept = json.loads((HERE / 'data.json').read_text())
        values = page.Values(kept['values'])
        text = (HERE / 'README.md').read_text()
        self.assertEqual(page.fill(text, page.tables(values, kept['machine'])), text)
        for name, svg in page.charts(values).items():
            self.assertEqual(svg, (HERE / f'{name}.svg').read_text(), name)
            self.assertIn(f'({name}.svg)', text)


if __name__ == '__main__':
    program = unittest.main(exit=False, verbosity=0)
    ran, bad = program.result.testsRun, len(program.result.failures) + len(program.result.errors)
    print(f'growth: {ran - bad} passed, {bad} failed')
    sys.exit(1 if bad else 0)
