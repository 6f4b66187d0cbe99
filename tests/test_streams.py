"A long file is read in parts, and what comes out is what its reader gives of the whole"
import gzip
import io
import zipfile
from pathlib import Path

import pytest

from paperlit import charsets, ledger, load, streams
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
