# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The commands of this checkout. `make` alone lists them.
#
# .venv/ has everything that they install (`make clean` removes it): the tools, the simulator, and a collections path in
# which this checkout is the collection mftops.central_governance.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
COLLECTIONS := $(VENV)/collections
CHECKOUT := $(COLLECTIONS)/ansible_collections/mftops/central_governance
PYTEST := $(BIN)/python -m pytest -q
VERSION := $(shell sed -n 's/^version: *//p' galaxy.yml)
READY := $(VENV)/.stamp-tools $(VENV)/.stamp-simulator $(VENV)/.stamp-role-simulator $(VENV)/.stamp-awx $(VENV)/.stamp-axe
TARBALL := dist/mftops-central_governance-$(VERSION).tar.gz

export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/$(COLLECTIONS)
export ANSIBLE_HOME := $(CURDIR)/$(VENV)/ansible-home
export PYTHONPATH := $(CURDIR)/$(COLLECTIONS)
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Ansible refuses to start with a locale that is not UTF-8 (as in a minimal container, or under cron).
export LC_ALL := C.UTF-8

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---------------------------------------------------------------------------------------------- the environment

$(VENV)/.stamp-python:
	@python=$$(tools/pick_python.sh) && echo "== environment: $(VENV) ($$($$python --version))" && \
	    $$python -m venv $(VENV) && $(BIN)/python -m pip install -qq --upgrade pip
	@touch $@

$(VENV)/.stamp-collection: $(VENV)/.stamp-python
	@mkdir -p $(dir $(CHECKOUT)) && ln -sfn $(CURDIR) $(CHECKOUT)
	@touch $@

# What the demo needs: ansible-core and what the modules import. The role that starts the simulator installs it into an
# environment of its own.
$(VENV)/.stamp-runtime: requirements.txt $(VENV)/.stamp-collection
	@echo "== installing ansible-core and the collection's requirements"
	@$(BIN)/python -m pip install -qq 'ansible-core>=2.16' -r requirements.txt
	@touch $@

$(VENV)/.stamp-simulator: simulator/pyproject.toml $(VENV)/.stamp-runtime
	@echo "== installing the simulator"
	@$(BIN)/python -m pip install -qq -e './simulator[test]'
	@touch $@

# The simulator as the role cg_simulator installs it, for the tests of roles that start one; only dist-test installs its own.
$(VENV)/.stamp-role-simulator: $(VENV)/.stamp-runtime $(shell find simulator roles/cg_simulator \
    \( -name tests -o -name benchmarks -o -name '*.egg-info' -o -name __pycache__ -o -name '.?*' \) -prune -o -type f -print)
	@echo "== installing the simulator as the role does"
	@$(BIN)/ansible localhost -i localhost, -c local -m ansible.builtin.include_role \
	    -a 'name=mftops.central_governance.cg_simulator tasks_from=install.yml' \
	    -e cg_simulator_installation=$(CURDIR)/$(VENV)/role-simulator \
	    -e ansible_python_interpreter=$(CURDIR)/$(BIN)/python >$(VENV)/role-simulator.log || \
	    { cat $(VENV)/role-simulator.log; exit 1; }
	@touch $@

$(VENV)/.stamp-tools: tests/requirements.txt tests/unit/requirements.txt $(VENV)/.stamp-runtime
	@echo "== installing the test tools"
	@$(BIN)/python -m pip install -qq -r tests/requirements.txt
	@touch $@

# For the playbook awx_setup, its tests and ansible-lint. The collection needs no other collection.
$(VENV)/.stamp-awx: tools/awx_collection.sh $(VENV)/.stamp-collection
	@echo "== extracting awx.awx from the package ansible"
	@tools/awx_collection.sh $(BIN)/python $(COLLECTIONS)
	@touch $@

# axe-core checks the accessibility of the HTML report. Without npm, the tests that need it are skipped.
$(VENV)/.stamp-axe: $(VENV)/.stamp-python
	@if command -v npm >/dev/null; then echo "== installing axe-core" && \
	    npm install --silent --no-save --no-audit --no-fund --prefix $(VENV)/npm 'axe-core@^4.10'; fi
	@touch $@

.PHONY: venv
venv: $(READY) ## make the environment with everything that the tests need

# ------------------------------------------------------------------------------------------------------ showing

.PHONY: demo
demo: $(VENV)/.stamp-runtime ## the whole main job on the example estate, step by step with explanations
	@$(BIN)/python demo/run.py

.PHONY: docs
docs: $(READY) ## build the docsite into dist/docs; a broken link fails it
	@echo "== docsite" && tools/docsite.sh $(BIN)

.PHONY: picture
picture: ## renew the README's picture of the report, from the report of the demo (needs chromium)
	@tools/report_picture.sh

# ------------------------------------------------------------------------------------------------------- testing

# The longest first, so that no long part runs alone at the end.
PARTS := integration molecule simulator-test unit sanity lint property dist-test

.PHONY: test
test: $(READY) ## all tests, two parts at a time (about 13 minutes on 2 idle cores)
	@echo "== two parts at a time, each shown when it ends: $(PARTS)"
	@$(MAKE) --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) $(PARTS)
	@echo "== all tests passed"

.PHONY: quick
quick: $(READY) ## ruff and the fast tests, under a minute
	@echo "== ruff" && $(BIN)/ruff check .
	@echo "== unit and property tests" && $(PYTEST) -n 2 tests/unit tests/property -m 'not slow'
	@echo "== simulator tests" && cd simulator && $(CURDIR)/$(PYTEST) -n 2 -m 'not slow and not browser'

