"""Damaged files for the readers, and damaged papers for what works on the papers table; each is named by its target and a number and is the same on every machine."""
import io
import json
import random
import re
import sys
import zipfile
from pathlib import Path

from paperlit import charsets, sources
from paperlit.core import SourceError

TESTS = Path(__file__).resolve().parents[1]/'tests'
CORPUS = TESTS/'fixtures'/'formats'
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


MOST = 2000 # Characters of a small case
SMALL = [*LONG, *(x*30 for x in LONG), *(x*300 for x in LONG)]


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


PAPERS = [
    dict(title='On the weight of oaks', abstract='Oaks are heavy, and scales are dear. We present OakNet, which weighs an oak from one photograph. On ForestBench OakNet reaches an error of 3.2%, while ElmNet has 4.1%. It takes 2.5 s on a single GPU. Code is at https://example.org/oaks.',
         authors=['Roe, Ann', 'van der Berg, Jan'], year=2021, venue='Journal of Trees', doi='10.1234/oaks.2021.7', keywords=['oak', 'weight of trees'], urls=['https://example.org/oaks'], language='en', volume='12', pages='3-14', citations=5),
    dict(title='Elms & ashes: a study of R&D in 20% of all woods', abstract='BACKGROUND: Elms die (p < 0.05). RESULTS: Of 120 elms 48 (40%) died vs. 12 of 118 ashes; the odds ratio was 4.1 (95% CI 2.3-7.4). CONCLUSION: Plant ashes, e.g. in parks.',
         authors=['Doe, Ben', 'World Forest Organization', "O'Neill, Zoë"], year=1999, venue='Proceedings of the Workshop on Woods', pmid='12345678', keywords=['elm', 'ash; dieback', 'R&D'], language='de', references=['Roe A. On oaks. 1998', 'Doe B. On elms; a note. 1997']),
    dict(title=r'A bound of $O(n^2)$ for {B}irch \"uber alles', abstract='We prove that $\\alpha \\leq 2^n$ holds for each birch B_1, ..., B_n. However, no bound is known for n > 10! Is it tight? We do not know. Our bound outperforms that of Roe et al. by a factor of 1.5x.',
         authors=['Müller-Lüdenscheidt, Karl, Jr.', 'Łoś, Żaneta'], year=2010, arxiv_id='2301.00001v2', venue='arXiv', urls=['https://arxiv.org/abs/2301.00001', 'https://example.org/a_b?c=%7Bd%7D&e=f#g'], language='en'),
    dict(title='中文标题：森林的重量', abstract='森林很重。我们称了一棵树。结果是3吨。', authors=['王, 小明', '李, 雷'], year=2020, venue='林业学报', language='zh', keywords=['森林', '重量']),
    dict(title='=SUM(A1:A9) and other titles of spreadsheets', abstract='-1 + 1 is nothing. @home we count. +49 is a number; "quoted", it is \'text\'.', authors=['@lice, +Bob'], year=2005, doi='10.1002/(sici)1097-0258(19980815)17:15<1661::aid-sim968>3.0.co;2-2', urls=['https://example.org/x;y=1', 'https://example.org/(z)']),
    dict(title='<b>Bold</b> oaks <script>alert(1)</script>', abstract='If a<b and c>d, then [x](javascript:alert(1)) is `code`, ![i](http://example.org/i.png) no picture, and **this** | that is no table. We propose TreeQA, a dataset of 10,000 questions.', authors=['Roe, Ann'], venue='Letters on *Wood*', year=2015),
    dict(abstract='Title and names are lost. The method, called FirNet, surpasses PineNet (Roe et al., 2019) on three benchmarks, by 1.3 to 2.7 points. The data are available on request.', arxiv_id='math/0309136', urls=['https://example.org/fir']),
    dict(title='A book of willows', authors=['Willow, W. W.'], year=1888, kind='book', publisher='Wood & Sons', isbn='978-3-16-148410-0', note='second edition; with a map', language='fr', keywords=['salix']),
    dict(title='On “quoted” oaks — or: don\'t', abstract='“We weigh,” they said, “what we find.” The mean was 12.3 ± 0.4 kg (n = 31); it rose from 10.1 to 12.3 kg.\n\nThe second paragraph begins here. It has i.i.d. noise, see Fig. 3.', authors=['Çelik, Ömer', 'Ngô, Văn A'], year=2023, venue='Bäume', doi='10.5555/ümlaut', citations=0),
    dict(title='Oaknet: Weighing Oaks', abstract='Oaks are heavy, and scales are dear. We present OakNet, which weighs an oak from one photograph. On ForestBench OakNet reaches an error of 3.2%, while ElmNet has 4.1%.', authors=['Roe, A.', 'Berg, J. van der'], year=2021, venue='arXiv', arxiv_id='2105.01234'),
]
FOR_PAPERS = ['=1+1', '+1', '-1', '@x', "'", '"', '""', '","', '\\', '{', '}', '{}', '%', '#', '&', '$', '$x$', '$5 and $6', '\\alpha', '\\textbf{x}', '\\%', '\\{', ' and ', 'others', 'et al.', '~', '^', '_', '``', "''", '--', '---', '\nER  - \n', '\nTI  - x', 'TY  - JOUR', '@article{a,', '@', ';', '; ', ',', ', ',
              '|', '\n', '\n\n', '\r\n', '\t', '<i>', '</i>', '<script>', '</w:t>', ']]>', '<!--', '-->', '&amp;', '&lt;', '&#65;', '_x0041_', '_x000D_', '\x0b', '\x1f', '\x7f', '\x85', '\xa0', '\u2028', '\u200b', '\ufeff', '\ufffe', '\uffff', '[@a]', '[x](y)', '“', '”', '…', '*', '**', '`', '# ', '1. ', '. A',
              '! B', '?', '.', 'e.g. ', 'https://example.org/a', 'https://example.org/a_(b)', 'www.example.org', '3.5%', 'p < 0.01', '[?]', '10.1/x', 'OakNet', ' outperforms ElmNet by 3%', 'No. 5', '½', 'ﬁ', 'é', 'e\u0301', '中', '\U0001f333', 'İ', 'ß', '\ud800', '{{ x }}', '{% x %}', '${x}', '\u202e', 'a'*300, 'word '*80]


