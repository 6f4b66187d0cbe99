"""How many records a second `paperlit.load` takes to the finished papers table, beside the reader that people use now.

    python bench/load.py [--records 10000] [--only bibtex] [--python litstudy=OTHER/bin/python ...]

The records are made here, in our own words, in the dialects that Scopus, Web of Science, PubMed, Google Scholar, Zotero and IEEE
write. Every reader runs in a process of its own, the quickest of three runs, in seconds of its processor, counts. A reader that is not installed is left out;
litstudy wants an older bibtexparser, so it needs an environment of its own, which --python names. Ratios come first."""
import argparse
import csv
import importlib
import io
import json
import random
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

NOUNS = '''kettle teapot cup saucer leaf harvest infusion temperature aroma spoon filter whistle porcelain garden merchant caravan samovar biscuit lemon honey steam
    water mineral roast blend barrel season terrace climate soil oxidation ferment cellar ledger auction price drinker ceremony guest table cloth'''.split()
VERBS = 'measure compare describe estimate explain improve predict record reduce sort taste warm'.split()
ADJECTIVES = 'bitter careful cold early fragrant golden green late mild regional robust seasonal silent slow smooth steady sweet warm'.split()
FAMILIES = '''Teagarden Kettleby Brühl Núñez Østergård Małecki Çelik Dubois Okafor Tanaka Haldorsen Varga Petrov Mbeki Lindqvist Rossi Ó\u00a0Briain Kowalczyk Ferreira
    Nakamura Schröder Jensen Papadaki Moreau Achterberg'''.replace('\u00a0', '').split()
GIVENS = 'Ada Béla Chloé David Elif Farid Grete Hana Ivo José Karin Luis Mónica Noor Olaf Paula Quim Rosa Søren Tove Uwe Vera Wim Xenia Yuki Zoë'.split()
PLACES = ['Department of Infusions, University of Upper Cup, Saucerville', 'Institute for Leaf Science, Kettle Hill', 'School of Steam, North Harbour College', 'Tea Research Centre, Old Terrace']
VENUES = ['Journal of Tea Studies', 'Annals of Infusion Science', 'Cup and Saucer Letters', 'International Review of Kettles', 'Proceedings of the Conference on Warm Drinks', 'Applied Leaf Research']
DEGREE,AND = r'$^{\circ}$',r' \& '
ACCENTS = {'ü': r'{\"u}', 'ú': r"{\'u}", 'ñ': r'{\~n}', 'Ø': r'{\O}', 'å': r'{\aa}', 'ł': r'{\l}', 'Ç': r'{\c{C}}', 'Ó': r"{\'O}", 'ö': r'{\"o}', 'é': r"{\'e}", 'ó': r"{\'o}", 'ø': r'{\o}', 'ë': r'{\"e}'}


# --- what there is to write about ---

def sentence(r):
    "A sentence that no paper holds"
    a,b,c = r.sample(NOUNS, 3)
    return r.choice([f'We {r.choice(VERBS)} how the {r.choice(ADJECTIVES)} {a} and the {b} depend on the {c} in {r.randint(3, 90)} {r.choice(ADJECTIVES)} gardens.',
        f'Results show that a {r.choice(ADJECTIVES)} {a} needs {r.uniform(1, 60):.1f}% less {b} than the {c} of the control group (p = 0.{r.randint(1, 49):02d}).',
        f'However, little is known about the {a}, its {b} and the role of {r.choice(ADJECTIVES)} {c}s.', f'The {a} was kept at {r.randint(20, 99)} °C while {r.randint(2, 30)} tasters rated {b} and {c}.'])

