/*
 * pdv: packet delay variation (RFC 5481): how much longer each update took than the fastest of its
 * stream, as a distribution over all updates of all streams.
 *
 * The fastest is known only at the end, so all delays are kept until then: 8 bytes each, to the
 * microsecond. A constant difference of two clocks cancels out; drift does not.
 */
#ifndef STARLING_BENCH_PDV_H
#define STARLING_BENCH_PDV_H

#include <stddef.h>
#include <stdint.h>

#include "bench/measure/hist.h"

/* {0} is an empty one. */
struct pdv {
	struct pdv_delay {
		uint32_t stream, us;
	} * delays;
	size_t count, capacity;
};

void pdv_fini(struct pdv *pdv);

/*
 * An update of a stream took so long: 0 to about 71 minutes, to the edge of which others are moved.
 * 0 or -ENOMEM.
 */
int pdv_take(struct pdv *pdv, uint32_t stream, int64_t delay_ns);

/* Adds each delay, less the least of its stream, to `hist`; streams are below `streams`. 0 or
 * -ENOMEM. */
int pdv_finish(const struct pdv *pdv, size_t streams, struct hist *hist);

#endif
