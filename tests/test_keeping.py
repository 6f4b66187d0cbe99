"What was there is kept: kills and errors between any two steps, other processes, odd places, a clock that goes back, a user who writes meanwhile"
import datetime
import errno
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest
from test_faults import FORKS, counted, killed, quick, state, table, two  # noqa: F401

import paperlit
from paperlit import backups, cli, explorer, files, folders, review, topics
from paperlit.core import Notice

pytestmark = pytest.mark.filterwarnings('ignore:only .* papers')
LONG = bool(os.environ.get('LONG'))


@pytest.fixture
def source(tmp_path):
    path = tmp_path/'in'/'trees.bib'
    paperlit.save(table(20), path)
    return path


def names(folder): return sorted(p.relative_to(folder).as_posix() for p in folder.rglob('*'))


def writers(source, out):
    "Every way to write at a path that the user names: what it is called with, and where it writes"
    papers = paperlit.load(source, progress=False)
    fitted = topics.fit_topics(papers, n_topics=2, progress=False)
    run = lambda *a: lambda: sys.stdout.isatty() if cli.main([str(x) for x in a]) == 0 else failed()
    def failed(): raise OSError(errno.EIO, 'told by the command')
    return {'save': lambda: paperlit.save(papers, out/'p.csv'), 'ledger': run('load', source, '--out', out/'p.bib', '--ledger', out/'l.csv'), 'brief': run('brief', source, '--key', papers.index[0], '--out', out/'b.md'),
            'new': run('new', out/'project', '--templates'), 'map': lambda: explorer.explore(papers, fitted, progress=False).save(out/'map.html'), 'topics': lambda: fitted.save(out/'model')}


WAYS = ['save', 'ledger', 'brief', 'new', 'map', 'topics']


@FORKS
@pytest.mark.parametrize('what', WAYS)
def test_no_file_is_half_written_after_a_kill(what, source, tmp_path):
    out = tmp_path/'out'
    out.mkdir()
    do = writers(source, out)[what]
    do()
    whole = {n: (out/n).read_bytes() for n in names(out) if (out/n).is_file()}
    assert whole
    for at in counted():
        if what == 'new' and not LONG: at = 5*at - 3
        shutil.rmtree(out); out.mkdir()
        was_killed = killed(at, do, out)
        folders.recover(out/'model')
        for n in names(out):
            if (out/n).is_file() and '.part' not in n: assert (out/n).read_bytes() == whole[n], (at, n)
        if not was_killed: break
    assert at > 2 and {n: (out/n).read_bytes() for n in names(out) if (out/n).is_file()} == whole


@FORKS
def test_topics_are_the_old_or_the_new_ones_at_every_kill(source, tmp_path):
    "Three files that belong together"
    papers = paperlit.load(source, progress=False)
    old, new = (topics.fit_topics(papers, n_topics=n, progress=False) for n in (2, 3))
    new.save(tmp_path/'n'/'model'); old.save(tmp_path/'o'/'model')
    before, after = state(tmp_path/'o'/'model'), state(tmp_path/'n'/'model')
    seen = set()
    for at in counted():
        shutil.rmtree(tmp_path/'o'); old.save(tmp_path/'o'/'model')
        was_killed = killed(at, lambda: new.save(tmp_path/'o'/'model'), tmp_path/'o')
        n = len(topics.Topics.load(tmp_path/'o'/'model').table)
        assert state(tmp_path/'o'/'model') == (before if n == 2 else after), at
        seen.add((was_killed, n))
        if not was_killed: break
    assert seen >= {(True, 2), (True, 3), (False, 3)}


@FORKS
def test_nothing_is_lost_where_moves_fail_and_cannot_be_undone(two, tmp_path, quick, monkeypatch):
    "Permission, or the disk, is lost midway: from some step on every move fails, those back too"
    folder, (old, new) = tmp_path/'review', two
    old.save(folder); new.save(tmp_path/'other'/'review')
    before, after = state(folder), state(tmp_path/'other'/'review')
    shutil.rmtree(tmp_path/'other')
    outcomes, real = [], pathlib.Path.replace
    for at in (1, 2, 5, 30, 46, 60):
        with monkeypatch.context() as patch:
            n = iter(range(1, 999))
            def replace(self, target):
                if self.name != 'moves.json.part' and next(n) >= at: raise OSError(errno.EACCES, 'Permission denied', str(self))
                return real(self, target)
            patch.setattr(pathlib.Path, 'replace', replace)
            with pytest.raises(OSError) as caught: new.save(folder)
        assert caught.value.filename == str(folder) or caught.value.filename.startswith(str(folder)), caught.value
        if state(folder) != before: assert any('wait in' in note for note in caught.value.__notes__)
        folders.recover(folder)
        outcomes.append({str(before): 'old', str(after): 'new'}.get(str(state(folder)), 'mixed'))
        assert names(tmp_path)[0] == 'review', names(tmp_path)[0]
        old.save(folder)
    assert set(outcomes) == {'old', 'new'}, outcomes


