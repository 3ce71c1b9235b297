# SPDX-License-Identifier: MIT
"""A disk as pessimists see it: what a power cut may leave of a recorded sequence of calls.

Contents of a file are on the disk once the file was synced after they were written, a name once its folder
was synced after it got it: fsync(2). Until then each change is there or not, whatever else is, and a write
may be there in part. Times, modes and attributes are left out.
"""

import bisect
import re

PAGE = 4096
NEVER = float('inf')
PORT = re.compile(r'htons\((\d+)\)')


class ReplayError(AssertionError):
    """The record says something that cannot be, or that is not known here."""


class _NotYet(Exception):
    """A call saw what another has done that was still under way when this one ended."""


class Change:
    """Of a folder: a name that leads to a node now, or to nothing. Of a file: bytes at an offset."""

    __slots__ = ('begun', 'done', 'durable', 'name', 'node', 'offset', 'payload')

    def __init__(self, call, *, name=None, node=None, offset=0, payload=b''):
        self.begun, self.done = call.begun, call.done
        self.durable = NEVER         # the moment from which no power cut undoes it
        self.name, self.node, self.offset, self.payload = name, node, offset, payload


class Node:
    """A file or a folder: as it was before the record, and what happened to it since."""

    def __init__(self, content=None):
        self.content = content       # None = a folder
        self.names = {}              # of a folder, live
        self.before = {}             # the same, before the record
        self.changes = []
        self.syncs = []              # (begun, ended)

    @property
    def is_folder(self):
        return self.content is None

    def keep(self):
        """What is here and below now was there before the record, and no power cut undoes it."""
        self.before = dict(self.names)
        for node in self.names.values():
            node.keep()
        return self

    def settle(self):
        """Says of each change when it became durable: by the first sync that began after it was done.

        What was done earlier is durable no later: so what is durable is always the beginning of the list.
        """
        self.changes.sort(key=lambda change: change.done)
        self.syncs.sort()
        for change in self.changes:
            first = bisect.bisect_left(self.syncs, (change.done, 0))
            change.durable = min((ended for _, ended in self.syncs[first:]), default=NEVER)


