"""Write paperlit/models/roles.npz: the weights that give sentences their roles, and print the figures of docs/model-roles.md.

The first layer is a logistic regression on hashed features. The second, a linear layer and four small networks, hears what the first says of sentences it was not trained on, and the senses of sentences, learned from
unlabelled abstracts. Each sentence counts with the square of its annotators' confidence.
Training sentences are cut as paperlit cuts them, each with the role of the annotated sentence that covers most of it; figures count annotated sentences.

    python tools/train_roles.py SUMMARIES ABSTRACTS    # the folder with csab_train.jsonl, csab_dev.jsonl, nicta_train.txt, nicta_dev.txt; a Parquet file with columns abstract and field
"""
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.neural_network import MLPClassifier

from paperlit.roles import BITS, ROLES, SENSE, context, decided, features, first_layer, medicine, second_layer, senses, softmax
from paperlit.text import clean, sentences
from training import byte_sized, run

OUT = Path(__file__).parent.parent/'paperlit'/'models'/'roles.npz'
NICTA = {'population': 'method', 'intervention': 'method', 'study design': 'method', 'outcome': 'result', 'background': 'background', 'other': 'other'}
FOLDS, FIELD = 5, 4096
BACKGROUND, OBJECTIVE = 0, 1
ABSTRACTS, NUMBERS, STARTS, BATCH, EPOCHS = 30_000, 32, 400, 512, 2 # Of the training of senses
NETS, HIDDEN = 4, 16
SHARP = 2 # The model of medicine's share is made surer by this factor: a tenth of the wrong science costs more than it helps


def read_csabstruct(path):
    for record in map(json.loads, path.open(encoding='utf8')): yield record['sentences'], record['labels'], record['confs']


def read_nicta(path):
    for block in re.split(r'(?m)^###.*$', path.read_text('utf8')):
        rows = [line.split('\t', 1) for line in block.strip().splitlines() if '\t' in line]
        if rows: yield [s for _, s in rows], [NICTA[role.strip().lower()] for role, _ in rows], [1.]*len(rows)


def matrix(rows):
    "The features of many abstracts, a row for each sentence"
    before = np.cumsum([0] + [of[-1] + 1 for of, _, _ in rows])
    of, at, weight = (np.concatenate(c) for c in zip(*((r[0] + b, *r[1:]) for r, b in zip(rows, before))))
    return sp.csr_matrix((weight, (of, at)), shape=(before[-1], 2**BITS))


def own(X):
    "The columns of senses: features that do not tell of the place"
    X = X.tocoo()
    keep = X.col % 2 == 0
    return sp.csr_matrix((X.data[keep], (X.row[keep], X.col[keep] >> (BITS - SENSE))), shape=(X.shape[0], 2**SENSE), dtype=np.float32)


def unlabelled(path):
    "Sentences of abstracts of computer science and its neighbours"
    table = pd.read_parquet(path, columns=['abstract', 'field'])
    table = table[table.abstract.str.len().between(300, 2500) & ~table.field.astype(str).str.match(r'(?!cs|stat)[a-z-]+\.|iclr')].sample(ABSTRACTS, random_state=0)
    for text in map(clean, table.abstract):
        texts = [text[a:b] for a, b in sentences(text)]
        if 2 < len(texts) < 21: yield texts


