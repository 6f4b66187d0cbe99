"A review that somebody sent is held against what paperlit makes of the papers in it: whatever was changed by hand is found, and nothing of it runs"
import json
import shutil

import nbformat
import pytest

import paperlit
from paperlit import cli, verification
from paperlit.sources import demo_corpus
from paperlit.verification import OWN, verify


@pytest.fixture(scope='module')
def sent(tmp_path_factory):
    "A review of some papers of the demo corpus"
    papers = paperlit.load(demo_corpus()/'export.ris', progress=False)
    return paperlit.write_review(papers, title='Sent', progress=False).save(tmp_path_factory.mktemp('sent')/'review')


@pytest.fixture
def folder(sent, tmp_path): return shutil.copytree(sent, tmp_path/'review')


def found(folder): return verify(folder, progress=False)


@pytest.fixture(scope='module')
def made(sent, tmp_path_factory):
    "The review made once more, and its twin"
    review = verification._once_more(sent, verification._how(sent), None, None, False)
    verification._save_twin(review, sent, at := tmp_path_factory.mktemp('twin'), None, False)
    return review, at


@pytest.fixture
def quick(made, monkeypatch):
    "Figures take seconds: the twin of a folder whose papers and notebook nobody touched is always the same"
    monkeypatch.setattr(verification, '_once_more', lambda *_: made[0])
    monkeypatch.setattr(verification, '_save_twin', lambda review, folder, at, *_: shutil.copytree(made[1], at, dirs_exist_ok=True))


def test_what_was_saved_holds(folder): assert found(folder).empty


def swapped(name, old, new):
    "What changes a text of the review"
    def change(folder):
        text = (folder/name).read_text('utf-8')
        assert old in text
        (folder/name).write_text(text.replace(old, new, 1), 'utf-8')
    return change


def nudged(name, at):
    "What changes one byte of a file"
    def change(folder):
        data = bytearray((folder/name).read_bytes())
        data[at] ^= 1
        (folder/name).write_bytes(data)
    return change


def said_otherwise(folder):
    "A quotation with a word more"
    text = (folder/'review.md').read_text('utf-8')
    at = text.index('” [@')
    (folder/'review.md').write_text(f'{text[:at]}, without doubt{text[at:]}', 'utf-8')


def notebook_said_otherwise(folder):
    "The output of a cell that paperlit wrote, while its source stays"
    notebook = nbformat.read(folder/'review.ipynb', 4)
    cell = next(c for c in notebook.cells if c.cell_type == 'code' and any('text/markdown' in o.get('data', {}) for o in c.outputs))
    cell.outputs[0].data['text/markdown'] += ' And all of it is proven.'
    nbformat.write(notebook, folder/'review.ipynb')


CHANGED = {
    'a quotation': (said_otherwise, 'review.md'),
    'a number of the text': (swapped('review.md', 'records were read', '99 records were read'), 'review.md'),
    'a word of the page': (swapped('review.html', 'records were read', 'records were weighed'), 'review.html'),
    'a script in the page': (swapped('review.html', '</body>', '<script>1</script></body>'), 'review.html'),
    'a row of the ledger': (swapped('ledger.csv', 'kept', 'rejected'), 'ledger.csv'),
    'a claim': (swapped('systems.csv', ',', ', not so,'), 'systems.csv'),
    'a picture': (nudged('figures/years.png', 5000), 'figures/years.png'),
    'the table of a figure': (nudged('figures/years.csv', -3), 'figures/years.csv'),
    'a caption': (swapped('figures/years.txt', 'Caption', 'Caption of mine'), 'figures/years.txt'),
    'a reference': (swapped('references.bib', 'title', 'note'), 'references.bib'),
    'the document of Word': (nudged('review.docx', 500), 'review.docx'),
    'the map': (swapped('map.html', '</body>', ' </body>'), 'map.html'),
    'the output of a cell': (notebook_said_otherwise, 'review.ipynb'),
    'the papers in another form': (swapped('papers.csv', '20', '19'), 'papers.csv'),
    'a topic': (swapped('topics.csv', '0,', '0,The one true '), 'topics.csv'),
    'a file that is gone': (lambda folder: (folder/'tldrs.csv').unlink(), 'tldrs.csv'),
    'a file that came': (lambda folder: (folder/'figures'/'more.html').write_text('<script>1</script>'), 'figures/more.html'),
}


@pytest.mark.parametrize('what', CHANGED)
def test_what_somebody_changed_is_found(what, folder, request):
    change, part = CHANGED[what]
    if part != 'review.ipynb': request.getfixturevalue('quick')
    change(folder)
    assert part in set(found(folder)['part'])