def cited_work(r):
    "A work as Scopus lists it among the references"
    people = ', '.join(f'{r.choice(FAMILIES)}, {r.choice("ABCDEFGH")}.{r.choice("ABCDEFGH")}.' for _ in range(r.randint(1, 5)))
    return f'{people}, On the {r.choice(ADJECTIVES)} {r.choice(NOUNS)} and its {r.choice(NOUNS)} ({r.randint(1970, 2020)}) {r.choice(VENUES)}, {r.randint(1, 90)} ({r.randint(1, 12)}), pp. {r.randint(1, 400)}-{r.randint(401, 900)}'

def paper(n):
    "Everything that an export could say about paper `n`"
    r = random.Random(n)
    return dict(n=n, title=f'{r.choice(ADJECTIVES).title()} {r.choice(NOUNS)} and {r.choice(NOUNS)}: how we {r.choice(VERBS)} a {r.choice(NOUNS)}', year=r.randint(1990, 2024), venue=r.choice(VENUES),
        authors=[(r.choice(FAMILIES), f'{r.choice(GIVENS)} {r.choice("ABCDEFGH")}.') for _ in range(r.randint(1, 7))], volume=r.randint(1, 90), issue=r.randint(1, 12), page=r.randint(1, 900),
        abstract=' '.join(sentence(r) for _ in range(r.randint(5, 11))), keywords=[f'{r.choice(ADJECTIVES)} {w}' for w in r.sample(NOUNS, r.randint(3, 6))], doi=f'10.5555/tea.{n // 7}.{n:06d}',
        places=r.sample(PLACES, 2), issn=f'{r.randint(1000, 9999)}-{r.randint(1000, 9999)}', cited=r.randint(0, 90), works=[cited_work(r) for _ in range(r.randint(15, 60))])

def initials(given): return ''.join(w[0] + '.' for w in given.split())

def wrapped(text, indent, width=78):
    "`text` over several lines, the later ones indented"
    lines,line = [],''
    for w in text.split():
        if len(line) + len(w) > width: lines.append(line); line = ''
        line += f' {w}' if line else w
    return f'\n{indent}'.join([*lines, line])

def percent(text): return text.replace('%', r'\%')

def accented(text): return ''.join(ACCENTS.get(c, c) for c in text)


# --- BibTeX ---

def bib_scopus(p):
    people = ' and '.join(f'{f}, {initials(g)}' for f,g in p['authors'])
    return f'''@ARTICLE{{{p['authors'][0][0]}{p['year']}{p['n']},
author={{{people}}},
title={{{p['title']}}},
journal={{{p['venue']}}},
year={{{p['year']}}},
volume={{{p['volume']}}},
number={{{p['issue']}}},
pages={{{p['page']}-{p['page'] + 9}}},
doi={{{p['doi']}}},
note={{cited By {p['cited']}}},
url={{https://www.example.org/inward/record.uri?eid=2-s2.0-{p['n']:08d}&doi=10.5555%2ftea.{p['n']}&partnerID=40&md5={p['n'] * 7919:032x}}},
affiliation={{{'; '.join(p['places'])}}},
abstract={{{p['abstract']} © {p['year']} Tea Press}},
author_keywords={{{';  '.join(p['keywords'])}}},
references={{{'; '.join(p['works'])}}},
publisher={{Tea Press}},
issn={{{p['issn'].replace('-', '')}}},
language={{English}},
document_type={{Article}},
source={{Scopus}},
}}
'''

def bib_wos(p):
    fields = {'Author': ' and '.join(f'{f}, {g}' for f,g in p['authors']), 'Title': p['title'], 'Journal': p['venue'].upper(), 'Year': p['year'], 'Volume': p['volume'], 'Number': p['issue'],
        'Pages': f'{p["page"]}-{p["page"] + 9}', 'Month': 'MAR', 'Abstract': percent(p['abstract']), 'Publisher': 'TEA PRESS', 'Type': 'Article', 'Language': 'English',
        'Affiliation': '. '.join(p['places']), 'DOI': p['doi'], 'ISSN': p['issn'], 'Keywords': '; '.join(p['keywords']), 'Times-Cited': p['cited'], 'Unique-ID': f'WOS:{p["n"]:015d}'}
    body = '\n'.join(f'{n} = {{{{{wrapped(str(v), "   ")}}}}},' if n != 'Author' else f'{n} = {{{wrapped(v, "   ")}}},' for n,v in fields.items())
    return f'@article{{ WOS:{p["n"]:015d},\n{body}\n}}\n'

