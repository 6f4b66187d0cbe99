"""Write paperlit/models/tldr.npz: the weights that choose one line for each paper, and print the figures of docs/model-tldr.md.

Two logistic regressions on hashed features tell for each word of an abstract whether people's summary holds it, and whether it holds it with its follower. A small network then scores the candidates of an
abstract; it is trained so that the candidate drawn by its scores earns the most ROUGE (the mean of ROUGE-1, -2 and -L). What it knows of a word comes from regressions that have not seen the word's abstract.

    python tools/train_tldr.py SUMMARIES    # the folder with scitldr_train.jsonl and scitldr_dev.jsonl
"""
import json
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from nltk.stem import PorterStemmer
from rapidfuzz.distance import LCSseq
from sklearn.linear_model import LogisticRegression

from paperlit.headlines import BITS, Words, candidate_features, cues_of, merit, spans_of, word_chances
from paperlit.roles import probabilities
from paperlit.text import clean, sentences
from training import byte_sized, run

OUT = Path(__file__).parent.parent/'paperlit'/'models'/'tldr.npz'
FOLDS, HIDDEN, NETS, STEPS = 5, 12, 6, 150
WEIGHTS = (.4, .3, .3)


@lru_cache(None)
def stem(word, porter=PorterStemmer()): return porter.stem(word) if len(word) > 3 else word


def stemmed(text): return [stem(w) for w in re.sub(r'[^a-z0-9]+', ' ', text.lower()).split()]


def f(shared, a, b): return 2*shared/(a + b) if shared else 0.


def rouge(a, b):
    "ROUGE-1, -2 and -L F of two lists of stems"
    pairs = [Counter(zip(x, x[1:])) for x in (a, b)]
    return (f((Counter(a) & Counter(b)).total(), len(a), len(b)), f((pairs[0] & pairs[1]).total(), len(a) - 1, len(b) - 1), f(LCSseq.similarity(a, b), len(a), len(b)))


class Paper:
    "An abstract with its candidates and what each would earn"
    def __init__(self, record):
        text = clean(' '.join(s.strip() for s in record['source'] if s.strip()))
        texts = [text[a:b] for a, b in sentences(text)]
        self.roles, self.cues, self.spans = probabilities(texts), np.array([cues_of(t) for t in texts]), spans_of(texts)
        self.words = Words(texts, record.get('title') or '', self.roles, self.cues)
        references = [stemmed(t) for t in record['target'] if t.strip()]
        own = [stemmed(texts[i][a:b]) for i, a, b, _, _ in self.spans]
        self.earned = np.array([max((rouge(c, r) for r in references), key=lambda e: e[0]) for c in own])
        self.held = self.targets(texts, references)

    def targets(self, texts, references):
        "For each word, whether most references hold it, and it with its follower"
        own = [[stem(m[0]) for m in re.finditer(r'[^\W_]+', t.lower())] for t in texts]
        single, pairs = [set(r) for r in references], [set(zip(r, r[1:])) for r in references]
        return np.array([(np.mean([w in r for r in single]) > .5, np.mean([pair in r for r in pairs]) > .5) for words in own for w, pair in zip(words, [*zip(words, words[1:]), None])])

    def features(self, chances): return candidate_features(self.words, chances, self.spans, self.roles, self.cues)


def read(path): return [Paper(json.loads(line)) for line in path.open(encoding='utf8')]


def matrix(papers):
    codes = np.vstack([p.words.codes for p in papers])
    return sp.csr_matrix((np.ones(codes.size, np.float32), codes.ravel().astype(np.int32), np.arange(0, codes.size + 1, codes.shape[1])), shape=(len(codes), 2**BITS))


def word_model(X, held):
    fits = [LogisticRegression(C=.03, max_iter=60, tol=1e-3).fit(X, y) for y in held.T]
    words, scale = byte_sized(np.vstack([m.coef_[0] for m in fits]).T)
    return dict(words=words, words_scale=scale, words_bias=np.array([m.intercept_[0] for m in fits], np.float32))


def ready(model): return model | dict(words=model['words']*model['words_scale'])


