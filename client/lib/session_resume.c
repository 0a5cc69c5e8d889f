#include "client/lib/session.h"

void session_resume_begin(struct starling *session)
{
	struct roster *roster = &session->roster;

	session->is_checking = true;
	for (size_t i = 0; i < roster->count; i++) {
		struct roster_member *member = &roster->members[i];

		/* The relay tells a member nothing of itself. */
		member->is_doubted = member->id != session->room.member;
		for (size_t k = 0; k < member->count; k++)
			member->entities[k].is_doubted = roster_is_shown(&member->entities[k]);
	}
}

static void drop_entities(struct starling *session, struct roster_member *member)
{
	for (size_t k = 0; k < member->count; k++) {
		struct roster_entity *entity = &member->entities[k];
		const struct starling_event event = { .type = STARLING_ENTITY_GONE,
						      .member = member->id,
						      .index = entity->index };

		if (!entity->is_doubted || !roster_is_shown(entity))
			continue;
		entity->is_gone = true;
		entity->gone = *track_newest(&entity->track);
		session_notify(session, &event);
	}
}

void session_resume_finish(struct starling *session)
{
	struct roster *roster = &session->roster;

	if (!session->is_checking)
		return;
	session->is_checking = false;
	for (size_t i = roster->count; i-- > 0;) {
		struct roster_member *member = &roster->members[i];
		const struct starling_event event = { .type = STARLING_MEMBER_LEFT,
						      .member = member->id,
						      .reason = STARLING_REASON_LEFT };

		if (!member->is_doubted) {
			drop_entities(session, member);
			continue;
		}
		roster_remove(roster, member->id);
		session_notify(session, &event);
	}
}
