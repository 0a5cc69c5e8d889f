/*
 * unicode: what can be seen of a code point, by Unicode's properties. PROTOCOL.md, section 16, has
 * the same ranges, so that both ends of a connection agree whatever Unicode their systems know.
 */
#ifndef STARLING_PROTO_WIRE_UNICODE_H
#define STARLING_PROTO_WIRE_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	UNICODE_MAX = 0x10ffff,
};

/* Changes the direction of what follows (Bidi_Control). */
bool unicode_is_direction(uint32_t point);

/*
 * Has no look of its own, or none that is agreed on: controls, formats, line separators, spaces
 * other than U+0020, surrogates, private use, noncharacters, what may be ignored by default
 * (Default_Ignorable_Code_Point), and a few signs that are drawn blank.
 */
bool unicode_is_hidden(uint32_t point);

/* Is drawn onto the character before it: an accent, a vowel sign, the frame of a keycap. */
bool unicode_is_mark(uint32_t point);

/*
 * Whether `point`, which is hidden, stands inside of an emoji: U+200D between two pictographs,
 * U+FE0F right after one or inside of a keycap. `before` and `after` are its neighbours, 0 where
 * there is none; a hidden one before was found to stand inside of an emoji, too.
 */
bool unicode_joins(uint32_t before, uint32_t point, uint32_t after);

#endif
