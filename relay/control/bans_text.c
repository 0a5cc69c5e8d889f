#include "relay/control/bans_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/net/net.h"
#include "proto/wire/text.h"

#define NS_PER_S INT64_C(1000000000)
#define LAST_S   INT64_C(4102444800) /* the year 2100; all until then can be counted in ns */

enum {
	LINE_BYTES = 512,
};

static const char for_good[] = "for-good";
static const char time_form[] = "%Y-%m-%dT%H:%M:%SZ";
static const char head[] =
	"# Bans of a starlingd, which writes this file anew with each change: an "
	"address or a\n# prefix, when the ban ends (or for-good), and why.\n";

struct bans_now bans_text_now(void)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall); /* which cannot fail */
	return (struct bans_now){ .net_ns = net_now_ns(),
				  .wall_ns = wall.tv_sec * NS_PER_S + wall.tv_nsec };
}

/* The nearest second: a ban that is written and read often keeps its end. */
static int64_t wall_s_of(int64_t net_ns, const struct bans_now *now)
{
	return (now->wall_ns + (net_ns - now->net_ns) + NS_PER_S / 2) / NS_PER_S;
}

void bans_text_time(int64_t net_ns, const struct bans_now *now, char text[BANS_TEXT_TIME_BYTES])
{
	const time_t wall = (time_t)wall_s_of(net_ns, now);
	struct tm parts;

	gmtime_r(&wall, &parts);
	strftime(text, BANS_TEXT_TIME_BYTES, time_form, &parts);
}

char *bans_text_write(const struct bans *bans, const struct bans_now *now, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	fputs(head, out);
	for (size_t i = 0; i < bans->count; i++) {
		const struct ban *ban = &bans->list[i];
		char prefix[PREFIX_TEXT_BYTES], until[BANS_TEXT_TIME_BYTES];

		if (ban->until_ns <= now->net_ns)
			continue;
		prefix_text(&ban->prefix, prefix);
		if (ban->until_ns != BANS_FOR_GOOD)
			bans_text_time(ban->until_ns, now, until);
		fprintf(out, "%s %s%s%s\n", prefix,
			ban->until_ns == BANS_FOR_GOOD ? for_good : until, *ban->why ? " " : "",
			ban->why);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

static bool read_until(const char *word, const struct bans_now *now, int64_t *until_ns)
{
	struct tm parts = { 0 };
	int64_t until_s, left_ns;
	const char *end;
	int day;

	*until_ns = BANS_FOR_GOOD;
	if (strcmp(word, for_good) == 0)
		return true;
	end = strptime(word, time_form, &parts);
	if (!end || *end != '\0')
		return false;
	day = parts.tm_mday;
	until_s = (int64_t)timegm(&parts); /* makes of February 30 a day of March */
	if (parts.tm_mday != day || until_s < 0 || until_s > LAST_S)
		return false;
	left_ns = until_s * NS_PER_S - now->wall_ns;
	*until_ns = left_ns > 0 ? now->net_ns + left_ns : now->net_ns;
	return true;
}

/* Takes the next word off; "": there is none. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");

	*rest = word + strcspn(word, " \t");
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

static bool read_line(struct bans *bans, char *line, const struct bans_now *now, char *error)
{
	const char *prefix = next_word(&line), *until = next_word(&line);
	struct ban ban = { .until_ns = 0 };

	line += strspn(line, " \t");
	if (*prefix == '\0' || *prefix == '#')
		return true;
	if (!prefix_read(prefix, &ban.prefix, error))
		return false;
	snprintf(error, PREFIX_ERROR_BYTES,
		 "an end as 2026-11-26T18:00:00Z, or %s, must follow the address%s%.40s", for_good,
		 *until == '\0' ? "" : ", not ", text_shown(until).text);
	if (!read_until(until, now, &ban.until_ns))
		return false;
	snprintf(error, PREFIX_ERROR_BYTES, "a reason has at most %d printable bytes",
		 BANS_WHY_MAX_BYTES);
	if (strlen(line) > BANS_WHY_MAX_BYTES || !text_is_printable(line, strlen(line)))
		return false;
	strcpy(ban.why, line);
	snprintf(
		error, PREFIX_ERROR_BYTES,
		"there are more than %d bans, or there is no memory; ban prefixes, or leave them to "
		"the firewall",
		BANS_MAX);
	return ban.until_ns <= now->net_ns || bans_add(bans, &ban) == 0;
}

bool bans_text_read(struct bans *bans, const char *text, size_t size, const struct bans_now *now,
		    char error[BANS_TEXT_ERROR_BYTES])
{
	const char *at = text + text_mark_bytes(text, size), *end = text + size;
	char fault[PREFIX_ERROR_BYTES];

	for (unsigned number = 1; at < end; number++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);
		char line[LINE_BYTES] = "";

		if (stop && length > 0 && at[length - 1] == '\r')
			length--;
		if (length < sizeof(line))
			memcpy(line, at, length);
		if (length >= sizeof(line) || strlen(line) != length)
			snprintf(fault, sizeof(fault), "it is too long, or no text");
		else if (read_line(bans, line, now, fault))
			fault[0] = '\0';
		if (*fault != '\0') {
			snprintf(error, BANS_TEXT_ERROR_BYTES, "line %u: %s", number, fault);
			return false;
		}
		at = stop ? stop + 1 : end;
	}
	return true;
}
