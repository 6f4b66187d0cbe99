"""Write paperlit/models/roles.npz: the weights that give sentences their roles, and print the figures of docs/model-roles.md.

The first layer is a logistic regression on hashed features, the second one on what the first says of sentences it was not trained on. Each sentence counts with the square of its annotators' confidence.
Training sentences are cut as paperlit cuts them, each with the role of the annotated sentence that covers most of it; figures count annotated sentences.

    python tools/train_roles.py SUMMARIES    # the folder with csab_train.jsonl, csab_dev.jsonl, nicta_train.txt, nicta_dev.txt
"""
import argparse
import json
import re
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from paperlit.roles import BITS, ROLES, context, features, first_layer, medicine, softmax
from paperlit.text import clean, sentences

OUT = Path(__file__).parent.parent/'paperlit'/'models'/'roles.npz'
NICTA = {'population': 'method', 'intervention': 'method', 'study design': 'method', 'outcome': 'result', 'background': 'background', 'other': 'other'}
FOLDS, FIELD = 5, 4096
BACKGROUND, OBJECTIVE, OTHER = 0, 1, 4
LESS_OTHER = .5 # Points taken from `other`, which in CSAbstruct holds fragments of all kinds: in doubt a sentence says something


def read_csabstruct(path):
    for record in map(json.loads, path.open(encoding='utf8')): yield record['sentences'], record['labels'], record['confs']


def read_nicta(path):
    for block in re.split(r'(?m)^###.*$', path.read_text('utf8')):
        rows = [line.split('\t', 1) for line in block.strip().splitlines() if '\t' in line]
        if rows: yield [s for _, s in rows], [NICTA[role.strip().lower()] for role, _ in rows], [1.]*len(rows)


class Data:
    "Abstracts cut as paperlit cuts them, with the annotated sentences beside"
    def __init__(self, abstracts, medical):
        self.medical, self.rows, self.gold, self.gold_weight, self.cover, self.target, self.weight, self.abstract, self.gold_abstract = medical, [], [], [], [], [], [], [], []
        for n, (parts, roles, confidences) in enumerate(abstracts): self.add(n, parts, [ROLES.index(r) for r in roles], confidences)
        for name in ('gold', 'gold_weight', 'cover', 'target', 'weight', 'abstract', 'gold_abstract'): setattr(self, name, np.array(getattr(self, name)))
        at = np.cumsum([0] + [len(i) for i, _ in self.flat()])
        self.X = sp.csr_matrix((np.concatenate([w for _, w in self.flat()]), np.concatenate([i for i, _ in self.flat()]), at), shape=(at.size-1, 2**BITS))
        self.fold = np.random.default_rng(0).permutation(len(self.rows)) % FOLDS

    def flat(self): return [row for rows in self.rows for row in rows]

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


def contexts(data, opinions): return np.vstack([context(opinions[data.abstract == n]) for n in range(len(data.rows))])


def second(Z, y, weight, C=.1):
    "The second layer's weights, with the scaling of its inputs folded in"
    middle, spread = Z.mean(0), Z.std(0) + 1e-9
    model = fit((Z - middle)/spread, y, weight, C, 300)
    W, b = np.zeros((Z.shape[1], len(ROLES))), np.full(len(ROLES), -20.)
    W[:, model.classes_] = model.coef_.T/spread[:, None]
    b[model.classes_] = model.intercept_
    return W, b - middle @ W


def bags(data): return sp.vstack([sp.csr_matrix((np.full(len(at), len(at)**-.5), (np.zeros(len(at), int), at)), shape=(1, FIELD))
                                  for at in (np.unique(np.concatenate([i for i, _ in rows]) % FIELD) for rows in data.rows)])


def figures(name, p, data):
    "Print how well `p` fits the annotated sentences"
    p, gold, weight = p[data.cover].copy(), data.gold.copy(), data.gold_weight
    if data.medical: p[:, BACKGROUND] += p[:, OBJECTIVE]; p[:, OBJECTIVE] = 0; gold[gold == OBJECTIVE] = BACKGROUND
    said, sure = p.argmax(1), np.argsort(-p.max(1), kind='stable')[:round(.65*len(p))]
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


def byte_sized(W):
    "`W` in bytes, with a scale for each column"
    scale = (np.abs(W).max(0)/127).astype(np.float32)
    return np.round(W/scale).astype(np.int8), scale


def crossed(train, opinions):
    "What the second layer says of abstracts that it has not seen"
    Z, out = contexts(train, opinions), np.zeros((len(train.target), len(ROLES)))
    for k in range(FOLDS):
        inside = train.fold[train.abstract] == k
        W, b = second(Z[~inside], train.target[~inside], train.weight[~inside])
        out[inside] = softmax(Z[inside] @ W + b)
    return Z, out


def tagged(data, model):
    "What the packed model says"
    out = []
    for rows in data.rows:
        p, share = context(first_layer(rows, model['words'], model['bias'])) @ model['second'] + model['second_bias'], medicine(rows, model['field'], model['field_bias'])
        out.append((1 - share)*softmax(p[:, :5]) + share*softmax(p[:, 5:]))
    return np.vstack(out)


def main(folder, out):
    science, medical = Data(read_csabstruct(folder/'csab_train.jsonl'), False), Data(read_nicta(folder/'nicta_train.txt'), True)
    model_s, own_s = first(science, 5)
    aims = softmax(points(model_s, medical.X))
    medical.target[(medical.target == BACKGROUND) & (aims[:, OBJECTIVE] > aims[:, BACKGROUND])] = OBJECTIVE
    model_m, own_m = first(medical, 5)
    figures('CS, first layer, CV', own_s, science)
    figures('NICTA, first layer, CV', own_m, medical)
    Zs, p_s = crossed(science, np.hstack([own_s, softmax(points(model_m, science.X))]))
    Zm, p_m = crossed(medical, np.hstack([aims, own_m]))
    figures('CS, both layers, CV', p_s, science)
    figures('NICTA, both layers, CV', p_m, medical)
    calibration(p_s, science)
    (Ws, bs), (Wm, bm) = second(Zs, science.target, science.weight), second(Zm, medical.target, medical.weight)
    bs[OTHER] -= LESS_OTHER
    gate = fit(sp.vstack([bags(science), bags(medical)]), np.repeat([0, 1], [len(science.rows), len(medical.rows)]), None, 10, 200)
    W1, b1 = np.zeros((2**BITS, 10)), np.full(10, -20.)
    for k, model in ((0, model_s), (5, model_m)): W1[:, k + model.classes_], b1[k + model.classes_] = model.coef_.T, model.intercept_
    (words, words_scale), (field, field_scale) = byte_sized(W1), byte_sized(gate.coef_.T)
    saved = dict(words=words, words_scale=words_scale, bias=b1.astype(np.float32), second=np.hstack([Ws, Wm]).astype(np.float32), second_bias=np.r_[bs, bm].astype(np.float32),
                 field=field[:, 0], field_scale=field_scale[0], field_bias=np.float32(gate.intercept_[0]))
    np.savez_compressed(out, **saved)
    model = saved | dict(words=words*words_scale, field=field[:, 0]*field_scale[0])
    print(f'{out.stat().st_size/1e3:.0f} kB')
    for name, data in (('CS, dev', Data(read_csabstruct(folder/'csab_dev.jsonl'), False)), ('NICTA, dev', Data(read_nicta(folder/'nicta_dev.txt'), True))):
        figures(name, tagged(data, model), data)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--out', type=Path, default=OUT)
    args = parser.parse_args()
    main(args.folder, args.out)
