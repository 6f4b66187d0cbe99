"The topics of a large corpus are the same however the work is divided, and a run that something befell goes on"
import contextlib
import errno
import functools
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import paperlit
from paperlit import cli
from paperlit.core import Notice, SourceError

dask = pytest.importorskip('dask.dataframe', reason='dask is not installed: pip install "paperlit[scale]"')
distributed = pytest.importorskip('distributed', reason='distributed is not installed: pip install "paperlit[scale]"')
from dask import config
from paperlit import scale
from paperlit.pieces import pieces_of, read_piece

PLACES = 'forest garden marsh meadow orchard harbour river valley'.split()
ABOUT = ['Old oaks of the {} grow rings of wood and shed leaves and acorns in year {}', 'Small wrens of the {} sing at dawn, nest and feed on flies and spiders in year {}',
         'Wooden boats near the {} carry sails, oars and ropes past the quay in year {}']
ROWS = [dict(title=f'Note {i} on the {PLACES[i % 8]}', abstract=ABOUT[i % 3].format(PLACES[i % 8], 1900 + i)) for i in range(96)]
OPTIONS = dict(n_topics=3, sample=40, progress=False)


def notes(folder, parts=4):
    "A Parquet file with so many row groups"
    path = folder/f'notes{parts}.parquet'
    pd.DataFrame(ROWS).to_parquet(path, row_group_size=len(ROWS)//parts)
    return path


def told(large):
    "What must not depend on how the work was divided"
    papers = large.papers.compute().sort_values('record', key=lambda s: s.str[4:].astype(int))
    return papers.topic.tolist(), papers.strength.round(3).tolist(), large.table.words.tolist(), large.table.label.tolist(), large.table['size'].tolist()


@pytest.fixture(scope='module')
def expected(tmp_path_factory):
    "Of one partition in one process"
    folder = tmp_path_factory.mktemp('expected')
    return told(scale.fit_large(scale.scan(notes(folder, 1)), out=folder/'out', **OPTIONS))


@pytest.fixture(scope='module')
def workers():
    "A function that gives a client of so many workers; each number has a cluster of its own, since one that shrinks may trip over a worker that it counted away"
    with contextlib.ExitStack() as stack:
        @functools.cache
        def start(n):
            cluster = stack.enter_context(distributed.LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address=None, silence_logs='CRITICAL'))
            return stack.enter_context(distributed.Client(cluster))
        yield start


def test_subjects_are_the_topics(expected):
    assert pd.crosstab([i % 3 for i in range(96)], expected[0]).astype(bool).to_numpy().sum() == 3
    assert expected[-1] == [32, 32, 32] and all(len(words) > 3 for words in expected[2])


@pytest.mark.parametrize('parts', [2, 4])
def test_partitions_change_nothing(parts, expected, tmp_path):
    papers = scale.scan(notes(tmp_path, parts))
    assert papers.npartitions == parts
    assert told(paperlit.fit_topics(papers, out=tmp_path/'out', **OPTIONS)) == expected


@pytest.mark.parametrize('n', [1, 2, 4])
def test_workers_change_nothing(n, expected, workers, tmp_path):
    assert told(scale.fit_large(scale.scan(notes(tmp_path)), out=tmp_path/'out', client=workers(n), **OPTIONS)) == expected


def test_fit_topics_refuses_options_of_large_corpora():
    with pytest.raises(TypeError, match='only for a Dask DataFrame'): paperlit.fit_topics(paperlit.load(pd.DataFrame(ROWS)), out='somewhere')


def deadly(piece, marker):
    "A partition that ends the worker that reads it first"
    if piece.start == 48 and not Path(marker).exists(): Path(marker).touch(); os.kill(os.getpid(), signal.SIGKILL)
    return read_piece(piece)


def test_a_worker_that_is_killed_changes_nothing(expected, workers, tmp_path):
    cloudpickle = pytest.importorskip('cloudpickle')
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    with config.set({'dataframe.convert-string': False}): papers = dask.from_map(deadly, pieces_of([notes(tmp_path)]), marker=str(tmp_path/'marker'), meta=scale.papers_table([]), enforce_metadata=False)
    assert told(scale.fit_large(papers, out=tmp_path/'out', client=workers(2), **OPTIONS)) == expected
    assert (tmp_path/'marker').exists()


