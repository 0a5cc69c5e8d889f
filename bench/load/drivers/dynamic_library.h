/*
 * dynamic_library: functions of other people's client libraries, which are there on some machines.
 * They are looked up as the program runs, so that building and running without them works.
 */
#ifndef STARLING_BENCH_DYNAMIC_LIBRARY_H
#define STARLING_BENCH_DYNAMIC_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

enum {
	DYNAMIC_LIBRARY_WHY_BYTES = 256,
};

struct dynamic_library_function {
	const char *name;
	void *where; /* of a pointer to the function, which is filled in */
};

/*
 * Loads the first of `libraries` (NULL at the end) that is there and finds all functions in it; it
 * stays loaded. False with a sentence in `why`.
 */
bool dynamic_library_load(const char *const *libraries,
			  const struct dynamic_library_function *functions, size_t count,
			  char why[static DYNAMIC_LIBRARY_WHY_BYTES]);

#endif
