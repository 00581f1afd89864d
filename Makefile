# Two commands do everything, set-up included: `make course` and `make test`; `make check` is for in between.

QUALITY  ?= l#    l, m, h or k: 480p15, 720p30, 1080p60, 2160p60
CHAPTERS ?=#      ch2, or several; all there are if empty
RUN      := .venv/bin/python -m

# What a change of a scene, a part or an equation can break, without rendering, training or publishing.
QUICK    := tests/*.py tests/maths tests/stage

.PHONY: help course test check quick setup lint types format lock clean

help: ## Say what there is to make
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'
	@echo '  Options: QUALITY=l|m|h|k  CHAPTERS="ch2 ch4"  PYTHON=python3.12'

course: setup ## Render the chapters with narration: media/episodes/<chapter>/episode.mp4
	@.venv/bin/course render $(CHAPTERS) -q $(QUALITY) --episode

test: ## Lint, types and tests
	@sh tools/setup.sh test
	@$(MAKE) --no-print-directory lint types
	@OMP_NUM_THREADS=1 $(RUN) pytest -q -n auto --maxprocesses 8 --dist worksteal --durations 30

check: setup ## Lint, types and quick tests: under two minutes on two cores
	@$(MAKE) --no-print-directory --jobs 2 lint types quick

quick: setup
	@OMP_NUM_THREADS=1 $(RUN) pytest -q -n 2 --dist worksteal -m "not slow and not long" $(QUICK)

setup: ## Install what is missing, into .venv and on the system
	@sh tools/setup.sh course

lint: setup
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .

types: setup
	@$(RUN) mypy

format: setup ## Format the code and mend what the linter can mend
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

lock: setup ## Write requirements.lock from what .venv holds now
	@.venv/bin/python tools/lock.py

clean: ## Remove .venv and the tools' caches; media/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