def test_an_abstract_that_was_changed_takes_the_documents_with_it(folder):
    "The papers are what all else is held against; changed alone, they no longer are what the documents quote"
    papers = paperlit.load(folder/'papers.parquet', progress=False)
    papers['abstract'] = papers['abstract'].str.replace(' the ', ' no ')
    paperlit.save(papers, folder/'papers.parquet')
    assert {'review.md', 'review.html', 'papers.csv'} <= set(found(folder)['part'])


def test_own_words_are_listed_apart(folder):
    notebook = nbformat.read(folder/'review.ipynb', 4)
    notebook.cells.append(nbformat.v4.new_markdown_cell('I believe that oaks are heavy.'))
    nbformat.write(notebook, folder/'review.ipynb')
    paperlit.write_review(paperlit.load(folder/'papers.parquet', progress=False), title='Sent', progress=False).save(folder)
    assert found(folder).to_dict('records') == [dict(part=OWN, key=None, problem='I believe that oaks are heavy.')]


def test_no_code_of_the_notebook_runs(folder, tmp_path):
    notebook = nbformat.read(folder/'review.ipynb', 4)
    notebook.cells.insert(1, nbformat.v4.new_code_cell(f'open({str(tmp_path/"ran")!r}, "w")'))
    nbformat.write(notebook, folder/'review.ipynb')
    found(folder)
    assert not (tmp_path/'ran').exists()


def test_the_folder_stays_as_it_was(folder):
    look = lambda: {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob('*') if p.is_file()}
    before = look()
    said_otherwise(folder); changed = look()
    found(folder)
    assert look() == changed != before


def test_a_link_is_refused(folder, tmp_path):
    (tmp_path/'secret').write_text('mine')
    (folder/'review.ipynb').unlink()
    (folder/'review.ipynb').symlink_to(tmp_path/'secret')
    with pytest.raises(ValueError, match='review.ipynb is a link'): found(folder)


@pytest.mark.parametrize('run', ['', '[]', '{"options": {}}', '[' * 5000, json.dumps(dict(options=dict(title=3, n_topics=None, given_topics=False), seed=0, versions={})), json.dumps(dict(options=dict(title='T', n_topics='9', given_topics=False), seed=0, versions={}))])
def test_a_folder_that_does_not_say_how_it_was_made(folder, run):
    (folder/'run.json').write_text(run)
    with pytest.raises(ValueError, match='does not say how'): found(folder)


@pytest.mark.parametrize('formats, paper', [(['md'], 'A4'), (['html', 'ipynb'], 'letter')])
def test_a_review_of_some_formats_holds(tmp_path, formats, paper):
    papers = paperlit.load(demo_corpus()/'export.ris', progress=False).head(6)
    assert found(paperlit.write_review(papers, progress=False).save(tmp_path/'review', formats=formats, paper=paper)).empty


def test_command(folder, quick, capsys):
    assert cli.main(['verify', str(folder)]) == 0
    assert capsys.readouterr().out == f'{folder} is what paperlit makes of the papers in it\n'
    said_otherwise(folder)
    assert cli.main(['verify', str(folder)]) == 1
    out, err = capsys.readouterr()
    assert 'without doubt' in out and err.count('\n') == 1 and 'differences are listed above' in err
    assert cli.main(['verify', str(folder/'figures')]) == 1


def test_what_a_stranger_wrote_commands_no_terminal(folder, quick, capsys):
    with open(folder/'review.md', 'a', encoding='utf-8') as file: file.write('All is well\x1b[2J\x1b]8;;file:///\x07\n')
    assert cli.main(['verify', str(folder)]) == 1
    out, err = capsys.readouterr()
    assert '\\x1b[2J' in out and '\x1b' not in out + err


def test_a_review_of_a_part_of_what_was_read_holds(tmp_path):
    "Merged, rejected, filtered and excluded records keep their places in the ledger when the papers are saved and loaded"
    papers = paperlit.dedupe(paperlit.load(demo_corpus()/'digest.txt', demo_corpus()/'dataset.txt', demo_corpus()/'export.ris', progress=False))
    papers = paperlit.exclude(papers[papers.year.fillna(0) != 2017], lambda p: p.kind == 'news', 'news, not a paper')
    assert len(set(paperlit.ledger(papers).reason.dropna())) > 1
    assert found(paperlit.write_review(papers, progress=False).save(tmp_path/'review', formats=['md'])).empty
