#include "bench/result/build/values.h"

void values_take(struct values *values, const struct value *list, size_t count)
{
	if (values->repetitions == SPREAD_MAX)
		return;
	values->count = count < VALUES_MAX ? count : VALUES_MAX;
	for (size_t i = 0; i < values->count; i++) {
		values->names[i] = list[i].name;
		values->values[i][values->repetitions] = list[i].value;
	}
	values->repetitions++;
}

void values_clear(struct values *values)
{
	values->repetitions = 0;
}

void values_add(const struct values *values, struct result_row *row)
{
	for (size_t i = 0; i < values->count; i++)
		result_figure(row, values->names[i], NULL, values->values[i], values->repetitions);
}
