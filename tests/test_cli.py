"What the command says and with which exit code, when all is well and when it is not"
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from paperlit import cli
from paperlit.sources import demo_corpus

BIB = '''@article{roe2020oak,
  title = {Weighing an oak with one photograph},
  author = {Roe, Ann and Doe, Ben},
  year = {2020},
  journal = {Annals of Imagined Forestry},
  abstract = {Trees are hard to weigh. We introduce OakNet, which weighs an oak from one photograph. On OakBench it reaches an error of 3.5%,
              which is lower than that of a tape measure.},
}
'''
RIS = '''TY  - JOUR
AU  - Poe, Cy
TI  - Counting the leaves of an elm
PY  - 2021
AB  - We count the leaves of an elm by the shade that they throw.
ER  -
'''


@pytest.fixture
def sources(tmp_path):
    "A folder with two good files"
    folder = tmp_path/'sources'
    folder.mkdir()
    (folder/'oak.bib').write_text(BIB)
    (folder/'elm.ris').write_text(RIS)
    return folder


@pytest.fixture
def run(capsys):
    "Run a command in this process; gives exit code, stdout and stderr"
    def run(*arguments):
        capsys.readouterr()
        try: code = cli.main([str(a) for a in arguments])
        except SystemExit as e: code = e.code
        return code, *capsys.readouterr()
    return run


def process(*arguments, **kwargs):
    "The same in a process of its own"
    command = shutil.which('paperlit', path=os.path.dirname(sys.executable))
    done = subprocess.run([command, *map(str, arguments)], capture_output=True, text=True, encoding='utf-8', **kwargs)
    return done.returncode, done.stdout, done.stderr


def check_sentence(result, *words, code=1):
    "The command failed with one plain sentence that holds the words"
    assert result[0] == code and result[1] == '', result
    said = result[2]
    assert said.startswith('paperlit: ') and said.count('\n') == 1 and said.endswith('\n'), said
    assert 'Traceback' not in said and 'Error' not in said and 'inside paperlit' not in said, said
    assert 20 < len(said) < 400
    for word in words: assert str(word) in said, (word, said)


def bad_input(kind, folder):
    "A source that cannot be read, and what the sentence must name"
    path = folder/'bad.bib'
    if kind == 'an empty file': path.write_bytes(b'')
    elif kind == 'a file of blanks': path.write_bytes(b' \n\n\t\n')
    elif kind == 'a binary file': path.write_bytes(bytes(range(256))*40)
    elif kind == 'a picture': path.write_bytes(b'\x89PNG\r\n\x1a\n' + bytes(2000))
    elif kind == 'a damaged archive': path.write_bytes(b'PK\x03\x04' + bytes(200))
    elif kind == 'a web page': path.write_text('<!doctype html><html><body>Please sign in</body></html>')
    elif kind == 'a broken entry alone': path.write_text('@article{oak, title = {Weighing')
    elif kind == 'a folder without papers':
        path = folder/'none'
        path.mkdir()
        for name in ('a.txt', 'b.log'): (path/name).write_text('buy milk\n')
    elif kind == 'an empty folder': (path := folder/'none').mkdir()
    elif kind == 'a folder of hidden files':
        (path := folder/'none').mkdir()
        (path/'.oak.bib').write_text(BIB)
    elif kind == 'a pattern that meets nothing': path = folder/'*.nbib'
    else: assert kind == 'a missing path'
    return path


BAD = ['an empty file', 'a file of blanks', 'a binary file', 'a picture', 'a damaged archive', 'a web page', 'a broken entry alone',
       'a folder without papers', 'an empty folder', 'a folder of hidden files',
       'a pattern that meets nothing', 'a missing path']


@pytest.mark.parametrize('kind', BAD)
@pytest.mark.parametrize('command', ['load', 'review', 'brief'])
def test_bad_input_is_one_sentence_that_names_it(run, tmp_path, command, kind):
    path = bad_input(kind, tmp_path)
    options = {'load': ['--out', tmp_path/'out.csv'], 'review': ['--out', tmp_path/'out'], 'brief': ['--key', 'roe2020oak']}[command]
    check_sentence(run(command, path, *options), path)
    assert not (tmp_path/'out').exists() and not (tmp_path/'out.csv').exists()


