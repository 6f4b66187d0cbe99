"""Feed damaged files to the readers and hold what comes out against what must be true of any file.

    python tools/fuzz.py --minutes 10                # every reader by turns
    python tools/fuzz.py --minutes 10 --reader ris   # one reader
    python tools/fuzz.py --executions 1000000 --minutes 900  # many small files through every reader, a twentieth of them for those of bytes; found faults go to fuzz-found/
    python tools/fuzz.py --show 'ris 1234'           # one case again: the bytes, and what is wrong with it
    python tools/fuzz.py --show fuzz-found/ris-1     # the same for a file

The corpus is `tests/fixtures/formats`; a case is named by its reader and a number and is the same on every machine.
A case that found a fault goes into `tests/fixtures/fuzz`, which `tests/test_fuzz.py` holds against the oracle for ever."""
import argparse
import gc
import io
import random
import re
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from paperlit import charsets, core, duplicates, sentences, sources, streams
from paperlit import text as texts
from paperlit.briefs import brief
from paperlit.core import COLUMNS, EMPTY, Rejected, SourceError
from paperlit.export import to_html
from paperlit.records import judged
from paperlit.saving import save
from paperlit.word import to_docx

TESTS = Path(__file__).resolve().parents[1]/'tests'
CORPUS = TESTS/'fixtures'/'formats'
SECONDS = 10 # A case that computes longer hangs
TEXT_READERS = [name for name, form in sources.FORMATS.items() if not form.binary]
OWN = {
    'citavi': b'<CitaviExchangeData><References><Reference id="1"><Title>On oaks</Title><Year>2001</Year><Abstract>Oaks grow.</Abstract></Reference></References></CitaviExchangeData>',
    'silverplatter': b'Record 1 of 2\nTI: On oaks\nAU: Roe-A\nPY: 2001\nAB: Oaks grow.\n\nRecord 2 of 2\nTI: On elms\nAU: Doe-B\n',
    'viewer': b'Search\n2301.00001v1\n|\nOn oaks\nOaks grow. They are\nweighed.\n|\n2301.00002v2\n|\nElms grow.\n|\n',
    'author-page': b'Ann Roe\n\nAbstract: We weigh oaks in the wood. It takes a day.\n\nAbstract: We weigh elms in the field. It takes a year.\n',
    'brief-review': b'Brief Review - OakNet: Weighing Oaks\nOakNet weighs oaks\nOakNet, by A University\n2021 ICLR (Ann Roe @ Woodblog)\n2019 [ElmNet] 2020 [AshNet] 2021 [OakNet]\nOutline\nOakNet\nResults\n1. OakNet\nIt weighs oaks.\n2. Results\nIt is better by 3%.\n',
    'listing': b'On the Weight of Oaks\n\nWe study how old oaks stand in the wind. Oaks are hard to weigh, since they are large and rooted. We weigh them from one photograph, which takes a minute, and we show that the result is within three percent of what a scale says.\n\nOn the Weight of Elms\n\nWe study how old elms stand in the wind. Elms are hard to weigh, since they are large and rooted. We weigh them from one photograph, which takes a minute, and we show that the result is within three percent of what a scale says.\n',
}
LONG = ['{', '}', '"', "'", '\\', '$', '<a>', '</a>', '@a{', '&amp;', '&', '[', ']', ',', ';', ' ', '\n', '\t', '.', '-', '(', '=', '%', '#', 'TY  - ', 'and ', '\u0301', '\u200b', 'é', '中']
PIECES = ['\0', '\ufeff', '\r', '\x85', '\u2028', '\ud7ff', '"', '""', '{', '}', '\\', '\\write18{ls}', '<![CDATA[', ']]>', '<!--', '-->', '<?x', '<!DOCTYPE a [<!ENTITY b "c">]>', '&b;', '&#0;', '&#xD800;', '&#1114112;', '&lt;b&gt;', '1e999', 'NaN', '-1',
          '99999999999999999999', '0000', '20000000-01-01', '10.', '10.1/', 'http://[', 'https://a b', '=1+1', "'", '{}', '[]', 'null', '{"a":', '\x1a', '\x0c', '%%', '@string{a=a}', '@comment{', 'crossref={a}', 'ER  - ', '²', '٣', '１９９９', 'ß', 'İ', '\U0001f600', 'a\u0300']


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
NAMESPACE = 'http://schemas.openxmlformats.org'
TYPES_OF = 'application/vnd.openxmlformats-officedocument'
ROWS = [['Title', 'Authors', 'Year', 'Abstract'], ['On oaks', 'Roe, Ann; Doe, Ben', '2001', 'Oaks grow. They are weighed.'], ['On elms', 'Doe, Ben', '2002', '&lt;b&gt;Elms&lt;/b&gt; grow.']]


