#!/bin/sh
# Write the lock files again: `make lock`, or `make lock UPGRADE=--upgrade` to move to newer versions.
# They hold for Python 3.11 to 3.13 and carry hashes, but no index address: pip uses the one that the machine is set up for.
set -eu
cd "$(dirname "$0")/.."
lock() {
    output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --no-annotate --custom-compile-command "make lock" ${UPGRADE:-} --output-file "requirements/$output" "$@"
}
lock runtime.txt pyproject.toml
lock build.txt requirements/build.in
lock demo.txt --constraint requirements/runtime.txt --extra demo pyproject.toml requirements/build.in
lock dev.txt --constraint requirements/demo.txt --extra demo --extra report pyproject.toml requirements/build.in requirements/dev.in
# Quix Streams refuses the newest pydantic-settings, so the bench has its own set and its own environment.
lock bench.txt --extra demo pyproject.toml requirements/build.in requirements/dev.in requirements/bench.in
# The detectors are graded by simulation: numpy draws the queues, river brings a contender.
lock evaluate.txt --constraint requirements/runtime.txt pyproject.toml requirements/build.in requirements/evaluate.in
# The site is built by itself: it reads pages, not the program.
lock docs.txt requirements/docs.in
# mutmut wants an older pytest than the tests, so it has its own set and its own environment.
lock mutation.txt --constraint requirements/runtime.txt --extra demo --extra report pyproject.toml requirements/build.in requirements/dev.in requirements/mutation.in
