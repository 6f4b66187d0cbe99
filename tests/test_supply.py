"What an installation brings: every dependency has bounds with a reason, and a licence that allows paperlit's own"
import configparser
import re
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement

FREE = re.compile(r'(?:MIT|BSD|Apache|PSF|Python Software Foundation|ISC|MPL|Mozilla Public|0BSD|Zlib|CC0|HPND|CMU|Unlicense|Public Domain)', re.I)
COPYLEFT = re.compile(r'\b(?:A?GPL|Affero|GNU General|LGPL|Lesser General|SSPL|EUPL|CC.BY.NC)', re.I)
LOOKED_AT = {'hdbscan': 'BSD-3-Clause', 'pypdfium2': 'BSD-3-Clause, Apache-2.0'} # What they say in no field that can be read: looked up in their sources


def settings(root):
    said = configparser.ConfigParser()
    said.read(root/'settings.ini')
    return [Requirement(r) for r in said['DEFAULT']['requirements'].split('\n') if r.strip()]


def left_out(root): return set(re.findall(r'"([\w-]+); extra ==', (root/'pyproject.toml').read_text('utf-8')))


def installed(root):
    "All that paperlit needs, and what that needs: name and metadata"
    todo, found, out = [r.name for r in settings(root)], {}, left_out(root) | {'torch'}
    while todo:
        name = re.sub(r'[-_.]+', '-', todo.pop()).lower()
        if name in found or name in out: continue
        try: found[name] = distribution(name)
        except PackageNotFoundError: pytest.fail(f'{name} is not installed')
        todo += [r.name for r in map(Requirement, found[name].requires or []) if r.marker is None or r.marker.evaluate({'extra': ''})]
    return found


def licence(name, said):
    named = [c.split('::')[-1] for c in said.get_all('Classifier', []) if c.startswith('License ::') and 'OSI Approved' != c.split('::')[-1].strip()]
    return LOOKED_AT.get(name) or said.get('License-Expression') or '; '.join(named) or (said.get('License') or '')[:80]


def test_every_licence_allows_ours(root):
    found = {name: licence(name, d.metadata) for name, d in installed(root).items()}
    assert len(found) > 60
    assert {n: said for n, said in found.items() if not FREE.search(said) or COPYLEFT.search(said)} == {}


@pytest.mark.parametrize('said', ['GPL-3.0-or-later', 'GNU Affero General Public License v3', 'Proprietary', ''])
def test_a_licence_that_does_not_is_seen(said): assert not FREE.search(said) or COPYLEFT.search(said)


def test_every_dependency_has_bounds_and_upper_ones_a_reason(root):
    why = ' '.join(l for l in (root/'settings.ini').read_text('utf-8').splitlines() if l.startswith('#'))
    for r in settings(root):
        signs = {s.operator for s in r.specifier}
        assert '>=' in signs, f'{r.name} has no lower bound'
        if '<' in signs: assert r.name in why, f'{r.name} has an upper bound without a reason'


def test_what_is_installed_is_within_the_bounds(root):
    assert [r.name for r in settings(root) if not r.specifier.contains(distribution(r.name).version, prereleases=True)] == []


def test_make_lists_and_audits(root):
    text = (root/'Makefile').read_text('utf-8')
    assert 'cyclonedx' in text and 'pip-audit' in text


def test_the_threat_model_names_tests_that_exist(root):
    rows = [l for l in (root/'SECURITY.md').read_text('utf-8').splitlines() if l.startswith('| ')][1:]
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r'`(test_\w+\.py)::(test_\w+)`', row.split('|')[-2])
        assert named, f'no test shows it: {row[:80]}'
        for file, test in named: assert f'def {test}(' in (root/'tests'/file).read_text('utf-8'), f'{file} holds no {test}'