@pytest.mark.parametrize('stage', ['_lean', '_place'])
def test_a_run_that_is_killed_goes_on(stage, expected, tmp_path):
    code = f'''if True:
        import os, signal, sys
        from paperlit import scale
        done, real = [], scale.{stage}
        def third(*args):
            done.append(1)
            if len(done) == 3: os.kill(os.getpid(), signal.SIGKILL)
            return real(*args)
        scale.{stage} = third
        scale.fit_large(scale.scan(sys.argv[1]), out=sys.argv[2], **{OPTIONS!r})'''
    path, out = notes(tmp_path), tmp_path/'out'
    done = subprocess.run([sys.executable, '-c', code, path, out], capture_output=True, text=True, env=os.environ | {'PYTHONPATH': str(Path(paperlit.__file__).parents[1])})
    assert done.returncode == -signal.SIGKILL, done.stderr
    written = {p: p.stat().st_mtime_ns for kind in ('texts', 'topics') for p in (out/kind).glob('*.parquet')}
    assert len(written) == (2 if stage == '_lean' else 6)
    assert told(scale.fit_large(scale.scan(path), out=out, **OPTIONS)) == expected
    assert all(p.stat().st_mtime_ns == then for p, then in written.items())


def run(capsys, *arguments):
    code = cli.main(['topics', *map(str, arguments), '--topics', '3', '--sample', '40'])
    return code, *capsys.readouterr()


def test_command_says_where_the_topics_lie(capsys, tmp_path):
    code, out, _ = run(capsys, notes(tmp_path), '--out', tmp_path/'out')
    assert code == 0 and '96 records read: 96 kept, 0 rejected. 3 topics lie in' in out


def test_a_scheduler_that_is_not_there(capsys, tmp_path):
    code, _, err = run(capsys, notes(tmp_path), '--out', tmp_path/'out', '--scheduler', 'tcp://127.0.0.1:1')
    assert code == 1 and len(err.strip().splitlines()) == 1 and 'no Dask scheduler answers at tcp://127.0.0.1:1' in err


def test_files_that_are_not_there(capsys, tmp_path):
    code, _, err = run(capsys, tmp_path/'no.parquet', '--out', tmp_path/'out')
    assert code == 1 and 'no.parquet was not read: there is no such file' in err