def packed(parts):
    "A zip of these members, always the same bytes"
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        for name, data in parts.items(): z.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def workbook():
    "The members of a small workbook of Excel"
    rows = ''.join(f'<row r="{r}">' + ''.join(f'<c r="{"ABCD"[c]}{r}" t="inlineStr"><is><t>{v}</t></is></c>' for c, v in enumerate(row)) + '</row>' for r, row in enumerate(ROWS, 1))
    return {'[Content_Types].xml': f'<Types xmlns="{NAMESPACE}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{TYPES_OF}.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPES_OF}.spreadsheetml.worksheet+xml"/></Types>'.encode(),
            '_rels/.rels': f'<Relationships xmlns="{NAMESPACE}/package/2006/relationships"><Relationship Id="a" Type="{NAMESPACE}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
            'xl/workbook.xml': f'<workbook xmlns="{NAMESPACE}/spreadsheetml/2006/main" xmlns:r="{NAMESPACE}/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>'.encode(),
            'xl/_rels/workbook.xml.rels': f'<Relationships xmlns="{NAMESPACE}/package/2006/relationships"><Relationship Id="a" Type="{NAMESPACE}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'.encode(),
            'xl/worksheets/sheet1.xml': SHEET.format(rows).encode()}


def word():
    "The members of a small document of Word, which is no format that paperlit reads"
    return {'[Content_Types].xml': b'<Types/>', 'word/document.xml': b'<w:document xmlns:w="x"><w:body><w:p><w:r><w:t>On oaks</w:t></w:r></w:p></w:body></w:document>'}


def parquet():
    "A small Parquet file"
    import pyarrow
    from pyarrow import parquet as files
    out = io.BytesIO()
    files.write_table(pyarrow.table(dict(zip([n.lower() for n in ROWS[0]], map(list, zip(*ROWS[1:]))))), out)
    return out.getvalue()


def of_bytes():
    "The seeds of the readers of bytes: members of an archive, or bytes"
    sys.path.append(str(TESTS))
    from hostile_pdf import pdf
    return {'xlsx': [workbook()], 'docx': [word()], 'pdf': [pdf()], 'parquet': [parquet()]}


BINARY = ['xlsx', 'docx', 'pdf', 'parquet']
READERS = TEXT_READERS + BINARY


def corpus():
    "For each reader, the files of the corpus that it reads, as bytes"
    out = {name: [OWN[name]] if name in OWN else [] for name in TEXT_READERS} | of_bytes()
    for path in sorted(CORPUS.iterdir()):
        name = sources.sniff(path)
        if name in out and path.name != 'expected.json': out[name].append(path.read_bytes())
    return out