@pytest.mark.parametrize('kind', ['an empty file', 'a missing path'])
def test_bad_input_in_a_process(tmp_path, kind):
    path = bad_input(kind, tmp_path)
    check_sentence(process('load', path, '--out', tmp_path/'out.csv'), path)


def test_broken_file_among_good_ones_in_a_process(sources, tmp_path):
    (sources/'bad.bib').write_bytes(b'')
    code, said, complaint = process('load', sources, '--out', tmp_path/'out.csv')
    assert (code, complaint.count('\n')) == (0, 1) and '2 kept, 1 rejected' in said and (sources/'bad.bib').as_posix() in complaint


@pytest.mark.parametrize('kind', BAD[:7])
def test_good_files_are_read_where_one_is_broken(run, sources, tmp_path, kind):
    bad = bad_input(kind, sources)
    code, said, complaint = run('load', sources, '--out', tmp_path/'out.csv')
    assert code == 0 and said.startswith('3 records read: 2 kept, 1 rejected. ') and said.endswith(f'{tmp_path/"out.csv"}\n')
    assert set(pd.read_csv(tmp_path/'out.csv').key) == {'roe2020oak', 'poe2021counting'}
    assert 'Traceback' not in complaint
    if kind == 'a broken entry alone': assert complaint == ''
    else: assert complaint.startswith(f'paperlit: {bad.as_posix()} was not read: ') and complaint.count('\n') == 1


def test_many_broken_files_are_a_few_lines(run, sources, tmp_path):
    for i in range(30): (sources/f'bad{i}.bib').write_bytes(b'')
    code, said, complaint = run('load', sources, '--out', tmp_path/'out.csv')
    assert code == 0 and '32 records read: 2 kept, 30 rejected' in said
    assert complaint.count('\n') == 6 and '25 more files were not read' in complaint


def test_broken_file_is_named_and_the_review_written(run, sources, tmp_path):
    (sources/'bad.bib').write_bytes(b'\0\1\2\3'*500)
    code, said, complaint = run('review', sources, '--out', tmp_path/'review')
    assert code == 0 and '3 records read: 2 kept, 1 rejected' in said and (tmp_path/'review'/'review.html').exists()
    assert complaint.startswith(f'paperlit: {(sources/"bad.bib").as_posix()} was not read: ') and complaint.count('\n') == 1
    assert 'bad.bib' in (tmp_path/'review'/'review.md').read_text('utf-8')


def test_file_without_read_permission(run, sources, tmp_path):
    path = sources/'oak.bib'
    if os.name == 'nt' or os.geteuid() == 0: pytest.skip('root may read every file, and Windows has no such permission')
    path.chmod(0)
    check_sentence(run('load', path, '--out', tmp_path/'out.csv'), path, 'no permission')
    code, said, complaint = run('load', sources, '--out', tmp_path/'out.csv')
    assert code == 0 and '2 records read: 1 kept, 1 rejected' in said and f'{path} was not read: no permission' in complaint


def test_file_that_the_system_does_not_let_us_read(run, sources, tmp_path, monkeypatch):
    path, opened = sources/'oak.bib', Path.open
    def refuse(self, *args, **kwargs):
        if self.name == path.name: raise PermissionError(13, 'Permission denied', str(self))
        return opened(self, *args, **kwargs)
    monkeypatch.setattr(Path, 'open', refuse)
    check_sentence(run('load', path, '--out', tmp_path/'out.csv'), path, 'no permission')
    code, said, complaint = run('load', sources, '--out', tmp_path/'out.csv')
    assert code == 0 and '2 records read: 1 kept, 1 rejected' in said and f'{path.as_posix()} was not read: no permission' in complaint


def test_out_that_is_a_file(run, sources, tmp_path):
    (tmp_path/'out').write_text('my own')
    check_sentence(run('review', sources, '--out', tmp_path/'out'), tmp_path/'out', 'is a file')
    assert (tmp_path/'out').read_text() == 'my own'


@pytest.mark.parametrize('command, out', [('load', 'file/out.csv'), ('review', 'file/out'), ('brief', 'file/out.md'), ('new', 'file/project')])
def test_out_below_a_file(run, sources, tmp_path, command, out):
    (tmp_path/'file').write_text('my own')
    options = {'new': [tmp_path/out], 'brief': [sources, '--key', 'roe2020oak', '--out', tmp_path/out]}.get(command, [sources, '--out', tmp_path/out])
    check_sentence(run(command, *options), tmp_path/'file', 'cannot be read or written')
    assert (tmp_path/'file').read_text() == 'my own'


