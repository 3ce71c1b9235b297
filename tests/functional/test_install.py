# SPDX-License-Identifier: MIT
"""What `meson install` puts where: programs, units, manuals, an example configuration, completions."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from support import settings
from support.case import tool

BUILD = pathlib.Path(settings.DAEMON).resolve().parent.parent

def output_of(*command, **how):
    """Status and all that was said."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=settings.patience(30), check=False, **how)
    return done.returncode, done.stdout


class Installed(unittest.TestCase):
    """Installs once into a folder that stands for the root of a machine."""

    timeout = 60.0

    @classmethod
    def setUpClass(cls):
        if not (BUILD / 'build.ninja').exists():
            raise unittest.SkipTest(f'{BUILD} is no build folder')
        cls.machine = pathlib.Path(tempfile.mkdtemp(prefix='filesrv-install.'))
        cls.addClassCleanup(shutil.rmtree, cls.machine, ignore_errors=True)
        status, said = output_of(tool('meson'), 'install', '-C', BUILD, '--no-rebuild', '--destdir', cls.machine)
        if status != 0:
            raise AssertionError(f'meson install: {said}')
        cls.program = cls.one('filesrvd', 'bin')
        cls.prefix = cls.program.parent.parent
        cls.example = cls.one('filesrv.toml', 'filesrv')

    @classmethod
    def one(cls, name, folder):
        """The installed file of that name in a folder of that name, in the machine."""
        found = [path for path in cls.machine.rglob(name) if path.parent.name == folder]
        if len(found) != 1:
            raise AssertionError(f'{folder}/{name}: {found}')
        return found[0]

    def inside(self, path):
        """The path as the machine knows it."""
        return '/' + str(path.relative_to(self.machine))

    def configuration(self):
        """The folder that the service reads; below /usr nothing is configured."""
        return (self.machine if self.inside(self.prefix) == '/usr' else self.prefix) / 'etc/filesrv'


class Units(Installed):
    def test_they_start_the_installed_program_with_the_installed_configuration(self):
        configuration = self.inside(self.configuration())
        for name in ('filesrv.service', 'filesrv@.service'):
            text = self.one(name, 'system').read_text()
            self.assertIn(f'\nExecStart={self.inside(self.program)} --config {configuration}/', text)
        self.assertIn(f'\nExecStart={self.inside(self.program)} ', self.one('filesrv.service', 'user').read_text())
        self.assertIn(f'\nExecStart={self.inside(self.program)} ', self.one('existing-tree.conf', 'examples').read_text())

    def test_they_verify_silently(self):
        tool('systemd-analyze')
        for kind, names in (('system', ('filesrv.service', 'filesrv.socket', 'filesrv@8081.service', 'filesrv@8081.socket')),
                            ('user', ('filesrv.service', 'filesrv.socket'))):
            folder = pathlib.Path(tempfile.mkdtemp(dir=self.machine)) / kind
            folder.mkdir()
            for unit in self.one('filesrv.service', kind).parent.glob('filesrv*'):
                # Verified on this machine, where the program lies elsewhere.
                (folder / unit.name).write_text(unit.read_text().replace(self.inside(self.program), str(self.program)))
            status, said = output_of('systemd-analyze', f'--{kind}', '--man=no', 'verify', *(folder / name for name in names),
                                     env={**os.environ, 'XDG_RUNTIME_DIR': str(folder)})
            with self.subTest(kind):
                self.assertEqual((status, said), (0, ''))

    def test_the_drop_in_for_a_tree_that_is_there_verifies_too(self):
        tool('systemd-analyze')
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.machine))
        (folder / 'filesrv.service.d').mkdir()
        for name, source in (('filesrv.service', self.one('filesrv.service', 'system')),
                             ('filesrv.socket', self.one('filesrv.socket', 'system')),
                             ('filesrv.service.d/tree.conf', self.one('existing-tree.conf', 'examples'))):
            (folder / name).write_text(source.read_text().replace(self.inside(self.program), str(self.program)))
        status, said = output_of('systemd-analyze', '--man=no', 'verify', folder / 'filesrv.service')
        self.assertEqual((status, said), (0, ''))

    def test_the_folder_of_the_configuration_and_the_static_user_are_made_from_their_files(self):
        if os.geteuid() != 0:
            self.skipTest('making users and folders of root needs root')
        for program in ('systemd-tmpfiles', 'systemd-sysusers'):
            tool(program)
        (self.machine / 'etc').mkdir(exist_ok=True)
        shutil.copy('/etc/passwd', self.machine / 'etc')
        shutil.copy('/etc/group', self.machine / 'etc')
        status, said = output_of('systemd-tmpfiles', '--create', f'--root={self.machine}', self.one('filesrv.conf', 'tmpfiles.d'))
        self.assertEqual((status, said), (0, ''))
        self.assertEqual((self.configuration() / 'filesrv.toml').read_text(), self.example.read_text())
        status, said = output_of('systemd-sysusers', f'--root={self.machine}', self.one('filesrv.conf', 'sysusers.d'))
        self.assertEqual(status, 0, said)
        self.assertRegex((self.machine / 'etc/passwd').read_text(), r'\nfilesrv:x:\d+:')


