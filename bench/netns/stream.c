#include "bench/netns/stream.h"

#include <string.h>

void stream_init(struct stream *stream, struct link_model *impair, bool is_nagle)
{
	stream->impair = impair;
	stream->is_nagle = is_nagle;
	stream->first = stream->size = stream->unsent = stream->taken = 0;
	stream->first_segment = stream->segment_count = 0;
	stream->now_ns = 0;
	stream->delivered_ns = stream->srtt_ns = stream->rttvar_ns = 0;
	stream->has_sample = false;
	stream->sent = stream->sent_bytes = stream->repeated = 0;
}

static struct stream_segment *segment_at(const struct stream *stream, size_t index)
{
	/* Callers that may change it have one that is not const. */
	return (struct stream_segment *)&stream
		->segments[(stream->first_segment + index) % STREAM_SEGMENTS_MAX];
}

size_t stream_room(const struct stream *stream)
{
	size_t segments = STREAM_SEGMENTS_MAX - stream->segment_count;
	size_t room = STREAM_BYTES_MAX - stream->size;

	/* What is unsent needs a segment for each such piece, and a write may leave one short. */
	if (segments * STREAM_SEGMENT_BYTES <= stream->unsent + STREAM_SEGMENT_BYTES)
		return 0;
	segments = segments * STREAM_SEGMENT_BYTES - stream->unsent - STREAM_SEGMENT_BYTES;
	return room < segments ? room : segments;
}

/* The round trip, as RFC 6298 estimates it. */

static void take_sample(struct stream *stream, int64_t rtt_ns)
{
	int64_t off_ns = stream->srtt_ns - rtt_ns;

	if (!stream->has_sample) {
		stream->has_sample = true;
		stream->srtt_ns = rtt_ns;
		stream->rttvar_ns = rtt_ns / 2;
		return;
	}
	off_ns = off_ns < 0 ? -off_ns : off_ns;
	stream->rttvar_ns += (off_ns - stream->rttvar_ns) / 4;
	stream->srtt_ns += (rtt_ns - stream->srtt_ns) / 8;
}

static int64_t rto_ns(const struct stream *stream)
{
	const int64_t rto = stream->srtt_ns + 4 * stream->rttvar_ns;

	if (!stream->has_sample)
		return STREAM_RTO_FIRST_NS;
	return rto > STREAM_RTO_MIN_NS ? rto : STREAM_RTO_MIN_NS;
}

/* Sending. */

static bool enter(struct stream *stream, struct stream_segment *segment, int64_t now_ns)
{
	struct link_model_fate fate;

	stream->sent++;
	stream->sent_bytes += segment->bytes;
	if (!link_model_decide(stream->impair, now_ns,
			       segment->bytes + STREAM_HEADER_BYTES - LINK_MODEL_HEADER_BYTES,
			       &fate))
		return false;
	segment->arrives_ns = fate.arrives_ns;
	segment->next_ns = INT64_MAX;
	return true;
}

static void note_later(struct stream *stream)
{
	for (size_t i = 0; i + 1 < stream->segment_count; i++)
		segment_at(stream, i)->later++;
}

static void send_segment(struct stream *stream, int64_t now_ns, size_t bytes)
{
	struct stream_segment *segment = segment_at(stream, stream->segment_count++);

	*segment = (struct stream_segment){ .bytes = bytes,
					    .sent_ns = now_ns,
					    .arrives_ns = INT64_MAX };
	stream->unsent -= bytes;
	if (enter(stream, segment, now_ns)) {
		take_sample(stream, 2 * (segment->arrives_ns - now_ns));
		note_later(stream);
		return;
	}
	segment->rto_ns = rto_ns(stream);
	segment->is_watched = stream->has_sample;
	segment->next_ns = now_ns + (segment->is_watched ? stream->srtt_ns : segment->rto_ns);
}

static void send_again(struct stream *stream, struct stream_segment *segment, int64_t now_ns)
{
	stream->repeated++;
	if (!enter(stream, segment, now_ns))
		segment->next_ns = now_ns + segment->rto_ns;
}

/* Its time has come: a fast repeat, the timer's, or there is only the timer to wait for. */
static void decide_on(struct stream *stream, struct stream_segment *segment)
{
	const int64_t now_ns = segment->next_ns;

	if (segment->is_watched) {
		segment->is_watched = false;
		if (segment->later >= STREAM_FAST_SEGMENTS) {
			send_again(stream, segment, now_ns);
			return;
		}
		if (segment->sent_ns + segment->rto_ns > now_ns) {
			segment->next_ns = segment->sent_ns + segment->rto_ns;
			return;
		}
	}
	segment->rto_ns *= 2;
	if (segment->rto_ns > STREAM_RTO_MAX_NS)
		segment->rto_ns = STREAM_RTO_MAX_NS;
	send_again(stream, segment, now_ns);
}

