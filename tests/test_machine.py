"What the machine does to a run: no room, no permission, no memory, an output that is closed, Ctrl-C; one sentence, and nothing is lost"
import errno
import os
import subprocess
import sys
import time
from queue import Empty

import pytest
from test_faults import quick, state, table, two  # noqa: F401
from test_keeping import names, source  # noqa: F401

import paperlit
from paperlit import cli, review
from paperlit.remedies import REMEDIES
from paperlit.sources import demo_corpus

POSIX = pytest.mark.skipif(sys.platform == 'win32', reason='limits and signals of POSIX')
LONG = bool(os.environ.get('LONG'))
START = 'import sys; from paperlit.cli import main; sys.exit(main())'


def command(*arguments, before='', **kwargs):
    "A command in a process of its own, in which something is done before"
    kwargs['env'] = os.environ | dict(PAPERLIT_WORKERS='1') | kwargs.get('env', {})
    return subprocess.run([sys.executable, '-c', f'{before}\n{START}', *map(str, arguments)], capture_output=True, encoding='utf-8', timeout=300, **kwargs)


def check_sentence(done, *words, code=1):
    "It ended with one plain sentence that holds the words"
    said = done.stderr
    assert done.returncode == code and said.startswith('paperlit: ') and said.count('\n') == 1 and 'Traceback' not in said and 'inside paperlit' not in said, (done.returncode, said)
    for word in words: assert word in said, (word, said)


@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EMFILE])
@pytest.mark.parametrize('what', ['load', 'review', 'brief', 'new'])
def test_an_error_of_the_disk_is_told_with_place_and_cure(what, number, source, tmp_path, monkeypatch, capsys, two, quick):
    out = tmp_path/'out'/('p.parquet' if what == 'load' else 'b.md' if what == 'brief' else 'folder')
    out.parent.mkdir()
    monkeypatch.setattr(review, 'write_review', lambda papers, **_: two[0])
    def broken(handle): raise OSError(number, os.strerror(number))
    monkeypatch.setattr(os, 'fsync', broken)
    code = cli.main(dict(load=['load', str(source), '--out', str(out)], review=['review', str(source), '--out', str(out)], brief=['brief', str(source), '--key', 'roe2001tree', '--out', str(out)], new=['new', str(out)])[what])
    said = capsys.readouterr().err
    assert code == 1 and said.count('\n') == 1 and str(out) in said and all(part in said for part in REMEDIES[number]) and '.part' not in said and '.paperlit' not in said, said
    assert [p for p in names(tmp_path/'out') if p not in ('folder', 'folder/sources')] == []


@POSIX
def test_real_errors_of_writing(source, tmp_path):
    "No file may become larger than 512 bytes: an error of the system at a write, that says no name"
    (tmp_path/'out').mkdir()
    limit = 'import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))'
    for suffix in ('csv', 'parquet', 'jsonl', 'bib', 'ris', 'xlsx') if LONG else ('csv', 'parquet'):
        check_sentence(command('load', source, '--out', tmp_path/'out'/f'x.{suffix}', before=limit), f'x.{suffix}', 'larger than a file may be')
    check_sentence(command('load', source, '--ledger', tmp_path/'out'/'l.csv', '--out', tmp_path/'x.csv', before=limit), 'l.csv', 'larger than a file may be')
    assert list((tmp_path/'out').iterdir()) == []


def test_an_output_that_cannot_show_a_sign(source):
    done = command('brief', source, '--key', 'roe2001tree', env=dict(PYTHONIOENCODING='ascii', LC_ALL='C'))
    assert done.returncode == 0 and '\\u2014' in done.stdout and done.stderr == ''


@POSIX
def test_an_output_that_is_closed_or_full(source):
    line = f"{sys.executable} -c '{START}' search {source} --query trees"
    run = lambda rest: subprocess.run(['bash', '-c', f'{line} {rest}'], capture_output=True, text=True, timeout=200)
    done = run('| head -0; echo ${PIPESTATUS[0]}')
    assert done.stdout in ('141\n', '0\n') and done.stderr == ''
    if os.path.exists('/dev/full'): check_sentence(run('> /dev/full'), 'the output, or a file without a name', 'the disk is full')
    assert run('>&-').returncode == 0


@POSIX
def test_files_that_cannot_be_opened_any_more(tmp_path):
    before = 'import nbformat, resource, paperlit.cli, paperlit.templating; nbformat.v4.new_notebook(); resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))'
    check_sentence(command('new', tmp_path/'project', before=before), 'too many files are open', 'ulimit -n')
    assert not list(tmp_path.rglob('*.ipynb'))


@POSIX
def test_the_folder_that_one_stands_in_is_gone(source, tmp_path):
    done = command('load', source, '--out', 'p.csv', before=f'import os; os.makedirs({str(tmp_path/"gone")!r}); os.chdir({str(tmp_path/"gone")!r}); os.rmdir({str(tmp_path/"gone")!r}); import sys; sys.path.insert(0, {os.path.dirname(os.path.dirname(paperlit.__file__))!r})')
    check_sentence(done, 'the current folder is gone')


LITTLE = '''
import resource, sys
import sklearn.cluster, matplotlib.pyplot, paperlit.review, paperlit.sources, paperlit.duplicates
now = int(open('/proc/self/statm').read().split()[0])*resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + {mb}*2**20,)*2)
'''