def clues(abstracts):
    "Where each sentence stands (one of seven places), and with which two words it, the next and the one before begin (-1: rare words, or none)"
    starts = [' '.join(t.lower().split()[:2]) for texts in abstracts for t in texts]
    known = {s: k for k, (s, _) in enumerate(Counter(starts).most_common(STARTS))}
    begins = np.array([known.get(s, -1) for s in starts])
    n = np.repeat([len(t) for t in abstracts], [len(t) for t in abstracts])
    i = np.concatenate([np.arange(len(t)) for t in abstracts])
    place = np.where(i == 0, 0, np.where(i == n - 1, 6, 1 + 5*i//n))
    return place, begins, np.where(i < n - 1, np.roll(begins, -1), -1), np.where(i > 0, np.roll(begins, 1), -1)


class Adam:
    "Kingma and Ba 2015"
    def __init__(self, *state): self.state, self.first, self.second, self.t = state, [0*s for s in state], [0*s for s in state], 0

    def step(self, gradients, rate):
        self.t += 1
        for s, d, m, v in zip(self.state, gradients, self.first, self.second):
            m += .1*(d - m)
            v += .01*(d*d - v)
            s -= rate*(m/(1 - .9**self.t))/(np.sqrt(v/(1 - .99**self.t)) + 1e-6)


def sense_table(path):
    "Vectors for hashed features such that the words of a sentence tell its place and the beginnings around it"
    abstracts, rng = list(unlabelled(path)), np.random.default_rng(0)
    whole, body = (own(matrix([features(texts) for texts in table])) for table in (abstracts, [[t.split(' ', 3)[-1] for t in texts] for texts in abstracts]))
    targets, total = clues(abstracts), len(whole.indptr) - 1
    table, heads = rng.normal(0, .02, (2**SENSE, NUMBERS)).astype(np.float32), [np.zeros((NUMBERS + 1, k), np.float32) for k in (7, STARTS, STARTS, STARTS)]
    adam, steps = Adam(table, *heads), EPOCHS*(total//BATCH)
    for t in range(steps):
        if t % (total//BATCH) == 0: order = rng.permutation(total)
        at = order[t % (total//BATCH)*BATCH:][:BATCH]
        gradients = [np.zeros_like(table)]
        inputs = [whole[at], body[at]]
        inputs[0].data *= rng.random(inputs[0].nnz) > .2
        h = [np.tanh(X @ table) for X in inputs]
        below = [0*v for v in h]
        for k, (head, target) in enumerate(zip(heads, targets)):
            which, y = int(k == 1), target[at]
            H = np.hstack([h[which], np.ones((BATCH, 1), np.float32)])
            g = softmax(H @ head)
            g[np.arange(BATCH), y] -= 1
            g *= ((y >= 0)*(2 if k == 0 else 1)/max(1, (y >= 0).sum()))[:, None].astype(np.float32)
            gradients.append(H.T @ g)
            below[which] += g @ head[:-1].T
        for X, v, b in zip(inputs, h, below): gradients[0] += X.T @ (b*(1 - v*v))
        adam.step(gradients, .01*(1 - t/steps))
    return table


class Data:
    "Abstracts cut as paperlit cuts them, with the annotated sentences beside"
    def __init__(self, abstracts, medical):
        self.medical, self.rows, self.gold, self.gold_weight, self.cover, self.target, self.weight, self.abstract, self.gold_abstract = medical, [], [], [], [], [], [], [], []
        for n, (parts, roles, confidences) in enumerate(abstracts): self.add(n, parts, [ROLES.index(r) for r in roles], confidences)
        for name in ('gold', 'gold_weight', 'cover', 'target', 'weight', 'abstract', 'gold_abstract'): setattr(self, name, np.array(getattr(self, name)))
        self.X = matrix(self.rows)
        self.fold = np.random.default_rng(0).permutation(len(self.rows)) % FOLDS

    def add(self, n, parts, roles, confidences):
        parts = [clean(p) or p for p in parts]
        text, ends = ' '.join(parts), np.cumsum([len(p) + 1 for p in parts])
        spans = sentences(text)
        shared = np.array([[max(0, min(b, end) - max(a, end - len(p) - 1)) for a, b in spans] for p, end in zip(parts, ends)])
        self.cover += list(shared.argmax(1) + len(self.target))
        best = shared.argmax(0)
        self.target += [roles[i] for i in best]
        self.weight += [confidences[i]**2 for i in best]
        self.abstract += [n]*len(spans)
        self.gold += roles
        self.gold_weight += confidences
        self.gold_abstract += [n]*len(parts)
        self.rows.append(features([text[a:b] for a, b in spans]))


def fit(X, y, weight, C, steps): return LogisticRegression(C=C, max_iter=steps, tol=1e-3).fit(X, y, sample_weight=weight)


def points(model, X):
    "Points for all five roles, also when the training part lacked one"
    out = np.full((X.shape[0], len(ROLES)), -20.)
    out[:, model.classes_] = X @ model.coef_.T + model.intercept_
    return out


def first(data, C):
    "The first layer, and what it says of each sentence when it has not seen its abstract"
    out = np.zeros((len(data.target), len(ROLES)))
    for k in range(FOLDS):
        inside = data.fold[data.abstract] == k
        out[inside] = softmax(points(fit(data.X[~inside], data.target[~inside], data.weight[~inside], C, 60), data.X[inside]))
    return fit(data.X, data.target, data.weight, C, 60), out


def contexts(data, opinions, table): return np.vstack([context(opinions[data.abstract == n], senses(rows, table)) for n, rows in enumerate(data.rows)])


def second(Z, y, weight):
    "The second layer's weights, with the scaling of its inputs folded in: half of the points from a linear layer, half from some small networks"
    middle, spread = Z.mean(0), Z.std(0) + 1e-6
    spread[-3*NUMBERS:] *= 2
    S = (Z - middle)/spread
    line = fit(S, y, weight, .02, 300)
    nets = [MLPClassifier(HIDDEN, activation='tanh', alpha=.3, learning_rate_init=.003, batch_size=128, max_iter=12, tol=0, n_iter_no_change=99, random_state=seed).fit(S, y, sample_weight=weight/weight.mean()) for seed in range(NETS)]
    hidden, roles = np.hstack([n.coefs_[0] for n in nets])/spread[:, None], line.classes_
    direct, out, bias = np.zeros((Z.shape[1], len(ROLES))), np.zeros((NETS*HIDDEN, len(ROLES))), np.full(len(ROLES), -20.)
    direct[:, roles], out[:, roles] = line.coef_.T/spread[:, None]/2, np.vstack([n.coefs_[1] for n in nets])/NETS/2
    bias[roles] = (line.intercept_ + np.mean([n.intercepts_[1] for n in nets], 0))/2
    return dict(hidden=hidden, hidden_bias=np.concatenate([n.intercepts_[0] for n in nets]) - middle @ hidden, out=out, direct=direct, out_bias=bias - middle @ direct)


def side_by_side(a, b):
    "Two second layers as one"
    return {k: np.concatenate([a[k], b[k]], -1) for k in ('hidden', 'hidden_bias', 'direct', 'out_bias')} | dict(out=sp.block_diag([a['out'], b['out']]).toarray())


def bags(data): return sp.vstack([sp.csr_matrix((np.full(len(at), len(at)**-.5), (np.zeros(len(at), int), at)), shape=(1, FIELD))
                                  for at in (np.unique(rows[1] % FIELD) for rows in data.rows)])


def figures(name, p, data):
    "Print how well `p` fits the annotated sentences"
    p, gold, weight = p[data.cover], data.gold.copy(), data.gold_weight
    said = decided(p)
    sure = np.argsort(-p[np.arange(len(p)), said], kind='stable')[:round(.65*len(p))]
    if data.medical:
        for roles in (said, gold): roles[roles == OBJECTIVE] = BACKGROUND
    right, macro = said == gold, lambda keep: f1_score(gold[keep], said[keep], average='macro', labels=sorted(set(gold)))
    parts = dict(accuracy=right.mean(), macro_f1=macro(gold >= 0), result_f1=f1_score(gold == 3, said == 3), accuracy_at_65=right[sure].mean())
    if not data.medical:
        square, agreed = weight**2, weight >= .75
        parts |= dict(weighted=(right*square).sum()/square.sum(), weighted_at_65=(right*square)[sure].sum()/square[sure].sum(), agreed=right[agreed].mean(), agreed_macro=macro(agreed))
    print(f'{name:24}', '  '.join(f'{k} {v:.4f}' for k, v in parts.items()), flush=True)


def calibration(p, data):
    "Print how often the role is right by its probability, each sentence weighted as in training"
    p, square = p[data.cover], data.gold_weight**2
    bins, right = np.minimum((p.max(1)*10).astype(int), 9), p.argmax(1) == data.gold
    for k in range(3, 10):
        here = bins == k
        if here.any(): print(f'  p {k/10:.1f}-{(k+1)/10:.1f}: {here.mean():.3f} of sentences, right {np.average(right[here], weights=square[here]):.3f}, said {np.average(p.max(1)[here], weights=square[here]):.3f}')


def crossed(train, opinions, table):
    "What the second layer says of abstracts that it has not seen"
    Z, out = contexts(train, opinions, table), np.zeros((len(train.target), len(ROLES)))
    for k in range(FOLDS):
        inside = train.fold[train.abstract] == k
        out[inside] = softmax(second_layer(Z[inside], second(Z[~inside], train.target[~inside], train.weight[~inside])))
    return Z, out


def tagged(data, model):
    "What the packed model says"
    out = []
    for rows in data.rows:
        p, share = second_layer(context(first_layer(rows, model['words'], model['bias']), senses(rows, model['sense'])), model), medicine(rows, model['field'], model['field_bias'])
        out.append((1 - share)*softmax(p[:, :5]) + share*softmax(p[:, 5:]))
    return np.vstack(out)


def main(folder, abstracts, out):
    sense, sense_scale = byte_sized(sense_table(abstracts))
    table = sense*sense_scale
    science, medical = Data(read_csabstruct(folder/'csab_train.jsonl'), False), Data(read_nicta(folder/'nicta_train.txt'), True)
    model_s, own_s = first(science, 5)
    aims = softmax(points(model_s, medical.X))
    medical.target[(medical.target == BACKGROUND) & (aims[:, OBJECTIVE] > aims[:, BACKGROUND])] = OBJECTIVE
    model_m, own_m = first(medical, 5)
    figures('CS, first layer, CV', own_s, science)
    figures('NICTA, first layer, CV', own_m, medical)
    Zs, p_s = crossed(science, np.hstack([own_s, softmax(points(model_m, science.X))]), table)
    Zm, p_m = crossed(medical, np.hstack([aims, own_m]), table)
    figures('CS, both layers, CV', p_s, science)
    figures('NICTA, both layers, CV', p_m, medical)
    calibration(p_s, science)
    last = side_by_side(second(Zs, science.target, science.weight), second(Zm, medical.target, medical.weight))
    gate = fit(sp.vstack([bags(science), bags(medical)]), np.repeat([0, 1], [len(science.rows), len(medical.rows)]), None, 10, 200)
    W1, b1 = np.zeros((2**BITS, 10)), np.full(10, -20.)
    for k, model in ((0, model_s), (5, model_m)): W1[:, k + model.classes_], b1[k + model.classes_] = model.coef_.T, model.intercept_
    (words, words_scale), (field, field_scale) = byte_sized(W1), byte_sized(SHARP*gate.coef_.T)
    saved = {k: v.astype(np.float32) for k, v in last.items()} | dict(words=words, words_scale=words_scale, bias=b1.astype(np.float32), sense=sense, sense_scale=sense_scale, field=field[:, 0], field_scale=field_scale[0], field_bias=np.float32(SHARP*gate.intercept_[0]))
    np.savez_compressed(out, **saved)
    model = saved | dict(words=words*words_scale, sense=table, field=field[:, 0]*field_scale[0])
    print(f'{out.stat().st_size/1e3:.0f} kB')
    for name, data in (('CS, dev', Data(read_csabstruct(folder/'csab_dev.jsonl'), False)), ('NICTA, dev', Data(read_nicta(folder/'nicta_dev.txt'), True))):
        figures(name, tagged(data, model), data)


if __name__ == '__main__': run(main, __doc__, OUT, 'summaries', 'abstracts')