def test_what_is_corrupt_is_named_and_the_rest_is_written(capsys, tmp_path):
    path, folder = notes(tmp_path), tmp_path/'papers'
    folder.mkdir()
    data = bytearray(path.read_bytes())
    (folder/'good.parquet').write_bytes(data)
    (folder/'short.parquet').write_bytes(data[:len(data)//2])
    data[30:500] = b'\xff' * 470
    (folder/'torn.parquet').write_bytes(data)
    code, out, err = run(capsys, folder, '--out', tmp_path/'out')
    assert code == 0 and '168 records read' in out
    named = [line for line in err.splitlines() if 'is left out' in line]
    assert '2 parts could not be read' in out and 'ledger.csv says why' in out
    assert len(named) == 2 and 'short.parquet' in named[0] and 'torn.parquet, rows 0 to 24' in named[1]
    assert len(scale.LargeTopics(tmp_path/'out').papers) == 168


def test_nothing_but_corrupt_files(capsys, tmp_path):
    (tmp_path/'bad.parquet').write_bytes(notes(tmp_path).read_bytes()[:300])
    code, _, err = run(capsys, tmp_path/'bad.parquet', '--out', tmp_path/'out')
    assert code == 1 and 'no partition could be read' in err and 'bad.parquet' in err


@pytest.mark.parametrize('kind, n, again', [('topics', 2, None), ('texts', 3, 2)])
def test_a_full_disk_loses_nothing(expected, workers, monkeypatch, tmp_path, kind, n, again):
    "While papers are placed and while they are read; the run goes on in this process and on workers"
    path, out, real = notes(tmp_path), tmp_path/'out', scale._write
    def full(path, data):
        if path.name == f'part-0000{n}.parquet' and path.parent.name == kind: raise OSError(errno.ENOSPC, 'No space left on device', str(path))
        real(path, data)
    monkeypatch.setattr(scale, '_write', full)
    with pytest.raises(SourceError, match='no space left on device. What was written is kept: make room and start again'): scale.fit_large(scale.scan(path), out=out, **OPTIONS)
    monkeypatch.undo()
    assert len(list((out/kind).glob('part-*.parquet'))) == n and not list(out.rglob('.*.part'))
    assert told(scale.fit_large(scale.scan(path), out=out, client=again and workers(again), **OPTIONS)) == expected


def test_records_that_were_rejected_are_counted(tmp_path):
    rows = [*ROWS[:48], dict(title=None, abstract=None), *ROWS[48:]]
    pd.DataFrame(rows).to_json(tmp_path/'notes.jsonl', orient='records', lines=True)
    large = scale.fit_large(scale.scan(tmp_path/'notes.jsonl'), out=tmp_path/'out', **OPTIONS)
    assert large.ledger[['kept', 'rejected']].sum().tolist() == [96, 1]
    assert pd.read_csv(tmp_path/'out'/'rejected.csv').record.tolist() == ['L49']


def test_a_scheduler_that_goes_away_loses_nothing(expected, monkeypatch, tmp_path):
    path, out, real = notes(tmp_path), tmp_path/'out', scale._there
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs='CRITICAL') as cluster:
        client = distributed.Client(cluster)
        def gone(client, tasks):
            results = real(client, tasks)
            yield next(results)
            client.close()
            yield from results
        monkeypatch.setattr(scale, '_there', gone)
        with pytest.raises(SourceError, match='the Dask scheduler has gone: start again'): scale.fit_large(scale.scan(path), out=out, client=client, **OPTIONS)
    monkeypatch.undo()
    written = {p: p.stat().st_mtime_ns for p in (out/'texts').glob('*.parquet')}
    assert written and told(scale.fit_large(scale.scan(path), out=out, **OPTIONS)) == expected
    assert all(p.stat().st_mtime_ns == then for p, then in written.items())


def test_a_part_that_was_damaged_after_it_was_written_is_named_and_the_rest_is_placed(expected, tmp_path):
    path, out = notes(tmp_path), tmp_path/'out'
    scale.fit_large(scale.scan(path), out=out, **OPTIONS)
    for kind, n in (('topics', 1), ('words', 1)): next((out/kind).glob(f'part-0000{n}.*')).unlink()
    (out/'topics.parquet').unlink()
    (out/'texts'/'part-00001.parquet').write_bytes(b'PAR1 but torn')
    with pytest.warns(Notice, match='partition 1 is left out'): large = scale.fit_large(scale.scan(path), out=out, **OPTIONS)
    assert large.ledger.reason.notna().tolist() == [False, True, False, False] and large.table['size'].sum() == 72
    assert 'start again, and the partition is read anew' in large.ledger.reason[1]
    assert (out/'texts'/'part-00001.parquet.damaged').read_bytes() == b'PAR1 but torn'
    assert told(scale.fit_large(scale.scan(path), out=out, **OPTIONS)) == expected


def test_bars_say_what_is_left_and_only_on_a_terminal(monkeypatch, tmp_path):
    class Screen(io.StringIO):
        def isatty(self): return True
    import tqdm
    real = tqdm.tqdm
    monkeypatch.setattr(tqdm, 'tqdm', lambda *a, **k: real(*a, **k | dict(delay=0, mininterval=0)))
    for screen, seen in ((Screen(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, 'stderr', screen)
        scale.fit_large(scale.scan(notes(tmp_path)), out=tmp_path/str(seen), **OPTIONS | dict(progress=True))
        assert ('read: 100%' in screen.getvalue() and 'place:  75%' in screen.getvalue()) == seen and bool(screen.getvalue()) == seen
