"The package that is built holds all that paperlit needs, and works outside the checkout"
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version

import pytest


@pytest.fixture(scope='module')
def wheel(root, tmp_path_factory):
    "A wheel built from a source distribution of a copy, as an installer would"
    folder = tmp_path_factory.mktemp('build')
    ignore = shutil.ignore_patterns('.*', '__pycache__', '*.egg-info', 'build', 'dist', '_docs', '_proc')
    copy = shutil.copytree(root, folder/'copy', ignore=ignore)
    done = subprocess.run([sys.executable, '-m', 'build', '--no-isolation', '--outdir', folder/'dist', copy], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next((folder/'dist').glob('*.whl'))


def test_wheel_holds_modules_and_data_only(root, wheel):
    held = {n for n in zipfile.ZipFile(wheel).namelist() if '.dist-info/' not in n}
    wanted = {p.relative_to(root).as_posix() for p in (root/'paperlit').rglob('*') if p.is_file() and '__pycache__' not in p.parts}
    template = f'paperlit-{version("paperlit")}.data/data/share/jupyter/notebook_templates/paperlit/literature-review.ipynb'
    assert held == wanted | {template}


def test_license_is_stated(wheel):
    archive = zipfile.ZipFile(wheel)
    metadata = next(archive.read(n).decode() for n in archive.namelist() if n.endswith('.dist-info/METADATA'))
    assert 'License-Expression: Apache-2.0' in metadata
    assert any(n.endswith('/LICENSE') for n in archive.namelist())


def test_unpacked_wheel_runs_the_demo(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path/'site')
    code = f'import paperlit; assert paperlit.__file__.startswith({str(tmp_path)!r}); from paperlit.cli import main; main()'
    done = subprocess.run([sys.executable, '-c', code, 'demo', '--out', 'review'], cwd=tmp_path, env=os.environ | {'PYTHONPATH': str(tmp_path/'site')},
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path/'review'/'review.html').stat().st_size > 10_000


def test_wheel_builds_twice_to_the_same_bytes(root, tmp_path):
    "From two copies at two places, for one date"
    sums = set()
    for place in ('a', 'b/c'):
        copy = shutil.copytree(root, tmp_path/place, ignore=shutil.ignore_patterns('.*', '__pycache__', '*.egg-info', 'build', 'dist', '_docs', '_proc', 'nbs', 'tests', 'docs'))
        subprocess.run([sys.executable, '-m', 'build', '--wheel', '--no-isolation', '--outdir', tmp_path/place/'out', copy], capture_output=True, check=True, env=os.environ | dict(SOURCE_DATE_EPOCH='1700000000'))
        sums.add(hashlib.sha256(next((tmp_path/place/'out').glob('*.whl')).read_bytes()).hexdigest())
    assert len(sums) == 1
