"""Write paperlit/models/naming.json: which words name something, which want another after them, and which are names.

`considerably`, `determine` and `latter` stand in thousands of abstracts and in hardly a title: they name no subject. For each word in the singular we count the titles that hold it for each abstract that does. Words of at least
`--least` abstracts below the first of `--shares` are listed as `never`, below the second as `seldom`, below the third as `sometimes`, each commonest first.
`modifiers` are words that want another after them, as adjectives do: in titles they end a phrase (before a preposition, a mark or nothing) in fewer than `--ends` of their uses, and in abstracts not often either.
`names` are words that abstracts write with a capital after a word in small letters, as in *a Nash equilibrium*.

    python tools/train_naming.py CORPUS.parquet
"""
import argparse
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from paperlit.phrases import _runs
from paperlit.tokens import counts, numbered, renamed, tokens_of
from paperlit.vocabulary import FUNCTION_WORDS, base_form, could_name

OUT = Path(__file__).parent.parent/'paperlit'/'models'/'naming.json'


def texts_with(tokens, size):
    "In how many texts each word stands"
    return np.bincount(counts(tokens).indices, minlength=size)


def ending(texts, least=15):
    "The share of its uses in which a word ends a phrase, for words that are used often"
    used, ends = Counter(), Counter()
    for words in ([forms for forms,_,_ in run] for text in texts for run in _runs(text)):
        for forms,after in zip(words, [*words[1:], None]):
            if len(forms) > 1: continue
            used[forms[0]] += 1
            ends[forms[0]] += after is None or len(after) == 1 and after[0] in FUNCTION_WORDS
    return {w: (ends[w] + .5)/(n + 1) for w,n in used.items() if n >= least}


def modifiers(papers, most):
    "Words that hardly ever end a phrase; abstracts decide where titles do not have them, and against a title where they often end one there"
    titles, abstracts = ending(papers['title']), ending(papers['abstract'].iloc[::6])
    found = {w for w,share in titles.items() if share < most and abstracts.get(w, 0) < .3} | {w for w,share in abstracts.items() if w not in titles and share < most + .03}
    return sorted(w for w in found if could_name(w) and w.isalpha())


def names(papers, least=8, share=.8):
    "Words that are mostly written with a capital within a sentence"
    capital, small = Counter(), Counter()
    for text in papers['abstract'].iloc[::3]:
        for m in re.finditer(r'(?<=[a-z] )([A-Za-z][a-z]{2,})\b', text): (capital if m[1][0].isupper() else small)[base_form(m[1].lower())] += 1
    return sorted(w for w,n in capital.items() if n >= least and n >= share*(n + small[w]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('corpus', help='Parquet file with the columns `title` and `abstract`')
    parser.add_argument('--papers', type=int, default=150_000, help='how many are drawn')
    parser.add_argument('--least', type=int, default=40, help='abstracts that a word must stand in')
    parser.add_argument('--ends', type=float, default=.12)
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
    levels['modifiers'] = ' '.join(modifiers(papers, args.ends))
    levels['names'] = ' '.join(names(papers))
    OUT.write_text(json.dumps(levels, ensure_ascii=False, indent=0) + '\n', encoding='utf-8')
    print({k: len(v.split()) for k, v in levels.items()}, f'{OUT.stat().st_size/1e3:.0f} kB')


if __name__ == '__main__': main()
