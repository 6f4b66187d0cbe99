"""Environments for the tools that paperlit is measured against: they want other releases of what paperlit uses, so each has its own, made by uv when it is first asked for."""
import os
import shutil
import subprocess
from pathlib import Path

# bertopic names sentence-transformers, which brings torch; the measurements give it vectors, so it is left out.
WANTED = dict(bertopic=['bertopic>=0.17.4,<0.18', 'umap-learn>=0.5.6', 'hdbscan>=0.8.40', 'pyarrow', 'pyyaml'], litstudy=['litstudy', 'bibtexparser<2'],
    parsers=['bibtexparser>=2.1,<3', 'pybtex', 'nbib', 'rispy'])
LEFT_OUT = "sentence-transformers; python_version < '3'\n"

def home(): return Path(os.environ.get('PAPERLIT_BENCH', '.bench')).resolve()

def python_of(name):
    "The interpreter of a peer's environment, made when it is not there; None where it cannot be made"
    folder, uv = home()/name, shutil.which('uv')
    python = folder/'bin'/'python'
    if (folder/'made').exists(): return python
    if not uv: return print(f'{name}: left out, uv is not on PATH')
    folder.parent.mkdir(parents=True, exist_ok=True)
    without = folder.parent/'left-out.txt'
    without.write_text(LEFT_OUT)
    # --no-config: the settings of this project leave UMAP out, which BERTopic comes with
    for command in (['venv', '--allow-existing', str(folder)], ['pip', 'install', '--no-config', '--quiet', '--python', str(python), '--overrides', str(without), *WANTED[name]]):
        done = subprocess.run([uv, *command], capture_output=True, text=True)
        if done.returncode: return print(f'{name}: left out, {(done.stderr.strip().splitlines() or ["uv failed"])[-1]}')
    (folder/'made').touch()
    return python
