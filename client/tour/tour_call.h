/*
 * tour_call: the output of the tour. A call is printed with its real arguments and result, and a
 * sentence or two below it; or, as JSON, each step is one object on a line: part, call, arguments,
 * result, errno, says, and fields where bytes are shown.
 */
#ifndef STARLING_CLIENT_TOUR_TOUR_CALL_H
#define STARLING_CLIENT_TOUR_TOUR_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A running tour. Zeroed but for `out` and `pause_fd` it is ready for use. */
struct tour {
	FILE *out;
	bool is_json, has_colour;
	int pause_fd;     /* Enter is awaited here after each step; -1: no pause */
	bool is_over;     /* the reader closed the input: nothing more is printed */
	const char *part; /* the title that the steps stand under */
};

/* One call that was made. */
struct tour_call {
	const char *name;
	char arguments[160];
	long result;
	int error; /* errno when the result is -1, else 0 */
};

/* A stretch of bytes with its meaning, for tour_bytes. */
struct tour_field {
	const char *name;
	size_t size;
	char value[64];
};

/* Stores a system call's result and errno; call it before anything else can set errno. */
void tour_result(struct tour_call *call, long result);

__attribute__((format(printf, 2, 3))) void tour_arguments(struct tour_call *call,
							  const char *format, ...);

/* Begins a part. `title` must stay valid as long as the part lasts. */
void tour_title(struct tour *tour, const char *title);

/* Shows a call, and explains it. */
__attribute__((format(printf, 3, 4))) void
tour_show(struct tour *tour, const struct tour_call *call, const char *says, ...);

/* Explains something without a call. */
__attribute__((format(printf, 2, 3))) void tour_explain(struct tour *tour, const char *says, ...);

/* Shows bytes field by field. The fields' sizes must sum up to at most `size`. */
void tour_bytes(struct tour *tour, const char *name, const uint8_t *data, size_t size,
		const struct tour_field *fields, size_t field_count, const char *says);

#endif
