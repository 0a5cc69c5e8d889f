#include "bench/measure/age.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_CAPACITY = 1024,
	DIGIT_BITS = 11,
	DIGITS = 1 << DIGIT_BITS,
};

struct age age_init(int64_t bound_us)
{
	return (struct age){ .bound_us = bound_us, .from_us = INT64_MIN };
}

void age_fini(struct age *age)
{
	free(age->teeth);
	free(age->ends);
	*age = (struct age){ 0 };
}

static int add_tooth(struct age *age, struct age_tooth tooth)
{
	if (age->count == age->capacity) {
		size_t capacity = age->capacity ? 2 * age->capacity : FIRST_CAPACITY;
		struct age_tooth *teeth = realloc(age->teeth, capacity * sizeof(teeth[0]));

		if (!teeth)
			return -ENOMEM;
		age->teeth = teeth;
		age->capacity = capacity;
	}
	age->teeth[age->count++] = tooth;
	age->total_us += tooth.to_us - tooth.from_us;
	return 0;
}

/* A stall goes on over a tooth that begins above the bound: what came was too old already. */
static void follow_stall(struct age *age, struct age_watch *watch, struct age_tooth tooth)
{
	bool was_stalled = watch->stall_us > 0;

	if (tooth.from_us > age->bound_us)
		watch->stall_us += tooth.to_us - tooth.from_us;
	else if (tooth.to_us > age->bound_us)
		watch->stall_us = tooth.to_us - age->bound_us;
	else
		watch->stall_us = 0;
	if (watch->stall_us > 0 && (!was_stalled || tooth.from_us <= age->bound_us))
		age->stalls++;
	if (watch->stall_us > age->longest_stall_us)
		age->longest_stall_us = watch->stall_us;
}

void age_begin(struct age_watch *watch, int64_t due_us)
{
	*watch = (struct age_watch){ .is_on = true, .origin_us = due_us, .since_us = due_us };
}

int age_end(struct age *age, struct age_watch *watch, int64_t now_us)
{
	const int64_t since_us = watch->since_us > age->from_us ? watch->since_us : age->from_us;
	const struct age_tooth tooth = { .from_us = since_us - watch->origin_us,
					 .to_us = now_us - watch->origin_us };

	if (!watch->is_on || now_us <= since_us)
		return 0;
	follow_stall(age, watch, tooth);
	return add_tooth(age, tooth);
}

int age_take(struct age *age, struct age_watch *watch, int64_t origin_us, int64_t now_us)
{
	int result = age_end(age, watch, now_us);

	watch->is_on = true;
	watch->origin_us = origin_us;
	watch->since_us = now_us;
	return result;
}

int age_merge(struct age *into, const struct age *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (add_tooth(into, from->teeth[i]) != 0)
			return -ENOMEM;
	into->stalls += from->stalls;
	if (from->longest_stall_us > into->longest_stall_us)
		into->longest_stall_us = from->longest_stall_us;
	return 0;
}

/* One pass of a radix sort: by these bits, those that are equal in them as they stood. */
static void sort_by_digit(int64_t *to, const int64_t *from, size_t count, int64_t least,
			  unsigned shift)
{
	size_t places[DIGITS] = { 0 }, place = 0;

	for (size_t i = 0; i < count; i++)
		places[(uint64_t)(from[i] - least) >> shift & (DIGITS - 1)]++;
	for (size_t digit = 0; digit < DIGITS; digit++) {
		size_t here = places[digit];

		places[digit] = place;
		place += here;
	}
	for (size_t i = 0; i < count; i++)
		to[places[(uint64_t)(from[i] - least) >> shift & (DIGITS - 1)]++] = from[i];
}

/* Ages span few bits, so this takes two or three passes where a sort by comparison takes twenty. */
static void sort(int64_t *values, size_t count, int64_t *spare)
{
	int64_t least = INT64_MAX, most = INT64_MIN;
	int64_t *from = values, *to = spare;

	for (size_t i = 0; i < count; i++) {
		least = values[i] < least ? values[i] : least;
		most = values[i] > most ? values[i] : most;
	}
	for (unsigned shift = 0; count > 0 && shift < 64 && (uint64_t)(most - least) >> shift > 0;
	     shift += DIGIT_BITS) {
		int64_t *sorted = to;

		sort_by_digit(to, from, count, least, shift);
		to = from;
		from = sorted;
	}
	if (from != values)
		memcpy(values, from, count * sizeof(values[0]));
}

/* First all beginnings in order, then all ends in order. */
int age_finish(struct age *age)
{
	int64_t *spare = malloc((age->count + 1) * sizeof(spare[0]));

	age->ends = malloc((2 * age->count + 1) * sizeof(age->ends[0]));
	if (!age->ends || !spare) {
		free(spare);
		return -ENOMEM;
	}
	for (size_t i = 0; i < age->count; i++) {
		age->ends[i] = age->teeth[i].from_us;
		age->ends[age->count + i] = age->teeth[i].to_us;
	}
	sort(age->ends, age->count, spare);
	sort(age->ends + age->count, age->count, spare);
	free(spare);
	return 0;
}

/*
 * Between two neighbouring ends the number of teeth that pass through is constant, so the time
 * spent below an age is a chain of straight lines, walked from the youngest on.
 */
int64_t age_quantile_us(const struct age *age, double share)
{
	const int64_t *begins = age->ends, *ends = age->ends + age->count;
	double wanted_us = share * (double)age->total_us, passed_us = 0;
	size_t begun = 0, ended = 0;
	int64_t at_us;

	if (age->count == 0)
		return -1;
	at_us = begins[0];
	while (ended < age->count) {
		bool is_begin = begun < age->count && begins[begun] <= ends[ended];
		int64_t next_us = is_begin ? begins[begun] : ends[ended];
		double depth = (double)(begun - ended);
		double span_us = (double)(next_us - at_us) * depth;

		if (depth > 0 && passed_us + span_us >= wanted_us)
			return at_us + (int64_t)((wanted_us - passed_us) / depth);
		passed_us += span_us;
		at_us = next_us;
		begun += is_begin;
		ended += !is_begin;
	}
	return at_us;
}

int64_t age_max_us(const struct age *age)
{
	return age->count > 0 ? age->ends[2 * age->count - 1] : -1;
}

double age_share_above(const struct age *age, int64_t above_us)
{
	int64_t sum_us = 0;

	for (size_t i = 0; i < age->count; i++) {
		const struct age_tooth *tooth = &age->teeth[i];
		int64_t from_us = tooth->from_us > above_us ? tooth->from_us : above_us;

		sum_us += tooth->to_us > from_us ? tooth->to_us - from_us : 0;
	}
	return age->total_us > 0 ? (double)sum_us / (double)age->total_us : 0;
}