def test_a_second_process_first_finishes_what_a_dead_one_began(tmp_path):
    "The second had begun before the first died, so it could not see the journal when it looked for one"
    folder = tmp_path/'review'
    def put(at, **said):
        for name, text in said.items(): (at/name).parent.mkdir(parents=True, exist_ok=True); (at/name).write_text(text)
    put(folder, a='old', b='old', c='old')
    with folders.workplace(folder) as mine:
        put(mine/'new', a='second', b='second', c='second')
        dead = tmp_path/'.review-abcdefgh.paperlit'
        put(dead/'old', a='old'); put(dead/'new', b='first', c='first'); put(dead, lock='')
        (dead/'moves.json').write_text(json.dumps(dict(gone={f: [s.st_size, s.st_mtime_ns] for f in 'abc' for s in [(folder/f).stat()]}, files=['a', 'b', 'c'])))
        put(folder, a='first')
        folders.move_in(mine, folder)
    folders.recover(folder)
    assert state(folder) == dict(a=b'second', b=b'second', c=b'second') and names(tmp_path) == ['review', 'review/a', 'review/b', 'review/c']


TWO = '''
import sys; sys.path.insert(0, {tests!r})
from test_faults import table, written
review = written(table({n}))
print('ready', flush=True); sys.stdin.readline()
for _ in range(2): review.save({folder!r}, formats=['md', 'ipynb'])
'''


