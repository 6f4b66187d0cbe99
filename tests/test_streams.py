"A long file is read in parts, and what comes out is what its reader gives of the whole"
import gzip
import io
import zipfile
from pathlib import Path

import pytest

from paperlit import charsets, ledger, load, streams
from paperlit.core import Notice
from paperlit.sources import FORMATS, _sniff

FILES = sorted(p for p in (Path(__file__).parent/'fixtures'/'formats').iterdir() if p.name != 'expected.json')


def small(monkeypatch, chunk, block):
    monkeypatch.setattr(streams, 'CHUNK', chunk)
    monkeypatch.setattr(charsets, 'BLOCK', block)


def whole_and_streamed(data, name, monkeypatch, chunk, block):
    "What the reader gives of a text at once, and in parts; and how many parts there were"
    form, charset = _sniff(lambda: io.BytesIO(data), name)
    if form.binary: return None, None, 0
    text = charsets.decode(data)
    whole, cut = list(form.read(text)), form.cut
    if cut: form = form._replace(cut=lambda head: cut(text))
    small(monkeypatch, chunk, block)
    parts = [list(p) for p in streams.read_parts(form, lambda: charsets.characters(lambda: io.BytesIO(data), charset))]
    return whole, [r for p in parts for r in p], len(parts)


@pytest.mark.parametrize('path', FILES, ids=lambda p: p.name)
def test_a_file_in_parts_gives_what_it_gives_whole(path, monkeypatch):
    whole, streamed, n = whole_and_streamed(path.read_bytes(), path.name, monkeypatch, 200, 60)
    assert streamed == whole


def book(n): return f'@book{{b{n}, title={{Tree {n}}}, year={{19{n:02}}}}}\n'
def article(n, **fields): return f'@article{{a{n},\n title={{Leaf {n}}}' + ''.join(f',\n {k}={{{v}}}' for k, v in fields.items()) + '}\n\n'
def ris(n, text='Leaves fall.\n\tSome do not.'): return f'TY  - JOUR\nTI  - Leaf {n}\nAB  - {text}\nER  - \n\n'
def nbib(n): return f'PMID- {n}\nTI  - Leaf {n}\n      and tree\nAB  - PMID and OWN\n      stand in it.\nPMC - PMC{n}\n\n'
def pubmed(n): return f'<PubmedArticle><MedlineCitation><PMID>{n}</PMID><Article><ArticleTitle>Leaf {n}</ArticleTitle></Article></MedlineCitation></PubmedArticle>' + '\n' * (n % 3)
def marc(n): return f'<record><leader>0 am</leader><datafield tag="245"><subfield code="a">Leaf {n}</subfield></datafield></record>\n' if n % 4 else '<record><other/></record>\n'


