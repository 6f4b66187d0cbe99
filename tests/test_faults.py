"A disk that fails, a kill and a cut network: the old review or the new one, never half of one, and nothing leaves the machine"
import builtins
import errno
import io
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import textwrap
import warnings
from contextlib import contextmanager

import pytest

import paperlit
from paperlit import folders, pictures
from paperlit.core import Notice, papers_table

SAID = 'Trees are hard to weigh. We introduce {0}Net, which weighs them from one photograph. On OakBench, {0}Net outperforms a tape measure by 3.2% in accuracy.'


def table(n=3): return papers_table([dict(title=f'On tree {i}', abstract=SAID.format('Oak'*(i + 1)), authors=['Roe, Ann'], year=2001 + i, source='trees.txt', record=f'L{i+1}') for i in range(n)])


def written(papers, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        return paperlit.write_review(papers, progress=False, **kwargs)


def state(folder): return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob('*')) if p.is_file() and p.name != 'run.json'}


class Crash:
    "Counts what is written, moved and made; the `at`th of them fails"
    def __init__(self, at): self.at, self.n = at, 0
    def step(self):
        self.n += 1
        if self.n == self.at: raise OSError(errno.ENOSPC, 'No space left on device')


def failing(patch, at):
    crash = Crash(at)
    def wrap(owner, name, counts=lambda *a, **k: True):
        real = getattr(owner, name)
        def do(*args, **kwargs):
            if counts(*args, **kwargs): crash.step()
            return real(*args, **kwargs)
        patch.setattr(owner, name, do)
    to_write = lambda file, mode='r', *a, **k: any(c in mode for c in 'wax+')
    wrap(builtins, 'open', to_write)
    wrap(io, 'open', to_write)
    wrap(pathlib.Path, 'mkdir'); wrap(pathlib.Path, 'replace'); wrap(pathlib.Path, 'write_text'); wrap(pathlib.Path, 'write_bytes'); wrap(os, 'fsync')
    return crash


@pytest.fixture(scope='module')
def two(): return written(table(3)), written(table(4))


@pytest.fixture
def quick(monkeypatch):
    "Figures and disks that cost nothing: what is tried here is the writing"
    import base64
    monkeypatch.setattr(os, 'fsync', lambda handle: None)
    dot = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNg+M8AAAICAQDMfvvXAAAAAElFTkSuQmCC')
    monkeypatch.setattr(pictures, 'picture', lambda ax, dpi, kind='png': dot)
    monkeypatch.setattr(pictures, 'smaller', lambda png, share: png)
    monkeypatch.setattr(pictures, 'drawn', contextmanager(lambda plot, table: (None for _ in '1')))


def test_every_crash_point_of_a_review_leaves_the_old_one(two, tmp_path, quick, monkeypatch):
    old, new = two
    folder = tmp_path/'review'
    old.save(folder)
    before, at = state(folder), 0
    outcomes = []
    while True:
        at += 1
        with monkeypatch.context() as patch:
            crash = failing(patch, at)
            try: new.save(folder)
            except OSError: outcomes.append(at)
            else: break
        assert crash.n >= at and state(folder) == before, at
        assert [p.name for p in tmp_path.iterdir()] == ['review'], at
    assert len(outcomes) > 40 and state(folder) != before


@pytest.mark.parametrize('suffix', ['.parquet', '.jsonl', '.csv', '.xlsx', '.bib', '.ris'])
def test_every_crash_point_of_save_leaves_the_old_file(tmp_path, suffix, monkeypatch):
    path, half = paperlit.save(table(3), tmp_path/f'p{suffix}'), []
    before, at = path.read_bytes(), 0
    while True:
        at += 1
        with monkeypatch.context() as patch:
            failing(patch, at)
            try: paperlit.save(table(4), path)
            except OSError: pass
            else: break
        old = path.read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == [path.name] and (old or len(paperlit.load(path, progress=False)) == 4), at
        if not old: path.write_bytes(before); half.append(at)
    assert at > 2 and path.read_bytes() != before and half in ([], [at - 1]) # A folder that cannot be brought to the disk is told, although the file is new


def test_a_half_written_file_would_be_seen(two, tmp_path, quick, monkeypatch):
    old, new = two
    old.save(tmp_path/'review')
    before = state(tmp_path/'review')
    def half(moves):
        for a, b in moves[:5]: b.parent.mkdir(parents=True, exist_ok=True); a.replace(b)
        raise OSError(errno.EIO, 'Input/output error')
    monkeypatch.setattr(folders, 'rename', half)
    with pytest.raises(OSError): new.save(tmp_path/'review')
    assert state(tmp_path/'review') != before


