"PDFs and old workbooks are read in a child process: what happens to it happens to one file, and its parent may be anywhere"
import os
import signal
import subprocess
import sys
import textwrap
import threading
import warnings

import pytest
from hostile_pdf import TITLE, content, doubling, pdf, stream, swelling

from paperlit import children, ledger, load
from paperlit.core import Notice, SourceError

ENCRYPTED = pdf(trailer=b'/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O(%s)/U(%s)>>/ID[(a)(a)]' % (b'o' * 32, b'u' * 32))
SWELLS = pdf(text=stream(content(b'/X Do')), resources=b'/XObject<</X 6 0 R>>', objects=doubling(30))
READER = '''
import os, time
def read(data):
    if data == b'loop':
        while True: pass
    if data == b'sleep': time.sleep(600)
    if data == b'swell': 'x' * 10**10
    if data == b'crash': os.abort()
    if data == b'write': open('/tmp/paperlit-child-wrote', 'w').write('x' * 10**6)
    if data == b'print': print('{"record": {"title": "forged"}}')
    yield dict(title=data.decode(), record='L1')
'''


@pytest.fixture
def reader(tmp_path, monkeypatch):
    (tmp_path/'reader_of_tests.py').write_text(READER)
    monkeypatch.syspath_prepend(str(tmp_path))
    children.end_children()
    yield children.apart('reader_of_tests:read', seconds=.3, per_mb=0)
    children.end_children()


@pytest.mark.skipif(os.name != 'posix', reason='only the clock of the parent runs there')
@pytest.mark.parametrize('what, why', [('loop', 'far longer'), ('swell', 'more memory'), ('crash', 'crashed')])
def test_a_file_that_harms_costs_one_sentence(reader, what, why):
    with pytest.raises(SourceError, match=why): list(reader(what.encode()))
    assert list(reader(b'tea')) == [dict(title='tea', record='L1')]


def test_a_child_that_sleeps_is_ended_by_its_parent(reader, monkeypatch):
    monkeypatch.setattr(children, 'Timer', lambda seconds, do: threading.Timer(.5, do))
    with pytest.raises(SourceError, match='far longer'): list(reader(b'sleep'))


@pytest.mark.skipif(os.name != 'posix', reason='no such limit there')
def test_a_child_writes_nothing(reader):
    with pytest.raises(RuntimeError, match='File too large'): list(reader(b'write'))


def test_what_a_reader_prints_is_no_record(reader): assert [r['title'] for r in reader(b'print')] == ['print']


def test_one_child_reads_many_files(reader):
    list(reader(b'a'))
    first = children._RESTING[0].process.pid
    list(reader(b'b'))
    assert [c.process.pid for c in children._RESTING] == [first]


def test_a_child_that_died_at_rest_is_replaced(reader):
    list(reader(b'a'))
    children._RESTING[0].process.kill()
    children._RESTING[0].process.wait()
    assert [r['title'] for r in reader(b'b')] == ['b']


def test_threads_have_a_child_each(reader):
    out = []
    threads = [threading.Thread(target=lambda n=n: out.extend(reader(b'%d' % n))) for n in range(3)]
    for t in threads: t.start()
    for t in threads: t.join()
    assert {r['title'] for r in out} == {'0', '1', '2'} and len(children._RESTING) == 1


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='there is no fork')
def test_a_fork_has_a_child_of_its_own(reader):
    list(reader(b'a'))
    pid = os.fork()
    if not pid: os._exit(0 if [r['title'] for r in reader(b'b')] == ['b'] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert [r['title'] for r in reader(b'c')] == ['c']


def test_the_rest_of_a_folder_is_read(tmp_path):
    for name, data in dict(a=SWELLS, b=pdf(), c=pdf()[:700], d=ENCRYPTED, e=pdf(text=stream(swelling(400), b'/Filter/FlateDecode'))).items(): (tmp_path/f'{name}.pdf').write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        papers = load(tmp_path, progress=False)
    led = ledger(papers)
    reasons = dict(zip(led['source'].str[-5:], led['reason'].fillna('')))
    assert list(papers['title'])[0] == TITLE and len(led) == 5
    assert 'memory' in reasons['a.pdf'] and 'encrypted' in reasons['d.pdf'] and ('memory' in reasons['e.pdf'] or 'no text' in reasons['e.pdf'])


SCRIPT = textwrap.dedent('''
    import os, sys
    print('main', flush=True)
    os.chdir({gone!r}); os.rmdir({gone!r})
    from paperlit import load
    print(load({pdf!r}, progress=False)['title'].iloc[0], flush=True)
''')


@pytest.mark.skipif(sys.platform == 'win32', reason='a folder in use stays there')
def test_a_script_runs_once_and_its_folder_may_be_gone(tmp_path):
    (tmp_path/'a.pdf').write_bytes(pdf()); (tmp_path/'gone').mkdir(); (tmp_path/'work').mkdir()
    for name in ('json', 'signal', 'paperlit', 'pypdfium2'): (tmp_path/'work'/f'{name}.py').write_text('raise SystemExit("a module of the folder was taken")')
    script = tmp_path/'script.py'
    script.write_text(SCRIPT.format(gone=str(tmp_path/'gone'), pdf=str(tmp_path/'a.pdf')))
    done = subprocess.run([sys.executable, '-P', str(script)], cwd=tmp_path/'work', capture_output=True, text=True)
    assert done.stdout.splitlines() == ['main', TITLE], done.stderr


def test_a_frozen_program_refuses(monkeypatch):
    children.end_children()
    monkeypatch.setattr(sys, 'frozen', True, raising=False)
    with pytest.raises(SourceError, match='no Python to start'): list(children.apart('json:loads')(b''))


@pytest.mark.skipif(os.name != 'posix', reason='no signals')
def test_an_interrupt_ends_the_child(reader):
    timer = threading.Timer(1.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt): list(children.apart('reader_of_tests:read', seconds=30)(b'loop'))
    assert [r['title'] for r in reader(b'tea')] == ['tea']