MANY = {
    'strings at the end.bib': ''.join(article(n, author='Roe, Ann').replace('\n title', '\n journal = jt # " of trees",\n title') for n in range(30)) + '@string{jt = "Journal"}\n',
    'crossref.bib': ''.join(f'@inproceedings{{p{n}, title={{Leaf {n}}}, crossref={{B{n % 5}}}}}\n' for n in range(30)) + ''.join(map(book, range(7))) + '@book{b1, title={Another}}\n',
    'comments.bib': ''.join(article(n) + ('@comment{jabref-meta:\n' + article(100 + n) + '}\n' if n % 3 == 0 else '') for n in range(20)),
    'broken.bib': ''.join(article(n) if n % 4 else f'@article{{c{n},\n title={{Leaf {n},\n year=2000\n\n' for n in range(20)),
    'two on a line.bib': ''.join(book(n).strip() + book(n + 50) for n in range(20)),
    'plain.ris': ''.join(map(ris, range(30))),
    'without ends.ris': ''.join(ris(n).replace('ER  - \n\n', '') for n in range(30)),
    'strays.ris': ''.join(ris(n) + 'N1  - a note that fell out\n' * (n % 3) for n in range(30)),
    'medline.nbib': ''.join(map(nbib, range(30))),
    'pubmed.xml': '<?xml version="1.0"?>\n<PubmedArticleSet>' + ''.join(map(pubmed, range(40))) + '</PubmedArticleSet>',
    'cut off.xml': '<?xml version="1.0"?>\n<PubmedArticleSet>' + ''.join(map(pubmed, range(40)))[:-30],
    'ends early.xml': '<?xml version="1.0"?>\n<PubmedArticleSet>\n' + ''.join(map(pubmed, range(40))),
    'commented.xml': '<PubmedArticleSet>' + ''.join(pubmed(n) if n % 3 else f'<!-- {pubmed(n)} -->' for n in range(30)) + '</PubmedArticleSet>',
    'broken.xml': '<PubmedArticleSet>\n' + ''.join(pubmed(n) if n % 5 else pubmed(n).replace('</Article>', '') for n in range(30)) + '</PubmedArticleSet>',
    'one line.xml': ('<PubmedArticleSet>' + ''.join(map(pubmed, range(40))) + '</PubmedArticleSet>').replace('\n', ''),
    'catalogue.xml': '<collection xmlns="http://www.loc.gov/MARC21/slim">\n' + ''.join(map(marc, range(40))) + '</collection>\n',
    'quoted.csv': 'Title,Abstract,Year\n' + ''.join(f'Leaf {n},"Leaves,\nsaid ""we"",\n\nfall.",{1990 + n}\n' + '\n' * (n % 2) for n in range(30)),
    'preamble.csv': 'An export\nof leaves\n\nTitle;Abstract;Year\n' + ''.join(f'Leaf {n};Leaves fall.;{1990 + n}\n' for n in range(30)),
    'unclosed.csv': 'Title,Abstract,Year\n' + ''.join(f'Leaf {n},{chr(34) * (n % 7 == 3)}Leaves fall.,{1900 + n}\n' for n in range(90)),
    'lines.jsonl': ''.join(f'{{"title": "Leaf {n}", "year": {1990 + n}}}\n' if n % 6 else '{"title": \n[{"title": "A"}, {"title": "B"}]\n' for n in range(1, 30)),
    'array.json': '[' + ',\n '.join(f'{{"title": "Leaf {n} ]}}", "authors": ["Roe, Ann"], "year": {1990 + n}}}' for n in range(30)) + ']',
    'odd values.json': '[' + ', '.join(f'{{"title": "Leaf {n}"}}' if n % 4 else 'null' if n % 8 else '[{"title": "A"}]' for n in range(1, 30)) + ']',
    'broken.json': '[\n' + ',\n'.join(f'{{"title": "Leaf {n}", "year": {"x" if n % 9 == 4 else 2000}}}' for n in range(40)) + '\n]',
    'wrapped.json': '{"status": "ok", "message": {"total": 30, "items": [' + ', '.join(f'{{"DOI": "10.1000/{n}", "title": ["Leaf {n}"]}}' for n in range(30)) + '], "next": "abc"}, "more": 1}',
    'one after the other.json': '\n'.join(f'{{\n "title": "Leaf {n}",\n "references": [{{"title": "Tree"}}]\n}}' for n in range(30)),
    'one paper.json': '{"title": "Leaf", "year": 2000, "references": [' + ', '.join(f'{{"title": "Tree {n}"}}' for n in range(30)) + ']}',
}
WHOLE = ('one paper.json',)


@pytest.mark.parametrize('name', MANY)
def test_many_records_in_parts(name, monkeypatch):
    whole, streamed, n = whole_and_streamed(MANY[name].encode(), name, monkeypatch, 200, 50)
    assert streamed == whole and len(whole) > (0 if name in WHOLE else 18)
    assert (n > 1) == (name not in WHOLE)


def packed(**files):
    "A zip with these files, `__` for the dot"
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        for name, data in files.items(): z.writestr(name.replace('__', '.'), data)
    return out.getvalue()


