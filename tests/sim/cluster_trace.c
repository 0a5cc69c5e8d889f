#include "tests/sim/cluster_trace.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/fixtures/net/pcapng.h"
#include "proto/wire/text.h"

/* The file's interfaces, in their order in it. */
enum interface {
	SENT,
	ARRIVED,
};

enum {
	COMMENT_BYTES = 128,
};

/* A failed write ends the file; the first reason stays. */
static void fail(struct cluster_trace *trace)
{
	if (trace->error[0] == '\0')
		snprintf(trace->error, sizeof(trace->error),
			 "cannot write the trace \"%s\": %s; its end is missing: make room, and "
			 "trace again",
			 text_shown(trace->path).text, strerror(errno));
}

static void write_block(struct cluster_trace *trace, const uint8_t *block, size_t size)
{
	if (trace->error[0] != '\0')
		return;
	if (fwrite(block, 1, size, trace->file) != size)
		fail(trace);
}

static void write_seen(struct cluster_trace *trace, enum interface interface,
		       const struct sim_datagram *datagram, int64_t time_ns, const char *comment)
{
	const struct pcapng_packet packet = {
		.interface = (uint32_t)interface,
		.time_ns = time_ns,
		.id = datagram->serial,
		.from = datagram->from,
		.to = datagram->to,
		.data = datagram->data,
		.size = datagram->size,
		.comment = comment,
	};

	uint8_t block[PCAPNG_BLOCK_MAX_BYTES];

	write_block(trace, block, pcapng_write_packet(block, sizeof(block), &packet));
}

static double ms_of(int64_t ns)
{
	return (double)ns / 1e6;
}

static void see_sent(void *context, const struct sim_datagram *datagram,
		     const struct sim_fate *fate)
{
	char comment[COMMENT_BYTES];

	if (!fate)
		snprintf(comment, sizeof(comment), "lost on the link");
	else if (fate->is_doubled)
		snprintf(comment, sizeof(comment), "takes %.3f ms, and a copy %.3f ms",
			 ms_of(fate->delay_ns), ms_of(fate->copy_delay_ns));
	else
		snprintf(comment, sizeof(comment), "takes %.3f ms", ms_of(fate->delay_ns));
	write_seen(context, SENT, datagram, datagram->sent_ns, comment);
}

static void see_end(void *context, const struct sim_datagram *datagram, int64_t now_ns,
		    enum sim_end end)
{
	static const char *const in_vain[] = {
		[SIM_ARRIVED] = "",
		[SIM_UNKNOWN] = ", in vain: nobody has this address",
		[SIM_FULL] = ", in vain: the receiver's buffer is full",
	};
	char comment[COMMENT_BYTES];

	snprintf(comment, sizeof(comment), "took %.3f ms%s", ms_of(now_ns - datagram->sent_ns),
		 in_vain[end]);
	write_seen(context, ARRIVED, datagram, now_ns, comment);
}

static void write_head(struct cluster_trace *trace)
{
	uint8_t block[PCAPNG_BLOCK_MAX_BYTES];
	char comment[COMMENT_BYTES];
	size_t size;

	snprintf(comment, sizeof(comment), "a simulated network in virtual time, seed %" PRIu64,
		 trace->cluster->seed);
	size = pcapng_write_section(block, sizeof(block), "starling", comment);
	write_block(trace, block, size);
	size = pcapng_write_interface(block, sizeof(block), "sent",
				      "every datagram as it leaves, lost ones too");
	write_block(trace, block, size);
	size = pcapng_write_interface(block, sizeof(block), "arrived",
				      "every datagram and copy as it comes");
	write_block(trace, block, size);
}

bool cluster_trace_start(struct cluster_trace *trace, struct cluster *cluster, const char *path)
{
	*trace = (struct cluster_trace){ .path = path };
	trace->file = fopen(path, "wb");
	if (!trace->file) {
		snprintf(trace->error, sizeof(trace->error),
			 "cannot create the trace \"%s\": %s; name a file that can be written",
			 text_shown(path).text, strerror(errno));
		return false;
	}
	trace->cluster = cluster;
	write_head(trace);
	cluster->tap = see_sent;
	cluster->tap_context = trace;
	sim_set_end(cluster->sim, see_end, trace);
	return true;
}

bool cluster_trace_stop(struct cluster_trace *trace)
{
	if (!trace->cluster)
		return true;
	trace->cluster->tap = NULL;
	sim_set_end(trace->cluster->sim, NULL, NULL);
	trace->cluster = NULL;
	if (fclose(trace->file) != 0)
		fail(trace);
	trace->file = NULL;
	return trace->error[0] == '\0';
}