class Replay:
    """Runs the calls of a daemon through the tree below `path`, whose state before them is `top`."""

    def __init__(self, calls, path, top):
        self.path, self.top = str(path).encode(), top
        self.calls = [call for call in calls if call.result is not None and call.result >= 0]
        self.nodes = list(self._below(top))
        self.answers = []            # (moment, port, bytes) of all that began to leave on a socket
        self.synced = []             # (call, node), by a call for it alone
        self._descriptors = {}       # number: a node, or the port of a peer; others are not in it
        self._under_way = []
        self._run(self._ours(calls))
        for node in self.nodes:
            node.settle()

    def _below(self, node):
        yield node
        for child in node.names.values():
            yield from self._below(child)

    def _ours(self, calls):
        """The threads that share the daemon's descriptors. A new one may be heard of before the call that made it ended."""
        ours = {calls[0].thread}
        for call in self.calls:
            if call.name in ('clone', 'clone3') and call.thread in ours and call.has('CLONE_THREAD'):
                ours.add(str(call.result))
        return ours

    def _run(self, ours):
        calls = [call for call in self.calls if call.thread in ours]
        # A number is free when its close begins: another thread may have it before the end is written down.
        steps = sorted(calls, key=lambda call: call.begun if call.name == 'close' else call.ended)
        naming = [call for call in steps if call.name in NAMING]
        for call in steps:
            self._under_way = [other for other in naming if other.begun < call.ended < other.ended] if call.name in NAMING else []
            self._take(call, call.ended)

    def _take(self, call, moment):
        if call.done is not None:
            return
        call.done = moment
        try:
            HANDLERS[call.name](self, call)
        except _NotYet as reason:
            call.done = None
            if not self._under_way:
                raise ReplayError(f'{reason}: {call}') from None
            self._take(self._under_way.pop(0), moment)
            self._take(call, moment)

    # -- where a path leads -----------------------------------------------------------------------

    def _node(self, number):
        found = self._descriptors.get(number)
        return found if isinstance(found, Node) else None

    def _place(self, number, path):
        """The folder that holds the path's last name, and that name; nothing for what is elsewhere."""
        if path.startswith(b'/'):
            if path != self.path and not path.startswith(self.path + b'/'):
                return None
            folder, path = self.top, path[len(self.path):]
        else:
            folder = self._node(number)
        if folder is None:
            return None
        names = [name for name in path.split(b'/') if name not in (b'', b'.')] or [b'.']
        for name in names[:-1]:
            if name not in folder.names:
                raise _NotYet(f'no folder {name!r}')
            folder = folder.names[name]
        return folder, names[-1]

    def _set(self, call, folder, name, node):
        if node is None:
            del folder.names[name]
        else:
            folder.names[name] = node
        folder.changes.append(Change(call, name=name, node=node))

    def _need(self, condition, reason):
        if not condition:
            raise _NotYet(reason)

    # -- calls ------------------------------------------------------------------------------------

    def _open(self, call):
        place = self._place(call.number(0), call.strings[0])
        self._descriptors.pop(call.result, None)
        if place is None:
            return
        folder, name = place
        node = folder if name == b'.' else folder.names.get(name)
        if call.has('O_TRUNC'):
            raise ReplayError(f'an open that is not known here: {call}')
        if call.has('O_TMPFILE'):
            self._descriptors[call.result] = self._new(Node(b''))
            return
        self._need(node is None or not call.has('O_EXCL'), 'it was there')
        if node is None:
            self._need(call.has('O_CREAT'), 'it was not there')
            node = self._new(Node(b''))
            self._set(call, folder, name, node)
        self._descriptors[call.result] = node

    def _new(self, node):
        self.nodes.append(node)
        return node

    def _close(self, call):
        self._descriptors.pop(call.number(0), None)

    def _duplicate(self, call):
        if call.name == 'fcntl' and not call.words[1].startswith('F_DUPFD'):
            return
        self._descriptors.pop(call.result, None)
        if call.number(0) in self._descriptors:
            self._descriptors[call.result] = self._descriptors[call.number(0)]

    def _accept(self, call):
        port = PORT.search(', '.join(call.words))
        self._descriptors.pop(call.result, None)
        if port:
            self._descriptors[call.result] = int(port[1])

    def _send(self, call):
        port = self._descriptors.get(call.number(0))
        if isinstance(port, int) and call.strings:
            self.answers.append((call.begun, port, call.strings[0]))

    def _write(self, call):
        node = self._node(call.number(0))
        if node is not None:
            node.changes.append(Change(call, offset=call.number(-1), payload=call.strings[0][:call.result]))

    def _sync(self, call):
        node = self._node(call.number(0))
        if node is not None:
            node.syncs.append((call.begun, call.ended))
            self.synced.append((call, node))

    def _sync_all(self, call):
        for node in self.nodes:
            node.syncs.append((call.begun, call.ended))

    def _mkdir(self, call):
        place = self._place(call.number(0), call.strings[0])
        if place is None:
            return
        self._need(place[1] not in place[0].names, 'it was there')
        self._set(call, *place, self._new(Node()))

    def _unlink(self, call):
        place = self._place(call.number(0), call.strings[0])
        if place is None:
            return
        self._need(place[1] in place[0].names, 'it was not there')
        self._set(call, *place, None)

    def _rename(self, call):
        self._link(call, leaves=True)

    def _link(self, call, leaves=False):
        source = self._place(call.number(0), call.strings[0])
        target = self._place(call.number(2), call.strings[1])
        if (source is None) != (target is None):
            raise ReplayError(f'in or out of the tree: {call}')
        if source is None:
            return
        # link(2): AT_EMPTY_PATH, of the descriptor itself.
        is_nameless = not leaves and call.strings[0] == b''
        node = self._node(call.number(0)) if is_nameless else source[0].names.get(source[1])
        self._need(node is not None, 'it was not there')
        self._need(leaves and not call.has('RENAME_NOREPLACE') or target[1] not in target[0].names, 'it was there')
        self._set(call, *target, node)
        if leaves:
            self._set(call, *source, None)

    def _elsewhere(self, call):
        """Harmless as long as it is not a file below the top that it works on."""
        if call.words[0].isdigit() and self._node(call.number(0)) is not None:
            raise ReplayError(f'a call that is not known here: {call}')

    def _nothing(self, call):
        pass


HANDLERS = {'openat': Replay._open, 'openat2': Replay._open, 'close': Replay._close, 'accept4': Replay._accept,
            'pwrite64': Replay._write, 'fsync': Replay._sync, 'fdatasync': Replay._sync, 'syncfs': Replay._sync_all,
            'sync': Replay._sync_all, 'mkdirat': Replay._mkdir, 'unlinkat': Replay._unlink, 'renameat': Replay._rename,
            'renameat2': Replay._rename, 'linkat': Replay._link}
