#!/bin/sh
# Gives every fuzz target the vectors as inputs, and its own (corpus/<target>/): some of its format, and those that
# once broke it.
set -u
build=${BUILD:-build}
passed=0 failed=0
for target in "$build"/fuzz/fuzz_*; do
    case $target in *.*) continue ;; esac
    name=$(basename "$target")
    corpus=tests/fuzz/corpus/$name
    [ -d "$corpus" ] || corpus=""
    if "$target" proto/vectors ${corpus:+"$corpus"}; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