def bib_zotero(p):
    people = ' and '.join(f'{accented(f)}, {accented(g)}' for f,g in p['authors'])
    return f'''@article{{{p['authors'][0][0].lower()}_{p['title'].split()[1]}_{p['year']},
	title = {{{{{p['title'].split()[0]}}} {p['title'].split(' ', 1)[1]}}},
	volume = {{{p['volume']}}},
	issn = {{{p['issn']}}},
	url = {{https://example.org/articles/{p['n']}}},
	doi = {{{p['doi']}}},
	abstract = {{{percent(accented(p['abstract'])).replace('°', DEGREE)}}},
	language = {{en}},
	number = {{{p['issue']}}},
	urldate = {{2024-05-06}},
	journal = {{{p['venue'].replace(' and ', AND)}}},
	author = {{{people}}},
	month = mar,
	year = {{{p['year']}}},
	pages = {{{p['page']}--{p['page'] + 9}}},
	keywords = {{{', '.join(p['keywords'])}}},
	file = {{Full Text PDF:files/{p['n']}/paper.pdf:application/pdf}},
}}
'''

def bib_scholar(p):
    return f'''@inproceedings{{{p['authors'][0][0].lower()}{p['year']}x{p['n']},
  title={{{p['title']}}},
  author={{{' and '.join(accented(f'{f}, {g}') for f,g in p['authors'])}}},
  booktitle={{{p['venue']}}},
  pages={{{p['page']}--{p['page'] + 9}}},
  year={{{p['year']}}},
  organization={{Tea Press}}
}}
'''

def bib_biblatex(p):
    return f'''@article{{key{p['n']},
  title        = {{{{{p['title']}}}}},
  author       = {{{' and '.join(f'{f}, {g}' for f,g in p['authors'])}}},
  date         = {{{p['year']}-03-17}},
  journaltitle = {{{p['venue']}}},
  shortjournal = "Tea Lett.",
  volume       = {p['volume']},
  number       = {p['issue']},
  pages        = {{{p['page']}--{p['page'] + 9}}},
  doi          = {{{p['doi']}}},
  eprint       = {{2101.{p['n'] % 100000:05d}}},
  eprinttype   = {{arxiv}},
  abstract     = {{{percent(p['abstract'])}}},
  langid       = {{english}},
}}
'''

def bibtex(papers):
    styles = [bib_scopus, bib_wos, bib_zotero, bib_scholar, bib_biblatex]
    return '@string{tp = "Tea Press"}\n\n' + '\n'.join(styles[p['n'] % len(styles)](p) for p in papers)


# --- tagged formats and CSV ---

def ris(papers):
    def one(p):
        lines = [('TY', 'JOUR'), ('TI', p['title']), ('T2', p['venue']), ('SP', p['page']), ('EP', p['page'] + 9), *(('AU', f'{f}, {g}') for f,g in p['authors']), ('PY', p['year']),
            *(('KW', k) for k in p['keywords']), ('DO', p['doi']), ('JO', p['venue']), ('IS', p['issue']), ('SN', p['issn']), ('VL', p['volume']), ('UR', f'https://example.org/articles/{p["n"]}'), ('AB', p['abstract'])]
        return ''.join(f'{t}  - {v}\n' for t,v in lines) + 'ER  - \n\n'
    return ''.join(map(one, papers))

