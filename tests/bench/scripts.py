# SPDX-License-Identifier: MIT
"""What the guard lets a daemon do: scripts, each of which sends its requests and returns how many they were."""

import itertools
import time

from support.raw import RawConnection, request

ROUNDS = itertools.count()


def kept(target, status, count=600):
    def script(port):
        with RawConnection(port) as connection:
            for _ in range(count):
                expect(connection.ask('GET', target), status)
        return count
    return script


def pipelined(port, batches=50, depth=16):
    with RawConnection(port) as connection:
        for _ in range(batches):
            connection.send(request('GET', '/1k') * depth)
            for _ in range(depth):
                expect(connection.read_response(), 200)
    return batches * depth


def connection_each(port, count=200):
    for _ in range(count):
        with RawConnection(port) as connection:
            time.sleep(0.003)      # or the request may be there when it is accepted, and save a turn
            expect(connection.ask('GET', '/1k', 'Connection: close'), 200)
            connection.read_until_close()
    return count


def small_puts(port, count=200):
    folder = next(ROUNDS)
    with RawConnection(port) as connection:
        expect(connection.ask('PUT', f'/{folder}/first', body=b'x'), 201)      # makes the folder
        for number in range(count):
            expect(connection.ask('PUT', f'/{folder}/{number:03}', body=b'x' * 100), 201)
    return count + 1


def expect(response, status):
    if response.status != status:
        raise AssertionError(f'{status} expected: {response}')


SCRIPTS = {
    '1 KiB, kept connection': kept('/1k', 200),
    '1 KiB, three folders deep': kept('/a/b/c/1k', 200),
    '10 KiB, kept connection': kept('/10k', 200),
    '404, kept connection': kept('/not-there', 404),
    '1 KiB, pipelined by 16': pipelined,
    '1 KiB, a connection each': connection_each,
    'PUT of 100 bytes': small_puts,
}
