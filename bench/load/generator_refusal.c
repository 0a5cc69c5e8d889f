/* The end of a run when the relay does not let a member in, or sends one away. */
#include "bench/load/generator_internal.h"

#include <stdio.h>

#include "proto/wire/wire.h"

/* Rooms that somebody is in. */
static unsigned rooms_open(const struct generator *g)
{
	bool is_open[PACE_MEMBERS_MAX] = { false };
	unsigned open = 0;

	for (unsigned member = 0; member < g->started; member++) {
		const unsigned room = generator_room(g->config, member);

		open += g->is_joined[member] && !is_open[room];
		is_open[room] |= g->is_joined[member];
	}
	return open;
}

void generator_say_refusal(struct generator *g)
{
	struct generator_refusal *refusal = &g->result->refusal;

	refusal->rooms = rooms_open(g);
	if (refusal->kind == GENERATOR_UNANSWERED)
		generator_fail(g,
			       "the relay has %u of %u members and does not answer who else wants "
			       "to connect: so many clients, or clients of one address, are its "
			       "limit",
			       g->joined, g->pace.members);
	else
		generator_fail(g, "the relay has %u of %u members and refuses more: %s (%s)",
			       g->joined, g->pace.members, wire_reason_name(refusal->reason),
			       refusal->text);
}

void generator_refuse(struct generator *g, unsigned member, enum generator_refused kind,
		      enum wire_reason reason, struct wire_bytes text)
{
	struct generator_refusal *refusal = &g->result->refusal;
	const bool is_first = refusal->kind == GENERATOR_NOT_REFUSED;

	if (g->is_out[member] || g->result->error[0] != '\0')
		return;
	if (g->is_joined[member])
		kind = GENERATOR_PARTED;
	if (is_first || kind == GENERATOR_PARTED) {
		refusal->kind = kind;
		refusal->reason = reason;
		snprintf(refusal->text, sizeof(refusal->text), "%.*s", (int)text.size,
			 text.size > 0 ? (const char *)text.data : "");
	}
	refusal->admitted = g->joined;
	if (kind == GENERATOR_PARTED)
		generator_fail(g, "the relay sent member %u away: %s (%s)", member + 1,
			       wire_reason_name(reason),
			       text.size > 0 ? refusal->text : wire_reason_text(reason));
	g->is_out[member] = true;
	g->out++;
}