@pytest.mark.parametrize('command, out', [('load', 'out.csv'), ('review', 'out'), ('brief', 'out.md')])
def test_out_in_a_folder_that_cannot_be_written(run, sources, tmp_path, monkeypatch, command, out):
    def refuse(where): raise PermissionError(13, 'Permission denied', str(where))
    if command == 'review': monkeypatch.setattr('tempfile.mkdtemp', lambda suffix=None, prefix=None, dir=None: refuse(dir))
    elif command == 'load': monkeypatch.setattr(pd.DataFrame, 'to_csv', lambda self, path, **_: refuse(path))
    else: monkeypatch.setattr(Path, 'write_text', lambda self, *_, **__: refuse(self))
    options = ['--key', 'roe2020oak'] if command == 'brief' else []
    check_sentence(run(command, sources, *options, '--out', tmp_path/out), tmp_path, 'cannot be read or written: permission denied')
    assert [p.name for p in tmp_path.iterdir()] == ['sources']


def test_folder_that_really_cannot_be_written(run, sources, tmp_path):
    if os.name == 'nt' or os.geteuid() == 0: pytest.skip('root may write everywhere, and Windows has no such permission')
    (tmp_path/'shut').mkdir(mode=0o500)
    for command, out in [('load', 'out.csv'), ('review', 'out')]:
        check_sentence(run(command, sources, '--out', tmp_path/'shut'/out), tmp_path/'shut', 'permission denied')


def test_unknown_suffix(run, sources, tmp_path):
    check_sentence(run('load', sources, '--out', tmp_path/'papers.docx'), 'papers.docx', 'suffix', '.parquet', '.csv', '.jsonl', '.xlsx', '.bib', '.ris')


@pytest.mark.parametrize('suffix', ['parquet', 'csv', 'jsonl', 'xlsx', 'bib', 'ris'])
def test_every_suffix_is_written_and_read(run, sources, tmp_path, suffix):
    out = tmp_path/f'papers.{suffix}'
    assert run('load', sources, '--out', out) == (0, f'2 records read: 2 kept. The table lies in {out}\n', '')
    assert run('load', out, '--out', tmp_path/'again.csv')[0] == 0
    assert sorted(pd.read_csv(tmp_path/'again.csv').title) == ['Counting the leaves of an elm', 'Weighing an oak with one photograph']


def test_brief_is_printed_and_nothing_else(run, sources):
    code, said, complaint = run('brief', sources, '--key', 'roe2020oak')
    assert code == 0 and complaint == '' and said.startswith('#') and 'OakNet' in said and said.endswith('\n')


def test_brief_is_written(run, sources, tmp_path):
    out = tmp_path/'brief.md'
    assert run('brief', sources, '--key', 'roe2020oak', '--out', out) == (0, f'The brief review lies in {out}\n', '')
    assert out.read_text('utf-8') == run('brief', sources, '--key', 'roe2020oak')[1]


def test_unknown_key_names_those_that_are_near(run, sources):
    result = run('brief', sources, '--key', 'roe2020elm')
    check_sentence(result, 'roe2020elm', 'roe2020oak')
    check_sentence(run('brief', sources, '--key', 'zzzzzzzz'), 'zzzzzzzz')


@pytest.mark.parametrize('arguments', [[], ['dance'], ['load'], ['load', 'x'], ['review', '--out', 'x'], ['review', 'x'], ['brief', 'x'], ['new'],
                                       ['demo', '--topics', 'many'], ['demo', '--seed', '1.5'], ['load', 'x', '--out', 'y.csv', '--format', 'doc'],
                                       ['demo', '--nonsense'], ['new', 'a', 'b']])
def test_wrong_usage(run, arguments):
    code, said, complaint = run(*arguments)
    assert (code, said) == (2, '') and complaint.startswith('usage: paperlit') and 'paperlit' in complaint.splitlines()[-1] and 'error: ' in complaint


def test_wrong_usage_in_a_process():
    code, said, complaint = process('dance')
    assert (code, said) == (2, '') and 'Traceback' not in complaint


