#include "client/play/tag.h"

#include <string.h>

void tag_begin(struct tag *tag, uint32_t self, int64_t now_us)
{
	*tag = (struct tag){
		.self = self, .since_us = now_us, .tried_us = INT64_MIN, .points = tag->points
	};
}

static void set_it(struct tag *tag, uint32_t it, uint32_t tagger, int64_t now_us)
{
	tag->it = it;
	tag->tagger = tagger;
	tag->since_us = now_us;
	tag->tried_us = INT64_MIN;
	tag->disagreements = 0;
}

/* Keeps the newest changes and drops the oldest. */
static void remember(struct tag *tag, const struct tag_change *change)
{
	if (tag->log_count == TAG_LOG_MAX) {
		memmove(tag->log, tag->log + 1, (TAG_LOG_MAX - 1) * sizeof(tag->log[0]));
		tag->log_count--;
	}
	tag->log[tag->log_count++] = *change;
}

/* The rule: whether the change counts, and who is IT then. */
static bool decide(uint32_t it, const struct tag_change *change, uint32_t *next)
{
	if (change->sender == 0 || change->sender == change->other)
		return false;
	if (change->is_claim) {
		*next = change->sender;
		return change->other == it;
	}
	*next = change->other;
	return change->sender == it && change->other != 0;
}

static bool apply(struct tag *tag, const struct tag_change *change, int64_t now_us)
{
	uint32_t next;

	remember(tag, change);
	if (!decide(tag->it, change, &next))
		return false;
	if (!change->is_claim && change->sender == tag->self)
		tag->points += TAG_POINTS;
	set_it(tag, next, change->is_claim ? 0 : change->sender, now_us);
	return true;
}

bool tag_on_tag(struct tag *tag, uint32_t sender, uint32_t victim, int64_t now_us)
{
	return apply(tag, &(struct tag_change){ .sender = sender, .other = victim }, now_us);
}

bool tag_on_claim(struct tag *tag, uint32_t sender, uint32_t predecessor, int64_t now_us)
{
	return apply(
		tag,
		&(struct tag_change){ .sender = sender, .other = predecessor, .is_claim = true },
		now_us);
}

/*
 * Replays the remembered changes from `it` on. Changes that the introduction already knew do no
 * harm: the changes are one chain, so a stretch replayed twice ends at the same place.
 */
static bool adopt(struct tag *tag, uint32_t it, int64_t now_us)
{
	uint32_t tagger = 0, next;

	for (size_t i = 0; i < tag->log_count; i++) {
		if (decide(it, &tag->log[i], &next)) {
			it = next;
			tagger = tag->log[i].is_claim ? 0 : tag->log[i].sender;
		}
	}
	tag->disagreements = 0;
	if (it == tag->it)
		return false;
	set_it(tag, it, tagger, now_us);
	return true;
}

bool tag_on_introduction(struct tag *tag, uint32_t it, int64_t now_us)
{
	return it != 0 && tag->it == 0 && adopt(tag, it, now_us);
}

bool tag_on_status(struct tag *tag, uint32_t it, int64_t now_us)
{
	if (it == 0 || it == tag->it) {
		tag->disagreements = 0;
		return false;
	}
	/* One disagreement may be a tag still under way. */
	if (++tag->disagreements < 2)
		return false;
	/* The remembered changes led to a wrong IT once already. */
	tag->log_count = 0;
	set_it(tag, it, 0, now_us);
	return true;
}

static bool may_try(const struct tag *tag, int64_t now_us)
{
	return tag->tried_us == INT64_MIN || now_us - tag->tried_us >= TAG_RETRY_US;
}

bool tag_should_claim(const struct tag *tag, bool is_it_present, bool is_lowest, int64_t now_us)
{
	if (is_it_present || !is_lowest || tag->it == tag->self || tag->self == 0)
		return false;
	/* A newcomer, or one who just learnt of IT, may not know yet who is a player. */
	return now_us - tag->since_us >= TAG_SETTLE_US && may_try(tag, now_us);
}

double tag_immunity_s(const struct tag *tag, int64_t now_us)
{
	int64_t left_us = tag->since_us + TAG_IMMUNITY_US - now_us;

	return tag->tagger != 0 && left_us > 0 ? (double)left_us / 1e6 : 0;
}

bool tag_may_tag(const struct tag *tag, uint32_t victim, int64_t now_us)
{
	if (!tag_is_self(tag) || victim == tag->self || victim == 0 || !may_try(tag, now_us))
		return false;
	return victim != tag->tagger || tag_immunity_s(tag, now_us) <= 0;
}

void tag_note_try(struct tag *tag, int64_t now_us)
{
	tag->tried_us = now_us;
}

bool tag_is_self(const struct tag *tag)
{
	return tag->self != 0 && tag->it == tag->self;
}
