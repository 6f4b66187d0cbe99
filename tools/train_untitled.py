"""Write paperlit/models/untitled.json: words that abstracts use and titles avoid.

`considerably`, `determine` and `latter` stand in thousands of abstracts and in hardly a title: they name no subject. For each word in the singular we count the titles that hold it for each abstract that does. Words of at least
`--least` abstracts below the first of `--shares` are listed as `never`, below the second as `seldom`, below the third as `sometimes`, each commonest first.

    python tools/train_untitled.py CORPUS.parquet
"""
import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from paperlit.phrases import base_form, could_name
from paperlit.tokens import counts, numbered, renamed, tokens_of

OUT = Path(__file__).parent.parent/'paperlit'/'models'/'untitled.json'


def texts_with(tokens, size):
    "In how many texts each word stands"
    return np.bincount(counts(tokens).indices, minlength=size)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('corpus', help='Parquet file with the columns `title` and `abstract`')
    parser.add_argument('--papers', type=int, default=150_000, help='how many are drawn')
    parser.add_argument('--least', type=int, default=40, help='abstracts that a word must stand in')
    parser.add_argument('--shares', type=float, nargs=3, default=[.025, .06, .12])
    args = parser.parse_args()
    papers = pd.read_parquet(args.corpus, columns=['title', 'abstract']).dropna()
    papers = papers.sample(min(len(papers), args.papers), random_state=0)
    abstracts = renamed(tokens_of(papers['abstract'].tolist()), lambda w: base_form(w) if could_name(w) else '')
    titles = numbered(renamed(tokens_of(papers['title'].tolist()), base_form), abstracts)
    held, titled = (texts_with(t, len(abstracts.names)) for t in (abstracts, titles))
    share = np.where(held >= args.least, (titled + .5)/(held + 5), 1)
    low, levels = -1., {}
    for name, high in zip(('never', 'seldom', 'sometimes'), args.shares):
        rows = np.flatnonzero((share > low) & (share <= high))
        levels[name], low = ' '.join(abstracts.names[i] for i in rows[np.argsort(-held[rows], kind='stable')]), high
    OUT.write_text(json.dumps(levels, ensure_ascii=False, indent=0) + '\n', encoding='utf-8')
    print({k: len(v.split()) for k, v in levels.items()}, f'{OUT.stat().st_size/1e3:.0f} kB')


if __name__ == '__main__': main()
