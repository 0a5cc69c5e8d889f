#include "proto/wire/text.h"

#include <string.h>

#include "proto/wire/unicode.h"

/* UTF-8 */

/* Length of the sequence that starts with `lead`, or 0 when none does. */
static size_t sequence_size(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

/* Decodes one code point of `size` bytes; false when a byte or the value is not allowed there. */
static bool decode(const uint8_t *at, size_t size, uint32_t *point)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t value = size == 1 ? at[0] : at[0] & (0x7fu >> size);

	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return false;
		value = value << 6 | (at[i] & 0x3fu);
	}
	*point = value;
	return value >= least[size] && value <= UNICODE_MAX &&
	       !(value >= 0xd800 && value <= 0xdfff);
}

/* The first code point of `size` bytes and how many bytes it has; 0 when there is none. */
static size_t next_point(const uint8_t *at, size_t size, uint32_t *point)
{
	size_t step = size > 0 ? sequence_size(at[0]) : 0;

	*point = 0;
	return step > 0 && step <= size && decode(at, step, point) ? step : 0;
}

/* Printable text and names */

static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x2028 ||
	       point == 0x2029 || unicode_is_direction(point);
}

bool text_is_printable(const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t at = 0; at < size;) {
		uint32_t point;
		size_t step = next_point(bytes + at, size - at, &point);

		if (step == 0 || is_control(point))
			return false;
		at += step;
	}
	return true;
}

/* `before` and `after` are the neighbours, 0 where there is none. */
static bool is_bare_mark(uint32_t before, uint32_t point)
{
	return (before == 0 || before == ' ') && unicode_is_mark(point);
}

static bool is_unseen(uint32_t before, uint32_t point, uint32_t after)
{
	return unicode_is_hidden(point) && !unicode_joins(before, point, after);
}

const char *text_name_fault(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint32_t before = 0, point, after;

	if (size == 0)
		return "is empty";
	for (size_t at = 0, step; at < size; at += step, before = point) {
		step = next_point(bytes + at, size - at, &point);
		if (step == 0)
			return "is not UTF-8";
		next_point(bytes + at + step, size - at - step, &after);
		if (is_unseen(before, point, after))
			return "holds a control character, or one that is not seen or turns the text";
		if (is_bare_mark(before, point))
			return "holds an accent or a sign without a letter before it";
		if (point == ' ' && (before == 0 || before == ' ' || at + step == size))
			return "begins or ends with a space, or has two in a row";
	}
	return NULL;
}

/* Visible text */

enum {
	ESCAPE_MAX_BYTES = 10, /* \U000e0001 */
};

static const char dots[] = "...";

/* A letter that says how many digits follow, and the value in so many. */
static size_t put_hex(char out[ESCAPE_MAX_BYTES], char letter, size_t digits, uint32_t value)
{
	out[0] = '\\';
	out[1] = letter;
	for (size_t i = 0; i < digits; i++)
		out[2 + i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 0xf];
	return 2 + digits;
}

static size_t put_escape(char out[ESCAPE_MAX_BYTES], uint32_t point)
{
	static const char letters[] = "\nn\tt\rr\\\\";

	for (size_t i = 0; letters[i]; i += 2)
		if (point == (unsigned char)letters[i]) {
			out[0] = '\\';
			out[1] = letters[i + 1];
			return 2;
		}
	if (point < 0x80)
		return put_hex(out, 'x', 2, point);
	return point < 0x10000 ? put_hex(out, 'u', 4, point) : put_hex(out, 'U', 8, point);
}

/* Whether two neighbouring characters make up one when shown; 0 is an escape. */
static bool is_joined(uint32_t before, uint32_t point)
{
	return (before != 0 && unicode_is_hidden(before)) ||
	       (point != 0 && (unicode_is_hidden(point) || unicode_is_mark(point)));
}

const char *text_visible(char *out, size_t capacity, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t used = 0, cut = 0; /* up to `cut` there is room for the dots, too */
	uint32_t before = 0, point, after;

	for (size_t at = 0, step; at < size; at += step, before = point) {
		char escape[ESCAPE_MAX_BYTES];
		const void *piece = escape;
		size_t slice_bytes;

		step = next_point(bytes + at, size - at, &point);
		next_point(bytes + at + step, size - at - step, &after);
		if (step == 0) {
			step = 1;
			point = 0;
			slice_bytes = put_hex(escape, 'x', 2, bytes[at]);
		} else if (point == '\\' || is_unseen(before, point, after) ||
			   is_bare_mark(before, point)) {
			slice_bytes = put_escape(escape, point);
			point = 0;
		} else {
			piece = bytes + at;
			slice_bytes = step;
		}
		if (used + sizeof(dots) <= capacity && !is_joined(before, point))
			cut = used;
		if (slice_bytes >= capacity - used) {
			memcpy(out + cut, dots, sizeof(dots));
			return out;
		}
		memcpy(out + used, piece, slice_bytes);
		used += slice_bytes;
	}
	out[used] = '\0';
	return out;
}

struct text_shown text_shown(const char *string)
{
	struct text_shown shown = { "" };

	text_visible(shown.text, sizeof(shown.text), string, string ? strlen(string) : 0);
	return shown;
}

struct text_short text_short(const char *string)
{
	struct text_short shown = { "" };

	text_visible(shown.text, sizeof(shown.text), string, string ? strlen(string) : 0);
	return shown;
}

size_t text_mark_bytes(const void *data, size_t size)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };

	return size >= sizeof(mark) && memcmp(data, mark, sizeof(mark)) == 0 ? sizeof(mark) : 0;
}

const char *text_plural(uint64_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}

/* As JSON */

/* One character of it, and how many bytes of the string that was. */
static size_t put_json(char out[ESCAPE_MAX_BYTES], size_t *size, const uint8_t *at, size_t left)
{
	uint32_t point;
	const size_t step = next_point(at, left, &point);

	*size = step > 0 ? step : 1;
	if (step > 1)
		memcpy(out, at, step);
	else if (step == 0)
		out[0] = '?';
	else if (point < ' ' || point == 0x7f || strchr("\"\\<>&", (int)point))
		*size = put_hex(out, 'u', 4, point);
	else
		out[0] = (char)point;
	return step > 0 ? step : 1;
}

const char *text_json(char *out, size_t capacity, const char *string)
{
	const size_t bytes = strlen(string);
	char next[ESCAPE_MAX_BYTES];
	size_t used = 0, size;

	for (size_t at = 0; at < bytes; used += size) {
		at += put_json(next, &size, (const uint8_t *)string + at, bytes - at);
		if (used + size >= capacity)
			break;
		memcpy(out + used, next, size);
	}
	out[used] = '\0';
	return out;
}