@pytest.mark.parametrize('n', ['0', '1', '500', '-3'])
def test_number_of_topics_that_cannot_be(run, tmp_path, n):
    check_sentence(run('demo', '--topics', n, '--out', tmp_path/'out'), f'n_topics={n}', 'from 2 to')
    assert not list(tmp_path.iterdir())


def test_version(run):
    from paperlit import __version__
    assert run('--version') == (0, f'paperlit {__version__}\n', '')


@pytest.mark.parametrize('command', cli.COMMANDS)
def test_help_has_an_example(run, command):
    code, said, complaint = run(command, '--help')
    assert (code, complaint) == (0, '')
    example = re.search(rf'Example: (paperlit {command}\b.*)', ' '.join(said.split()))
    assert example, said
    cli.parser_for_cli().parse_args(__import__('shlex').split(example[1])[1:])


def test_help_names_every_command(run):
    code, said, _ = run('--help')
    assert code == 0 and 'Example' in said and all(re.search(rf'(?m)^ +{name}\b', said) for name in cli.COMMANDS)


def test_fault_of_its_own_is_one_sentence_and_debug_shows_where(run, sources, tmp_path, monkeypatch):
    def fail(*_, **__): raise ZeroDivisionError('of trees')
    monkeypatch.setattr('paperlit.sources.load', fail)
    code, said, complaint = run('load', sources, '--out', tmp_path/'out.csv')
    assert (code, said, complaint.count('\n')) == (1, '', 1)
    assert complaint.startswith('paperlit: something went wrong inside paperlit (ZeroDivisionError: of trees)') and '--debug' in complaint
    with pytest.raises(ZeroDivisionError, match='of trees'): cli.main(['load', str(sources), '--out', str(tmp_path/'out.csv'), '--debug'])


@pytest.mark.parametrize('arguments', [['load', 'missing.bib', '--out', 'out.csv'], ['review', 'missing.bib', '--out', 'out']])
def test_debug_shows_where_an_error_comes_from(arguments, tmp_path, monkeypatch):
    from paperlit import SourceError
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match='missing.bib'): cli.main([*arguments, '--debug'])


def test_interruption_is_one_line(run, sources, tmp_path, monkeypatch):
    def interrupt(*_, **__): raise KeyboardInterrupt
    monkeypatch.setattr('paperlit.sources.load', interrupt)
    code, said, complaint = run('load', sources, '--out', tmp_path/'out.csv')
    assert (code, said) == (130, '') and complaint.count('\n') == 1


class Terminal:
    "A stream that says whether it is a terminal and remembers what was written"
    def __init__(self, terminal): self.terminal, self.text = terminal, ''
    def write(self, text): self.text += text
    def flush(self): pass
    def isatty(self): return self.terminal


@pytest.mark.parametrize('terminal', [True, False])
def test_bar_of_long_work_shows_on_a_terminal_only(monkeypatch, terminal):
    from paperlit import progress
    monkeypatch.setattr(progress, 'DELAY', 0)
    monkeypatch.setattr(sys, 'stderr', stream := Terminal(terminal))
    stages = progress.Stages()
    with stages.shown('save', dict(figures=1)): stages('figures', sum, [1])
    assert ('figures' in stream.text) == terminal


@pytest.mark.parametrize('terminal', [True, False])
def test_bar_of_short_work_never_shows(monkeypatch, sources, terminal):
    from paperlit import load
    monkeypatch.setattr(sys, 'stderr', stream := Terminal(terminal))
    load(sources)
    assert stream.text.strip('\r\n \x1b[A') == ''


