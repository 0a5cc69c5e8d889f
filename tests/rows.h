/*
 * rows: cmocka tests from a table, each row under its own `name`. The row is the test's state.
 */
#ifndef STARLING_TESTS_ROWS_H
#define STARLING_TESTS_ROWS_H

#include <stdint.h>

#define ROWS_COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Adds a test of each row to the array `tests`, of which `count` are there so far. */
#define ROWS_ADD(tests, count, rows, function)                                                     \
	for (size_t row_ = 0; row_ < ROWS_COUNT(rows); row_++)                                     \
		(tests)[(count)++] = (struct CMUnitTest)                                           \
		{                                                                                  \
			.name = (rows)[row_].name, .test_func = (function),                        \
			.initial_state = (void *)(uintptr_t) & (rows)[row_]                        \
		}

#endif
