/*
 * text: names and messages for people, which must be safe to print on a terminal, and how to show
 * any other bytes from outside.
 */
#ifndef STARLING_PROTO_WIRE_TEXT_H
#define STARLING_PROTO_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether `size` bytes are well-formed UTF-8 (RFC 3629: shortest form, no surrogates, nothing above
 * U+10FFFF) without control characters (Unicode's Cc: U+0000-001F, U+007F-009F), without line
 * separators (U+2028, U+2029) and without what turns the direction of text (Bidi_Control).
 */
bool text_is_printable(const void *data, size_t size);

/*
 * Why bytes are no name (PROTOCOL.md, section 3.1, "Name"), as the half-sentence that follows "the
 * name"; NULL: they are one. It does not look at the size, unless that is 0.
 */
const char *text_name_fault(const void *data, size_t size);

/*
 * Writes any `size` bytes so that a person can read them on one line, and a terminal only prints:
 * visible characters stay, the others become \n, \t, \r, \x1b (a byte), \u200b or \U000e0001 (a
 * code point), and a backslash \\. A text that does not fit `capacity` (at least 4) ends in "...";
 * no character is split. Ends in NUL. Returns `out`.
 */
const char *text_visible(char *out, size_t capacity, const void *data, size_t size);

enum {
	TEXT_SHOWN_BYTES = 200,
};

struct text_shown {
	char text[TEXT_SHOWN_BYTES];
};

/*
 * As text_visible, for a string in the call that prints it: the result lives until the call is
 * over. printf("cannot open %s", text_shown(path).text). NULL becomes an empty text.
 */
struct text_shown text_shown(const char *string);

enum {
	TEXT_SHORT_BYTES = 64,
};

struct text_short {
	char text[TEXT_SHORT_BYTES];
};

/* As text_shown, for a word within a sentence that has little room. */
struct text_short text_short(const char *string);

/*
 * Writes a string as JSON has it, without the quotes around it: nothing in it ends a string, and no
 * browser takes it for HTML. Bytes that are no UTF-8 become question marks. It is cut to fit
 * `capacity` (at least 1). Returns `out`.
 */
const char *text_json(char *out, size_t capacity, const char *string);

/* The length of the byte order mark at the beginning of a file's text: 3, or 0 without one. */
size_t text_mark_bytes(const void *data, size_t size);

/* `one` for a count of 1, else `many`: printf("%u %s", n, text_plural(n, "member", "members")). */
const char *text_plural(uint64_t count, const char *one, const char *many);

#endif
