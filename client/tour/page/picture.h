/*
 * picture: who is there, with which sockets, and what is on the way, drawn in characters. The
 * sockets are those that the kernel told of after each call; a picture cannot say otherwise.
 */
#ifndef STARLING_CLIENT_TOUR_PICTURE_H
#define STARLING_CLIENT_TOUR_PICTURE_H

#include <stdio.h>

#include "client/tour/call.h"
#include "client/tour/language.h"

enum picture_party {
	PICTURE_SERVER = 0, /* on the right */
	PICTURE_CLIENT_A,
	PICTURE_CLIENT_B,
	PICTURE_PARTIES,
};

enum {
	PICTURE_SOCKETS_MAX = 5, /* of a party */
	PICTURE_ARROWS_MAX = 6,
	PICTURE_WORD_BYTES = 48,
};

/* How something on the way ends. */
enum picture_fate {
	PICTURE_ARRIVES = 0,
	PICTURE_LOST,
	PICTURE_TWICE,
	PICTURE_LATE,
	PICTURE_NOBODY, /* nobody has the port */
	PICTURE_FATES,
};

struct picture_socket {
	int fd, type;
	bool is_listening;
	uint16_t local, peer; /* 0: none */
};

struct picture_arrow {
	enum picture_party client; /* whose line it is */
	bool is_from_server, is_both_ways;
	enum picture_fate fate;
	char text[PICTURE_WORD_BYTES];
};

/* Zeroed: nobody is there. */
struct picture {
	struct {
		pid_t pid; /* 0: not there */
		struct picture_socket sockets[PICTURE_SOCKETS_MAX];
		size_t count;
	} parties[PICTURE_PARTIES];
	struct picture_arrow arrows[PICTURE_ARROWS_MAX];
	size_t arrow_count;
	char between[PICTURE_WORD_BYTES]; /* stands between the parties; empty: nothing */
};

/* Takes over the state of the call's socket, and draws an arrow for what it sent. */
void picture_add_call(struct picture *picture, enum picture_party party, const struct call *call);

/* Adds an arrow of another kind; the caller fills it in. NULL when there are too many. */
struct picture_arrow *picture_add_arrow(struct picture *picture, enum picture_party client);

/* Takes the arrows away. */
void picture_clear_arrows(struct picture *picture);

/* Says between the parties that there is a bad link, and its port. */
void picture_set_link(struct picture *picture, const struct language *language,
		      const struct sockaddr_in *address);

/* Draws lines of at most FOLD_COLUMNS; nothing when nobody is there. */
void picture_draw(const struct picture *picture, const struct language *language, FILE *out);

#endif
