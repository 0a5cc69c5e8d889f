#include "bench/result/text/columns.h"

#include <string.h>

static const struct column contrast_columns[] = {
	{ "lost", "due", COLUMN_SPREAD },
	{ "skipped", "due", COLUMN_MEDIAN },
	{ "delay_p50_us", NULL, COLUMN_MEDIAN },
	{ "delay_p99_us", NULL, COLUMN_MEDIAN },
	{ "age_p50_us", NULL, COLUMN_MEDIAN },
	{ "age_p99_us", NULL, COLUMN_SPREAD },
	{ "longest_stall_us", NULL, COLUMN_MEDIAN },
	{ "bytes_per_update", NULL, COLUMN_MEDIAN },
	{ "down_bytes_per_update", NULL, COLUMN_WIDE },
	{ "delay_p999_us", NULL, COLUMN_WIDE },
	{ "delay_count", NULL, COLUMN_WIDE },
	{ "due", NULL, COLUMN_WIDE },
	{ "delivered", NULL, COLUMN_WIDE },
	{ "late", NULL, COLUMN_WIDE },
};

static const struct column compare_columns[] = {
	{ "cpu_us_per_update", NULL, COLUMN_SPREAD },
	{ "cpu_ratio", NULL, COLUMN_SPREAD },
	{ "core_share", NULL, COLUMN_MEDIAN },
	{ "datagrams_per_update", NULL, COLUMN_MEDIAN },
	{ "bytes_per_update", NULL, COLUMN_MEDIAN },
	{ "syscalls_per_datagram", NULL, COLUMN_MEDIAN },
	{ "allocations_per_update", NULL, COLUMN_MEDIAN },
	{ "peak_bytes", NULL, COLUMN_MEDIAN },
	{ "delay_p50_us", NULL, COLUMN_MEDIAN },
	{ "delay_p99_us", NULL, COLUMN_SPREAD },
	{ "delay_p999_us", NULL, COLUMN_MEDIAN },
	{ "delay_max_us", NULL, COLUMN_MOST },
	{ "age_p99_us", NULL, COLUMN_MEDIAN },
	{ "loss", NULL, COLUMN_MEDIAN },
	{ "late_p99_us", NULL, COLUMN_MEDIAN },
	{ "delivered", NULL, COLUMN_MEDIAN },
	{ "skipped", NULL, COLUMN_WIDE },
};

static const struct column load_columns[] = {
	{ "delivered_per_s", NULL, COLUMN_MEDIAN },
	{ "core_share", NULL, COLUMN_MEDIAN },
	{ "generator_core_share", NULL, COLUMN_MEDIAN },
	{ "delay_p99_us", NULL, COLUMN_MEDIAN },
	{ "age_p99_us", NULL, COLUMN_MEDIAN },
	{ "loss", NULL, COLUMN_MEDIAN },
	{ "late_p99_us", NULL, COLUMN_MEDIAN },
	{ "carried", NULL, COLUMN_WIDE },
	{ "bound_used", NULL, COLUMN_WIDE },
	{ "ratio", NULL, COLUMN_WIDE },
};

static const struct column self_test_columns[] = {
	{ "known_us", NULL, COLUMN_MEDIAN },           { "error_p50_us", NULL, COLUMN_SPREAD },
	{ "error_p99_us", NULL, COLUMN_SPREAD },       { "own_error_p50_us", NULL, COLUMN_SPREAD },
	{ "late_p99_us", NULL, COLUMN_MEDIAN },        { "line_late_p99_us", NULL, COLUMN_MEDIAN },
	{ "machine_wait_share", NULL, COLUMN_MEDIAN }, { "resolution_ns", NULL, COLUMN_MEDIAN },
	{ "least_step_ns", NULL, COLUMN_MEDIAN },      { "read_ns", NULL, COLUMN_MEDIAN },
	{ "delay_p50_us", NULL, COLUMN_WIDE },         { "delay_p99_us", NULL, COLUMN_WIDE },
	{ "own_error_p99_us", NULL, COLUMN_WIDE },     { "delivered", NULL, COLUMN_WIDE },
	{ "hist_error", NULL, COLUMN_WIDE },
};

struct columns columns_of(const char *command)
{
#define OF(command, list)                                                                          \
	{                                                                                          \
		command,                                                                           \
		{                                                                                  \
			list, sizeof(list) / sizeof((list)[0]), 0                                  \
		}                                                                                  \
	}
	static const struct {
		const char *command;
		struct columns columns;
	} tables[] = { OF("contrast", contrast_columns), OF("compare", compare_columns),
		       OF("load", load_columns), OF("self-test", self_test_columns) };
	struct columns found = { 0 };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (strcmp(tables[i].command, command) == 0)
			found = tables[i].columns;
	while (found.main_count < found.count && found.list[found.main_count].form != COLUMN_WIDE)
		found.main_count++;
	return found;
}

bool columns_have(const char *command, const char *figure)
{
	const struct columns columns = columns_of(command);

	for (size_t i = 0; i < columns.count; i++)
		if (strcmp(columns.list[i].figure, figure) == 0)
			return true;
	return false;
}
