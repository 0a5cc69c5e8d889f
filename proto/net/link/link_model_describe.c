#include "proto/net/link/link_model.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "proto/net/link/link_model_internal.h"

#define BILLION UINT64_C(1000000000)

struct writer {
	char *text; /* LINK_MODEL_TEXT_MAX_BYTES + 1 */
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void write_text(struct writer *writer,
							     const char *format, ...)
{
	const size_t room = LINK_MODEL_TEXT_MAX_BYTES + 1 - writer->used;
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(writer->text + writer->used, room, format, arguments);
	va_end(arguments);
	writer->used += (size_t)size < room ? (size_t)size : room - 1;
}

/* In the largest unit that leaves no fraction. */
static void write_quantity(struct writer *writer, const struct link_model_unit *units,
			   uint64_t value)
{
	while (value % units->size != 0)
		units++;
	write_text(writer, "%" PRIu64 "%s", value / units->size, units->name);
}

static void write_time(struct writer *writer, int64_t ns)
{
	write_quantity(writer, link_model_time_units, (uint64_t)ns);
}

/* With as few digits as are read back as the same share. */
static void write_share(struct writer *writer, link_model_share share)
{
	const uint64_t five_to_11 = 48828125; /* 10^11 / 2^32 is 5^11 / 2^21 */
	const uint64_t exact = (share * five_to_11 + (1 << 20)) >> 21;
	uint64_t step = 100 * BILLION, billionths;
	char digits[24];
	int size;

	do {
		step /= 10;
		billionths = (exact + step / 2) / step * step;
	} while (step > 1 && link_model_share_of_percent(billionths) != share);
	size = snprintf(digits, sizeof(digits), "%" PRIu64 ".%09" PRIu64, billionths / BILLION,
			billionths % BILLION);
	while (digits[size - 1] == '0')
		size--;
	if (digits[size - 1] == '.')
		size--;
	write_text(writer, "%.*s%%", size, digits);
}

static void write_rate(struct writer *writer, const struct link_model_terms *terms)
{
	if (terms->rate_bits == 0) {
		write_text(writer, "none");
		return;
	}
	write_quantity(writer, link_model_rate_units, terms->rate_bits);
	if (terms->queue_bytes != LINK_MODEL_QUEUE_DEFAULT_BYTES) {
		write_text(writer, "/");
		write_quantity(writer, link_model_size_units, terms->queue_bytes);
	}
}

static void write_term(struct writer *writer, enum link_model_term term,
		       const struct link_model_terms *terms, int64_t blackout_ns)
{
	write_text(writer, "%s=", link_model_term_names[term]);
	switch (term) {
	case LINK_MODEL_DELAY:
		write_time(writer, terms->delay_ns);
		break;
	case LINK_MODEL_JITTER:
		write_time(writer, terms->jitter_ns);
		if (terms->jitter != LINK_MODEL_NORMAL)
			write_text(writer, "/%s", link_model_shape_names[terms->jitter]);
		break;
	case LINK_MODEL_LOSS:
		write_share(writer, terms->loss);
		break;
	case LINK_MODEL_BURST:
		if (terms->has_burst)
			write_share(writer, terms->burst);
		else
			write_text(writer, "none");
		break;
	case LINK_MODEL_DUPLICATE:
		write_share(writer, terms->duplicate);
		break;
	case LINK_MODEL_REORDER:
		write_share(writer, terms->reorder);
		if (terms->reorder > 0 && terms->hold_ns != LINK_MODEL_HOLD_DEFAULT_NS) {
			write_text(writer, "/");
			write_time(writer, terms->hold_ns);
		}
		break;
	case LINK_MODEL_RATE:
		write_rate(writer, terms);
		break;
	case LINK_MODEL_BLACKOUT:
		write_time(writer, blackout_ns);
		break;
	}
}

/* Whether the term says more than its absence does. */
static bool is_said(const struct link_model_terms *terms, enum link_model_term term)
{
	switch (term) {
	case LINK_MODEL_DELAY:
		return terms->delay_ns > 0;
	case LINK_MODEL_JITTER:
		return terms->jitter_ns > 0;
	case LINK_MODEL_LOSS:
		return terms->loss > 0;
	case LINK_MODEL_BURST:
		return terms->has_burst;
	case LINK_MODEL_DUPLICATE:
		return terms->duplicate > 0;
	case LINK_MODEL_REORDER:
		return terms->reorder > 0;
	case LINK_MODEL_RATE:
		return terms->rate_bits > 0;
	case LINK_MODEL_BLACKOUT:
		break;
	}
	return false;
}

void link_model_describe(const struct link_model_spec *spec,
			 char text[LINK_MODEL_TEXT_MAX_BYTES + 1])
{
	struct writer writer = { .text = text };

	text[0] = '\0';
	for (enum link_model_term term = LINK_MODEL_DELAY; term < LINK_MODEL_BLACKOUT; term++) {
		if (!is_said(&spec->start, term))
			continue;
		write_text(&writer, "%s", writer.used > 0 ? "," : "");
		write_term(&writer, term, &spec->start, 0);
	}
	for (size_t i = 0; i < spec->change_count; i++) {
		const struct link_model_change *change = &spec->changes[i];

		write_text(&writer, "%sat=", writer.used > 0 ? "," : "");
		write_time(&writer, change->at_ns);
		write_text(&writer, ":");
		write_term(&writer, change->term, &change->value, change->blackout_ns);
	}
	if (writer.used == 0)
		write_text(&writer, "none");
}

bool link_model_is_perfect(const struct link_model_spec *spec)
{
	bool is_perfect = spec->change_count == 0;

	for (enum link_model_term term = LINK_MODEL_DELAY; term < LINK_MODEL_BLACKOUT; term++)
		is_perfect = is_perfect && !is_said(&spec->start, term);
	return is_perfect;
}
