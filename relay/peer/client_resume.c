/*
 * Resuming: the place of a member whose connection is lost is kept, for the client that brings its
 * ticket. Nobody else can take it, but a newcomer whom nothing else has a place for ends it.
 */
#include "relay/peer/client.h"
#include "relay/peer/client_internal.h"
#include "relay/peer/client_log.h"
#include "relay/room/membership.h"

/* Ends the absence of a member, which leaves. */
static void give_up(struct relay *relay, const struct absence *absence, enum wire_reason reason,
		    int64_t now_ns)
{
	struct member *member = absence->member;

	client_log_left(&absence->address, member, reason);
	relay->accounting.given_up++;
	absences_remove(&relay->absences, member);
	client_remove_member(relay, member, reason, now_ns);
}

/* Makes room for one more of this network, and of the whole relay. */
static bool reserve(struct relay *relay, uint64_t network, int64_t now_ns)
{
	const struct absence *absence;

	absence = absences_of_network(&relay->absences, network, relay->config->per_address);
	if (!absence && relay->absences.count >= relay->config->clients)
		absence = absences_first(&relay->absences);
	if (absence)
		give_up(relay, absence, WIRE_REASON_LOST, now_ns);
	return absences_reserve(&relay->absences);
}

bool client_suspend(struct relay *relay, struct client *client, int64_t now_ns)
{
	struct member *member = client->member;
	struct absence absence = { .member = member,
				   .address = client->address,
				   .network = net_network(net_current(), &client->address),
				   .until_ns = now_ns + (int64_t)(relay->config->grace_s * 1e9) };

	if (!member->ticket.is_made || relay->config->grace_s == 0 ||
	    !reserve(relay, absence.network, now_ns))
		return false;
	client_flush_every(relay, member->room, now_ns);
	receiver_suspend(receiver_of(member));
	absences_add(&relay->absences, &absence);
	relay->accounting.suspended++;
	client_log_suspended(&client->address, member, relay->config->grace_s);
	relay_update(relay, member->room);
	return true;
}

struct member *client_find_place(const struct room *room, const struct wire_hello *hello)
{
	struct member *member;

	if (!room || !hello->resume)
		return NULL;
	member = room_find_member(room, ticket_id(hello->ticket));
	return member && ticket_fits(&member->ticket, hello->ticket) ? member : NULL;
}

/* The connection that the member had may still be there: its client's address has changed. */
static void take_place(struct relay *relay, struct member *member, int64_t now_ns)
{
	void *peer = member->peer;

	if (room_is_absent(member)) {
		absences_remove(&relay->absences, member);
		return;
	}
	client_flush_every(relay, member->room, now_ns);
	receiver_suspend(receiver_of(member));
	relay->outbox.replace(relay->outbox.context, peer);
}

void client_resume(struct relay *relay, struct client *client, struct member *member,
		   const struct wire_settings *granted, size_t message_bytes, int64_t now_ns)
{
	take_place(relay, member, now_ns);
	receiver_resume(receiver_of(member), granted, client->peer, message_bytes, now_ns);
	membership_resumed(member);
	relay->accounting.resumed++;
	client_log_resumed(&client->address, member);
}

void client_replaced(struct client *client, int64_t now_ns)
{
	client->member = NULL;
	client->state = CLIENT_DISCONNECTING;
	client->since_ns = now_ns;
}

/* Ends the absences of a room in which nobody is present, and so the room. */
static void end_room(struct relay *relay, const struct room *room, int64_t now_ns)
{
	const struct absence *absence;

	for (size_t left = room->member_count; left > 0; left--) {
		absence = absences_of_room(&relay->absences, room);
		give_up(relay, absence, WIRE_REASON_LOST, now_ns);
	}
}

void client_make_space(struct relay *relay, const struct room *room,
		       const struct admit_facts *facts, int64_t now_ns)
{
	const struct absence *absence;

	if (room && facts->member_count >= facts->member_limit) {
		absence = absences_of_room(&relay->absences, room);
		if (absence)
			give_up(relay, absence, WIRE_REASON_LOST, now_ns);
	} else if (!room && facts->room_count >= relay->config->rooms) {
		absence = absences_of_empty_room(&relay->absences);
		if (absence)
			end_room(relay, absence->member->room, now_ns);
	}
}

void client_check_absent(struct relay *relay, int64_t now_ns)
{
	const struct absence *absence;

	while ((absence = absences_over(&relay->absences, now_ns)))
		give_up(relay, absence, WIRE_REASON_LOST, now_ns);
}

void client_end_absence(struct relay *relay, const struct member *member, enum wire_reason reason,
			int64_t now_ns)
{
	for (size_t i = 0; i < relay->absences.count; i++)
		if (relay->absences.list[i].member == member) {
			give_up(relay, &relay->absences.list[i], reason, now_ns);
			return;
		}
}

void client_end_absent(struct relay *relay, enum wire_reason reason, int64_t now_ns)
{
	const struct absence *absence;

	while ((absence = absences_first(&relay->absences)))
		give_up(relay, absence, reason, now_ns);
}
