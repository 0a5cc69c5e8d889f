#include "relay/schedule/alignment.h"

/* A tick's part in what is usual: of those that alternate, it lies in the middle. */
static const double usual_gain = 1.0 / 8;

static void fill(struct alignment *alignment, int64_t period_ns, int64_t now_ns)
{
	int64_t credit_ns = period_ns;

	if (alignment->filled_ns > 0)
		credit_ns = alignment->credit_ns +
			    (now_ns - alignment->filled_ns) / ALIGNMENT_CREDIT_PART;
	alignment->credit_ns = credit_ns < period_ns ? credit_ns : period_ns;
	alignment->filled_ns = now_ns;
}

static size_t messages_of(size_t bytes, size_t message_bytes)
{
	return (bytes + message_bytes - 1) / message_bytes;
}

/* The share of a tick that did not fit the messages that the usual one takes. */
static double excess_of(const struct alignment *alignment, size_t bytes, size_t message_bytes)
{
	const size_t usual = messages_of((size_t)alignment->usual_bytes, message_bytes);

	if (usual == 0 || messages_of(bytes, message_bytes) <= usual)
		return 0;
	return 1 - (double)(usual * message_bytes) / (double)bytes;
}

int64_t alignment_note(struct alignment *alignment, int64_t period_ns, size_t bytes,
		       size_t message_bytes, int64_t now_ns)
{
	const double excess = excess_of(alignment, bytes, message_bytes);
	int64_t step_ns = (int64_t)(excess * (double)period_ns);

	fill(alignment, period_ns, now_ns);
	if (alignment->usual_bytes > 0)
		alignment->usual_bytes += usual_gain * ((double)bytes - alignment->usual_bytes);
	else
		alignment->usual_bytes = (double)bytes;
	if (step_ns > period_ns / ALIGNMENT_STEP_PART)
		step_ns = period_ns / ALIGNMENT_STEP_PART;
	if (step_ns > alignment->credit_ns)
		step_ns = alignment->credit_ns;
	alignment->credit_ns -= step_ns;
	return step_ns;
}
