#include "proto/net/link/link_model.h"

#include <string.h>

#include "proto/net/link/link_model_internal.h"

#define NS_PER_S        UINT64_C(1000000000)
#define TRAVEL_MAX_NS   (60 * NS_PER_S)
#define TIME_MAX_NS     (86400 * NS_PER_S)
#define RATE_MIN_BITS   UINT64_C(1000)
#define RATE_MAX_BITS   UINT64_C(100000000000)
#define QUEUE_MIN_BYTES UINT64_C(1500)
#define QUEUE_MAX_BYTES UINT64_C(1000000000)

/* The accepted forms. */
static const char term_wanted[] =
	"delay=, jitter=, loss=, burst=, dup=, reorder=, rate= or at=TIME:, without blanks";
static const char change_wanted[] =
	"delay=, jitter=, loss=, burst=, dup=, reorder=, rate= or blackout=";
static const char travel_wanted[] = "a time from 0ns to 60s, as 40ms (ns, us, ms, s)";
static const char time_wanted[] = "a time from 0ns to 86400s, as 10s (ns, us, ms, s)";
static const char blackout_wanted[] = "a time from 1ns to 86400s, as 2s (ns, us, ms, s)";
static const char share_wanted[] = "a share from 0% to 100%, as 2% or 0.02";
static const char burst_wanted[] = "a share from 0% to below 100%, as 30% or 0.3, or none";
static const char rate_wanted[] =
	"a rate from 1kbit to 100gbit a second, as 2mbit (bit, kbit, mbit, gbit), or none";
static const char queue_wanted[] = "a size from 1500B to 1000MB, as 64kB (B, kB, MB)";
static const char shape_wanted[] = "normal, uniform or exponential";
static const char end_wanted[] = "a comma and another term, or the end";

struct reader {
	struct link_model_reader words;
	struct link_model_spec *spec;
	/* Where each term stands in the text; NULL: nowhere. */
	const char *start_places[LINK_MODEL_TERMS];
	const char *change_places[LINK_MODEL_CHANGES_MAX];
};

static bool read_time(struct reader *reader, uint64_t least, uint64_t most, const char *wanted,
		      int64_t *ns)
{
	uint64_t value;

	if (!link_model_read_quantity(&reader->words, link_model_time_units, least, most, wanted,
				      &value))
		return false;
	*ns = (int64_t)value;
	return true;
}

/* Terms: each reads what stands behind the = into its fields. */

static bool read_jitter(struct reader *reader, struct link_model_terms *terms)
{
	size_t shape = LINK_MODEL_NORMAL;

	if (!read_time(reader, 0, TRAVEL_MAX_NS, travel_wanted, &terms->jitter_ns))
		return false;
	if (link_model_skip(&reader->words, '/')) {
		while (shape < LINK_MODEL_SHAPES &&
		       !link_model_is_word(reader->words.at, link_model_shape_names[shape]))
			shape++;
		if (shape == LINK_MODEL_SHAPES)
			return link_model_fail(&reader->words, reader->words.at, shape_wanted,
					       "no such shape of jitter");
		reader->words.at += strlen(link_model_shape_names[shape]);
	}
	terms->jitter = terms->jitter_ns > 0 ? (enum link_model_jitter)shape : LINK_MODEL_NORMAL;
	return true;
}

static bool read_burst(struct reader *reader, struct link_model_terms *terms)
{
	const char *start = reader->words.at;

	terms->has_burst = !link_model_skip_word(&reader->words, "none");
	if (!terms->has_burst)
		return true;
	if (!link_model_read_share(&reader->words, burst_wanted, &terms->burst))
		return false;
	if (terms->burst == LINK_MODEL_ALWAYS)
		return link_model_fail(&reader->words, start, burst_wanted,
				       "a burst would never end");
	return true;
}

static bool read_reorder(struct reader *reader, struct link_model_terms *terms)
{
	terms->hold_ns = LINK_MODEL_HOLD_DEFAULT_NS;
	if (!link_model_read_share(&reader->words, share_wanted, &terms->reorder))
		return false;
	if (link_model_skip(&reader->words, '/') &&
	    !read_time(reader, 0, TRAVEL_MAX_NS, travel_wanted, &terms->hold_ns))
		return false;
	if (terms->reorder == 0)
		terms->hold_ns = 0;
	return true;
}

