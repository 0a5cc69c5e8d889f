#include "bench/result/table_cell.h"

#include <math.h>
#include <stdio.h>

enum {
	TEXT_BYTES = 64,
};

void table_cell_print(double value, int width, int decimals)
{
	char text[TEXT_BYTES] = "-";

	if (isfinite(value))
		while (snprintf(text, sizeof(text), "%.*f", decimals, value) > width &&
		       decimals > 0)
			decimals--;
	printf(" %*s", width, text);
}

void table_cell_print_range(const struct spread *spread, double unit, int width, int decimals)
{
	char text[TEXT_BYTES] = "-";

	if (isfinite(spread->median))
		while (snprintf(text, sizeof(text), "%.*f-%.*f", decimals, spread->min / unit,
				decimals, spread->max / unit) > width &&
		       decimals > 0)
			decimals--;
	printf(" %*s", width, text);
}