TREES, RIS = '@article{a, title={Weighing trees}, year=2020}\n', 'TY  - JOUR\nTI  - Weighing birds\nER  - \n'
CSV, NBIB, JSON = 'Title,Year\nWeighing fish,2020\n', 'PMID- 1\nTI  - Weighing ants\n\n', '[{"title":"Weighing bees"}]\n'
XML = '<PubmedArticleSet>' + pubmed(1) + '</PubmedArticleSet>\n'

UNREAD = {
    'page.ris': ('<!DOCTYPE html>\n<html><body>Service unavailable</body></html>', 'it is a web page'), 'page.xml': ('<?xml version="1.0"?>\n<html><body>No</body></html>', 'it is a web page'),
    'empty.ris': ('', 'the file is empty'), 'blank.bib': (' \n\n', 'the file is empty'), 'empty.zip': (packed(), 'no file in this archive'), 'empty.gz': (gzip.compress(b''), 'the file is empty'),
    'cut.ris.gz': (gzip.compress(RIS.encode())[:30], 'the archive is damaged'), 'cut.zip': (packed(a__ris=RIS)[:60], 'the archive is damaged'), 'cut.parquet': (b'PAR1' + b'\0'*50, 'cannot be opened'), 'cut.pdf': (b'%PDF-1.4\n1 0 obj', 'the PDF is damaged'),
    'cut.bib': (TREES[:30], 'never closes'), 'picture.ris': (b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR' + bytes(range(256))*9, 'it is no text'), 'zeros.ris': (b'\0'*5000, 'it is no text'),
    'line.ris': ('x'*10_000_000, 'no record was found'), 'line.json': ('[{"title":"' + 'x'*10_000_000, 'no valid JSON'), 'line.bib': ('@article{a, title={' + 'x'*10_000_000, 'never closes'), 'line.csv': ('Title,Year\n"' + 'x'*10_000_000, 'larger than field limit'),
    'nested.zip': (packed(inner__zip=packed(a__ris=RIS)), 'an archive in an archive'), 'nested.zip.gz': (gzip.compress(packed(a__ris=RIS)), 'an archive in an archive'), 'bomb.ris.gz': (gzip.compress(RIS.encode() + b'TI  - x\n'*2**25, 1), 'unpacks to more than 256 MB'),
}


@pytest.mark.parametrize('name', UNREAD)
def test_what_cannot_be_read_gives_one_sentence_and_takes_nothing_down(name, tmp_path, recwarn):
    data, why = UNREAD[name]
    (tmp_path/name).write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(ValueError) as error: load(tmp_path/name, progress=False)
    said = str(error.value)
    assert why in said and name.split('.')[0] in said and '\n' not in said and len(said) < 400
    (tmp_path/'good.bib').write_text(TREES)
    papers = load(tmp_path, progress=False)
    rows = ledger(papers)
    assert list(papers.title) == ['Weighing trees'] and list(rows.action) == ['kept', 'rejected'] and why in rows.reason[1]
    assert rows.record[1] != 'file' or [str(w.message).count(why) for w in recwarn if issubclass(w.category, Notice)] == [1]


DAMAGED = {
    'cut.ris': (RIS + 'TY  - JOUR\n', 1, 'nothing in it'), 'two.bib': (TREES + TREES[:30], 1, 'never closes'), 'cut.xml': (XML[:-30], 0, 'breaks off'), 'cut.json': (JSON[:-2] + ',{"title": "We', 1, 'no valid JSON'), 'cut.csv': (CSV + '"Weighing', 1, 'cannot be read'),
    'ris and bib.ris': (RIS + TREES, 1, 'another format begins'), 'bib and ris.bib': (TREES + RIS, 1, 'another format begins'), 'csv and ris.csv': (CSV + RIS, 1, 'another format begins'), 'json and bib.json': (JSON + TREES, 1, 'another format begins'),
    'bib and nbib.bib': (TREES + NBIB, 1, 'another format begins'), 'xml and bib.xml': (XML + TREES, 1, 'another format begins'), 'good and nested.zip': (packed(a__ris=RIS, inner__zip=packed(a__ris=RIS)), 1, 'an archive in an archive'),
}


@pytest.mark.parametrize('name', DAMAGED)
def test_what_is_damaged_in_part_says_where_and_why(name, tmp_path):
    data, n, why = DAMAGED[name]
    (tmp_path/'good.bib').write_text('@book{good, title={Weighing books}, year=2001}')
    (tmp_path/name).write_bytes(data.encode() if isinstance(data, str) else data)
    rows = ledger(load(tmp_path, progress=False))
    bad = rows[rows.action == 'rejected']
    assert (rows.action == 'kept').sum() == n + 1 and len(bad) == 1
    assert why in bad.reason.iloc[0] and name in bad.source.iloc[0] and bad.record.iloc[0]


@pytest.mark.parametrize('name, data', [('a.bib', RIS), ('a.ris', TREES), ('a.xlsx', CSV), ('a.pdf', NBIB), ('a.csv', JSON), ('a.gz', RIS), ('a.txt', XML)])
def test_a_wrong_suffix_does_not_matter(name, data, tmp_path):
    (tmp_path/name).write_text(data)
    assert len(load(tmp_path, progress=False)) == 1


@pytest.mark.parametrize('name, data', [('a.ris', RIS.replace('birds', 'bi\0rds')), ('a.bib', '\0' + TREES), ('a.csv', CSV + '\0'*5000)])
def test_zero_bytes_are_left_out_and_spoken_of(name, data, tmp_path):
    (tmp_path/name).write_text(data)
    with pytest.warns(UserWarning, match='zero bytes in it were left out'): papers = load(tmp_path, progress=False)
    assert len(papers) == 1 and '\0' not in papers.title.iloc[0]


def test_ten_megabytes_of_entries_on_one_line_are_read_in_linear_time(tmp_path):
    import time
    def seconds(n):
        (tmp_path/'line.bib').write_text(TREES.replace('\n', ' ')*n)
        start = time.process_time()
        assert len(load(tmp_path, progress=False)) == n
        return time.process_time() - start
    seconds(10)
    assert seconds(20_000) < 4*seconds(10_000)


def test_a_wrong_byte_far_behind_spoils_nothing_before_it(tmp_path):
    text = ''.join(article(n, author='Müller, Jörg') for n in range(40_000)).encode()
    (tmp_path/'a.bib').write_bytes(text + '@article{z, title={Größe}, author={Núñez, José}}'.encode('cp1252'))
    with pytest.warns(UserWarning, match='5 bytes in it are no UTF-8'): papers = load(tmp_path, progress=False)
    assert papers.authors.iloc[0] == ['Müller, Jörg'] and papers.title.iloc[-1] == 'Größe' and papers.authors.iloc[-1] == ['Núñez, José']


def test_keys_do_not_depend_on_the_order_of_files(tmp_path):
    for name, titles in dict(a=['Oak and elm', 'Oak and ash'], b=['Oak and fir', 'Oak and elm']).items():
        (tmp_path/f'{name}.ris').write_text(''.join(f'TY  - JOUR\nTI  - {t}\nAU  - Roe, Ann\nPY  - 2001\nER  - \n\n' for t in titles))
    a, b = tmp_path/'a.ris', tmp_path/'b.ris'
    one, other = load(a, b, progress=False), load(b, a, progress=False)
    assert set(zip(one.index, one.title, one.source)) == set(zip(other.index, other.title, other.source)) and len(set(one.index)) == 4


def test_a_long_file_in_an_archive_and_from_an_open_file_is_read_in_parts_too(tmp_path, monkeypatch):
    small(monkeypatch, 500, 100)
    text = MANY['plain.ris'].encode()
    (tmp_path/'a.ris').write_bytes(text)
    (tmp_path/'b.ris.gz').write_bytes(gzip.compress(text))
    (tmp_path/'c.zip').write_bytes(packed(c__ris=text))
    tables = [load(s, progress=False) for s in (tmp_path/'a.ris', tmp_path/'b.ris.gz', tmp_path/'c.zip', io.BytesIO(text), io.StringIO(text.decode()))]
    assert all(list(t.record) == list(tables[0].record) and t.title.equals(tables[0].title) for t in tables)