static bool read_rate(struct reader *reader, struct link_model_terms *terms)
{
	if (link_model_skip_word(&reader->words, "none"))
		return true;
	terms->queue_bytes = LINK_MODEL_QUEUE_DEFAULT_BYTES;
	if (!link_model_read_quantity(&reader->words, link_model_rate_units, RATE_MIN_BITS,
				      RATE_MAX_BITS, rate_wanted, &terms->rate_bits))
		return false;
	return !link_model_skip(&reader->words, '/') ||
	       link_model_read_quantity(&reader->words, link_model_size_units, QUEUE_MIN_BYTES,
					QUEUE_MAX_BYTES, queue_wanted, &terms->queue_bytes);
}

static bool read_value(struct reader *reader, enum link_model_term term,
		       struct link_model_terms *terms, int64_t *blackout_ns)
{
	switch (term) {
	case LINK_MODEL_DELAY:
		return read_time(reader, 0, TRAVEL_MAX_NS, travel_wanted, &terms->delay_ns);
	case LINK_MODEL_JITTER:
		return read_jitter(reader, terms);
	case LINK_MODEL_LOSS:
		return link_model_read_share(&reader->words, share_wanted, &terms->loss);
	case LINK_MODEL_BURST:
		return read_burst(reader, terms);
	case LINK_MODEL_DUPLICATE:
		return link_model_read_share(&reader->words, share_wanted, &terms->duplicate);
	case LINK_MODEL_REORDER:
		return read_reorder(reader, terms);
	case LINK_MODEL_RATE:
		return read_rate(reader, terms);
	case LINK_MODEL_BLACKOUT:
		return read_time(reader, 1, TIME_MAX_NS, blackout_wanted, blackout_ns);
	}
	return false;
}

/* Reads a term's name and its =. */
static bool read_name(struct reader *reader, const char *wanted, enum link_model_term *term)
{
	size_t found = 0;

	while (found < LINK_MODEL_TERMS &&
	       !link_model_is_word(reader->words.at, link_model_term_names[found]))
		found++;
	if (found == LINK_MODEL_TERMS)
		return link_model_fail(&reader->words, reader->words.at, wanted,
				       link_model_word_size(reader->words.at) > 0
					       ? "no such term"
					       : "a term is missing");
	*term = (enum link_model_term)found;
	reader->words.at += strlen(link_model_term_names[found]);
	if (!link_model_skip(&reader->words, '='))
		return link_model_fail(&reader->words, reader->words.at, "= and a value",
				       "%s has no value", link_model_term_names[found]);
	return true;
}

static bool read_start_term(struct reader *reader)
{
	const char *place = reader->words.at;
	enum link_model_term term;

	if (link_model_is_word(place, link_model_term_names[LINK_MODEL_BLACKOUT]))
		return link_model_fail(&reader->words, place,
				       "at=TIME:blackout=TIME, as at=10s:blackout=2s",
				       "a blackout begins at a time");
	if (!read_name(reader, term_wanted, &term))
		return false;
	if (reader->start_places[term])
		return link_model_fail(&reader->words, place,
				       "a term once, and its changes as at=TIME:",
				       "%s stands here a second time", link_model_term_names[term]);
	reader->start_places[term] = place;
	return read_value(reader, term, &reader->spec->start, NULL);
}

/* Puts a change behind those of its time and before. */
static bool insert_change(struct reader *reader, const struct link_model_change *change,
			  const char *place)
{
	struct link_model_spec *spec = reader->spec;
	size_t i = spec->change_count++;

	for (; i > 0 && spec->changes[i - 1].at_ns > change->at_ns; i--) {
		spec->changes[i] = spec->changes[i - 1];
		reader->change_places[i] = reader->change_places[i - 1];
	}
	for (size_t j = i; j > 0 && spec->changes[j - 1].at_ns == change->at_ns; j--)
		if (spec->changes[j - 1].term == change->term)
			return link_model_fail(&reader->words, place, "a term once at each time",
					       "%s changes twice at this time",
					       link_model_term_names[change->term]);
	spec->changes[i] = *change;
	reader->change_places[i] = place;
	return true;
}

