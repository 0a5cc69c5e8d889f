/*
 * spec: a line's impairment from its text, for cmocka tests: one that cannot be read fails the
 * test.
 */
#ifndef STARLING_TESTS_SPEC_H
#define STARLING_TESTS_SPEC_H

#include "proto/net/impair.h"

/* `text` as in impair.h: "delay=20ms,loss=1%". */
struct impair_spec spec_of(const char *text);

#endif