def network(tables, gains, seed, rate=.02, shrink=.01):
    "One small network; the gradient is that of the expected gain when candidates are drawn by their scores"
    rng, X, y = np.random.default_rng(seed), np.vstack(tables), np.concatenate(gains)
    sizes = np.array([len(t) for t in tables])
    begin, of = np.r_[0, np.cumsum(sizes)[:-1]], np.repeat(np.arange(len(sizes)), sizes)
    state = [rng.normal(0, .1, (X.shape[1], HIDDEN)), np.zeros(HIDDEN), rng.normal(0, .1, HIDDEN), np.zeros(X.shape[1])]
    state = [s.astype(np.float32) for s in state]
    first, second = [0*s for s in state], [0*s for s in state]
    for t in range(1, STEPS + 1):
        h = np.tanh(X @ state[0] + state[1])
        points = h @ state[2] + X @ state[3]
        e = np.exp(points - np.maximum.reduceat(points, begin)[of])
        p = e/np.add.reduceat(e, begin)[of]
        g = -p*(y - np.add.reduceat(p*y, begin)[of])*50/len(sizes)
        below = np.outer(g, state[2])*(1 - h*h)
        gradients = [X.T @ below + shrink*state[0], below.sum(0), h.T @ g + shrink*state[2], X.T @ g + shrink*state[3]]
        for s, d, m, v in zip(state, gradients, first, second):
            m += .1*(d - m)
            v += .01*(d*d - v)
            s -= rate*(1 - t/STEPS)*(m/(1 - .9**t))/(np.sqrt(v/(1 - .99**t)) + 1e-6)
    return state


def ranker(tables, gains):
    "The mean of some networks, as one"
    X = np.vstack(tables)
    middle, spread = X.mean(0).astype(np.float32), (X.std(0) + 1e-6).astype(np.float32)
    nets = [network([((t - middle)/spread).astype(np.float32) for t in tables], gains, seed) for seed in range(NETS)]
    return dict(middle=middle, spread=spread, hidden=np.hstack([n[0] for n in nets]), hidden_bias=np.concatenate([n[1] for n in nets]), out=np.concatenate([n[2] for n in nets])/NETS, direct=np.mean([n[3] for n in nets], 0))


def figures(name, papers, scores):
    best = [p.spans[s.argmax()] for p, s in zip(papers, scores)]
    earned = 100*np.mean([p.earned[s.argmax()] for p, s in zip(papers, scores)], 0)
    print(f'{name:34} ROUGE-1/2/L {earned[0]:.2f} {earned[1]:.2f} {earned[2]:.2f}   whole sentences {np.mean([b[3] == b[4] == 0 for b in best]):.2f}', flush=True)


def main(folder, out):
    papers = read(folder/'scitldr_train.jsonl')
    X, held, fold = matrix(papers), np.vstack([p.held for p in papers]), np.arange(len(papers)) % FOLDS
    of, gains, tables = np.repeat(fold, [len(p.held) for p in papers]), [(p.earned @ WEIGHTS).astype(np.float32) for p in papers], [None]*len(papers)
    for k in range(FOLDS):
        model = ready(word_model(X[of != k], held[of != k]))
        for i in np.flatnonzero(fold == k): tables[i] = papers[i].features(word_chances(papers[i].words, model))
    scores = [None]*len(papers)
    for k in range(FOLDS):
        model = ranker([t for t, n in zip(tables, fold) if n != k], [g for g, n in zip(gains, fold) if n != k])
        for i in np.flatnonzero(fold == k): scores[i] = merit(tables[i], model)
    figures('train, first sentence', papers, [-np.arange(len(p.spans)) for p in papers])
    figures('train, the best candidate', papers, [p.earned[:, 0] for p in papers])
    figures('train, CV', papers, scores)
    model = word_model(X, held) | ranker(tables, gains)
    np.savez_compressed(out, **model)
    print(f'{out.stat().st_size/1e3:.0f} kB')
    held_out = read(folder/'scitldr_dev.jsonl')
    figures('dev', held_out, [merit(p.features(word_chances(p.words, ready(model))), model) for p in held_out])
    figures('dev, the best candidate', held_out, [p.earned[:, 0] for p in held_out])


if __name__ == '__main__': run(main, __doc__, OUT, 'summaries')
