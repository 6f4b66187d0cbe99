"""Write paperlit/models/embedder.npz: word vectors trained on titles and abstracts.

A text is the weighted sum of its words' vectors. Vectors start from a truncated SVD of the TF-IDF matrix and are trained so that a title is nearer to its own abstract, and the first
half of an abstract to its second, and in a part of the batches a paper to another of its field, than to those of the other papers of the batch (InfoNCE, van den Oord and others 2018), at widths of 32, 64 and 128 (Kusupati and others 2022). The rate is one
for a row (Adam with a second moment for each word, not for each number). A table of hashed character n-grams is then fitted to the vectors by ridge regression. NumPy and SciPy alone.

    python tools/train_embedder.py CORPUS.parquet --without HELD_OUT.parquet ...
"""
import argparse
import re
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd

from paperlit.lexicon import char_ngrams
from paperlit.tokens import words_of

OUT = Path(__file__).parent.parent/'paperlit'/'models'/'embedder.npz'
WIDTHS = (32, 64, 128)


def plain(title): return re.sub(r'\W+', '', title.lower())


def read(path, without):
    "Titles and abstracts, each title once and none that is held out"
    papers = pd.read_parquet(path, columns=['title', 'abstract', 'field']).dropna(subset=['title', 'abstract'])
    held = {plain(t) for p in without for t in (pd.read_csv(p) if p.endswith('.csv') else pd.read_parquet(p))['title'].dropna()}
    titles = papers['title'].map(plain)
    keep = ~titles.isin(held) & ~titles.duplicated() & papers['title'].str.len().ge(8) & papers['abstract'].str.len().ge(100)
    print(f'{keep.sum()} papers, {titles.isin(held).sum()} held out')
    return papers[keep]


def halves(abstract):
    "Words of the first and of the last sentences; of a single sentence, cut in the middle"
    parts = [words_of(s) for s in re.split(r'(?<=[.!?])\s+', abstract)]
    total, n, first = sum(map(len, parts)), 0, []
    for words in parts:
        if n >= total/2: break
        n, first = n + len(words), first + words
    words = [w for p in parts for w in p]
    return words[:n if n < total else total//2], words[n if n < total else total//2:]


def counted(papers, size):
    "Counts of words in titles, first halves and second halves; the words; how many papers hold each"
    rows, words = [], {}
    for title, abstract in zip(papers['title'], papers['abstract']):
        for part in (words_of(title), *halves(abstract)): rows.append(np.array([words.setdefault(w, len(words)) for w in part], np.int32))
    ends = np.cumsum([0, *map(len, rows)])
    X = sp.csr_matrix((np.ones(ends[-1], np.float32), np.concatenate(rows), ends), shape=(len(rows), len(words)))
    X.sum_duplicates()
    papers_with = np.diff((X[0::3] + X[1::3] + X[2::3]).tocsc().indptr)
    words = np.array(list(words))
    fit = np.array([(w.isascii() and not w.isdigit() or len(w) > 1 and w.isalpha()) and len(w) <= 30 for w in words])
    keep = np.argsort(-(papers_with*fit), kind='stable')[:size]
    X = X[:, keep].tocsr()
    return X[0::3], X[1::3], X[2::3], words[keep], papers_with[keep]


def weighted(X, rarity):
    X = X.tocsr().astype(np.float32)
    X.data = ((1 + np.log(X.data))*rarity[X.indices]).astype(np.float32)
    return X


def start(X, rng, d):
    "Word vectors from an SVD of 60,000 papers, without its first component"
    X = X[rng.choice(X.shape[0], min(60_000, X.shape[0]), replace=False)]
    X = sp.diags(1/np.maximum(np.sqrt(np.asarray(X.multiply(X).sum(axis=1)).ravel()), 1e-6)) @ X
    _, s, Vt = randomized_svd(X.tocsr().astype(np.float32), d + 1, n_iter=4, random_state=0)
    E = (Vt[1:].T/np.sqrt(s[1:])).astype(np.float32)
    return E/E.std()


def parts(X):
    length = np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-6)
    return X/length, length


def contrast(X, Z, temperature):
    "InfoNCE in both directions, a mean over the widths, and its gradients"
    gx, gz, loss, own = np.zeros_like(X), np.zeros_like(Z), 0., np.arange(len(X))
    for d in WIDTHS:
        (p, lp), (q, lq) = parts(X[:, :d]), parts(Z[:, :d])
        e = np.exp((p @ q.T - 1)/temperature)
        there, back = e/e.sum(axis=1, keepdims=True), e/e.sum(axis=0, keepdims=True)
        loss -= (np.log(there[own, own] + 1e-30).mean() + np.log(back[own, own] + 1e-30).mean())/(2*len(WIDTHS))
        G = there + back
        G[own, own] -= 2
        G /= 2*len(WIDTHS)*len(X)*temperature
        gp, gq = G @ q, G.T @ p
        gx[:, :d] += (gp - p*(gp*p).sum(axis=1, keepdims=True))/lp
        gz[:, :d] += (gq - q*(gq*q).sum(axis=1, keepdims=True))/lq
    return loss, gx, gz