def killed(at, do, within):
    "Do it in a process that is killed before the `at`th file that it opens to write, moves, makes, removes or brings to the disk; gives whether it came so far"
    process = os.fork()
    if process: return os.waitpid(process, 0)[1] != 0
    count = [0]
    def step(name=None):
        if name is not None and not str(name).startswith(str(within)): return
        count[0] += 1
        if count[0] == at: os.kill(os.getpid(), signal.SIGKILL)
    def hook(event, args):
        if event in ('os.rename', 'os.mkdir', 'os.remove', 'os.rmdir') or (event == 'open' and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)): step(args[0])
    try:
        sys.addaudithook(hook)
        real, os.fsync = os.fsync, lambda handle: (step(), real(handle))
        do()
        os._exit(0)
    except BaseException: os._exit(0 if count[0] < at else 3)


MINE = {'mine.txt': b'mine', 'figures/mine.png': b'mine'}


@pytest.fixture
def changing(two, tmp_path, quick):
    "A function that gives an old review with a user's own files, and in its workplace the new one, ready to move; and how the two look"
    old, new = two
    for folder, review in (('old', old), ('new', new)): review.save(tmp_path/folder/'review')
    before, after = (state(tmp_path/d/'review') | MINE for d in ('old', 'new'))
    for name, said in MINE.items(): (tmp_path/'old'/'review'/name).write_bytes(said)
    shutil.copytree(tmp_path/'new'/'review', tmp_path/'old'/'.review-abcdefgh.paperlit'/'new')
    (tmp_path/'old'/'.review-abcdefgh.paperlit'/'lock').touch()
    def start():
        shutil.rmtree(tmp_path/'try', ignore_errors=True)
        shutil.copytree(tmp_path/'old', tmp_path/'try')
        return tmp_path/'try'/'review', tmp_path/'try'/'.review-abcdefgh.paperlit'
    return start, before, after


def counted():
    at = 0
    while True: yield (at := at + 1)


def move_in(place, folder):
    "As a save does it, which holds its workplace meanwhile"
    with open(place/'lock', 'r+') as lock: assert folders._lock(lock); folders.move_in(place, folder)


FORKS = pytest.mark.skipif(not hasattr(os, 'fork'), reason='no fork')


@FORKS
def test_killed_at_every_step_of_the_moves(changing):
    start, before, after = changing
    outcomes, half = [], 0
    for at in counted():
        folder, place = start()
        was_killed = killed(at, lambda: move_in(place, folder), folder.parent)
        half += state(folder) not in (before, after)
        folders.recover(folder)
        assert state(folder) in (before, after) and [p.name for p in folder.parent.iterdir()] == ['review'], at
        outcomes.append(state(folder) == after)
        if not was_killed: break
    assert half > 20 and outcomes == sorted(outcomes) and not outcomes[0]


@FORKS
def test_killed_at_every_step_of_the_recovery(changing):
    start, before, after = changing
    for at in counted():
        folder, place = start()
        moves = lambda: move_in(place, folder)
        assert killed(90, moves, folder.parent) and state(folder) not in (before, after)
        was_killed = killed(at, lambda: folders.recover(folder), folder.parent)
        folders.recover(folder)
        assert state(folder) == after and [p.name for p in folder.parent.iterdir()] == ['review'], at
        if not was_killed: break
    assert at > 10


@FORKS
def test_killed_while_it_saves(two, changing):
    new, (start, before, after) = two[1], changing
    folder, _ = start()
    folders.recover(folder)
    for at in counted():
        at *= 1 if os.environ.get('LONG') else 20
        was_killed = killed(at, lambda: new.save(folder), folder.parent)
        if not was_killed: break
        folders.recover(folder)
        assert state(folder) in (before, after) and [p.name for p in folder.parent.iterdir()] == ['review'], at
        if state(folder) == after: folder, _ = start(); folders.recover(folder)
    assert state(folder) == after and at >= 200


@FORKS
@pytest.mark.parametrize('suffix', ['.parquet', '.jsonl', '.csv', '.xlsx', '.bib', '.ris'])
def test_killed_at_every_step_of_save(tmp_path, suffix):
    path = paperlit.save(table(3), tmp_path/f'p{suffix}')
    before = path.read_bytes()
    for at in counted():
        was_killed = killed(at, lambda: paperlit.save(table(4), path), tmp_path)
        if not was_killed: break
        old = path.read_bytes() == before
        assert old or len(paperlit.load(path, progress=False)) == 4, at
        if not old: paperlit.save(table(3), path)
    assert at >= 3 and not old and len(paperlit.load(path, progress=False)) == 4