HANDLERS |= dict.fromkeys(('dup', 'dup2', 'dup3', 'fcntl'), Replay._duplicate)
HANDLERS |= dict.fromkeys(('sendto', 'sendmsg'), Replay._send)
HANDLERS |= dict.fromkeys(('utimensat', 'fchmod', 'fchown', 'fsetxattr', 'fallocate', 'clone', 'clone3', 'fork', 'vfork'),
                          Replay._nothing)
HANDLERS |= dict.fromkeys(('open', 'creat', 'write', 'writev', 'pwritev', 'pwritev2', 'ftruncate', 'truncate', 'copy_file_range',
                           'splice', 'sendfile', 'msync', 'mkdir', 'rename', 'link', 'symlink', 'symlinkat', 'unlink', 'rmdir',
                           'fchmodat', 'fchownat', 'setxattr'), Replay._elsewhere)
NAMING = {'openat', 'openat2', 'mkdirat', 'unlinkat', 'renameat', 'renameat2', 'linkat'}


class Disk:
    """What is on the disk at one moment after the other, and what may be on it."""

    def __init__(self, replay):
        self.top, self.nodes = replay.top, replay.nodes
        self.moment = -1
        self._kept = {node: dict(node.before) if node.is_folder else node.content for node in self.nodes}
        self._pending = {node: [] for node in self.nodes}
        self._durable = {node: 0 for node in self.nodes}     # how many of its changes

    @staticmethod
    def moments(replay):
        """Those at which something begins that may change what is there, or has to be there."""
        found = {moment for moment, _, _ in replay.answers}
        for node in replay.nodes:
            for change in node.changes:
                found |= {change.begun, change.durable}
        return sorted(found - {NEVER})

    def cut(self, moment):
        """The power goes just after this line of the record; never before the last cut."""
        assert moment >= self.moment
        self.moment = moment
        for node in self.nodes:
            count = before = self._durable[node]
            while count < len(node.changes) and node.changes[count].durable <= moment:
                count += 1
            if count > before:
                self._kept[node] = self._changed(node, [(change, None) for change in node.changes[before:count]])
                self._durable[node] = count
            self._pending[node] = [change for change in node.changes[count:] if change.begun <= moment]

    def _changed(self, node, changes):
        if node.is_folder:
            names = dict(self._kept[node])
            for change, _ in changes:
                names[change.name] = change.node
            return names
        content = bytearray(self._kept[node])
        for change, part in changes:
            payload, offset = change.payload, change.offset
            if part is not None:
                payload, offset = payload[part], offset + (part.start or 0)
            content += bytes(max(0, offset - len(content)))     # what was skipped reads as zeros
            content[offset:offset + len(payload)] = payload
        return bytes(content)

    def _left(self, node, chosen):
        """`chosen` says of a pending change whether it is there: no, yes, or a slice of what was written."""
        picked = [(change, part) for change in self._pending[node] if (part := chosen(node, change)) is not False]
        changes = [(change, part if isinstance(part, slice) else None) for change, part in picked]
        return self._changed(node, changes) if changes else self._kept[node]

    def tree(self, chosen, hidden=lambda name: False):
        """{path: contents, or nothing for a folder} after the cut, for one choice among what was not synced."""
        found = {}
        waiting = [(b'', self.top)]
        while waiting:
            path, folder = waiting.pop()
            for name, node in self._left(folder, chosen).items():
                if node is None or hidden(name):
                    continue
                below = path + b'/' + name if path else name
                found[below] = None if node.is_folder else self._left(node, chosen)
                if node.is_folder:
                    waiting.append((below, node))
        return found


# -- what of it a power cut leaves: one choice each -------------------------------------------------

def nothing(_node, _change):
    return False


def everything(_node, _change):
    return True


def names_alone(node, _change):
    return node.is_folder


def contents_alone(node, _change):
    return not node.is_folder


def some(chance, likely):
    """Each with that probability, and of what was written now and then only the pages before or behind a place."""
    def chosen(node, change):
        if chance.random() >= likely:
            return False
        pages = len(change.payload) // PAGE
        if node.is_folder or pages == 0 or chance.random() < 0.5:
            return True
        place = chance.randint(1, pages) * PAGE
        return slice(0, place) if chance.random() < 0.5 else slice(place, None)
    return chosen
