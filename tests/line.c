#include "tests/line.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <math.h>

#include "proto/net/random.h"
#include "tests/spec.h"

struct outcome outcomes[LINE_RUN_MAX];
size_t outcome_count;
struct impair_stats line_stats;

void line_run(const char *text, uint64_t seed, size_t count, int64_t interval_ns, size_t size)
{
	const struct impair_spec spec = spec_of(text);
	struct random gaps = random_init(1);
	struct impair line;
	int64_t now_ns = LINE_START_MS * MS;

	impair_init(&line, &spec, seed, now_ns);
	outcome_count = count;
	for (size_t i = 0; i < count; i++) {
		struct impair_fate fate = { 0 };
		struct outcome *outcome = &outcomes[i];

		outcome->sent_ns = now_ns;
		outcome->has_passed = impair_decide(&line, now_ns, size, &fate);
		outcome->arrives_ns = fate.arrives_ns;
		outcome->is_doubled = fate.is_doubled;
		outcome->copy_ns = fate.copy_arrives_ns;
		if (interval_ns >= 0)
			now_ns += interval_ns;
		else
			now_ns += (int64_t)(log((double)((random_u64(&gaps) >> 11) + 1) * 0x1p-53) *
					    (double)interval_ns);
	}
	line_stats = line.stats;
}

double line_delay_ms(const struct outcome *outcome)
{
	return (double)(outcome->arrives_ns - outcome->sent_ns) / (double)MS;
}

static const double sigmas = 5;

bool line_fits_share(double hits, double trials, double share, double spread)
{
	return fabs(hits / trials - share) <= sigmas * sqrt(spread * share * (1 - share) / trials);
}