CHILD = '''
import pathlib, sys, time
sys.path.insert(0, {tests!r})
from test_faults import table, written
real = pathlib.Path.write_bytes
review = written(table(4))
def slow(self, data):
    print('writing', flush=True); time.sleep(30)
    return real(self, data)
pathlib.Path.write_bytes = slow
review.save({folder!r})
'''


@pytest.mark.skipif(sys.platform == 'win32', reason='there is no SIGKILL')
def test_killed_while_it_writes(two, tmp_path, quick):
    folder = tmp_path/'review'
    two[0].save(folder)
    before = state(folder)
    child = subprocess.Popen([sys.executable, '-c', CHILD.format(tests=str(pathlib.Path(__file__).parent), folder=str(folder))], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout.readline() == 'writing\n'
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert state(folder) == before


WATCHED = textwrap.dedent('''
    import os, socket, sys, warnings
    warnings.simplefilter('ignore')
    seen, may = [], tuple(os.path.realpath(p) for p in sys.argv[3:])
    def refuse(*a, **k): raise OSError('the network is off')
    for name in ('socket', 'create_connection', 'getaddrinfo', 'gethostbyname', 'create_server'): setattr(socket, name, refuse if name != 'socket' else type('socket', (socket.socket,), dict(__init__=refuse)))
    import paperlit
    from paperlit import dedupe, ledger, load, write_review
    def hook(event, args):
        if event == 'subprocess.Popen' and args[0] == 'lscpu': return  # joblib counts the cores
        if event.split('.')[0] in ('socket', 'urllib', 'ftplib', 'smtplib') or event in ('subprocess.Popen', 'os.system', 'os.exec', 'os.posix_spawn', 'os.fork', 'pickle.find_class'): seen.append(f'{event} {args!r:.80}')
        if event == 'open' and isinstance(args[0], (str, bytes)) and os.path.exists(args[0]):
            path = os.path.realpath(os.fsdecode(args[0]))
            if not path.startswith(may): seen.append(f'open {path}')
    sys.addaudithook(hook)
    out = sys.argv[2]
    papers = dedupe(load(sys.argv[1], progress=False))
    write_review(papers, progress=False).save(out)
    if os.environ.get('LEAK'): import subprocess; subprocess.run(['true']); open('/etc/hostname').read()
    import json
    print(json.dumps(dict(papers=len(papers), seen=seen)))
''')


def watched(folder, out, **env):
    import json
    may = [folder, out.parent, sys.prefix, sys.base_prefix, pathlib.Path(paperlit.__file__).parent, pathlib.Path.home()/'.cache'/'matplotlib', pathlib.Path.home()/'.config'/'matplotlib', '/usr/share', '/usr/lib', '/proc', '/sys', '/dev/null', '/etc/fonts', '/etc/mime.types', '/usr/local/share']
    done = subprocess.run([sys.executable, '-c', WATCHED, str(folder), str(out), *map(str, may)], capture_output=True, text=True, env=os.environ | env | dict(PYTHONDONTWRITEBYTECODE='1'))
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def hostile_folder(folder):
    "Records that point at files, commands, pickles and addresses, beside good ones"
    folder.mkdir()
    target = '/etc/passwd'
    fields = f'url={{file://{target}}}, file={{:{target}:PDF}}, abstract={{\\input{{{target}}} \\write18{{touch hit}} We weigh oaks and ashes. {{{{7*7}}}}}}'
    (folder/'a.bib').write_text(''.join(f'@article{{k{n}, title={{On tree {n} and {n*7} ways of weighing}}, {fields}}}\n' for n in range(8)))
    (folder/'b.ris').write_text(f'TY  - JOUR\nTI  - On elms\nL1  - file://{target}\nUR  - http://attacker.invalid/\nER  - \n')
    (folder/'c.pkl').write_bytes(b'cos\nsystem\n(S"touch hit"\ntR.')
    (folder/'d.jsonl').write_text('{"title": "On yews", "__reduce__": "os.system", "url": "file:///etc/passwd"}\n')
    (folder/'e.xml').write_text(f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{target}">]><PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>On firs &x;</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>')
    (folder/'f.cff').write_text('cff-version: 1.2.0\ntitle: !!python/object/apply:os.system ["touch hit"]\n')
    return folder


def test_main_job_needs_no_network_and_touches_nothing_else(tmp_path):
    found = watched(hostile_folder(tmp_path/'papers'), tmp_path/'review')
    assert found['papers'] >= 9 and found['seen'] == []
    assert not (tmp_path/'hit').exists() and 'root:' not in (tmp_path/'review'/'review.md').read_text()


def test_a_leak_is_seen(tmp_path):
    found = watched(hostile_folder(tmp_path/'papers'), tmp_path/'review', LEAK='1')
    assert any('subprocess' in s for s in found['seen']) and any('/etc/hostname' in s for s in found['seen'])
