#include "bench/cell.h"

#include <math.h>
#include <stdio.h>

enum {
	RANGE_BYTES = 64,
};

void cell_print(double value, int width, int decimals)
{
	if (isfinite(value))
		printf(" %*.*f", width, decimals, value);
	else
		printf(" %*s", width, "-");
}

void cell_print_range(const struct spread *spread, double unit, int width, int decimals)
{
	char text[RANGE_BYTES] = "-";

	if (isfinite(spread->median))
		while (snprintf(text, sizeof(text), "%.*f-%.*f", decimals, spread->min / unit,
				decimals, spread->max / unit) > width &&
		       decimals > 0)
			decimals--;
	printf(" %*s", width, text);
}