/* When all that was sent is acknowledged; INT64_MAX while something is lost. */
static int64_t acknowledged_ns(const struct stream *stream)
{
	int64_t last_ns = stream->delivered_ns;

	for (size_t i = 0; i < stream->segment_count; i++) {
		const int64_t arrives_ns = segment_at(stream, i)->arrives_ns;

		if (arrives_ns == INT64_MAX)
			return INT64_MAX;
		last_ns = arrives_ns > last_ns ? arrives_ns : last_ns;
	}
	return last_ns + stream->srtt_ns / 2;
}

/* When what is too little for a segment may go; the estimate of a round trip may have shrunk. */
static int64_t nagle_ns(const struct stream *stream)
{
	int64_t free_ns;

	if (stream->unsent == 0 || !stream->is_nagle)
		return INT64_MAX;
	free_ns = acknowledged_ns(stream);
	return free_ns > stream->now_ns ? free_ns : stream->now_ns;
}

static void push(struct stream *stream, int64_t now_ns)
{
	while (stream->unsent >= STREAM_SEGMENT_BYTES)
		send_segment(stream, now_ns, STREAM_SEGMENT_BYTES);
	if (stream->unsent > 0 && (!stream->is_nagle || acknowledged_ns(stream) <= now_ns))
		send_segment(stream, now_ns, stream->unsent);
}

/* Time. */

/* The segment to decide on next, or NULL. */
static struct stream_segment *next_segment(const struct stream *stream)
{
	struct stream_segment *next = NULL;

	for (size_t i = 0; i < stream->segment_count; i++) {
		struct stream_segment *segment = segment_at(stream, i);

		if (segment->next_ns != INT64_MAX && (!next || segment->next_ns < next->next_ns))
			next = segment;
	}
	return next;
}

/* In the order of their times, so that the line sees none that goes back. */
static void run(struct stream *stream, int64_t now_ns)
{
	for (;;) {
		struct stream_segment *segment = next_segment(stream);
		const int64_t decide_ns = segment ? segment->next_ns : INT64_MAX;
		const int64_t push_ns = nagle_ns(stream);

		if (push_ns <= now_ns && push_ns <= decide_ns) {
			stream->now_ns = push_ns;
			push(stream, push_ns);
		} else if (decide_ns <= now_ns) {
			stream->now_ns = decide_ns;
			decide_on(stream, segment);
		} else {
			break;
		}
	}
	stream->now_ns = now_ns;
}

void stream_write(struct stream *stream, int64_t now_ns, const uint8_t *data, size_t size)
{
	run(stream, now_ns);
	for (size_t i = 0; i < size; i++)
		stream->bytes[(stream->first + stream->size + i) % STREAM_BYTES_MAX] = data[i];
	stream->size += size;
	stream->unsent += size;
	push(stream, now_ns);
}

int64_t stream_ready_since_ns(const struct stream *stream)
{
	const int64_t arrives_ns =
		stream->segment_count > 0 ? segment_at(stream, 0)->arrives_ns : INT64_MAX;

	return arrives_ns > stream->delivered_ns ? arrives_ns : stream->delivered_ns;
}

int64_t stream_next_ns(const struct stream *stream)
{
	const struct stream_segment *segment = next_segment(stream);
	int64_t next_ns = nagle_ns(stream), ready_ns = stream_ready_since_ns(stream);

	if (segment && segment->next_ns < next_ns)
		next_ns = segment->next_ns;
	return ready_ns < next_ns ? ready_ns : next_ns;
}

size_t stream_ready(struct stream *stream, int64_t now_ns, const uint8_t **data)
{
	size_t size = 0, to_end = STREAM_BYTES_MAX - stream->first;

	run(stream, now_ns);
	for (size_t i = 0; i < stream->segment_count; i++) {
		if (segment_at(stream, i)->arrives_ns > now_ns)
			break;
		size += segment_at(stream, i)->bytes;
	}
	*data = stream->bytes + stream->first;
	size -= stream->taken;
	return size < to_end ? size : to_end;
}

void stream_consume(struct stream *stream, size_t size)
{
	stream->first = (stream->first + size) % STREAM_BYTES_MAX;
	stream->size -= size;
	stream->taken += size;
	while (stream->segment_count > 0 && stream->taken >= segment_at(stream, 0)->bytes) {
		stream->delivered_ns = stream_ready_since_ns(stream);
		stream->taken -= segment_at(stream, 0)->bytes;
		stream->first_segment = (stream->first_segment + 1) % STREAM_SEGMENTS_MAX;
		stream->segment_count--;
	}
}