static bool read_change(struct reader *reader)
{
	const char *place = reader->words.at;
	struct link_model_change change = { 0 };

	if (reader->spec->change_count == LINK_MODEL_CHANGES_MAX)
		return link_model_fail(&reader->words, place, "32 terms with at=, at most",
				       "this is one change too many");
	reader->words.at += strlen("at");
	if (!link_model_skip(&reader->words, '='))
		return link_model_fail(&reader->words, reader->words.at,
				       "=TIME:TERM, as at=30s:delay=100ms", "at has no time");
	if (!read_time(reader, 0, TIME_MAX_NS, time_wanted, &change.at_ns))
		return false;
	if (!link_model_skip(&reader->words, ':'))
		return link_model_fail(&reader->words, reader->words.at,
				       "a colon and a term, as at=30s:delay=100ms",
				       "a term is missing");
	return read_name(reader, change_wanted, &change.term) &&
	       read_value(reader, change.term, &change.value, &change.blackout_ns) &&
	       insert_change(reader, &change, place);
}

static bool read_terms(struct reader *reader)
{
	do {
		if (!(link_model_is_word(reader->words.at, "at") ? read_change(reader)
								 : read_start_term(reader)))
			return false;
	} while (link_model_skip(&reader->words, ','));
	return *reader->words.at == '\0' ||
	       link_model_fail(&reader->words, reader->words.at, end_wanted,
			       "this does not belong to the term before it");
}

/* Bursts: whether they fit the losses, at any time. */

/* Gilbert's probability of a loss after none must not exceed one. */
static bool is_possible(const struct link_model_terms *terms)
{
	if (!terms->has_burst || terms->loss == 0)
		return true;
	if (terms->loss == LINK_MODEL_ALWAYS)
		return false;
	return terms->loss * (LINK_MODEL_ALWAYS - terms->burst) <=
	       (LINK_MODEL_ALWAYS - terms->loss) * LINK_MODEL_ALWAYS;
}

static bool check_burst(struct reader *reader, const struct link_model_terms *terms,
			const char *place)
{
	return is_possible(terms) ||
	       link_model_fail(&reader->words, place,
			       "a loss of at most 1/(2 - burst), or a longer burst",
			       "so many losses cannot come in so short bursts");
}

static const char *later(const char *one, const char *other)
{
	return !other || (one && one > other) ? one : other;
}

static bool check_bursts(struct reader *reader)
{
	const struct link_model_spec *spec = reader->spec;
	struct link_model_terms terms = spec->start;
	const char *burst_place = terms.has_burst ? reader->start_places[LINK_MODEL_BURST] : NULL;
	bool is_lossy = terms.loss > 0;

	if (!check_burst(reader, &terms, later(burst_place, reader->start_places[LINK_MODEL_LOSS])))
		return false;
	for (size_t i = 0; i < spec->change_count; i++) {
		const struct link_model_change *change = &spec->changes[i];
		const bool is_last_of_its_time =
			i + 1 == spec->change_count || spec->changes[i + 1].at_ns > change->at_ns;

		if (change->term == LINK_MODEL_LOSS)
			terms.loss = change->value.loss;
		if (change->term == LINK_MODEL_BURST) {
			terms.has_burst = change->value.has_burst;
			terms.burst = change->value.burst;
			if (!burst_place && terms.has_burst)
				burst_place = reader->change_places[i];
		}
		is_lossy = is_lossy || terms.loss > 0;
		if (is_last_of_its_time && !check_burst(reader, &terms, reader->change_places[i]))
			return false;
	}
	return !burst_place || is_lossy ||
	       link_model_fail(&reader->words, burst_place,
			       "burst= together with loss=, as loss=2%,burst=0.3",
			       "burst says how losses follow each other, and nothing is lost");
}

bool link_model_parse(struct link_model_spec *spec, const char *text,
		      char error[LINK_MODEL_ERROR_BYTES])
{
	struct reader reader = { .words = { .text = text, .at = text, .error = error },
				 .spec = spec };

	memset(spec, 0, sizeof(*spec));
	error[0] = '\0';
	if (strcmp(text, "none") == 0)
		return true;
	if (strlen(text) > LINK_MODEL_TEXT_MAX_BYTES)
		return link_model_fail(&reader.words, text + LINK_MODEL_TEXT_MAX_BYTES,
				       "2560 characters at most", "the text is too long");
	return read_terms(&reader) && check_bursts(&reader);
}
