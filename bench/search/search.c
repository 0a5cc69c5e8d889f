#include "bench/search/search.h"

#include <math.h>

/* The ladder. */

static int build_steps(struct search *search)
{
	const struct search_plan *plan = &search->plan;

	for (double n = 0;; n++) {
		double load = plan->least * pow(1 + plan->resolution, n);

		if (plan->is_whole)
			load = round(load);
		load = fmin(load, plan->most);
		if (search->count > 0 && load <= search->steps[search->count - 1].load) {
			if (load >= plan->most)
				return 0;
			continue;
		}
		if (search->count == SEARCH_STEPS_MAX)
			return -1;
		search->steps[search->count++].load = load;
	}
}

int search_init(struct search *search, const struct search_plan *plan)
{
	*search = (struct search){ .plan = *plan, .current = -1, .carried = -1, .failed = -1 };
	if (!(plan->least > 0 && plan->most >= plan->least && isfinite(plan->most)) ||
	    !(plan->resolution >= 1e-4) || plan->settle == 0 || plan->confirm == 0 ||
	    plan->runs_max == 0)
		return -1;
	return build_steps(search);
}

/* The last step that is not above `load`; the first, if there is none. */
static int step_at(const struct search *search, double load)
{
	int at = 0;

	for (unsigned i = 0; i < search->count; i++)
		if (search->steps[i].load <= load)
			at = (int)i;
	return at;
}

/* The monotone fit. */

struct block {
	double asked, carried;
	unsigned last; /* its last step */
};

static void fit(struct search *search)
{
	struct block blocks[SEARCH_STEPS_MAX];
	unsigned count = 0, step = 0;

	for (unsigned i = 0; i < search->count; i++) {
		const struct search_step *at = &search->steps[i];

		if (at->asked == 0)
			continue;
		blocks[count++] = (struct block){ at->asked, at->carried, i };
		/* A share may not grow with the load; blocks in which it does become one. */
		while (count > 1 && blocks[count - 1].carried * blocks[count - 2].asked >
					    blocks[count - 2].carried * blocks[count - 1].asked) {
			blocks[count - 2].asked += blocks[count - 1].asked;
			blocks[count - 2].carried += blocks[count - 1].carried;
			blocks[count - 2].last = blocks[count - 1].last;
			count--;
		}
	}
	for (unsigned b = 0; b < count; b++)
		for (; step <= blocks[b].last; step++)
			search->steps[step].fit = blocks[b].carried / blocks[b].asked;
}

static void find_edge(struct search *search)
{
	search->carried = search->failed = -1;
	for (unsigned i = 0; i < search->count; i++) {
		if (search->steps[i].asked == 0)
			continue;
		if (search->steps[i].fit > 0.5)
			search->carried = (int)i;
		else if (search->failed < 0)
			search->failed = (int)i;
	}
}

/* The next question. */

/* Whether it has failed, and more answers, up to `settle`, could change what most of them say. */
static bool is_open(const struct search *search, const struct search_step *step)
{
	const unsigned failed = step->asked - step->carried, settle = search->plan.settle;

	return failed > 0 && step->asked < settle && 2 * step->carried <= settle &&
	       2 * failed <= settle;
}

static bool wants_confirming(const struct search *search, int step)
{
	const struct search_step *at = &search->steps[step >= 0 ? step : 0];

	/* A tie says nothing, so it is asked once more. */
	return step >= 0 && (at->asked < search->plan.confirm ||
			     (at->asked == search->plan.confirm && 2 * at->carried == at->asked));
}

static int choose(const struct search *search)
{
	const int carried = search->carried, failed = search->failed;
	const int last = (int)search->count - 1;

	if (search->runs == 0)
		return step_at(search, search->plan.start);
	if (search->current >= 0 && is_open(search, &search->steps[search->current]))
		return search->current;
	if (failed < 0 && carried < last) {
		const int twice = step_at(search, 2 * search->steps[carried].load);

		return twice > carried ? twice : carried + 1;
	}
	if (carried < 0 && failed > 0) {
		const int half = step_at(search, search->steps[failed].load / 2);

		return half < failed ? half : failed - 1;
	}
	if (carried >= 0 && failed - carried > 1)
		return (carried + failed) / 2;
	if (wants_confirming(search, carried))
		return carried;
	return wants_confirming(search, failed) ? failed : -1;
}

double search_next(struct search *search)
{
	const int step = search->runs < search->plan.runs_max ? choose(search) : -1;

	if (step < 0)
		return 0;
	search->current = step;
	return search->steps[step].load;
}

void search_tell(struct search *search, bool is_carried)
{
	struct search_step *step;

	if (search->current < 0)
		return;
	step = &search->steps[search->current];
	step->asked++;
	step->carried += is_carried;
	search->runs++;
	fit(search);
	find_edge(search);
}

int search_limit(struct search *search, double most)
{
	unsigned count = 0;

	if (search->plan.is_whole)
		most = floor(most);
	if (!(most >= search->plan.least) || most >= search->steps[search->count - 1].load)
		return -1;
	while (search->steps[count].load <= most)
		count++;
	for (unsigned i = count; i < search->count; i++)
		if (search->steps[i].asked > 0)
			return -1;
	if (search->steps[count - 1].load < most)
		search->steps[count++] = (struct search_step){ .load = most };
	search->count = count;
	search->plan.most = most;
	search->current = -1;
	return 0;
}

/* The finding. */

static unsigned confirmations_left(const struct search *search, int step)
{
	const unsigned asked = step >= 0 ? search->steps[step].asked : 0;

	return asked < search->plan.confirm ? search->plan.confirm - asked : 0;
}

unsigned search_left(const struct search *search)
{
	const unsigned most = search->plan.runs_max - search->runs;
	double gap = search->failed - search->carried, left = 0;

	if (search_is_complete(search))
		return 0;
	if (search->failed < 0) {
		/* One more doubling, as nobody knows how many, and the bisection after it. */
		gap = log(2) / log1p(search->plan.resolution);
		left = 1;
	}
	left += gap > 1 ? ceil(log2(gap)) : 0;
	/* A step within the gap is new to both sides but for the answer that made it one. */
	left += gap > 1 ? 2.0 * (search->plan.confirm - 1)
			: confirmations_left(search, search->carried) +
				  confirmations_left(search, search->failed);
	return left < most ? (unsigned)left : most;
}

double search_carried(const struct search *search)
{
	return search->carried >= 0 ? search->steps[search->carried].load : 0;
}

double search_failed(const struct search *search)
{
	return search->failed >= 0 ? search->steps[search->failed].load : 0;
}

bool search_is_complete(const struct search *search)
{
	return search->runs > 0 && choose(search) < 0;
}
