/* polling_internal: what the processes of polling do and share. */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_POLLING_INTERNAL_H
#define STARLING_CLIENT_TOUR_CHAPTERS_POLLING_INTERNAL_H

#include "client/tour/chapters/polling.h"

#include <netinet/in.h>

#include "proto/net/link/link_model.h"

enum {
	POLLING_TEXT_BYTES = 64, /* of a position */
	POLLING_ASKS = '?',      /* the whole question on TCP and UDP */
	POLLING_FOLLOWS = '+',   /* the client wants each move */
};

/* The server's sockets, and where they are. */
struct polling_sockets {
	int web, stream, datagram;
	struct sockaddr_in web_address, stream_address, datagram_address;
};

/* A client's notes. */
struct polling_account {
	unsigned answers, waits;
	int64_t spent_ns;
	int64_t first_ns, newest_ns, counted_ns, worst_ns; /* counted: up to when the area is */
	double area_s2;                                    /* under the age's curve */
	unsigned packets_before, bytes_before;             /* of the link, as the questions began */
	bool has_done;
};

/* A link's notes. */
struct polling_traffic {
	unsigned packets, lost, bytes;
};

/* Each part has one process that writes it. Who reads meanwhile may see a part of a change. */
struct polling_shared {
	enum polling_task task;
	struct link_model_spec link;
	volatile struct polling_account accounts[POLLING_WAYS];
	volatile struct polling_traffic traffic[POLLING_WAYS];
};

/* Opens the server's sockets on this address. False: it cannot. */
bool polling_open(struct polling_sockets *sockets, in_addr_t host);

/* The server: moves the bird and answers. Never returns. */
_Noreturn void polling_serve(const struct polling_sockets *sockets);

/* A client with this address. Returns when it can go on no more. */
void polling_view(struct polling_shared *shared, enum polling_way way, in_addr_t host,
		  const struct polling_sockets *sockets);

/* Notes that a position of this origin has come. */
void polling_account_take(volatile struct polling_account *account, int64_t origin_ns,
			  int64_t now_ns);

#endif