class Manuals(Installed):
    def pages(self):
        return self.one('filesrvd.8', 'man8'), self.one('filesrvctl.8', 'man8'), self.one('filesrv.toml.5', 'man5')

    def test_they_render_without_warnings(self):
        man = tool('man')
        for page in self.pages():
            done = subprocess.run([man, '--warnings', '-Tutf8', '-l', page], stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, check=False, env={**os.environ, 'LC_ALL': 'C.UTF-8', 'MANWIDTH': '80'})
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            self.assertIn('filesrvd', done.stdout)

    def test_mandoc_finds_no_fault(self):
        self.assertEqual(output_of(tool('mandoc'), '-T', 'lint', '-W', 'warning', *self.pages()), (0, ''))


class Configuration(Installed):
    def test_the_daemon_takes_the_example(self):
        status, said = output_of(self.program, '--config', self.example, '--check-config')
        self.assertEqual(status, 0, said)

    def test_package_and_project_have_one_version(self):
        declared = re.search(r"version: '([^']*)'", (settings.SOURCE / 'meson.build').read_text())[1]
        changes = (settings.SOURCE / 'packaging/debian/changelog').read_text().splitlines()[0]
        self.assertEqual(changes.split()[:2], ['filesrv', f'({declared})'])
        for name in ('filesrvd', 'filesrvctl'):
            self.assertEqual(output_of(self.one(name, 'bin'), '--version'), (0, f'{name} {declared}\n'))


# Fills COMP_WORDS as readline does, which cuts words at "=", and prints what the function offers.
BASH_HARNESS = r'''
source "$1"; program=${1##*/}; shift
words=("$program" "$@")
handler=$(complete -p "$program" | sed 's/.*-F \([^ ]*\).*/\1/')
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
"$handler" "$program" "${words[COMP_CWORD]}" "${words[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}"
'''