@pytest.mark.skipif(not os.path.exists('/proc/self/statm'), reason='the size of a process is asked from Linux')
@pytest.mark.parametrize('mb', [0, 10, 20, 40, 60, 80, 100, 130, 160, 200] if LONG else [120])
def test_little_memory(mb, source, tmp_path, two, quick):
    two[0].save(tmp_path/'review')
    before = state(tmp_path/'review')
    check_sentence(command('review', source, '--out', tmp_path/'review', before=LITTLE.format(mb=mb)), 'there is too little memory', 'end other programs')
    assert state(tmp_path/'review') == before and sorted(p.name for p in tmp_path.iterdir()) == ['in', 'review']


@pytest.mark.parametrize('stage', ['gather', 'fit_topics', '_save_figures', '_write_tables', '_write_documents', 'move_in'])
def test_no_memory_in_the_middle_of_a_stage(stage, source, tmp_path, two, quick, monkeypatch, capsys):
    two[0].save(tmp_path/'review')
    before = state(tmp_path/'review')
    def none(*_, **__): raise MemoryError
    monkeypatch.setattr(review, stage, none)
    assert cli.main(['review', str(source), '--out', str(tmp_path/'review')]) == 1
    assert capsys.readouterr().err.startswith('paperlit: there is too little memory') and state(tmp_path/'review') == before


STOPPED = ('import sys, time, threading, os, signal\n'
           'wait = float(os.environ["AFTER"])\n'
           'def stop():\n time.sleep(wait); os.killpg(os.getpgid(0), signal.SIGINT)\n'
           'import paperlit.review, paperlit.sources, paperlit.duplicates, sklearn.cluster, matplotlib.pyplot\n'
           'threading.Thread(target=stop, daemon=True).start()')


@POSIX
@pytest.mark.parametrize('after', [n/4 for n in range(1, 41)] if LONG else [1.5])
def test_ctrl_c_at_any_moment(after, tmp_path, two, quick):
    "As a terminal sends it: to all processes that were started"
    two[0].save(tmp_path/'review')
    before = state(tmp_path/'review')
    done = command('review', demo_corpus(), '--out', tmp_path/'review', before=STOPPED, env=dict(AFTER=str(after), PAPERLIT_WORKERS='2'), start_new_session=True)
    if done.returncode == 0: return
    check_sentence(done, 'stopped', code=130)
    assert state(tmp_path/'review') == before and [p.name for p in tmp_path.iterdir()] == ['review']


TURNED = """
import argparse, os, signal, sys, time
from paperlit import cli
def work(args):
    try: os.kill(os.getpid(), signal.SIGINT); time.sleep(5)
    except KeyboardInterrupt: raise ValueError('Invalid bounding box') from None
parser = argparse.ArgumentParser()
parser.set_defaults(run=work, debug=False)
cli.parser_for_cli = lambda: parser
sys.argv = ['paperlit']
sys.exit(cli.main())
"""


@POSIX
def test_a_stop_of_which_a_library_makes_another_error():
    "As Matplotlib's compiled code did: what it raised instead said nothing to the user"
    done = subprocess.run([sys.executable, '-c', TURNED], capture_output=True, text=True, env=os.environ | dict(PYTHONPATH=os.path.dirname(os.path.dirname(paperlit.__file__))))
    check_sentence(done, 'stopped', code=130)


# A kernel of Jupyter

KERNEL = '''
import os, warnings
warnings.simplefilter('ignore')
os.chdir({folder!r})
import paperlit, sklearn.cluster, matplotlib.pyplot
from paperlit import *
papers = load({source!r}, progress=False)
review = write_review(papers, progress=False); review.save('review')
'''
CELLS = {'load': 'other = load(*["{source}"]*60)', 'topics': 'for n in range(99): topics = fit_topics(papers)', 'review': 'for n in range(99): review = write_review(papers)', 'save': 'for n in range(99): review.save("review")'}


@pytest.fixture
def kernel(tmp_path):
    "Runs a cell and gives how it ended; after some seconds the user stops it"
    from jupyter_client.manager import start_new_kernel
    manager, client = start_new_kernel(kernel_name='python3', env=os.environ | dict(IPYTHONDIR=str(tmp_path/'ipython'), PYTHONPATH=os.path.dirname(os.path.dirname(paperlit.__file__))))
    def run(code, stop_after=None):
        asked = client.execute(code)
        if stop_after is not None: time.sleep(stop_after); manager.interrupt_kernel()
        for _ in range(6):
            try:
                while (reply := client.get_shell_msg(timeout=40))['parent_header'].get('msg_id') != asked: pass
                break
            except Empty:
                if stop_after is not None: manager.interrupt_kernel() # One that falls into a callback of compiled code is lost, and a user stops again
        return reply['content'].get('ename', 'ok'), reply['content'].get('evalue', '')
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@POSIX
def test_a_cell_that_is_stopped_in_jupyter_can_be_run_again(kernel, tmp_path):
    "What earlier cells made is there, the folder holds a whole review, and the cell runs"
    source, folder = str(demo_corpus()), tmp_path/'work'
    folder.mkdir()
    assert kernel(KERNEL.format(folder=str(folder), source=source)) == ('ok', '')
    before = state(folder/'review')
    for what, cell in CELLS.items() if LONG else list(CELLS.items())[1::2]:
        for after in (.3, 1, 2.1) if LONG else (1.5,):
            assert kernel(cell.replace('{source}', source), stop_after=after)[0] == 'KeyboardInterrupt', what
            assert kernel('assert len(papers) == 66 and review.verify().empty') == ('ok', ''), what
            assert state(folder/'review') == before and [p.name for p in folder.iterdir()] == ['review'], what
    assert kernel('review = write_review(load("review/papers.parquet", progress=False)); review.save("review")') == ('ok', '')
