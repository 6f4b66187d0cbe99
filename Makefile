# Everything runs through uv, which keeps its packages in .venv; where uv is not on PATH, a private one goes into .uv.
PYTHON ?= python3
UV := $(or $(shell command -v uv),.uv/bin/uv)
DEV := $(UV) run --group dev

.PHONY: demo test bench fuzz pythons audit sbom docs readme export clean

demo: $(UV)
	$(UV) run paperlit demo

test: $(UV)
	$(DEV) pytest

# Damaged files through every reader, and damaged papers through all that follows, for ten minutes or as long as you like: `make fuzz MINUTES=60`
MINUTES ?= 10
fuzz: $(UV)
	$(DEV) python tools/fuzz.py --minutes $(MINUTES)

# paperlit beside its peers on this machine: `make bench CORPUS=papers.parquet LARGE=1`. Each peer gets an environment of its own under .bench/
bench: $(UV)
	$(DEV) python bench/run.py $(if $(CORPUS),--corpus $(CORPUS)) $(if $(LARGE),--large)
	$(DEV) python bench/page.py

# The wheel on each Python of this machine: installed from wheels alone, the demo's review the same bytes; and whether other platforms have wheels
pythons: $(UV)
	$(DEV) python tools/pythons.py

# Known advisories for the packages that an installation brings; it asks the advisory database, so it is not part of the tests, and fails for a package that the database cannot be asked about
audit: $(UV) sbom
	$(UV) export --quiet --no-dev --no-emit-project --no-hashes --format requirements.txt --output-file dist/requirements.txt
	$(UV) tool run pip-audit --strict --no-deps --disable-pip --requirement dist/requirements.txt

# What an installation holds, for a release: CycloneDX, with versions, origins and hashes
sbom: $(UV)
	mkdir -p dist
	$(UV) export --quiet --no-dev --no-emit-project --format cyclonedx1.5 --output-file dist/paperlit.cdx.json
	@echo 'dist/paperlit.cdx.json'

docs: $(UV)
	$(DEV) python tools/build_docs.py _docs
	@echo 'Look at _docs/index.html'

readme: $(UV)
	$(DEV) python tools/readme.py

export: $(UV)
	$(DEV) nbdev-export
	$(DEV) nbdev-clean
	$(DEV) python tools/readme.py

clean:
	rm -rf _docs _proc build dist paperlit-review

.uv/bin/uv:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("paperlit needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet uv
