#include "bench/measure/bursts.h"

static void lose(struct bursts *bursts, struct bursts_stream *stream)
{
	bursts->lost++;
	bursts->noticeable += stream->distance > 0 && stream->distance <= BURSTS_DELTA;
	bursts->periods += stream->length == 0;
	stream->distance = 1;
	stream->length++;
	if (stream->length > bursts->longest)
		bursts->longest = stream->length;
}

void bursts_take(struct bursts *bursts, struct bursts_stream *stream, bool is_lost)
{
	if (is_lost) {
		lose(bursts, stream);
		return;
	}
	stream->length = 0;
	if (stream->distance > 0)
		stream->distance++;
}
