#include "proto/web/request.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Fields of a head that decide about it, and that `struct request` does not keep. */
struct head {
	struct request *request;
	struct request_text upgrade, connection, version, length, coding;
};

/* Texts. */

static bool is_tchar(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(const struct request_text *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (!is_tchar(text->at[i]))
			return false;
	return text->size > 0;
}

/* A header's value has no control characters but the tabulator. */
static bool is_value(const struct request_text *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (((unsigned char)text->at[i] < ' ' && text->at[i] != '\t') ||
		    text->at[i] == '\x7f')
			return false;
	return true;
}

static bool is_visible(const struct request_text *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (text->at[i] <= ' ' || text->at[i] > '~')
			return false;
	return text->size > 0;
}

bool request_text_is(const struct request_text *text, const char *word)
{
	return text->at && text->size == strlen(word) && memcmp(text->at, word, text->size) == 0;
}

bool request_text_is_word(const struct request_text *text, const char *word)
{
	return text->at && text->size == strlen(word) &&
	       strncasecmp(text->at, word, text->size) == 0;
}

static struct request_text trim(struct request_text text)
{
	while (text.size > 0 && (*text.at == ' ' || *text.at == '\t')) {
		text.at++;
		text.size--;
	}
	while (text.size > 0 && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t'))
		text.size--;
	return text;
}

/* Takes what stands before `mark` off the text, and the mark. False: there is no mark. */
static bool take_until(struct request_text *text, char mark, struct request_text *before)
{
	const char *end = text->size > 0 ? memchr(text->at, mark, text->size) : NULL;

	if (!end)
		return false;
	*before = (struct request_text){ text->at, (size_t)(end - text->at) };
	text->at += before->size + 1;
	text->size -= before->size + 1;
	return true;
}

bool request_next_item(struct request_text *list, struct request_text *item)
{
	while (list->size > 0) {
		if (!take_until(list, ',', item)) {
			*item = *list;
			list->at += list->size;
			list->size = 0;
		}
		*item = trim(*item);
		if (item->size > 0)
			return true;
	}
	return false;
}

/* Lines. */

/* False: there is no whole line, or it does not end as it must. */
static bool next_line(struct request_text *rest, struct request_text *line)
{
	if (!take_until(rest, '\n', line) || line->size == 0 || line->at[line->size - 1] != '\r')
		return false;
	line->size--;
	return true;
}

static enum request_outcome read_first_line(struct request *request, struct request_text line)
{
	struct request_text method, target;

	if (!take_until(&line, ' ', &method) || !is_token(&method) ||
	    !take_until(&line, ' ', &target) || !is_visible(&target) || *target.at != '/' ||
	    !(request_text_is(&line, "HTTP/1.1") || request_text_is(&line, "HTTP/1.0")))
		return REQUEST_MALFORMED;
	request->is_head = request_text_is(&method, "HEAD");
	if (!request->is_head && !request_text_is(&method, "GET"))
		return REQUEST_NOT_GET;
	if (!take_until(&target, '?', &request->path))
		request->path = target;
	return REQUEST_WHOLE;
}

/* Where a header's value is kept. NULL: it is of no interest. */
static struct request_text *place_of(struct head *head, const struct request_text *name)
{
	const struct {
		const char *name;
		struct request_text *place;
	} known[] = {
		{ "host", &head->request->host },
		{ "origin", &head->request->origin },
		{ "authorization", &head->request->authorization },
		{ "upgrade", &head->upgrade },
		{ "connection", &head->connection },
		{ "sec-websocket-key", &head->request->key },
		{ "sec-websocket-protocol", &head->request->protocols },
		{ "sec-websocket-version", &head->version },
		{ "content-length", &head->length },
		{ "transfer-encoding", &head->coding },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (request_text_is_word(name, known[i].name))
			return known[i].place;
	return NULL;
}

static bool read_field(struct head *head, struct request_text line)
{
	struct request_text name, *place;

	if (!take_until(&line, ':', &name) || !is_token(&name) || !is_value(&line))
		return false;
	place = place_of(head, &name);
	/* One that comes twice may be read in two ways. */
	if (place && place->at)
		return false;
	if (place)
		*place = trim(line);
	return true;
}

static bool has_item(struct request_text list, const char *word)
{
	struct request_text item;

	while (request_next_item(&list, &item))
		if (request_text_is_word(&item, word))
			return true;
	return false;
}

static bool is_zero(const struct request_text *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (text->at[i] != '0')
			return false;
	return text->size > 0;
}

static enum request_outcome judge(struct head *head)
{
	struct request *request = head->request;

	if (!request->host.at)
		return REQUEST_MALFORMED;
	if (head->coding.at || (head->length.at && !is_zero(&head->length)))
		return REQUEST_HAS_BODY;
	request->wants_socket = head->upgrade.at && has_item(head->connection, "upgrade");
	if (request->wants_socket && (!request_text_is_word(&head->upgrade, "websocket") ||
				      !request_text_is(&head->version, "13") || request->is_head ||
				      !is_visible(&request->key) || request->key.size != 24))
		return REQUEST_MALFORMED;
	return REQUEST_WHOLE;
}

/* Whether bytes that are no head yet may become one. */
static bool may_become_whole(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)bytes[i] < ' ' && !strchr("\t\r\n", bytes[i]))
			return false;
	return size == 0 || !strchr("\t\r\n", bytes[0]);
}

enum request_outcome request_read(struct request *request, const char *bytes, size_t size)
{
	const char *end = size > 0 ? memmem(bytes, size, "\r\n\r\n", 4) : NULL;
	struct request_text rest = { bytes, end ? (size_t)(end + 2 - bytes) : 0 }, line;
	struct head head = { .request = request };
	enum request_outcome outcome;
	unsigned fields = 0;

	*request = (struct request){ .is_head = false };
	if (!may_become_whole(bytes, end ? rest.size : size))
		return REQUEST_MALFORMED;
	if (!end)
		return size < REQUEST_HEAD_BYTES ? REQUEST_MORE : REQUEST_TOO_LARGE;
	if (!next_line(&rest, &line))
		return REQUEST_MALFORMED;
	outcome = read_first_line(request, line);
	while (outcome == REQUEST_WHOLE && rest.size > 0) {
		if (!next_line(&rest, &line) || !read_field(&head, line))
			return REQUEST_MALFORMED;
		if (++fields > REQUEST_FIELDS)
			return REQUEST_TOO_LARGE;
	}
	return outcome == REQUEST_WHOLE ? judge(&head) : outcome;
}
