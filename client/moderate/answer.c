#include "client/moderate/answer.h"

#include <stdbool.h>
#include <string.h>

#include "proto/wire/text.h"

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	return text ? text : "";
}

static double number_of(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static bool is_true(const cJSON *object, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* The first of a list; NULL: there is none, or no list. */
static const cJSON *first_of(const cJSON *list)
{
	return list ? list->child : NULL;
}

static void print_members(FILE *out, double count, const char *what)
{
	fprintf(out, "%.0f %s%s\n", count, count == 1 ? "member" : "members", what);
}

/* Rooms. The name comes last, as names have any width. */

static void print_member(FILE *out, const cJSON *member)
{
	char rtt[16] = "-";

	if (!is_true(member, "absent"))
		snprintf(rtt, sizeof(rtt), "%.0f ms", number_of(member, "rtt_ms"));
	fprintf(out, "  %6.0f  %-24s  %7s  %s  %8.0f  %s%s%s\n", number_of(member, "member"),
		text_of(member, "address"), rtt, text_of(member, "since"),
		number_of(member, "entities"), text_shown(text_of(member, "name")).text,
		is_true(member, "muted") ? "  (muted)" : "",
		is_true(member, "absent") ? "  (absent)" : "");
}

static void print_room(FILE *out, const cJSON *room)
{
	const cJSON *members = cJSON_GetObjectItemCaseSensitive(room, "members");
	const char *why = text_of(room, "why");

	fprintf(out, "room \"%s\": ", text_shown(text_of(room, "room")).text);
	if (is_true(room, "closed")) {
		fprintf(out, "closed%s%s\n", *why ? ": " : "", text_shown(why).text);
		return;
	}
	print_members(out, cJSON_GetArraySize(members), "");
	fprintf(out, "  %6s  %-24s  %7s  %-20s  %8s  %s\n", "member", "address", "rtt", "since",
		"entities", "name");
	for (const cJSON *at = first_of(members); at; at = at->next)
		print_member(out, at);
}

static void print_rooms(FILE *out, const cJSON *answer)
{
	const cJSON *rooms = cJSON_GetObjectItemCaseSensitive(answer, "rooms");

	if (cJSON_GetArraySize(rooms) == 0)
		fputs("no rooms\n", out);
	for (const cJSON *at = first_of(rooms); at; at = at->next)
		print_room(out, at);
}

/* Bans. */

static const char *end_of(const cJSON *ban)
{
	const char *until = text_of(ban, "until");

	return *until ? until : "for good";
}

static void print_bans(FILE *out, const cJSON *answer)
{
	const cJSON *bans = cJSON_GetObjectItemCaseSensitive(answer, "bans");

	if (cJSON_GetArraySize(bans) == 0) {
		fputs("no bans\n", out);
		return;
	}
	fprintf(out, "%-28s  %-20s  %s\n", "address", "until", "why");
	for (const cJSON *ban = first_of(bans); ban; ban = ban->next) {
		const char *why = text_of(ban, "why");

		fprintf(out, "%-28s  %-20s  %s\n", text_of(ban, "address"), end_of(ban),
			*why ? text_shown(why).text : "-");
	}
}

static void print_ban(FILE *out, const cJSON *answer)
{
	const bool is_for_good = *text_of(answer, "until") == '\0';

	fprintf(out, "banned %s %s%s: ", text_of(answer, "address"), is_for_good ? "" : "until ",
		end_of(answer));
	print_members(out, number_of(answer, "members"), " sent away");
}

/* All else. */

static void print_of_member(FILE *out, const char *done, const cJSON *answer)
{
	fprintf(out, "%s member %.0f, \"%s\", of room \"%s\"\n", done, number_of(answer, "member"),
		text_shown(text_of(answer, "name")).text, text_shown(text_of(answer, "room")).text);
}

static void print_done(FILE *out, const char *command, const cJSON *answer)
{
	if (strcmp(command, "kick") == 0) {
		print_of_member(out, "kicked", answer);
	} else if (strcmp(command, "mute") == 0) {
		print_of_member(out, "muted", answer);
	} else if (strcmp(command, "unmute") == 0) {
		print_of_member(out, "unmuted", answer);
	} else if (strcmp(command, "unban") == 0) {
		fprintf(out, "unbanned %s\n", text_of(answer, "address"));
	} else if (strcmp(command, "open") == 0) {
		fprintf(out, "opened room \"%s\"\n", text_shown(text_of(answer, "room")).text);
	} else if (strcmp(command, "close") == 0) {
		fprintf(out, "closed room \"%s\": ", text_shown(text_of(answer, "room")).text);
		print_members(out, number_of(answer, "members"), " sent away");
	} else {
		fputs("told ", out);
		print_members(out, number_of(answer, "members"), "");
	}
}

void answer_print(FILE *out, const char *command, const cJSON *answer)
{
	if (strcmp(command, "list") == 0)
		print_rooms(out, answer);
	else if (strcmp(command, "bans") == 0)
		print_bans(out, answer);
	else if (strcmp(command, "ban") == 0)
		print_ban(out, answer);
	else
		print_done(out, command, answer);
}