def flip(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        if data: data[rng.randrange(len(data))] = rng.choice([rng.randrange(256), 0, 10, 32, 34, 123, 125, 92, 60])
    return bytes(data)


def span(rng, data, most=80):
    a = rng.randrange(len(data) + 1)
    return a, min(len(data), a + rng.randrange(most))


def drop(rng, data): a, b = span(rng, data); return data[:a] + data[b:]
def double(rng, data): a, b = span(rng, data); return data[:b] + data[a:]
def truncate(rng, data): return data[:rng.randrange(len(data) + 1)]
def behead(rng, data): return data[rng.randrange(len(data) + 1):]
def put(rng, data, what): a = rng.randrange(len(data) + 1); return data[:a] + what + data[a:]
def piece(rng, data): return put(rng, data, rng.choice(PIECES).encode())
def run(rng, data): return put(rng, data, rng.choice(LONG).encode() * rng.choice([3, 30, 300, 3000]))


def lines(rng, data):
    "Lines dropped, doubled, moved or joined"
    rows = data.splitlines(keepends=True) or [b'']
    for _ in range(rng.choice([1, 1, 3])):
        i, j = rng.randrange(len(rows)), rng.randrange(len(rows))
        rows = rng.choice([lambda: rows[:i] + rows[i+1:], lambda: rows[:i] + rows[j:j+1] + rows[i:], lambda: rows[:i] + [rows[i].strip()] + rows[i+1:], lambda: rows + rows[i:]])() or [b'']
    return b''.join(rows)


def tags(rng, data):
    "One word of the file put in the place of another"
    words = list(re.finditer(rb'[A-Za-z@%][\w:-]*', data))
    if len(words) < 2: return data
    a, b = rng.choice(words), rng.choice(words)
    return data[:a.start()] + b[0] + data[a.end():]


def charset(rng, data):
    return data.decode('utf-8', 'replace').encode(rng.choice(['utf-16', 'utf-16-le', 'cp1252', 'gb18030', 'utf-8-sig', 'cp437', 'utf-32']), 'replace')


def line_ends(rng, data): return data.replace(b'\n', rng.choice([b'\r\n', b'\r', b'\n\n', b' \n', b'\x0b\n', b'']))


MUTATIONS = [flip, flip, drop, drop, double, truncate, behead, piece, piece, piece, run, lines, lines, lines, tags, tags, tags, charset, line_ends]


def mutated(seeds, rng):
    "A file of `seeds`, damaged a few times"
    data = rng.choice(seeds)
    for _ in range(rng.choice([1, 1, 2, 3, 5])):
        if rng.random() < .1: a, other = rng.randrange(len(data) + 1), rng.choice(seeds); data = data[:a] + other[rng.randrange(len(other) + 1):]
        else: data = rng.choice(MUTATIONS)(rng, data)
    return data[:60_000]


def repacked(parts, rng):
    "An archive one of whose members is damaged, or lost, or the archive itself"
    parts, name = dict(parts), rng.choice([*parts, list(parts)[-1], list(parts)[-1]])
    if rng.random() < .05: del parts[name]
    else: parts[name] = mutated([parts[name]], rng)
    return packed(parts) if rng.random() < .9 else mutated([packed(parts)], rng)


def case(seeds, name, number):
    "Case `number` of a reader: always the same bytes"
    rng = random.Random(f'{name} {number}')
    return repacked(seeds[name][0], rng) if isinstance(seeds[name][0], dict) else mutated(seeds[name], rng)


class Fault(AssertionError):
    "Something that must be true of any file is not"


class TooLong(BaseException):
    "A case took longer than `SECONDS`; no `except Exception` stops it"


@contextmanager
def limit(seconds=SECONDS):
    def late(*_): raise TooLong
    old = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try: yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


def must(holds, why):
    if not holds: raise Fault(why)


LINE = re.compile(r'\bL(\d+)')
TYPES = {'string': str, 'list': list, 'dict': dict, 'Int64': int}


def check_record(record, n_lines):
    "A record of a reader has fields of the right types, and a place that lies in its file"
    place = record.record if isinstance(record, Rejected) else record.get('record')
    if not (isinstance(place, str) and place): raise Fault(f'no place: {record}')
    for n in LINE.findall(place):
        if not 0 < int(n) <= n_lines: raise Fault(f'{place} is beyond the file, which has {n_lines} lines')
    if isinstance(record, Rejected): must(isinstance(record.reason, str) and record.reason, 'rejected without a reason'); return
    for column, value in record.items():
        if column not in COLUMNS or value is None: continue
        if not isinstance(value, TYPES[COLUMNS[column]]): raise Fault(f'{column} is a {type(value).__name__}')
        if isinstance(value, list) and not all(isinstance(v, str) and v.strip() for v in value): raise Fault(f'{column} has an empty item: {value!r:.200}')


def check_table(papers):
    "A papers table is one, and its ledger adds up"
    core.check_papers(papers)
    led = core.ledger(papers)
    actions = led['action'].value_counts().to_dict()
    must(set(actions) <= {'kept', 'merged', 'rejected', 'excluded'}, f'actions {actions}')
    must(sorted(led.loc[led['action'] == 'kept', 'key']) == sorted(papers.index), 'the kept of the ledger are not the keys of the table')
    must(led.loc[led['action'].isin(['rejected', 'excluded']), 'reason'].notna().all(), 'a reason is lacking')
    must(set(led.loc[led['action'] == 'merged', 'into']) <= set(led.loc[led['action'] != 'merged', 'key']), 'merged into nothing')
    for r in led['reason'].dropna(): must('the reader failed' not in r, r)
    for column in (c for c, kind in COLUMNS.items() if kind == 'string'):
        for v in papers[column].dropna(): must('\0' not in v and not re.search('[\ud800-\udfff]', v), f'{column} holds what no file can: {v!r:.100}')
    for p in papers['urls']: must(all(isinstance(u, str) for u in p), 'a link that is no text')
    must(papers['raw'].isna().equals(papers['abstract'].isna()) or not (papers['raw'].isna() & papers['abstract'].notna()).any(), 'an abstract without a source')


def check_spans(papers):
    "Every sentence and every one-line summary is a slice of its abstract"
    tagged = sentences.tag_sentences(papers)
    for r in tagged.itertuples(): must(papers.at[r.key, 'abstract'][r.start:r.end] == r.sentence, f'the span of {r.sentence[:60]!r} is another text')
    for key, abstract in papers['abstract'].dropna().items():
        spans = texts.sentences(abstract)
        must(all(a < b and abstract[a:b] == abstract[a:b].strip() for a, b in spans), f'{key}: sentences with white space')
        must(all(b <= c for (_, b), (c, _) in zip(spans, spans[1:])), f'{key}: sentences overlap')
        must(''.join(abstract.split()) == ''.join(''.join(abstract[a:b] for a, b in spans).split()), f'{key}: a letter is in no sentence')


def same_table(a, b, columns=tuple(COLUMNS)):
    "What differs between two papers tables, or nothing"
    if list(a.index) != list(b.index): return f'keys {list(a.index)[:5]} and {list(b.index)[:5]}'
    flat = lambda v: None if not isinstance(v, (list, dict)) and pd.isna(v) else v
    for c in columns:
        for k, x, y in zip(a.index, map(flat, a[c]), map(flat, b[c])):
            if x != y: return f'{c} of {k}: {x!r:.150} and {y!r:.150}'


def check_saved(papers, suffix):
    "What was saved loads again as the same table"
    with tempfile.TemporaryDirectory() as folder:
        back = sources.load(save(papers, Path(folder)/f'papers{suffix}'), progress=False)
    columns = [c for c in COLUMNS if suffix == '.parquet' or c not in ('source', 'record', 'extra', 'raw', 'abstract')]
    if suffix == '.jsonl': back.index = list(papers.index) if len(back) == len(papers) else back.index
    differs = same_table(papers, back, columns) if suffix == '.parquet' else None if len(papers) == len(back) else f'{len(papers)} saved, {len(back)} loaded'
    must(not differs, f'{suffix}: {differs}')


def check_dedupe(papers):
    "Finding duplicates twice changes nothing, and their order does not matter"
    once = duplicates.dedupe(papers)
    check_table(once)
    must(not (differs := same_table(once, duplicates.dedupe(once))), f'dedupe twice: {differs}')
    turned = papers.iloc[::-1].copy()
    turned.attrs = papers.attrs
    must(set(duplicates.dedupe(turned).index) == set(once.index), 'dedupe: other papers stay in another order')


def check_parts(form, text):
    "A text read in small parts gives what it gives as a whole"
    if not form.cut: return
    cut, chunk = form.cut(text), streams.CHUNK
    if not cut: return
    try:
        streams.CHUNK = 200
        blocks = lambda: (text[i:i+60] for i in range(0, len(text), 60))
        parts = [r for p in streams.read_parts(form._replace(cut=lambda head: cut), blocks) for r in p]
    finally: streams.CHUNK = chunk
    whole = list(form.read(text))
    must(parts == whole, f'in parts: {len(parts)} records, as a whole: {len(whole)}, the first that differs: {next((x for x in zip(parts, whole) if x[0] != x[1]), None)!r:.300}')


class Tags(HTMLParser):
    "The tags of a page and the names of their attributes"
    def __init__(self, page): super().__init__(); self.found = set(); self.feed(page)
    def handle_starttag(self, tag, attrs): self.found |= {tag, *(a for a, value in attrs if tag != 'col' or not re.fullmatch(r'width:[\d.]+%', value))}


def check_pages(papers):
    "The brief review of a paper, as a page and in Word, holds no markup of the record and is whole"
    said = brief(papers, papers.index[0])
    odd = Tags(to_html(said, papers).split('<main', 1)[1].split('</main>')[0]).found - USUAL
    must(not odd, f'markup of the record is markup of the page: {odd}')
    with zipfile.ZipFile(io.BytesIO(to_docx(said, papers, {}, 'T'))) as z: ElementTree.fromstring(z.read('word/document.xml'))


USUAL = set('mark i h1 h2 h3 p ul ol li a em strong code table colgroup col thead tbody tr th td div span footer section details summary q br id class href title rel tabindex role aria-label target lang'.split())


def check_bytes(name, data, deep):
    "Raise `Fault` where something is wrong with what is made of a file of bytes"
    stream = io.BytesIO(data)
    stream.name = f'case.{name}'
    try: papers = sources.load(stream, progress=False)
    except SourceError as e: must('the reader failed' not in str(e), str(e)); return
    check_table(papers)
    if deep: check_spans(papers); check_dedupe(papers); check_pages(papers)


def check(name, data, deep=True):
    "Raise `Fault` where something is wrong with what a reader makes of `data`; `deep` looks at all that follows, too"
    if name in BINARY: check_bytes(name, data, deep); return
    form, text = sources.FORMATS[name], charsets.decode(data)
    if text is None: records = []
    else:
        try: records = list(form.read(text))
        except SourceError: records = []
    for r in records: check_record(r, text.count('\n') + 1)
    found = [judged(r, 'case') for r in records]
    if not deep: return
    if text: check_parts(form, text)
    papers = core.papers_table(found)
    must(len(core.ledger(papers)) == len(records), f'{len(records)} records, {len(core.ledger(papers))} rows in the ledger')
    check_table(papers)
    try: loaded = sources.load(named(data, name), progress=False)
    except SourceError: return
    check_table(loaded); check_spans(loaded)
    for suffix in ('.parquet', '.jsonl', '.bib', '.ris', '.csv', '.xlsx'): check_saved(loaded, suffix) if suffix in ('.parquet', '.jsonl') else check_written(loaded, suffix)
    check_dedupe(loaded); check_pages(loaded)


def check_written(papers, suffix):
    "A table can be written, and what was written holds as many papers as there are"
    with tempfile.TemporaryDirectory() as folder:
        back = sources.load(save(papers, Path(folder)/f'papers{suffix}'), progress=False)
    must(len(core.ledger(back)) >= len(papers), f'{suffix}: {len(papers)} written, {len(core.ledger(back))} read')


def named(data, name):
    stream = io.BytesIO(data)
    stream.name = f'case{(sources.FORMATS[name].suffixes or (".txt",))[0]}'
    return stream


def in_one_line(e):
    at = traceback.extract_tb(e.__traceback__)[-1]
    return f'{type(e).__name__} in {Path(at.filename).name}, {at.name}: {e}'[:600]


def why_wrong(name, data, deep=True):
    "What is wrong with a case in one line, or None"
    try:
        with limit(), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            check(name, data, deep)
    except TooLong: return f'it takes longer than {SECONDS} s'
    except Exception as e: return in_one_line(e)


def kind_of(why): return re.sub(r"'[^']*'|\d+|\W+", ' ', why)[:70]


def fuzz(name, seeds, numbers, until=None, deep_every=100):
    "Run cases of a reader: how many ran, and what was found as {kind: (number, why)}"
    found, n = {}, 0
    for n, number in enumerate(numbers, 1):
        why = why_wrong(name, case(seeds, name, number), number % deep_every == 0)
        if why: found.setdefault(kind_of(why), (number, why))
        if until and time.monotonic() > until: break
    return n, found


MOST, BLOCK = 2000, 500 # Characters of a small case; cases that share one clock
SMALL = [*LONG, *(x*30 for x in LONG), *(x*300 for x in LONG)]
AGAIN = 5000 # Every so many small cases one is held against all that follows, too


def small_seeds(name, seeds):
    "For a reader of text the shortest parts of its files, cut line by line, that still say as much as each file's first record"
    form, out = sources.FORMATS[name], []
    says = lambda rows: {k for r in form.read(''.join(rows)) if isinstance(r, dict) for k in (*r, *r.get('extra', ()))}
    for seed in seeds[name][:10]:
        rows = charsets.decode(seed).splitlines(keepends=True)
        said = says(rows)
        for size in (8, 2, 1):
            for at in range(len(rows) - size, -1, -size):
                fewer = rows[:at] + rows[at + size:]
                try:
                    if said and says(fewer) >= said: rows = fewer
                except SourceError: pass
        out.append(''.join(rows)[:MOST])
    return out + ([own] if (own := OWN.get(name, b'').decode()) else [])


def t_span(rng, text, most=40):
    a = int(rng.random() * (len(text) + 1))
    return a, a + int(rng.random() * most)


def t_flip(rng, text):
    for _ in range(rng.choice((1, 1, 2, 5))):
        a = int(rng.random() * (len(text) + 1))
        text = text[:a] + rng.choice(MARKS) + text[a + 1:]
    return text


MARKS = [*'\n\n \t"\'{}\\<>&;,|-=()[]%#@/0aA.:', 'é', '\x1f', '\ufffd', '中']
def t_drop(rng, text): a, b = t_span(rng, text); return text[:a] + text[b:]
def t_double(rng, text): a, b = t_span(rng, text); return text[:b] + text[a:]
def t_truncate(rng, text): return text[:t_span(rng, text)[0]]
def t_put(rng, text, what): a = t_span(rng, text)[0]; return text[:a] + what + text[a:]
def t_piece(rng, text): return t_put(rng, text, rng.choice(PIECES))
def t_run(rng, text): return t_put(rng, text, rng.choice(SMALL))
def t_ends(rng, text): return text.replace('\n', rng.choice(('\n\n', ' \n', '\x0b\n', '', '\n\t')))


def t_lines(rng, text):
    "A line dropped, doubled, or put in another place"
    rows = text.split('\n')
    i, j = int(rng.random() * len(rows)), int(rng.random() * len(rows))
    row = rows[i]
    if rng.random() < .6: del rows[i]
    if rng.random() < .6: rows.insert(j, row)
    return '\n'.join(rows)


WORD = re.compile(r'[A-Za-z@%][\w:-]*')


def t_tags(rng, text):
    "A word put in the place of another"
    a, b = (WORD.search(text, t_span(rng, text)[0]) for _ in '12')
    return text[:a.start()] + b[0] + text[a.end():] if a and b else text[::-1] if rng.random() < .01 else text


T_MUTATIONS = [t_flip, t_flip, t_drop, t_drop, t_double, t_truncate, t_piece, t_piece, t_piece, t_run, t_lines, t_lines, t_lines, t_tags, t_tags, t_tags, t_ends]


def small_case(texts, name, number):
    "Small case `number` of a reader: always the same text"
    rng = random.Random(f'small {name} {number}')
    text = rng.choice(texts)
    for _ in range(rng.choice((1, 1, 2, 3, 5))): text = rng.choice(T_MUTATIONS)(rng, text)
    return text[:MOST].replace('\0', '').replace('\r', '\n')


def check_small(form, text, number):
    "The cheap oracle: the reader's own exception or sound records with places; of every fourth case the cleaning, too"
    try: records = list(form.read(text))
    except SourceError: return
    n_lines = text.count('\n') + 1
    for r in records: check_record(r, n_lines)
    if number % 4 == 0:
        for r in records: judged(r, 'case')


def why_small(form, texts, numbers):
    "The first of these small cases that is wrong, as (number, why), or None"
    number = numbers.start
    try:
        with limit(SECONDS + 2):
            for number in numbers: check_small(form, small_case(texts, form.name, number), number)
    except TooLong: return number, f'it takes longer than {SECONDS} s'
    except Exception as e: return number, in_one_line(e)


def keep(folder, name, number, data, why):
    "A file for a fault that was found, with what is wrong with it beside it"
    folder.mkdir(exist_ok=True)
    (folder/f'{name}-{number}').write_bytes(data)
    print(f'{folder/f"{name}-{number}"}: {why}', flush=True)


def small_block(name, texts, start, kinds, folder):
    "A block of small cases of a reader, and every `AGAIN`th of them with the dear oracle"
    form, numbers = sources.FORMATS[name], range(start, start + BLOCK)
    def found(number, why):
        if kinds.setdefault((name, kind_of(why)), why) is why: keep(folder, name, number, small_case(texts, name, number).encode(), why)
    while numbers and (wrong := why_small(form, texts, numbers)): found(*wrong); numbers = range(wrong[0] + 1, numbers.stop)
    if start % AGAIN == 0 and (why := why_wrong(name, small_case(texts, name, start).encode())): found(start, why)


def many(readers, executions, start, minutes, folder):
    "So many cases of each reader of text and a twentieth of them for each reader of bytes, by turns, or until time is up"
    seeds, done, kinds, end = corpus(), Counter(), {}, time.monotonic() + 60*minutes
    small = {name: small_seeds(name, seeds) for name in readers if name not in BINARY}
    gc.freeze()
    warnings.simplefilter('ignore')
    spent, said = time.process_time(), time.monotonic()
    while time.monotonic() < end and (left := [n for n in readers if done[n] < (executions if n in small else executions // 20)]):
        for name in left:
            at = start + done[name]
            if name in small: small_block(name, small[name], at, kinds, folder); done[name] += BLOCK; continue
            n, found = fuzz(name, seeds, range(at, at + BLOCK // 20), deep_every=500)
            done[name] += n
            for kind, (number, why) in found.items():
                if kinds.setdefault((name, kind), why) is why: keep(folder, name, number, case(seeds, name, number), why)
        if time.monotonic() > said + 60: said = time.monotonic(); print(f'{sum(done.values())} cases, {time.process_time() - spent:.0f} s of this process: {dict(done)}', flush=True)
    return done, kinds


def long_run(readers, minutes, start):
    "By turns a second of each reader, until time is up"
    seeds, done, kinds, end = corpus(), Counter(), {}, time.monotonic() + 60*minutes
    while time.monotonic() < end:
        for name in readers:
            at = start + done[name]
            n, found = fuzz(name, seeds, range(at, at + 10**6), min(end, time.monotonic() + 2))
            done[name] += n
            for kind, (number, why) in found.items():
                if kinds.setdefault((name, kind), why) is why: print(f'{name} {number}: {why}', flush=True)
    return done, kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--minutes', type=float, default=10)
    parser.add_argument('--reader', choices=READERS, action='append')
    parser.add_argument('--start', type=int, default=0, help='number of the first case')
    parser.add_argument('--executions', type=int, help='cases of each reader of text, small ones, and a twentieth of them for the others')
    parser.add_argument('--kept', type=Path, default=Path('fuzz-found'), help='folder for what `--executions` finds')
    parser.add_argument('--show', metavar='CASE', help='a case, as `ris 1234`')
    args = parser.parse_args()
    if args.show:
        name, number = args.show.split() if ' ' in args.show else (Path(args.show).name.rpartition('-')[0], None)
        data = Path(args.show).read_bytes() if number is None else case(corpus(), name, int(number))
        sys.stdout.buffer.write(data + b'\n')
        print(why_wrong(name, data) or 'nothing is wrong with it', file=sys.stderr)
        return
    readers = args.reader or READERS
    done, kinds = many(readers, args.executions, args.start, args.minutes, args.kept) if args.executions else long_run(readers, args.minutes, args.start)
    print(f'{sum(done.values())} cases, {len(kinds)} kinds of fault')
    for name, n in done.items(): print(f'  {name:16} {n:8}  {sum(k[0] == name for k in kinds)}')
    sys.exit(bool(kinds))


if __name__ == '__main__': main()
