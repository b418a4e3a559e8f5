# Everything from a fresh clone, with nothing but Python 3.11 or later.
#   make demo             a district at work on http://127.0.0.1:8000 (PORT, TONGXIN_DATA)
#   make setup            install what is needed, start nothing
#   make test             everything, in its short form
#   make prove            everything, in full counts (hours)
#   make lint             style, types, floors, words
#   make bench NAME=x     one benchmark; without NAME, their names

.PHONY: help demo setup test prove lint bench
.DEFAULT_GOAL := help
PREPARE = python=$$(sh setup/find-python) && "$$python" setup/prepare.py
RUN = .venv/bin/python

help:
	@sed -n 's/^#   //p' Makefile

setup:
	@$(PREPARE) service

demo:
	@$(PREPARE) demo && exec $(RUN) -m tongxin demo

test:
	@$(PREPARE) checks && exec $(RUN) setup/check.py all

prove:
	@$(PREPARE) checks && TONGXIN_PROVE=1 exec $(RUN) setup/check.py all

lint:
	@$(PREPARE) checks && exec $(RUN) setup/check.py lint

bench:
	@$(PREPARE) checks && exec $(RUN) setup/bench.py $(NAME)
