"Importing paperlit costs next to nothing, and every public name is where the package says"
import subprocess
import sys
import time
from importlib import import_module

import paperlit
import pytest


def run(code): return subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize('name', paperlit.__all__)
def test_name_resolves(name):
    module = import_module(f'paperlit.{paperlit._HOME[name]}')
    assert getattr(paperlit, name) is getattr(module, name)
    assert name in module.__all__


def test_unknown_name():
    with pytest.raises(AttributeError, match='no_such_name'): paperlit.no_such_name


def test_dir_lists_every_name(): assert {*paperlit.__all__, '__version__'} <= set(dir(paperlit))


def test_version_is_the_one_in_settings(root):
    assert f'\nversion = {paperlit.__version__}\n' in (root/'settings.ini').read_text('utf-8')


def test_import_is_light():
    heavy = {'pandas', 'numpy', 'matplotlib', 'bertopic', 'sklearn', 'plotly', 'nbdev'}
    assert not heavy & set(run('import sys, paperlit; print(*sys.modules)').split())


def test_import_is_quick():
    def seconds():
        start = time.perf_counter()
        run('import paperlit')
        return time.perf_counter() - start
    assert min(seconds() for _ in range(3)) < 0.5


def test_every_figure_and_its_table_are_public(root):
    modules = [import_module(f'paperlit.{p.stem}') for p in (root/'paperlit').glob('*.py') if not p.stem.startswith('_')]
    plots = {name for m in modules for name in getattr(m, '__all__', []) if name.startswith('plot_')}
    assert plots <= set(paperlit.__all__)
    for name in plots: assert {f'{name[5:]}_table', f'{name[5:].removesuffix("s")}_table'} & set(paperlit.__all__), f'{name} has no table'


def test_no_regular_expression_that_early_releases_of_3_11_get_wrong(root):
    "Before Python 3.11.5 a group that is repeated possessively, or atomic, matches less than it should (CPython issue 106052); Debian 12 ships 3.11.2"
    import re
    wrong = re.compile(r'\)[*+?]\+(?!\+)|\)\{\d*,?\d*\}\+|\(\?>')
    assert wrong.search(r'(?:a|b)*+') and not wrong.search(r'[ab]*+')
    code = {p.name: p.read_text('utf-8') for p in (root/'paperlit').rglob('*.py')}
    assert {n: m[0] for n, text in code.items() if (m := wrong.search(text))} == {}