def nbib(papers):
    def one(p):
        lines = [('PMID', f'{30_000_000 + p["n"]}'), ('OWN', 'NLM'), ('STAT', 'MEDLINE'), ('DCOM', f'{p["year"]}0628'), ('IS', f'{p["issn"]} (Electronic)'), ('VI', p['volume']), ('IP', p['issue']), ('DP', f'{p["year"]} Mar'),
            ('TI', p['title'] + '.'), ('PG', f'{p["page"]}-{p["page"] + 9}'), ('LID', f'{p["doi"]} [doi]'), ('AB', p['abstract']), ('CI', f'Copyright © {p["year"]} Tea Press.')]
        for f,g in p['authors']: lines += [('FAU', f'{f}, {g.replace(".", "")}'), ('AU', f'{f} {initials(g).replace(".", "")}'), ('AD', p['places'][0] + '.')]
        lines += [('LA', 'eng'), ('PT', 'Journal Article'), ('DEP', f'{p["year"]}0317'), ('PL', 'Switzerland'), ('TA', p['venue'][:20]), ('JT', p['venue']), ('JID', f'{p["n"]}'), ('SB', 'IM'),
            *(('MH', f'*{k.title()}') for k in p['keywords']), *(('OT', k) for k in p['keywords']), ('EDAT', f'{p["year"]}/06/28 06:00'), ('AID', f'{p["doi"]} [doi]'), ('PST', 'epublish'), ('SO', f'{p["venue"]}. {p["year"]} Mar 17.')]
        return ''.join(f'{t:4}- {wrapped(str(v), "      ", 80)}\n' for t,v in lines)
    return '\n'.join(map(one, papers))

def wos(papers):
    def one(p):
        lines = [('PT', 'J'), ('AU', '\n   '.join(f'{f}, {initials(g).replace(".", "")}' for f,g in p['authors'])), ('AF', '\n   '.join(f'{f}, {g}' for f,g in p['authors'])), ('TI', wrapped(p['title'], '   ')),
            ('SO', p['venue'].upper()), ('LA', 'English'), ('DT', 'Article'), ('DE', wrapped('; '.join(p['keywords']), '   ')), ('AB', wrapped(p['abstract'], '   ')), ('C1', '\n   '.join(p['places'])),
            ('NR', len(p['works'])), ('TC', p['cited']), ('PU', 'TEA PRESS'), ('SN', p['issn']), ('PD', 'MAR'), ('PY', p['year']), ('VL', p['volume']), ('IS', p['issue']), ('BP', p['page']), ('EP', p['page'] + 9), ('DI', p['doi']), ('UT', f'WOS:{p["n"]:015d}')]
        return ''.join(f'{t} {v}\n' for t,v in lines) + 'ER\n\n'
    return 'FN Clarivate Analytics Web of Science\nVR 1.0\n' + ''.join(map(one, papers)) + 'EF'

def scopus(papers):
    out = io.StringIO()
    rows = csv.writer(out, lineterminator='\n', quoting=csv.QUOTE_NONNUMERIC)
    rows.writerow('Authors|Author(s) ID|Title|Year|Source title|Volume|Issue|Art. No.|Page start|Page end|Page count|Cited by|DOI|Link|Affiliations|Abstract|Author Keywords|Publisher|ISSN|Language of Original Document|Document Type|Publication Stage|Source|EID'.split('|'))
    for p in papers: rows.writerow([', '.join(f'{f} {initials(g)}' for f,g in p['authors']), ';'.join(f'{5700000000 + p["n"] * 9 + i}' for i,_ in enumerate(p['authors'])), p['title'], p['year'], p['venue'], str(p['volume']), str(p['issue']), '',
        str(p['page']), str(p['page'] + 9), '', p['cited'], p['doi'], f'https://www.example.org/inward/record.uri?eid=2-s2.0-{p["n"]:08d}', '; '.join(p['places']), f'{p["abstract"]} © {p["year"]} Tea Press', '; '.join(p['keywords']), 'Tea Press',
        p['issn'].replace('-', ''), 'English', 'Article', 'Final', 'Scopus', f'2-s2.0-{p["n"]:08d}'])
    return '\ufeff' + out.getvalue()