class Completions(Installed):
    def offered(self, *words, folder='/', program='filesrvd'):
        status, said = output_of(tool('bash'), '-c', BASH_HARNESS, 'harness', self.one(program, 'completions'), *words, cwd=folder)
        self.assertEqual(status, 0, said)
        return said.splitlines()

    def test_bash_offers_every_option_of_the_help(self):
        _, text = output_of(self.program, '--help')
        options = re.findall(r'^ {2,6}(?:(-\w), )?(--[\w-]+)', text, re.MULTILINE)
        self.assertGreater(len(options), 25)
        self.assertEqual(sorted(self.offered('')), sorted(word for pair in options for word in pair if word))
        self.assertEqual(self.offered('--read'), ['--read-only'])

    def test_bash_offers_what_a_value_may_be(self):
        self.assertEqual(self.offered('--durability', ''), ['full', 'data', 'none'])
        self.assertEqual(self.offered('--durability', '=', 'd'), ['data'])
        self.assertEqual(self.offered('--log-level', '='), ['trace', 'debug', 'info', 'warning', 'error'])
        self.assertEqual(self.offered('--access-log', 'co'), ['common', 'combined'])
        self.assertEqual(self.offered('--idle-shutdown', ''), [''])
        self.assertIn('root', self.offered('--user', 'ro'))

    def test_bash_offers_the_commands_of_filesrvctl_and_what_they_take(self):
        _, text = output_of(self.one('filesrvctl', 'bin'), '--help')
        commands = re.findall(r'^ {2}([a-z-]+)(?: [A-Z]+)? {2,}', text.partition('Options')[0], re.MULTILINE)
        self.assertGreater(len(commands), 12)
        self.assertEqual(self.offered('', program='filesrvctl'), commands)
        self.assertEqual(self.offered('--json', 'tr', program='filesrvctl'), ['transfers'])
        self.assertEqual(self.offered('log-level', 'w', program='filesrvctl'), ['warning'])
        self.assertEqual(self.offered('drain', '--no', program='filesrvctl'), ['--no-wait'])
        self.assertNotIn('top', self.offered('status', '', program='filesrvctl'))

    def test_bash_offers_the_options_of_filesrv_client(self):
        try:
            program = self.one('filesrv-client', 'bin')
        except AssertionError:
            self.skipTest('filesrv-client is not built')
        _, text = output_of(program, '--help')
        options = re.findall(r'^ {2}(?:(-\w),)?(--[\w-]+)', text, re.MULTILINE)
        self.assertGreater(len(options), 12)
        self.assertEqual(sorted(self.offered('', program='filesrv-client')), sorted(word for pair in options for word in pair if word))
        self.assertEqual(self.offered('--report', 't', program='filesrv-client'), ['tsv'])

    def test_bash_offers_folders_and_files_with_blanks_in_their_names(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.machine))
        (folder / 'a folder').mkdir()
        (folder / 'a file').touch()
        self.assertEqual(self.offered('--root', 'a', folder=folder), ['a folder'])
        self.assertEqual(sorted(self.offered('-c', 'a', folder=folder)), ['a file', 'a folder'])

    def test_zsh_and_fish_understand_theirs(self):
        for shell, name, folder, word in (('zsh', '_filesrvd', 'site-functions', 'idle-shutdown'),
                                          ('zsh', '_filesrvctl', 'site-functions', 'log-level'),
                                          ('fish', 'filesrvd.fish', 'vendor_completions.d', 'idle-shutdown'),
                                          ('fish', 'filesrvctl.fish', 'vendor_completions.d', 'log-level'),
                                          ('zsh', '_filesrv-client', 'site-functions', 'retry-max-time'),
                                          ('fish', 'filesrv-client.fish', 'vendor_completions.d', 'retry-max-time')):
            if 'client' in name and not list(self.machine.rglob('filesrv-client')):
                continue
            path = self.one(name, folder)
            self.assertIn(word, path.read_text())
            if shutil.which(shell) is None:
                settings.say(f'{shell} is not installed: its completion is not checked')
                continue
            with self.subTest(name):
                self.assertEqual(output_of(shell, '-n', path), (0, ''))

    def test_fish_offers_what_a_value_may_be(self):
        path = self.one('filesrvd.fish', 'vendor_completions.d')
        home = tempfile.mkdtemp(dir=self.machine)
        _, said = output_of(tool('fish'), '--no-config', '-c', f'source {path}; complete -C "filesrvd --durability d"',
                            env={**os.environ, 'HOME': home})
        self.assertEqual([line.split('\t')[0] for line in said.splitlines()], ['data'])
