"Nothing is sent anywhere, started or opened outside the folders that were named, by any command or lesson of the default path"
import json
import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

import paperlit
from paperlit.sources import demo_corpus

LONG = bool(os.environ.get('LONG'))
WATCH = textwrap.dedent('''
    import os, socket, sys, warnings
    warnings.simplefilter('ignore')
    seen, may = [], tuple(os.environ['MAY'].split(os.pathsep))
    def refuse(*a, **k): raise OSError('the network is off')
    for name in ('create_connection', 'getaddrinfo', 'gethostbyname', 'create_server', 'socketpair'): setattr(socket, name, refuse)
    def own(args): return args[0] == sys.executable and list(args[1])[1:3] == ['-I', '-c'] and 'paperlit.children' in args[1][3]
    def names_tasks():  # Dask gives a task a name by its pickle, which it reads again itself
        frame = sys._getframe(2)
        while frame and not frame.f_code.co_filename.endswith(os.path.join('dask', 'tokenize.py')): frame = frame.f_back
        return frame is not None
    def hook(event, args):
        if event == 'subprocess.Popen' and (args[0] in ('lscpu', 'fc-list') or own(args)): return  # joblib counts the cores, matplotlib the fonts; paperlit's own reader of PDFs and templates
        if event == 'pickle.find_class' and names_tasks(): return
        kind = event.split('.')[0]
        if kind in ('socket', 'urllib', 'ftplib', 'smtplib', 'http') or event in ('subprocess.Popen', 'os.system', 'os.exec', 'os.posix_spawn', 'os.spawn', 'os.fork', 'pickle.find_class', 'webbrowser.open'): seen.append(f'{event} {args!r:.120}')
        if event == 'open' and isinstance(args[0], (str, bytes)) and os.path.exists(args[0]):
            path = os.path.realpath(os.fsdecode(args[0]))
            if not path.startswith(may): seen.append(f'open {path} {args[1]}')
    sys.addaudithook(hook)
''')


def watched(code, folder):
    "What was seen while some code ran in a folder, and what it printed"
    home = folder/'home'
    home.mkdir(exist_ok=True)
    may = [folder, sys.prefix, sys.base_prefix, pathlib.Path(paperlit.__file__).parent, '/usr/share', '/usr/lib', '/usr/local/share', '/proc', '/sys', '/dev/null', '/etc/fonts', '/etc/mime.types', '/etc/localtime']
    env = os.environ | dict(MAY=os.pathsep.join(os.path.realpath(p) for p in may), HOME=str(home), TMPDIR=str(folder), PYTHONDONTWRITEBYTECODE='1', PAPERLIT_WORKERS='1', MPLBACKEND='agg', PYTHONPATH=str(pathlib.Path(paperlit.__file__).parents[1]))
    for name in ('XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'MPLCONFIGDIR', 'PAPERLIT_CACHE'): env.pop(name, None)
    script = f'{WATCH}\n{code}\nimport json\nprint(json.dumps(seen))'
    done = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, env=env, cwd=folder, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


COMMANDS = [['load', 'in', '--out', 'p.xlsx', '--dedupe', '--ledger', 'l.csv'], ['search', 'in', '--query', 'graphs'], ['brief', 'in', '--key', '{key}', '--out', 'b.md'], ['new', 'project', '--templates'],
            ['topics', 'in', '--out', 'topics'], ['review', 'in', '--out', 'review', '--templates', 'project/templates']]


def test_no_command_sends_starts_or_opens_anything_else(tmp_path):
    papers = paperlit.load(demo_corpus(), progress=False)
    paperlit.save(papers, tmp_path/'in'/'papers.jsonl')
    commands = [[a.format(key=papers.index[0]) for a in c] for c in (COMMANDS if LONG else COMMANDS[:5])]
    assert watched(f'from paperlit.cli import main\nfor c in {commands!r}: assert main(c) == 0, c', tmp_path) == []
    kept = sorted(p.relative_to(tmp_path/'home').as_posix() for p in (tmp_path/'home').rglob('*') if p.is_file())
    assert all('matplotlib/fontlist' in k for k in kept), kept  # all that is written into a home: where its fonts are


TUTORIALS = ['03_a_systematic_review', *(['01_folder_to_review', '02_your_own_topics', '04_results_read_critically', '05_next_year'] if LONG else [])]


@pytest.mark.parametrize('name', TUTORIALS)
def test_no_lesson_sends_starts_or_opens_anything_else(name, root, tmp_path):
    cells = [''.join(c['source']) for c in json.loads((root/'nbs'/'tutorials'/f'{name}.ipynb').read_text('utf-8'))['cells'] if c['cell_type'] == 'code']
    code = '\n'.join(cells)
    assert watched(f'exec({code!r}, dict(__name__="lesson"))', tmp_path) == []


@pytest.mark.parametrize('leak', ['import socket; socket.socket()', 'import subprocess; subprocess.run(["true"])', 'open("/etc/hostname").read()', 'import pickle; pickle.loads(b"cos\\ngetcwd\\n(tR.")'])
def test_a_leak_is_seen(leak, tmp_path): assert watched(leak, tmp_path)