FILES = {'bibtex': (bibtex, 'papers.bib', ['bibtexparser', 'pybtex']), 'nbib': (nbib, 'papers.nbib', ['nbib']), 'scopus': (scopus, 'scopus.csv', ['litstudy']),
         'ris': (ris, 'papers.ris', ['rispy']), 'wos': (wos, 'savedrecs.txt', ['rispy_wok'])}
TARGETS = dict(bibtexparser=3, pybtex=3, nbib=3, litstudy=1, rispy=.5, rispy_wok=.5)


# --- the readers ---

def read_paperlit(path):
    import paperlit
    return paperlit.load(path, progress=False)

def read_bibtexparser(path):
    import bibtexparser
    return bibtexparser.parse_file(str(path)).entries

def read_pybtex(path):
    from pybtex import errors
    from pybtex.database.input.bibtex import Parser
    errors.strict = False
    return Parser().parse_string(Path(path).read_text('utf-8')).entries

def read_nbib(path): return importlib.import_module('nbib').read_file(str(path))

def read_rispy(path): return importlib.import_module('rispy').loads(Path(path).read_text('utf-8'))

def read_rispy_wok(path):
    import rispy
    return rispy.loads(Path(path).read_text('utf-8'), implementation=rispy.WokParser)

def read_litstudy(path):
    "litstudy keeps the rows and makes a field when it is asked for, so what the table of paperlit holds is asked for"
    papers = importlib.import_module('litstudy').load_scopus_csv(str(path))
    for p in papers: [getattr(p, n) for n in ('title', 'authors', 'publication_year', 'publication_source', 'abstract', 'keywords', 'citation_count', 'language')]
    return papers

def clock(reader, path, runs=3):
    "Records and seconds of the quickest of `runs`"
    read,best = globals()[f'read_{reader}'],float('inf')
    for _ in range(runs):
        start = time.process_time(); n = len(read(path)); best = min(best, time.process_time() - start)
    return dict(n=n, seconds=best)

def measure(reader, path, python):
    "What a process of its own says about `reader`, or None where it is not installed"
    done = subprocess.run([python, __file__, '--clock', reader, str(path)], capture_output=True, text=True)
    if done.returncode: return None
    return json.loads(done.stdout.splitlines()[-1])

def compare(name, path, pythons):
    "Lines with ratios and records per second for one format"
    own = measure('paperlit', path, sys.executable)
    if not own: raise SystemExit(f'paperlit itself did not read {path.name}')
    print(f'{name}: paperlit {own["n"] / own["seconds"]:,.0f} records/s ({own["n"]:,} records)')
    for peer in FILES[name][2]:
        found = measure(peer, path, pythons.get(peer, pythons.get(peer.split('_')[0], sys.executable)))
        if not found: print(f'  {peer}: not installed here, left out'); continue
        ratio = found['seconds'] / found['n'] / (own['seconds'] / own['n']) if found['n'] else float('inf')
        print(f'  {ratio:5.2f} × {peer} (wanted {TARGETS[peer]}): {found["n"] / found["seconds"]:,.0f} records/s ({found["n"]:,} records)', flush=True)

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--records', type=int, default=10_000, help='how many records each file holds')
    parser.add_argument('--only', choices=FILES, help='one format')
    parser.add_argument('--python', action='append', default=[], metavar='READER=PYTHON', help='the interpreter that has a reader')
    parser.add_argument('--clock', nargs=2, metavar=('READER', 'FILE'), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.clock: print(json.dumps(clock(*args.clock))); return
    papers = [paper(n) for n in range(args.records)]
    with tempfile.TemporaryDirectory() as folder:
        for name in [args.only] if args.only else FILES:
            path = Path(folder)/FILES[name][1]
            path.write_text(FILES[name][0](papers), 'utf-8')
            compare(name, path, dict(p.split('=', 1) for p in args.python))

if __name__ == '__main__': main()
