#include "client/tour/page/picture.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "client/tour/page/fold.h"

enum {
	BOX_COLUMNS = 27,
	INSIDE_COLUMNS = BOX_COLUMNS - 4,
	GAP_COLUMNS = FOLD_COLUMNS - 2 * BOX_COLUMNS,
	ARROW_TEXT_MAX_BYTES = 17,
};

static void remove_socket(struct picture *picture, enum picture_party party, const char *arguments)
{
	struct picture_socket *sockets = picture->parties[party].sockets;
	size_t *count = &picture->parties[party].count;
	int fd = -1;

	sscanf(arguments, "%d", &fd);
	for (size_t i = 0; i < *count; i++) {
		if (sockets[i].fd != fd)
			continue;
		memmove(&sockets[i], &sockets[i + 1], (*count - i - 1) * sizeof(*sockets));
		(*count)--;
		return;
	}
}

static void keep_socket(struct picture *picture, enum picture_party party, const struct call *call)
{
	struct picture_socket *sockets = picture->parties[party].sockets;
	size_t *count = &picture->parties[party].count, i = 0;

	while (i < *count && sockets[i].fd != call->fd)
		i++;
	if (i == PICTURE_SOCKETS_MAX)
		return;
	if (i == *count)
		(*count)++;
	sockets[i] = (struct picture_socket){ .fd = call->fd,
					      .type = call->type,
					      .is_listening = call->is_listening,
					      .local = ntohs(call->local.sin_port),
					      .peer = ntohs(call->peer.sin_port) };
}

/* The client that has a socket with this port. PICTURE_SERVER: none. */
static enum picture_party client_at(const struct picture *picture, uint16_t port)
{
	for (int party = PICTURE_CLIENT_A; party < PICTURE_PARTIES; party++) {
		for (size_t i = 0; i < picture->parties[party].count; i++) {
			if (picture->parties[party].sockets[i].local == port)
				return (enum picture_party)party;
		}
	}
	return PICTURE_SERVER;
}

static void add_sent(struct picture *picture, enum picture_party party, const struct call *call)
{
	const struct sockaddr_in *to = call->kind == CALL_SENDTO ? &call->address : &call->peer;
	bool is_from_server = party == PICTURE_SERVER;
	struct picture_arrow *arrow;

	if (is_from_server)
		party = client_at(picture, ntohs(to->sin_port));
	arrow = party == PICTURE_SERVER ? NULL : picture_add_arrow(picture, party);
	if (!arrow)
		return;
	arrow->is_from_server = is_from_server;
	if (call->result > ARROW_TEXT_MAX_BYTES - 2)
		snprintf(arrow->text, sizeof(arrow->text), "%ld bytes", call->result);
	else
		snprintf(arrow->text, sizeof(arrow->text), "\"%.*s\"", (int)call->size, call->data);
}

void picture_add_call(struct picture *picture, enum picture_party party, const struct call *call)
{
	if (call->kind == CALL_CLOSE && !call->error)
		remove_socket(picture, party, call->arguments);
	else if (call->fd >= 0)
		keep_socket(picture, party, call);
	if (call_sends(call) && !call->error)
		add_sent(picture, party, call);
}

struct picture_arrow *picture_add_arrow(struct picture *picture, enum picture_party client)
{
	struct picture_arrow *arrow;

	if (picture->arrow_count == PICTURE_ARROWS_MAX)
		return NULL;
	arrow = &picture->arrows[picture->arrow_count++];
	*arrow = (struct picture_arrow){ .client = client };
	return arrow;
}

void picture_clear_arrows(struct picture *picture)
{
	picture->arrow_count = 0;
}

/* A text of the language without words in it. */
static const char *word(const struct language *language, const char *key,
			char out[static LANGUAGE_TEXT_BYTES])
{
	const char *text = language_text(language, key, out);

	return text ? text : "";
}

void picture_set_link(struct picture *picture, const struct language *language,
		      const struct sockaddr_in *address)
{
	char text[LANGUAGE_TEXT_BYTES];

	snprintf(picture->between, sizeof(picture->between), "%.*s :%u", PICTURE_WORD_BYTES - 8,
		 word(language, "picture.bad_link", text), ntohs(address->sin_port));
}

/* One line of a party inside its box: its name, then its sockets. False: there is none. */
static bool inside(const struct picture *picture, const struct language *language, int party,
		   size_t line, char out[static LANGUAGE_TEXT_BYTES + 32])
{
	char text[LANGUAGE_TEXT_BYTES], key[24];
	const struct picture_socket *socket;
	const char *type;

	out[0] = '\0';
	if (line == 0) {
		snprintf(key, sizeof(key), "party.%d", party);
		snprintf(out, LANGUAGE_TEXT_BYTES + 32, "%s pid %d", word(language, key, text),
			 (int)picture->parties[party].pid);
		return true;
	}
	if (line > picture->parties[party].count) {
		if (line == 1)
			snprintf(out, LANGUAGE_TEXT_BYTES + 32, "%s",
				 word(language, "picture.no_socket", text));
		return line == 1;
	}
	socket = &picture->parties[party].sockets[line - 1];
	type = socket->type == SOCK_DGRAM ? "UDP" : "TCP";
	if (socket->type == SOCK_RAW)
		snprintf(out, LANGUAGE_TEXT_BYTES + 32, "%d AF_PACKET", socket->fd);
	else if (socket->local == 0)
		snprintf(out, LANGUAGE_TEXT_BYTES + 32, "%d %s %s", socket->fd, type,
			 word(language, "picture.no_address", text));
	else if (socket->is_listening)
		snprintf(out, LANGUAGE_TEXT_BYTES + 32, "%d %s :%u %s", socket->fd, type,
			 socket->local, word(language, "picture.listens", text));
	else if (socket->peer != 0)
		snprintf(out, LANGUAGE_TEXT_BYTES + 32, "%d %s :%u - :%u", socket->fd, type,
			 socket->local, socket->peer);
	else
		snprintf(out, LANGUAGE_TEXT_BYTES + 32, "%d %s 127.0.0.1:%u", socket->fd, type,
			 socket->local);
	return true;
}