.PHONY: lint
lint: $(READY) ## ruff, mypy, yamllint, ansible-lint, antsibull, reuse
	@echo "== ruff" && $(BIN)/ruff check . && $(BIN)/ruff format --quiet --check .
	@echo "== mypy" && cd $(COLLECTIONS) && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml \
	    ansible_collections/mftops/central_governance/plugins
	@cd simulator && $(CURDIR)/$(BIN)/mypy src/cg_sim
	@echo "== yamllint" && $(BIN)/yamllint --strict .
	@echo "== ansible-lint" && cd $(CHECKOUT) && $(CURDIR)/$(BIN)/ansible-lint --offline -q
	@echo "== changelog" && $(BIN)/antsibull-changelog lint
	@echo "== documentation" && cd $(CHECKOUT) && $(CURDIR)/$(BIN)/antsibull-docs lint-collection-docs \
	    --plugin-docs --skip-rstcheck .
	@echo "== licences" && $(BIN)/reuse lint --quiet || $(BIN)/reuse lint --lines

.PHONY: unit
unit: $(VENV)/.stamp-tools ## unit tests of the collection's Python code
	@echo "== unit tests" && $(PYTEST) -n 2 tests/unit

.PHONY: property
property: $(READY) ## property tests
	@echo "== property tests" && $(PYTEST) -n 2 tests/property

# How many times as many random examples as `make test` tries.
FUZZ ?= 10

.PHONY: fuzz
fuzz: $(READY) ## the property tests with other random examples each time, FUZZ times as many (10)
	@echo "== property tests, $(FUZZ) times as many examples, random" && CG_FUZZ=$(FUZZ) $(PYTEST) tests/property

# How many random pipelines `make proof` tries.
PROOF ?= 300

.PHONY: proof
proof: $(READY) ## check what must always hold: PROOF random pipelines (300), all faults, kill -9, two runs at the same time
	@echo "== proof: $(PROOF) random pipelines, kill -9 at each request, two runs at the same time, mutated answers" && \
	    CG_PROOF=$(PROOF) $(PYTEST) -n 2 tests/property --ignore tests/property/test_faults.py
	@echo "== proof: each fault in each operation" && CG_PROOF=$(PROOF) $(PYTEST) tests/property/test_faults.py

.PHONY: simulator-test
simulator-test: $(READY) ## the simulator's own tests
	@echo "== simulator tests" && cd simulator && $(CURDIR)/$(PYTEST) -n 2 --dist loadfile

.PHONY: integration
integration: $(READY) ## real ansible-playbook against the simulator; also every command in the docs
	@echo "== integration tests" && $(PYTEST) -n 2 --dist loadfile tests/integration

# The opposite of every assumption, in two batches, since some variants exclude each other.
ODD_VARIANTS := "known_backup=reject no_match=404 status_style=object properties_place=old deploy_answer=204 \
    error_shape=errors auth=session login=form remove_path=alternate synchronize_path=alternate lists=summary"
OTHER_VARIANTS := "backup_post=replace status_style=code error_shape=html deploy_answer=200 deploy_body=false auth=basic \
    gate=report"

.PHONY: variants
variants: $(READY) ## the module and role tests with a Central Governance that differs from all assumptions
	@for variants in $(ODD_VARIANTS) $(OTHER_VARIANTS); do echo "== integration tests with $$variants" && \
	    CG_SIM_TEST_VARIANTS="$$variants" $(PYTEST) -n 2 tests/integration/roles/test_dr.py \
	    $(patsubst %,tests/integration/modules/test_st_%.py,backup sync flow_deploy product_info backup_info flow_info) \
	    || exit 1; done

.PHONY: ecosystem
ecosystem: $(READY) ## the collection in AWX, ansible-runner and ansible-builder, its metrics in promtool
	@echo "== ecosystem tests" && $(PYTEST) -n 2 --dist loadgroup tests/ecosystem

.PHONY: molecule
molecule: $(READY) ## scenarios of the roles and verbs
	@echo "== molecule" && cd $(CHECKOUT) && molecule test --all

.PHONY: sanity
sanity: $(VENV)/.stamp-tools ## ansible-test sanity, without Docker and without ignore entries
	@echo "== sanity" && tests/sanity/run.sh

.PHONY: dist
dist: $(VENV)/.stamp-runtime ## build the collection's tarball into dist/
	@mkdir -p dist && $(BIN)/ansible-galaxy collection build --force --output-path dist .

.PHONY: dist-test
dist-test: dist $(READY) ## install the tarball into an empty directory and run the pipeline from there
	@echo "== dist test" && $(PYTEST) tests/dist --tarball $(TARBALL)

.PHONY: certification
certification: dist $(READY) ## check the tarball as Galaxy and Automation Hub do; errors and warnings fail
	@echo "== certification" && tests/certification/run.sh

.PHONY: compat
compat: dist ## the oldest and the newest ansible-core: unit and playbook tests, the pipeline from the tarball
	@tests/compat/run.sh

.PHONY: matrix
matrix: dist ## every ansible-core from 2.16 on, with its oldest and newest Python here; sanity too (an hour)
	@tests/compat/run.sh all

.PHONY: bench
bench: $(READY) ## measure time, memory and output against the budgets (an hour); writes docs/performance.md
	@$(BIN)/python -m pytest -q -s tests/benchmarks; status=$$?; $(BIN)/python tools/performance_page.py; exit $$status

# ------------------------------------------------------------------------------------------------------ cleaning

.PHONY: clean
clean: ## remove everything that these commands have made
	@rm -rf $(VENV) .ansible .cache .hypothesis .mypy_cache .ruff_cache dist
	@find . -name __pycache__ -prune -exec rm -rf {} +
