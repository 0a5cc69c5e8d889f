/*
 * stage: the lab's processes: a relay, a publisher of birds, a server of a stream and a receiver
 * for each way, in two network namespaces of their own, with a bad link between the receivers and
 * the rest. They end with the process that started them.
 */
#ifndef STARLING_CLIENT_LAB_STAGE_H
#define STARLING_CLIENT_LAB_STAGE_H

#include <sys/types.h>

#include "client/lab/record.h"
#include "proto/net/link/link_model.h"

struct trace;

struct stage_config {
	unsigned birds;
	double rate_hz;
	uint64_t seed;
	const struct link_model_spec *link; /* of each receiver, each way */
	const struct trace *trace;          /* to publish in a loop; NULL: a flock */
	const char *relay;                  /* the path of starlingd */
};

struct stage {
	pid_t pid;
	int records; /* to read from, with lab_record_take */
	int orders;  /* to send a lab_order to, by any thread */
};

/*
 * Starts all. A failure in them comes as a LAB_BROKEN. The config must stay as it is until then.
 * 0, or a negative errno value.
 */
int stage_start(struct stage *stage, const struct stage_config *config);

/* Ends all, and closes. Accepts one that is all zero. */
void stage_stop(struct stage *stage);

#endif