def test_new_project_runs_as_it_stands(run, tmp_path):
    from nbclient import NotebookClient
    folder = tmp_path/'my-trees'
    code, said, complaint = run('new', folder)
    assert (code, complaint) == (0, '') and str(folder/'sources') in said and f'jupyter lab {folder/"review.ipynb"}' in said
    assert sorted(p.name for p in folder.iterdir()) == ['review.ipynb', 'sources'] and not list((folder/'sources').iterdir())
    notebook = nbformat.read(folder/'review.ipynb', 4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.startswith('# my trees')
    for path in demo_corpus().iterdir():
        if path.is_file(): shutil.copy(path, folder/'sources')
    NotebookClient(notebook, timeout=180, resources={'metadata': {'path': str(folder)}}).execute()
    outputs = [o for c in notebook.cells if c.cell_type == 'code' for o in c.outputs]
    assert not [o for o in outputs if o.output_type == 'error']
    assert not [o.text for o in outputs if o.output_type == 'stream']
    assert 'part' in outputs[-1].data['text/plain'] and '0 rows' in outputs[-1].data['text/html'] or 'Empty DataFrame' in outputs[-1].data['text/plain']
    assert '# my trees' in (folder/'review'/'review.md').read_text('utf-8')


def test_second_new_project_is_refused(run, tmp_path):
    folder = tmp_path/'trees'
    assert run('new', folder, '--title', 'On "trees"')[0] == 0
    before = (folder/'review.ipynb').read_bytes()
    assert 'On "trees"' in nbformat.reads(before.decode(), 4).cells[0].source
    (folder/'sources'/'oak.bib').write_text(BIB)
    check_sentence(run('new', folder), folder/'review.ipynb', 'is there already')
    assert (folder/'review.ipynb').read_bytes() == before and (folder/'sources'/'oak.bib').read_text() == BIB


def test_new_project_without_its_sources_says_what_to_do(run, tmp_path, monkeypatch):
    from paperlit import SourceError
    run('new', tmp_path/'trees')
    monkeypatch.chdir(tmp_path/'trees')
    code = next(c.source for c in nbformat.read('review.ipynb', 4).cells if 'load(' in c.source and c.cell_type == 'code')
    with pytest.raises(SourceError, match='sources'): exec(code, {})


@pytest.mark.parametrize('title', ['a {brace}', "it's", 'back\\slash', 'two\nlines', '<b>'])
def test_any_title_makes_a_project_that_is_valid(run, tmp_path, title):
    assert run('new', tmp_path/'trees', '--title', title)[0] == 0
    notebook = nbformat.read(tmp_path/'trees'/'review.ipynb', 4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == 'code': compile(cell.source, 'cell', 'exec')
    assert any(f'title = {title!r}' in c.source for c in notebook.cells)


def test_words_of_a_command_name_no_call_of_python(run, sources, tmp_path):
    for i in range(9): (sources/f'list{i}.txt').write_text('buy milk\n')
    code, said, complaint = run('load', sources, '--out', tmp_path/'out.csv', '--ledger', tmp_path/'ledger.csv')
    assert code == 0 and '11 records read: 2 kept, 9 rejected' in said
    assert '--ledger FILE' in complaint and '`paperlit load --help`' in complaint and 'ledger(' not in complaint and 'known_formats' not in complaint
    rows = pd.read_csv(tmp_path/'ledger.csv')
    assert list(rows.action.value_counts().sort_index()) == [2, 9] and rows.reason[rows.action == 'rejected'].notna().all()


@pytest.mark.parametrize('arguments, word', [(['load', '--out', 'x.docx'], 'x.docx'), (['search', '--query', ' '], '--query'), (['search', '--query', 'oak', '-n', '0'], '-n 0')])
def test_what_cannot_be_asked_is_said_before_anything_is_read(run, sources, monkeypatch, arguments, word):
    monkeypatch.setattr('paperlit.sources.load', lambda *_, **__: pytest.fail('the sources were read'))
    check_sentence(run(*arguments, sources), word)


def test_search_shows_a_paper_once(run, sources):
    (sources/'again.bib').write_text(BIB)
    code, said, _ = run('search', sources, '--query', 'oak')
    assert code == 0 and said.count('Weighing an oak') == 1


def test_a_project_in_place_of_a_file(run, tmp_path):
    (tmp_path/'trees').write_text('my own')
    check_sentence(run('new', tmp_path/'trees'), tmp_path/'trees', 'is a file')


def test_review_that_cannot_be_written_is_named_as_the_user_did(run, sources, tmp_path, monkeypatch):
    def refuse(suffix='', prefix='', dir=None): raise PermissionError(13, 'Permission denied', f'{dir}/{prefix}a1b2c3d4{suffix}')
    monkeypatch.setattr('tempfile.mkdtemp', refuse)
    check_sentence(run('review', sources, '--out', tmp_path/'out'), f'{tmp_path}/out cannot be read or written')
