/* What a trial takes of memory and file descriptors, so that it can be asked for before. */
#include "bench/netns/trial_live.h"

enum {
	/* The bench, the relay and one session with ENet's buffers, as they were measured. */
	BASE_BYTES = 8 << 20,
	MEMBER_BYTES = 512 << 10,
	/* Of a process: its standard streams, its own files, those of the simplest tools. */
	SPARE_DESCRIPTORS = 24,
};

/* What is kept of each delivery until all are summed up; the largest parts of them grow with it. */
static uint64_t delivery_bytes(bool is_live)
{
	/* Its tooth and, while they are sorted, both its ends and one of them again. */
	const size_t age = sizeof(struct age_tooth) + 3 * sizeof(int64_t);

	return age + sizeof(struct pdv_delay) + sizeof(uint8_t) +
	       (is_live ? 0 : causes_copy_bytes());
}

uint64_t trial_memory_bytes(const struct trial_config *config, bool is_live)
{
	const double warm_up_s = is_live ? TRIAL_LIVE_WARM_UP_S : TRIAL_WARM_UP_S;
	const double each = (config->seconds + warm_up_s) * config->rate_hz;
	const uint64_t pairs = config->members * (config->members - 1);

	return BASE_BYTES + config->members * (MEMBER_BYTES + sizeof(struct numbers)) +
	       (uint64_t)((double)pairs * each * (double)delivery_bytes(is_live));
}

/* A process inherits what the one that starts it has open. */
unsigned trial_descriptors(const struct trial_config *config, enum trial_carrier carrier,
			   bool has_namespaces)
{
	const unsigned members = (unsigned)config->members;

	if (has_namespaces)
		return members + SPARE_DESCRIPTORS;
	/* In the proxy: what it listens on, and to the relay; streams are accepted besides. */
	return (carrier < TRIAL_TCP ? 2 : 3) * members + SPARE_DESCRIPTORS;
}
