#include "bench/result/build/instrument.h"

#include <math.h>

#include "bench/measure/hist.h"
#include "bench/measure/spread.h"

static const double hist_error = 1.0 / HIST_STEPS;

static double step_us(const struct clock_step *clock)
{
	return isfinite(clock->least_ns) ? clock->least_ns / 1e3 : 0;
}

double instrument_own_p99_us(const struct clock_step *clock, const struct generator_result *load)
{
	const double p99_us = (double)load->p99_us, late_us = (double)load->late_p99_us;

	if (p99_us < 0 || late_us < 0)
		return NAN;
	return fmin(p99_us, late_us + 2 * step_us(clock) + hist_error * p99_us + 1);
}

static double known(int64_t value)
{
	return value < 0 ? NAN : (double)value;
}

static double late_p50_us(const struct generator_result *load)
{
	return known(load->late_p50_us);
}

static double late_max_us(const struct generator_result *load)
{
	return known(load->late_max_us);
}

static double call_p50_us(const struct generator_result *load)
{
	return known(load->call_p50_ns) / 1e3;
}

static double call_p99_us(const struct generator_result *load)
{
	return known(load->call_p99_ns) / 1e3;
}

static double own_drops(const struct generator_result *load)
{
	return (double)load->own_drops;
}

static const struct {
	const char *name;
	double (*value)(const struct generator_result *load);
} figures[] = {
	{ "late_p50_us", late_p50_us }, { "late_max_us", late_max_us },
	{ "call_p50_us", call_p50_us }, { "call_p99_us", call_p99_us },
	{ "own_drops", own_drops },
};

void instrument_add(struct result_row *row, const struct clock_step *clock,
		    const struct generator_result *const *loads, size_t count)
{
	double values[SPREAD_MAX];

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		for (size_t n = 0; n < count; n++)
			values[n] = figures[i].value(loads[n]);
		result_figure(row, figures[i].name, NULL, values, count);
	}
	for (size_t n = 0; n < count; n++)
		values[n] = instrument_own_p99_us(clock, loads[n]);
	result_figure(row, "own_p99_us", NULL, values, count);
	result_figure(row, "least_step_ns", NULL, &clock->least_ns, 1);
	result_figure(row, "hist_error", NULL, &hist_error, 1);
}
