"""Write paperlit/models/systems.json: the judge of names, and how often names stand in abstracts.

`paperlit.systems` finds every name that a paper may introduce; this logistic regression says which it does. It learns from
titles such as *FernNet: A Small Network*, where the name before the colon is the paper's own (the title is hidden from it),
and, where given, from names judged by hand: JSON lines with title, abstract, name and own (true or false), which weigh more.

    python tools/train_systems.py CORPUS.parquet [--judged FILE]
"""
import argparse
import json
import math
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

OUT = Path(__file__).parent.parent/'paperlit'/'models'/'systems.json'
TOKEN = re.compile(r'(?<![\w-])[A-Za-z][\w+-]*[\w+](?!\w)')


def count_names(corpus, least):
    "Names with capitals inside, by the power of two of how many abstracts hold them"
    from paperlit.terms import is_marked
    counts = Counter()
    for text in corpus.title.fillna('') + ' ' + corpus.abstract.fillna(''): counts.update(set(TOKEN.findall(text)))
    groups = defaultdict(list)
    for name, n in sorted(counts.items()):
        if n >= least and len(name) < 25 and is_marked(name): groups[int(math.log2(n))].append(name)
    return {str(n): ' '.join(names) for n, names in sorted(groups.items())}


def examples(title, abstract, name, own, hide):
    "Evidence and label of every candidate of one paper; of the judged name alone where the name is judged by hand"
    from paperlit.systems import candidates, squeeze
    from paperlit.text import sentences
    found = [c for c in candidates([abstract[a:b] for a, b in sentences(abstract)], pd.NA if hide else title) if c.evidence]
    same = [squeeze(c.name) == squeeze(name) or squeeze(name) in map(squeeze, c.aliases) for c in found]
    if hide: return [(c.evidence, s) for c, s in zip(found, same)] if any(same) else []
    return [(c.evidence, own) for c, s in zip(found, same) if s][:1]


def gather(corpus, judged, n):
    "Evidence, labels and weights: titles with a name before the colon, and names judged by hand"
    from paperlit.systems import title_name
    named = corpus[corpus.title.str.contains(':', na=False) & corpus.abstract.notna()].sample(frac=1, random_state=0)
    rows = []
    for r in named.itertuples():
        name = title_name(r.title)
        if name and name in r.abstract: rows += [(e, y, .3) for e, y in examples(r.title, r.abstract, name, True, True)]
        if len(rows) > n: break
    by_hand = [(e, y, 10.) for r in judged for e, y in examples(r['title'] or pd.NA, r['abstract'], r['name'], r['own'], False)]
    return rows + by_hand


def fit(rows):
    "Weights by name of the evidence"
    names = sorted({k for e, _, _ in rows for k in e})
    x = np.array([[e.get(k, 0.) for k in names] for e, _, _ in rows])
    model = LogisticRegression(C=.3, max_iter=500).fit(x, [y for _, y, _ in rows], sample_weight=[w for _, _, w in rows])
    return {'always': round(float(model.intercept_[0]), 3), **{k: round(float(w), 3) for k, w in zip(names, model.coef_[0]) if abs(w) >= .005}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('corpus', help='Parquet file with the columns `title` and `abstract`')
    parser.add_argument('--judged', help='JSON lines of names judged by hand')
    parser.add_argument('--least', type=int, default=5, help='abstracts that a name must stand in to be counted')
    parser.add_argument('--rows', type=int, default=9000, help='examples from titles')
    args = parser.parse_args()
    from paperlit.systems import judge
    corpus = pd.read_parquet(args.corpus, columns=['title', 'abstract'])
    model = {'weights': {'always': 0.}, 'papers': count_names(corpus, args.least)}
    OUT.write_text(json.dumps(model, ensure_ascii=False, separators=(',', ':')) + '\n', encoding='utf-8')
    judge.cache_clear()
    judged = [json.loads(line) for line in open(args.judged, encoding='utf-8')] if args.judged else []
    rows = gather(corpus, judged, args.rows)
    model['weights'] = fit(rows)
    OUT.write_text(json.dumps(model, ensure_ascii=False, separators=(',', ':')) + '\n', encoding='utf-8')
    print(f'{len(rows)} names, {sum(y for _, y, _ in rows)} of them introduced, {OUT.stat().st_size / 1e3:.0f} kB')


if __name__ == '__main__': main()