def test_two_processes_on_one_folder(tmp_path):
    folder = tmp_path/'review'
    for_each = [subprocess.Popen([sys.executable, '-c', TWO.format(tests=os.path.dirname(__file__), n=n, folder=str(folder))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for n in (3, 4)]
    for p in for_each: assert p.stdout.readline() == 'ready\n'
    for p in for_each: p.stdin.write('\n'); p.stdin.flush()
    for p in for_each: assert p.communicate(timeout=200)[1] == '' and p.returncode == 0
    n = len(paperlit.load(folder/'papers.parquet', progress=False))
    assert n in (3, 4) and len(paperlit.load(folder/'references.bib', progress=False)) == n and f'{n} records' in (folder/'review.md').read_text() and [p.name for p in tmp_path.iterdir()] == ['review']


@pytest.mark.skipif(sys.platform == 'win32', reason='there are no such locks')
def test_a_file_system_without_locks(two, tmp_path, quick, monkeypatch):
    import fcntl
    def none(*_): raise OSError(errno.ENOLCK, 'No locks available')
    monkeypatch.setattr(fcntl, 'flock', none)
    for made in two: made.save(tmp_path/'review')
    assert [p.name for p in tmp_path.iterdir()] == ['review'] and len(paperlit.load(tmp_path/'review'/'papers.parquet', progress=False)) == 4


def test_a_link_to_a_folder_elsewhere(two, tmp_path, quick):
    "A review on another disk, if there is one here, by a link"
    other = pathlib.Path('/dev/shm') if os.access('/dev/shm', os.W_OK) else tmp_path
    place = other/f'paperlit-{os.getpid()}'
    try:
        place.mkdir()
        (tmp_path/'review').symlink_to(place)
        for made in two: made.save(tmp_path/'review')
        assert (tmp_path/'review').is_symlink() and (place/'review.md').exists() and len(list(other.glob('.paperlit-*.paperlit'))) == 0
    finally: shutil.rmtree(place, ignore_errors=True)


@FORKS
def test_a_folder_around_which_nothing_may_be_written(two, tmp_path, quick):
    folder = tmp_path/'theirs'/'review'
    folder.mkdir(parents=True)
    for made in (*two, two[0]): made.save(tmp_path/'before', formats=['md', 'ipynb']) # All is imported before the rights go: Python itself may lie where another user cannot read
    for p in (tmp_path, *tmp_path.parents):
        if p.stat().st_uid == os.geteuid() and p.name.startswith(('pytest-', 'popen-', 'test_')): p.chmod(0o755)
    folder.chmod(0o777); (tmp_path/'theirs').chmod(0o555)
    process = os.fork()
    if not process:
        try:
            if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)
            for made in two: made.save(folder, formats=['md', 'ipynb'])
            os._exit(0)
        except BaseException as e: print(repr(e), file=sys.stderr); os._exit(1)
    assert os.waitpid(process, 0)[1] == 0
    (tmp_path/'theirs').chmod(0o755)
    assert len(paperlit.load(folder/'papers.parquet', progress=False)) == 4 and not [n for n in names(tmp_path) if n.endswith('.paperlit')]


def test_a_folder_that_vanishes_meanwhile(two, tmp_path, quick, monkeypatch):
    old, new = two
    old.save(tmp_path/'review')
    real = review._write_tables
    def gone(made, folder): shutil.rmtree(tmp_path/'review'); real(made, folder)
    monkeypatch.setattr(review, '_write_tables', gone)
    new.save(tmp_path/'review')
    assert len(paperlit.load(tmp_path/'review'/'papers.parquet', progress=False)) == 4
    monkeypatch.setattr(review, '_write_tables', lambda made, folder: (shutil.rmtree(folder.parent), real(made, folder)))
    with pytest.raises(OSError) as caught: new.save(tmp_path/'review')
    assert str(tmp_path/'review') in str(caught.value) and '.paperlit' not in str(caught.value) and len(paperlit.load(tmp_path/'review'/'papers.parquet', progress=False)) == 4


def test_a_clock_that_goes_back(two, tmp_path, quick, monkeypatch):
    "Copies are told by their numbers; files from the future and a clock that jumps change nothing"
    folder = tmp_path/'review'
    two[0].save(folder, formats=['ipynb', 'md'])
    for n, day in enumerate((datetime.date(2030, 5, 1), datetime.date(1970, 1, 1), datetime.date(2024, 2, 29))):
        class Clock(datetime.date):
            @classmethod
            def today(cls, day=day): return day
        monkeypatch.setattr(backups, 'date', Clock)
        monkeypatch.setattr(time, 'time', lambda n=n: 1e9 - n*1e8)
        made = json.loads((folder/'review.ipynb').read_text())
        made['cells'].insert(1, dict(cell_type='markdown', id=f'mine-{n}', metadata={}, source=f'Word {n}'))
        (folder/'review.ipynb').write_text(json.dumps(made))
        for p in folder.rglob('*'): os.utime(p, (4e9, 4e9))
        two[1].save(folder, formats=['ipynb', 'md'])
    copies = list(backups.backups(folder/'backups').values())
    assert [p.name[:11] for p in copies] == ['review-0001', 'review-0002', 'review-0003']
    assert [p.read_text().count('"Word ') for p in copies] == [1, 2, 3] and (folder/'review.md').read_text().count('Word ') == 3


@pytest.mark.parametrize('die', [False, True])
def test_what_is_written_into_the_notebook_while_the_review_is_made(die, two, tmp_path, quick, monkeypatch):
    "JupyterLab saves by itself, and the review was read before"
    folder = tmp_path/'review'
    two[0].save(folder, formats=['ipynb', 'md'])
    real = review._write_documents
    def meanwhile(*args):
        made = json.loads((folder/'review.ipynb').read_text())
        made['cells'].insert(1, dict(cell_type='markdown', id='late', metadata={}, source='Written late'))
        (folder/'review.ipynb').write_text(json.dumps(made))
        return real(*args)
    monkeypatch.setattr(review, '_write_documents', meanwhile)
    if not die:
        with pytest.warns(Notice, match='was changed while the review was made'): two[1].save(folder, formats=['ipynb', 'md'])
    elif hasattr(os, 'fork'):
        process = os.fork()
        if not process:
            monkeypatch.setattr(folders, '_end', lambda at: os.kill(os.getpid(), signal.SIGKILL))
            two[1].save(folder, formats=['ipynb', 'md']); os._exit(0)
        assert os.waitpid(process, 0)[1] != 0
        monkeypatch.setattr(review, '_write_documents', real)
        with pytest.warns(Notice, match='was changed while the review was made'): two[1].save(folder, formats=['ipynb', 'md'])
    else: return
    copies = list(backups.backups(folder/'backups').values())
    assert any('Written late' in p.read_text() for p in copies)


def test_a_hundred_runs_keep_the_fullest_copy(tmp_path):
    "Every second one is emptier, and the disk is full at each tenth"
    def notebook(*said): return json.dumps(dict(nbformat=4, cells=[dict(cell_type='markdown', source=s) for s in said])).encode()
    folder, full = tmp_path/'backups', notebook(*'abcdefghijkl')
    backups.back_up(full, folder, folder)
    for n in range(100):
        backups.back_up(notebook(*[f'{n}']*(1 + n % 3)), folder, folder)
        backups.prune(folder)
    left = [p.read_bytes() for p in backups.backups(folder).values()]
    assert full in left and len(left) <= backups.KEEP + 4 and [backups.amount_said(d)[0] for d in left[-3:]] == [1 + n % 3 for n in (97, 98, 99)]


def test_a_full_disk_at_the_backup_stops_the_review(two, tmp_path, quick, monkeypatch):
    folder = tmp_path/'review'
    two[0].save(folder, formats=['ipynb', 'md'])
    made = json.loads((folder/'review.ipynb').read_text())
    made['cells'].insert(1, dict(cell_type='markdown', id='mine', metadata={}, source='Mine'))
    (folder/'review.ipynb').write_text(json.dumps(made))
    before = state(folder)
    def full(path): raise OSError(errno.ENOSPC, 'No space left on device')
    monkeypatch.setattr(files, 'settle', full)
    with pytest.raises(OSError): two[1].save(folder, formats=['ipynb', 'md'])
    assert state(folder) == before
