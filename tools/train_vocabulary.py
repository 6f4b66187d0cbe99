"""Write paperlit/models/words.json: the words of scholarly English, commonest first.

`paperlit.text` parts glued words (`introduceTinyGSM`) only where the whole is no known word and the parts are.
The words are those of at least `--least` abstracts of a corpus of open metadata (arXiv, CC0, and CC BY venues).

    python tools/train_vocabulary.py CORPUS.parquet
"""
import argparse
import json
import re
from collections import Counter
from pathlib import Path

import pandas as pd

OUT = Path(__file__).parent.parent/'paperlit'/'models'/'words.json'


def count_words(abstracts):
    "In how many abstracts each word in lower case stands"
    counts = Counter()
    for text in abstracts: counts.update(set(re.findall(r"[^\W\d_]+", text.lower())))
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('corpus', help='Parquet file with the column `abstract`')
    parser.add_argument('--least', type=int, default=12, help='abstracts that a word must stand in')
    args = parser.parse_args()
    counts = count_words(pd.read_parquet(args.corpus, columns=['abstract']).abstract.dropna())
    words = [w for w, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n >= args.least and len(w) < 30]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(words, ensure_ascii=False, separators=(',', ':')) + '\n', encoding='utf-8')
    print(f'{len(words)} words, {OUT.stat().st_size / 1e3:.0f} kB')


if __name__ == '__main__': main()