static const struct picture_arrow *arrow_at(const struct picture *picture, int party, size_t nth)
{
	for (size_t i = 0; i < picture->arrow_count; i++) {
		if ((int)picture->arrows[i].client == party && nth-- == 0)
			return &picture->arrows[i];
	}
	return NULL;
}

/* The lines inside a box: the name, the sockets, and as many as there are arrows beside them. */
static size_t height(const struct picture *picture, int party)
{
	char text[LANGUAGE_TEXT_BYTES + 32];
	size_t lines = 0;

	if (picture->parties[party].pid == 0)
		return 0;
	while (inside(picture, language_choose("en"), party, lines, text) ||
	       arrow_at(picture, party, lines))
		lines++;
	return lines;
}

static void draw_arrow(const struct picture_arrow *arrow, const struct language *language,
		       FILE *out)
{
	static const char *const fates[PICTURE_FATES] = { NULL, "picture.lost", "picture.twice",
							  "picture.late", "picture.nobody" };
	char text[LANGUAGE_TEXT_BYTES];
	const char *end = "";
	size_t used, tail;

	if (arrow->fate != PICTURE_ARRIVES)
		end = word(language, fates[arrow->fate], text);
	tail = *end ? fold_columns(end) + 1 : 0;
	fputs(arrow->is_from_server || arrow->is_both_ways ? " <" : " -", out);
	fprintf(out, "-%s", arrow->text);
	used = 3 + fold_columns(arrow->text);
	for (; used + tail + 2 < GAP_COLUMNS && !arrow->is_both_ways; used++)
		fputc('-', out);
	fputs(arrow->fate == PICTURE_LOST                     ? "x"
	      : arrow->is_from_server && !arrow->is_both_ways ? "-"
							      : ">",
	      out);
	if (tail)
		fprintf(out, " %s", end);
	used += 1 + tail;
	fprintf(out, "%*s", used < GAP_COLUMNS ? (int)(GAP_COLUMNS - used) : 0, "");
}

/* A box's line `at` of `lines` inside: a border or what is inside. */
static void draw_box(const struct picture *picture, const struct language *language, int party,
		     size_t at, size_t lines, FILE *out)
{
	char text[LANGUAGE_TEXT_BYTES + 32];

	if (at == 0 || at == lines + 1) {
		fputc('+', out);
		for (int i = 0; i < BOX_COLUMNS - 2; i++)
			fputc('-', out);
		fputc('+', out);
		return;
	}
	inside(picture, language, party, at - 1, text);
	fputs("| ", out);
	fold_pad(out, text, INSIDE_COLUMNS);
	fputs(" |", out);
}

/* Which client's box has line `*at` of the left side; `*at` becomes the box's own. */
static int client_of_line(const size_t heights[static PICTURE_PARTIES], size_t *at)
{
	for (int party = PICTURE_CLIENT_A; party < PICTURE_PARTIES; party++) {
		size_t lines = heights[party] ? heights[party] + 2 : 0;

		if (*at < lines)
			return party;
		*at -= lines;
	}
	return PICTURE_SERVER;
}

/* The arrow beside line `at` of a client's box. NULL: none. */
static const struct picture_arrow *arrow_beside(const struct picture *picture, int client,
						size_t at)
{
	return client != PICTURE_SERVER && at > 0 ? arrow_at(picture, client, at - 1) : NULL;
}

static void draw_gap(const struct picture *picture, const struct language *language, int client,
		     size_t at, bool is_first, FILE *out)
{
	const struct picture_arrow *arrow = arrow_beside(picture, client, at);

	if (arrow) {
		draw_arrow(arrow, language, out);
		return;
	}
	fputs(" ", out);
	fold_pad(out, is_first ? picture->between : "", GAP_COLUMNS - 1);
}

void picture_draw(const struct picture *picture, const struct language *language, FILE *out)
{
	size_t heights[PICTURE_PARTIES], left = 0, right = 0;

	for (int party = 0; party < PICTURE_PARTIES; party++)
		heights[party] = height(picture, party);
	for (int party = PICTURE_CLIENT_A; party < PICTURE_PARTIES; party++)
		left += heights[party] ? heights[party] + 2 : 0;
	/* The server's box is as high as its clients', so that every arrow has an end. */
	if (heights[PICTURE_SERVER])
		right = heights[PICTURE_SERVER] + 2 > left ? heights[PICTURE_SERVER] + 2 : left;
	for (size_t line = 0; line < left || line < right; line++) {
		size_t at = line;
		int client = client_of_line(heights, &at);

		if (client != PICTURE_SERVER)
			draw_box(picture, language, client, at, heights[client], out);
		else
			fprintf(out, "%*s", BOX_COLUMNS, "");
		if (line < right) {
			draw_gap(picture, language, client, at, line == 0, out);
			draw_box(picture, language, PICTURE_SERVER, line, right - 2, out);
		}
		fputc('\n', out);
	}
}
