#include "client/replay/trace.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire/text.h"
#include "proto/wire/wire.h"

enum {
	FIRST_ROW_LINE = 2, /* each row has a line, below the header's */
};

/* One coordinate of a row. */
struct coordinate {
	size_t row;
	char axis;
	double value;
};

/* Whether a coordinate does not fit the grain; the first is in `found`. */
static bool find_too_far(const struct trace *trace, unsigned grain_um, struct coordinate *found)
{
	for (size_t i = 0; i < trace->row_count; i++) {
		const struct trace_row *row = &trace->rows[i];
		const double values[] = { row->x, row->y, row->z };

		for (size_t axis = 0; axis < 3; axis++) {
			const double grains = round(values[axis] * 1e6 / grain_um);

			*found = (struct coordinate){ i, "xyz"[axis], values[axis] };
			if (grains < INT32_MIN || grains > INT32_MAX)
				return true;
		}
	}
	return false;
}

static double reach_m(unsigned grain_um)
{
	return (double)INT32_MAX * grain_um * 1e-6;
}

/* The least grain of 1, 2 or 5 times a power of ten that fits all; 0: none. */
static unsigned grain_that_reaches(const struct trace *trace)
{
	struct coordinate found;

	for (unsigned power = 1; power <= WIRE_GRAIN_MAX_UM; power *= 10)
		for (unsigned digit = 1; digit <= 5; digit += digit == 1 ? 1 : 3)
			if (digit * power <= WIRE_GRAIN_MAX_UM &&
			    !find_too_far(trace, digit * power, &found))
				return digit * power;
	return 0;
}

int trace_check_fit(const struct trace *trace, const char *name, unsigned grain_um,
		    const char *remedy, char why[TRACE_ERROR_BYTES])
{
	struct coordinate found;
	unsigned remedy_um;
	int size;

	if (!find_too_far(trace, grain_um, &found))
		return 0;
	remedy_um = grain_that_reaches(trace);
	size = snprintf(why, TRACE_ERROR_BYTES,
			"%s:%zu: %c is %.15g, and a grain of %u um reaches %.15g metres",
			text_shown(name).text, found.row + FIRST_ROW_LINE, found.axis, found.value,
			grain_um, reach_m(grain_um));
	if (size > 0 && size < TRACE_ERROR_BYTES && remedy_um > 0)
		snprintf(why + size, TRACE_ERROR_BYTES - (size_t)size, "; %s --grain %u", remedy,
			 remedy_um);
	else if (size > 0 && size < TRACE_ERROR_BYTES)
		snprintf(why + size, TRACE_ERROR_BYTES - (size_t)size,
			 ", the coarsest one %.15g; count from an origin that is nearer",
			 reach_m(WIRE_GRAIN_MAX_UM));
	return -ERANGE;
}

double trace_leave_s(const struct trace_id *id)
{
	return id->last_s + id->interval_s;
}

void trace_fini(struct trace *trace)
{
	free(trace->rows);
	free(trace->ids);
	memset(trace, 0, sizeof(*trace));
}
