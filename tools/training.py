"""What the training scripts share: weights in bytes, and the command line."""
import argparse
from pathlib import Path

import numpy as np


def byte_sized(W):
    "`W` in bytes, with a scale for each column"
    scale = (np.abs(W).max(0)/127).astype(np.float32)
    return np.round(W/scale).astype(np.int8), scale


def run(main, about, out, *inputs):
    "Call `main` with the paths that the command line names for `inputs`, and where to write"
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in inputs: parser.add_argument(name, type=Path)
    parser.add_argument('--out', type=Path, default=out)
    args = parser.parse_args()
    main(*(getattr(args, name) for name in inputs), args.out)
