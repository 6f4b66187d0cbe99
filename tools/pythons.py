"""Install paperlit from wheels alone on each Python and each platform, and compare what it writes.

    python tools/pythons.py                       # Python 3.11 to 3.14, those of them that uv finds on this machine
    python tools/pythons.py --python /opt/python3.14/bin/python3

On this machine it builds the wheel, installs it into an environment of each Python, writes the review of the demo corpus and holds every file but `run.json`, which names the versions, against the first Python's, byte for byte. For other platforms it asks whether a wheel of every dependency is offered."""
import argparse
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ['3.11', '3.12', '3.13', '3.14']
PLATFORMS = ['x86_64-unknown-linux-gnu', 'aarch64-unknown-linux-gnu', 'x86_64-apple-darwin', 'aarch64-apple-darwin', 'x86_64-pc-windows-msvc']


def ran(*command, cwd=None):
    "The output of a command, or None and its complaint"
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=cwd)
    return (done.stdout, '') if done.returncode == 0 else (None, (done.stderr or done.stdout).strip())


def worst(why):
    "The line of a complaint that says what is wrong"
    return next((l for l in why.splitlines() if l.startswith(('error:', 'paperlit:'))), why.splitlines()[-1])


def wheel(folder):
    said, why = ran('uv', 'build', '--wheel', '--quiet', '--out-dir', folder, ROOT)
    if said is None: sys.exit(why)
    return next(folder.glob('*.whl'))


def overrides(folder):
    "What the project leaves out of an installation, as `uv run` does"
    out = folder/'overrides.txt'
    out.write_text('\n'.join(tomllib.loads((ROOT/'pyproject.toml').read_text('utf-8'))['tool']['uv']['override-dependencies']))
    return out


def written(python, built, without, folder):
    "The files of the demo's review on one Python as {name: bytes}, or why there are none"
    env = folder/'env'
    for step in [('uv', 'venv', '--quiet', '--python', python, '--no-python-downloads', env), ('uv', 'pip', 'install', '--quiet', '--python', env, '--only-binary', ':all:', '--override', without, built)]:
        if (why := ran(*step)[1]): return worst(why)
    said, why = ran(next(p for p in (env/'bin'/'paperlit', env/'Scripts'/'paperlit.exe') if p.exists()), 'demo', '--out', 'review', cwd=folder)
    if said is None: return worst(why)
    review = folder/'review'
    return {p.relative_to(review).as_posix(): p.read_bytes() for p in sorted(review.rglob('*')) if p.is_file() and p.name != 'run.json'}


def compared(first, files):
    "How the files of one Python differ from another's, in words"
    if isinstance(files, str): return files
    differ = [n for n in first.keys() | files.keys() if first.get(n) != files.get(n)]
    return f'{len(files)} files, ' + (f'other bytes in {", ".join(sorted(differ))}' if differ else 'the same bytes')


def lacking(python, platform, built, without):
    "The complaint of the resolver where a wheel is lacking, or nothing"
    wanted = without.with_name('wanted.in')
    wanted.write_text(f'paperlit @ {built.as_uri()}\n')
    return ran('uv', 'pip', 'compile', '--quiet', wanted, '--python-version', python, '--python-platform', platform, '--only-binary', ':all:', '--override', without)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--python', action='append', help='a version or the path of an interpreter')
    args = parser.parse_args()
    bad, first = 0, None
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        built, without = wheel(folder), overrides(folder)
        for n, python in enumerate(args.python or PYTHONS):
            (own := folder/str(n)).mkdir()
            files = written(python, built, without, own)
            if first is None and isinstance(files, dict): first = files
            said = compared(first, files)
            bad += 'the same bytes' not in said
            print(f'{python}: {said}', flush=True)
        for platform in PLATFORMS:
            found = {p: lacking(p, platform, built, without) for p in PYTHONS}
            bad += any(found.values())
            print(f'{platform}: ' + ('wheels for ' + ', '.join(PYTHONS) if not any(found.values()) else '; '.join(f'{p}: {why.split("Because ")[-1].split(" and ")[0]}' for p, why in found.items() if why)), flush=True)
    sys.exit(bool(bad))


if __name__ == '__main__': main()