def t_for_papers(rng, text): return t_put(rng, text, rng.choice(FOR_PAPERS))


def paper(name, number):
    "Paper `number` for a target, as a source gives it: always the same fields"
    rng = random.Random(f'paper {name} {number}')
    out = {c: [*v] if isinstance(v, list) else v for c, v in rng.choice(PAPERS).items()}
    for _ in range(rng.choice((0, 1, 1, 2, 3))): out |= dict([rng.choice([*rng.choice(PAPERS).items()])])
    for _ in range(rng.choice((0, 1, 1, 2, 2, 4))):
        column = rng.choice([*out])
        out[column] = damaged(rng, out[column])
    return out


def damaged(rng, value):
    "A value of a paper with a few mutations"
    if value is None or isinstance(value, int): return rng.choice([None, 0, 1, 1499, 1500, 2099, 10**9])
    if not isinstance(value, list):
        for _ in range(rng.choice((1, 1, 2, 3))): value = rng.choice(P_MUTATIONS)(rng, value)
        return value[:MOST]
    if rng.random() < .2: return value * rng.choice((0, 2, 30))
    at = int(rng.random() * (len(value) + 1))
    return value[:at] + [damaged(rng, value[at] if at < len(value) else '')] + value[at + 1:]


P_MUTATIONS = [t_for_papers, t_for_papers, t_for_papers, t_for_papers, t_flip, t_drop, t_double, t_truncate, t_piece, t_run, t_tags, t_ends]
