# SPDX-License-Identifier: MIT
"""A systemd of the tests' own as PID 1 of private namespaces, with filesrv's units in it."""

import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

from . import settings
from .ports import free_port

BOOT = settings.HERE / 'support' / 'boot_manager'
UNITS = settings.SOURCE / 'packaging' / 'systemd'


class Manager:
    """Boots it; `run` runs commands inside. Skips the test with the reason where this machine cannot do it."""

    def __init__(self, home, options='', configuration='', drop_ins=(), program=None):
        self.folder = pathlib.Path(home) / 'manager'
        self.port = free_port()
        self.leader = None
        self.source = program or settings.DAEMON
        self._lay_out(options, configuration, drop_ins)

    def _lay_out(self, options, configuration, drop_ins):
        """The shipped units as they are; port, options and the like come as drop-ins, as an administrator's would."""
        root = self.folder / 'root'
        units = root / 'etc/systemd/system'
        units.mkdir(parents=True)
        for unit in UNITS.glob('filesrv*.s*[te]'):
            shutil.copy(unit, units)
        # Not below /usr, which is the machine's own here.
        program = root / 'opt/filesrvd'
        program.parent.mkdir()
        shutil.copy(self.source, program)
        (root / 'etc/filesrv').mkdir()
        (root / 'etc/filesrv/filesrv.toml').write_text(configuration)
        self.drop_in('filesrv.socket', 'port', f'[Socket]\nListenStream=\nListenStream=127.0.0.1:{self.port}\n'
                                               f'ListenStream=[::1]:{self.port}\n')
        self.drop_in('filesrv.service', 'program',
                     '[Service]\nExecStart=\nExecStart=/opt/filesrvd --config /etc/filesrv/filesrv.toml '
                     f'--root /var/lib/filesrv/files --state /var/lib/filesrv/state {options}\n')
        self.drop_in('filesrv@.service', 'program', '[Service]\nExecStart=\nExecStart=/opt/filesrvd --root /srv\n')
        for unit, name, text in drop_ins:
            self.drop_in(unit, name, text)

    def drop_in(self, unit, name, text):
        folder = self.folder / 'root/etc/systemd/system' / f'{unit}.d'
        folder.mkdir(exist_ok=True)
        (folder / f'{name}.conf').write_text(text)

    def drop_in_now(self, unit, name, text):
        """The same for one that has booted."""
        folder = pathlib.Path(f'/proc/{self.leader}/root/etc/systemd/system/{unit}.d')
        folder.mkdir(exist_ok=True)
        (folder / f'{name}.conf').write_text(text)
        self.run('systemctl', 'daemon-reload')

    def boot(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest('a private systemd needs root')
        for needed in ('/lib/systemd/systemd', '/usr/bin/unshare', '/usr/bin/nsenter'):
            if not os.path.exists(needed):
                raise unittest.SkipTest(f'{needed} is not there')
        with open(self.folder / 'boot', 'wb') as output:
            self.process = subprocess.Popen([BOOT, self.folder], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        deadline = time.monotonic() + settings.patience(15)
        while self._leader() is None or self.run('systemctl', 'is-active', 'test.target', check=False).stdout != 'active\n':
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.said()
                self.stop()
                raise unittest.SkipTest(f'no private systemd on this machine: {said.strip() or "it does not boot"}')
            time.sleep(0.05)
        return self

    def _leader(self):
        """PID 1 as seen from outside: the child of unshare(1)."""
        if self.leader is None:
            try:
                parent = int((self.folder / 'pid').read_text())
                children = pathlib.Path(f'/proc/{parent}/task/{parent}/children').read_text().split()
            except (FileNotFoundError, ValueError, ProcessLookupError):
                return None
            self.leader = int(children[0]) if children else None
        return self.leader

    def said(self):
        return ''.join((self.folder / name).read_text(errors='replace')
                       for name in ('boot', 'console') if (self.folder / name).exists())

    def run(self, *command, check=True, seconds=30):
        """Inside: the finished process, with its output as text."""
        done = subprocess.run(['nsenter', '-t', str(self.leader), '-m', '-p', '-u', '-i', '-C', *map(str, command)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=settings.patience(seconds))
        if check and done.returncode != 0:
            raise AssertionError(f'{" ".join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}\n'
                                 f'{self.journal()}')
        return done

    def show(self, *properties, unit='filesrv.service'):
        """{property: value} of a unit."""
        wanted = [word for name in properties for word in ('-p', name)]
        lines = self.run('systemctl', 'show', unit, *wanted).stdout.splitlines()
        return dict(line.split('=', 1) for line in lines)

    def journal(self):
        done = self.run('journalctl', '--no-pager', '-o', 'cat', '-u', 'filesrv.service', check=False)
        return done.stdout[-6000:]

    def stop(self):
        """Kills PID 1, and the kernel all that lives in its namespaces."""
        try:
            os.kill(int((self.folder / 'pid').read_text()), signal.SIGKILL)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            pass
        try:
            self.process.wait(settings.patience(10))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