def companions(fields, rng):
    "For each paper another of its field; itself where it has none"
    order = np.lexsort((rng.random(len(fields)), fields))
    other = np.empty(len(fields), np.int64)
    for part in np.split(order, np.flatnonzero(np.diff(fields[order])) + 1): other[part] = np.roll(part, 1) if fields[part[0]] >= 0 else part
    return other


def train(E, pairs, fields, steps, rate, args, rng):
    "`E` after `steps` batches, the rate rising over 20 and falling to a fiftieth"
    moment, square, seen = np.zeros_like(E), np.zeros((len(E), 1), np.float32), np.zeros((len(E), 1), np.float32)
    order, shown = np.concatenate([rng.permutation(len(fields)) for _ in range(1 + steps*args.batch//len(fields))]), 0.
    for k in range(steps):
        rows = order[k*args.batch:(k+1)*args.batch]
        if rng.random() < args.fields: X, Z = pairs[0][1][rows], pairs[0][1][companions(fields, rng)[rows]]
        else: X, Z = (M[rows] for M in pairs[int(rng.random() >= .5)])
        loss, gx, gz = contrast(X @ E, Z @ E, args.temperature)
        r = np.unique(np.r_[X.indices, Z.indices])
        G = (X.T @ gx + Z.T @ gz)[r]
        seen[r] += 1
        moment[r] = .9*moment[r] + .1*G
        square[r] = .99*square[r] + .01*(G*G).mean(axis=1, keepdims=True)
        now = rate*min(1, (k+1)/20)*max(.02, 1 - k/steps)
        E[r] -= now*(moment[r]/(1 - .9**seen[r]))/(np.sqrt(square[r]/(1 - .99**seen[r])) + 1e-12)
        shown = .98*shown + .02*loss
        if k % 100 == 99: print(f'{k+1} of {steps}: loss {shown/(1 - .98**(k+1)):.3f}', flush=True)
    return E/E.std()


def ngram_table(words, E, buckets, ridge=.02):
    "Vectors of n-grams whose mean is nearest to each word's vector (conjugate gradients)"
    places = [char_ngrams(w, buckets) for w in words]
    ends = np.cumsum([0, *map(len, places)])
    G = sp.csr_matrix((np.concatenate([np.full(len(p), 1/len(p), np.float32) for p in places]), np.concatenate(places).astype(np.int32), ends), shape=(len(words), buckets))
    A, X = (G.T @ G + ridge*sp.eye(buckets)).tocsr(), np.zeros((buckets, E.shape[1]))
    R = P = G.T @ E
    for _ in range(60):
        AP, before = A @ P, (R*R).sum(axis=0)
        step = before/(P*AP).sum(axis=0)
        X, R = X + step*P, R - step*AP
        P = R + (R*R).sum(axis=0)/before*P
    print(f'n-grams explain {1 - ((G @ X - E)**2).sum()/(E**2).sum():.0%} of the vectors')
    return X.astype(np.float32)


def as_bytes(X):
    "Rows as int8 and a scale for each"
    scale = (np.abs(X).max(axis=1)/127).astype(np.float16)
    scale[scale == 0] = 1
    return np.clip(np.rint(X/scale[:, None].astype(np.float32)), -127, 127).astype(np.int8), scale


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('corpus', help='Parquet file with the columns `title` and `abstract`')
    parser.add_argument('--without', nargs='*', default=[], help='Parquet or CSV files whose titles are kept out')
    parser.add_argument('--words', type=int, default=36_000)
    parser.add_argument('--buckets', type=int, default=4096, help='places for character n-grams')
    parser.add_argument('--runs', nargs='*', default=['900:0.6', '400:0.25'], help='steps:rate, one after the other')
    parser.add_argument('--fields', type=float, default=.2, help='share of batches of two papers of one field')
    parser.add_argument('--batch', type=int, default=1024)
    parser.add_argument('--temperature', type=float, default=.05)
    parser.add_argument('--out', type=Path, default=OUT)
    args = parser.parse_args()
    papers, rng = read(args.corpus, args.without), np.random.default_rng(0)
    T, A, B, words, held = counted(papers, args.words)
    rarity = (np.log(len(papers)/held) + 1e-3).astype(np.float32)**.7
    T, A, B, whole = (weighted(X, rarity) for X in (T, A, B, A + B))
    E = start(whole, rng, WIDTHS[-1])
    fields = pd.factorize(papers['field'], sort=True)[0]
    for run in args.runs:
        steps, rate = run.split(':')
        E = train(E, [(T, whole), (A, B)], fields, int(steps), float(rate), args, rng)
    (vectors, scale), (table, table_scale) = as_bytes(E), as_bytes(ngram_table(words, E, args.buckets))
    np.savez_compressed(args.out, words=np.frombuffer('\n'.join(words).encode(), np.uint8), vectors=vectors, scale=scale, buckets=table, bucket_scale=table_scale,
                        counts=held.astype(np.int32), papers=np.int64(len(papers)))
    print(f'{args.out.name}: {args.out.stat().st_size/1e6:.1f} MB')


if __name__ == '__main__': main()
