#include "client/lab/explain.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	QUIET_INTERVALS = 3, /* without an update for so many, something is wrong */
	RECENT_MS = 500,
};

#define NS_PER_MS INT64_C(1000000)

const char *explain_way(enum lab_way way)
{
	static const char *const names[LAB_WAYS] = { [LAB_UNSEQUENCED] = "unsequenced",
						     [LAB_SEQUENCED] = "sequenced",
						     [LAB_RELIABLE] = "reliable",
						     [LAB_STREAM] = "TCP" };

	return names[way];
}

/* In these a datagram that was lost holds up those behind it. */
static bool is_ordered(enum lab_way way)
{
	return way == LAB_RELIABLE || way == LAB_STREAM;
}

static void explain_silence(const struct view_receiver *receiver, enum lab_way way,
			    int64_t since_ns, int64_t now_ns, char text[static LAB_TEXT_BYTES])
{
	const bool is_after_loss =
		receiver->lost_at_ns >= receiver->newest_at_ns && receiver->lost_at_ns > 0;

	if (is_after_loss && receiver->passed == 0)
		snprintf(text, LAB_TEXT_BYTES,
			 "nothing for %" PRId64 " ms: the line loses what is sent",
			 since_ns / NS_PER_MS);
	else if (is_after_loss && is_ordered(way))
		snprintf(text, LAB_TEXT_BYTES,
			 "%u datagram%s behind one that was lost %" PRId64 " ms ago",
			 receiver->passed, receiver->passed == 1 ? " is" : "s are",
			 (now_ns - receiver->lost_at_ns) / NS_PER_MS);
	else
		snprintf(text, LAB_TEXT_BYTES,
			 "nothing for %" PRId64 " ms: what was sent is under way",
			 since_ns / NS_PER_MS);
}

void explain(const struct view *view, enum lab_way way, int64_t interval_ns, int64_t now_ns,
	     char text[static LAB_TEXT_BYTES])
{
	const struct view_receiver *receiver = &view->receivers[way];
	const int64_t since_ns = now_ns - receiver->newest_at_ns;
	const int64_t lost_ns = now_ns - receiver->lost_at_ns;

	if (!receiver->is_ready || receiver->newest_at_ns == 0)
		snprintf(text, LAB_TEXT_BYTES, "not in the room yet");
	else if (since_ns > QUIET_INTERVALS * interval_ns)
		explain_silence(receiver, way, since_ns, now_ns, text);
	else if (receiver->lost_at_ns == 0 || lost_ns > RECENT_MS * NS_PER_MS)
		snprintf(text, LAB_TEXT_BYTES, "each update comes as soon as the line lets it");
	else if (is_ordered(way))
		snprintf(text, LAB_TEXT_BYTES,
			 "one was lost %" PRId64 " ms ago; it was sent again, and all goes on",
			 lost_ns / NS_PER_MS);
	else
		snprintf(text, LAB_TEXT_BYTES,
			 "one was lost %" PRId64 " ms ago; the next one has replaced it",
			 lost_ns / NS_PER_MS);
}
