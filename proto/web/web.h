/*
 * web: a program's door for browsers and for programs that speak HTTP: files, documents made on
 * demand, and a feed (WebSocket). It has a thread of its own, for which the program's loop never
 * waits: all that is called below `struct web_site` runs in that thread.
 *
 * It is a door, so every request is read whole and strictly (request.h) and checked (door.h) before
 * anything is done for it; libwebsockets sees only handshakes of feeds that passed, written anew.
 * One request is answered a connection. Who is refused gets a sentence in plain text, and is
 * counted.
 *
 *	request    the head of a request
 *	door       who may come in: Host, Origin and token
 *	token      the file of the token
 *	response   the head of an answer, and the sentences of refusals
 *	listener   the socket
 *	page       the files that pages of several programs share
 */
#ifndef STARLING_PROTO_WEB_WEB_H
#define STARLING_PROTO_WEB_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	WEB_ERROR_BYTES = 512,
	WEB_PORT = 7780,
	WEB_CONNECTIONS = 64,  /* at a time; beyond, who has said nothing for longest has to go */
	WEB_FEEDS = 16,        /* at a time, besides these */
	WEB_REQUEST_S = 5,     /* for a request to be whole */
	WEB_ANSWER_S = 10,     /* for an answer, or a message of the feed, to be taken */
	WEB_HEARD_BYTES = 256, /* of a message from a page, at most */
};

/* Bytes that are served as they are, without a token. They must outlive the web. */
struct web_file {
	const char *path, *type;
	const char *bytes, *end;
};

/* As an answer of web_document.write: nothing yet, ask again soon. */
#define WEB_LATER 0u

/* Made anew for each request. */
struct web_document {
	const char *path, *type;
	bool is_open; /* needs no token */
	/* Writes it. Returns the HTTP status, or WEB_LATER. `waited_ms`: since the request came. */
	unsigned (*write)(void *context, FILE *out, unsigned waited_ms);
};

/* The feed, at the path /feed. */
struct web_feed {
	unsigned every_ms;
	size_t state_bytes; /* of what is kept of each open feed; all zero at its beginning */
	/* Takes a message of the page's. False: it is none, and the feed is closed. */
	bool (*hear)(void *context, void *state, const char *text, size_t size);
	/*
	 * Writes the next message, if one is due. Asked every `every_ms` until nothing more is due,
	 * and not while the reader has not taken the last one: it then gets the newest.
	 */
	bool (*write)(void *context, void *state, FILE *out);
	void (*close)(void *context, void *state);
};

struct web_site {
	const struct web_file *const *files; /* lists, each ended by one without a path */
	size_t file_lists;
	const struct web_document *documents;
	size_t document_count;
	struct web_feed feed;
	void *context; /* handed to the functions above */
};

struct web_config {
	const char *host;        /* an address in figures; loopback, unless there is a token */
	uint16_t port;           /* 0: any free one */
	const char *token_file;  /* NULL: everybody who reaches it may ask */
	int request_s, answer_s; /* 0: WEB_REQUEST_S and WEB_ANSWER_S */
};

/* Why requests were refused: a status, or no answer at all. */
enum web_refusal {
	WEB_MALFORMED, /* 400 */
	WEB_NO_TOKEN,  /* 401 */
	WEB_FOREIGN,   /* 403: Host or Origin */
	WEB_NOT_FOUND, /* 404 */
	WEB_NOT_GET,   /* 405 */
	WEB_HAS_BODY,  /* 413 */
	WEB_TOO_LARGE, /* 431 */
	WEB_TOO_MANY,  /* connections or feeds */
	WEB_TOO_SLOW,  /* a request that was never whole, an answer that was never taken */
	WEB_NOT_HEARD, /* a page said what no page says */
	WEB_REFUSALS,
};

struct web_stats {
	uint64_t connections; /* that came in */
	uint64_t answered;
	uint64_t feeds;    /* that were opened */
	uint64_t messages; /* of feeds */
	uint64_t refused[WEB_REFUSALS];
};

const char *web_refusal_name(enum web_refusal refusal);

struct web;

/*
 * Whether it may be opened on this address: one of loopback, or with a token. False: a sentence in
 * `error`.
 */
bool web_check_place(const char *host, bool has_token, char error[static WEB_ERROR_BYTES]);

/*
 * Opens it: it listens, though nobody is answered yet. Needs to open files, so call it before a
 * sandbox is entered. 0, or a negative errno value with a sentence in `error`. `site` must outlive
 * it.
 */
int web_open(struct web **web, const struct web_config *config, const struct web_site *site,
	     char error[static WEB_ERROR_BYTES]);

/* Starts its thread. 0, or a negative errno value. */
int web_start(struct web *web);

/* Ends the thread, and all connections. NULL is allowed. */
void web_close(struct web *web);

/* With the real port. */
uint16_t web_port(const struct web *web);

/*
 * Whether somebody looks: a feed is open, or a document was asked for and is not written yet. One
 * atomic load, for the program's loop.
 */
bool web_is_watched(const struct web *web);

/* May be called by any thread. */
struct web_stats web_stats(const struct web *web);

/* A list of files that pages share: /base.css, /style.css, /app.js, /map.js, /plot.js,
 * /table.js, /chart.js.
 */
extern const struct web_file web_page_files[];

#endif
