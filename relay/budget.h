/*
 * budget: how many bytes may go to a member now, so that one on a thin line gets fewer updates and
 * not later ones. This one knows of no limit.
 */
#ifndef STARLING_RELAY_BUDGET_H
#define STARLING_RELAY_BUDGET_H

#include <stddef.h>
#include <stdint.h>

#include "relay/config.h"

struct budget {
	size_t spent_bytes;
};

void budget_init(struct budget *budget, const struct config *config, int64_t now_ns);

/* UDP payload bytes that may go to this member now; SIZE_MAX: there is no limit. */
size_t budget_bytes(struct budget *budget, int64_t now_ns);

/*
 * So many UDP payload bytes went to the member: with the SNAPSHOT of this number, or, what went
 * reliably, before it.
 */
void budget_spend(struct budget *budget, uint16_t snapshot_number, size_t bytes, int64_t now_ns);

#endif
