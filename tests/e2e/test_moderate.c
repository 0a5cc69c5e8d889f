/* An operator's commands to a real relay, and what members and strangers see of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fixtures/relay/moderated_relay.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	ADA = 0,
	BOB = 1,
	EVE = 2,
};

static struct moderated_member *const members = moderated.members;

static void tell(const char *const *words)
{
	if (moderated_relay_tell(words) != 0)
		fail_msg("%s", moderated.moderate.err_text);
	assert_string_equal(moderated.moderate.err_text, "");
}

static void expect_said(const char *text)
{
	if (!strstr(moderated.moderate.out_text, text))
		fail_msg("\"%s\" is not in: %s", text, moderated.moderate.out_text);
}

static void say(size_t member, const char *text)
{
	assert_int_equal(starling_send(members[member].session, STARLING_TO_OTHERS, 0, text,
				       strlen(text), true),
			 0);
}

static const char *id_of(size_t member)
{
	static char text[16];

	snprintf(text, sizeof(text), "%u", (unsigned)members[member].id);
	return text;
}

static void members_are_listed_with_room_address_and_name(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("-q"));
	tell(WORDS("list"));
	expect_said("no rooms");
	moderated_relay_join(ADA, "pitch");
	moderated_relay_join(BOB, "hall");
	tell(WORDS("list"));
	expect_said("room \"hall\": 1 member\n");
	expect_said("room \"pitch\": 1 member\n");
	expect_said("127.0.0.1:");
	expect_said("  m0\n");
	tell(WORDS("list", "--json"));
	expect_said("{\"ok\":true,\"rooms\":[{\"room\":\"hall\",\"closed\":false,\"members\":[{");
	expect_said("\"rtt_ms\":");
	expect_said("\"since\":\"2");
}

static void who_is_kicked_is_told_why_and_does_not_come_back(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("-v"));
	moderated_relay_join(ADA, "lobby");
	moderated_relay_join(BOB, "lobby");
	tell(WORDS("kick", id_of(ADA), "--why", "it was too loud"));
	expect_said("kicked member");
	moderated_relay_await(&members[ADA].has_ended);
	assert_int_equal(members[ADA].reason, STARLING_REASON_KICKED);
	assert_non_null(strstr(members[ADA].end, ": it was too loud; ask before"));
	moderated_relay_run(1.5);
	tell(WORDS("list"));
	expect_said("1 member\n");
	assert_false(members[BOB].has_ended);
	/* A kick is no ban. */
	moderated_relay_join(ADA, "lobby");
}

/* As after a crash: it is there for the others, but nobody answers. */
static void an_absent_member_is_listed_and_can_be_kicked(void **state)
{
	struct process bots;
	char port[8];

	(void)state;
	moderated_relay_start(WORDS("-q", "--timeout", "0.5"));
	moderated_relay_join(ADA, "lobby");
	snprintf(port, sizeof(port), "%u", moderated.port);
	process_start(&bots, WORDS("starling", "bots", "1", "--port", port));
	moderated_relay_run(1);
	process_signal(&bots, SIGKILL);
	process_finish(&bots, MODERATED_PATIENCE_S);
	process_end(&bots);
	moderated_relay_run(1.5);
	tell(WORDS("list"));
	expect_said("2 members\n");
	expect_said("bot-1  (absent)");
	tell(WORDS("kick", "2"));
	expect_said("kicked member 2, \"bot-1\"");
	tell(WORDS("list"));
	expect_said("1 member\n");
	assert_false(members[ADA].has_ended);
}

static void a_kick_of_one_bot_leaves_the_others_in_the_room(void **state)
{
	struct process bots;
	char port[8];

	(void)state;
	moderated_relay_start(WORDS("-q"));
	snprintf(port, sizeof(port), "%u", moderated.port);
	process_start(&bots, WORDS("starling", "bots", "3", "--port", port));
	moderated_relay_run(1);
	tell(WORDS("kick", "2", "--why", "too loud"));
	assert_true(process_await_err(&bots, " is out of the room: kicked: ", 10));
	moderated_relay_run(0.5);
	tell(WORDS("list"));
	expect_said("2 members\n");
	tell(WORDS("kick", "1"));
	moderated_relay_run(0.5);
	tell(WORDS("kick", "3"));
	assert_int_equal(process_finish(&bots, MODERATED_PATIENCE_S), 1);
	assert_non_null(strstr(bots.out_text, "ran for"));
	process_end(&bots);
}

static void a_member_that_is_nowhere_or_in_two_rooms_is_said_to_be(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("-q"));
	moderated_relay_join(ADA, "hall");
	moderated_relay_join(BOB, "pitch");
	assert_int_equal(members[ADA].id, members[BOB].id);
	assert_int_equal(moderated_relay_tell(WORDS("mute", "99")), 1);
	assert_non_null(strstr(moderated.moderate.err_text, "no member 99 is in any room"));
	assert_int_equal(moderated_relay_tell(WORDS("kick", id_of(ADA))), 1);
	assert_non_null(strstr(moderated.moderate.err_text, "name the room"));
	tell(WORDS("kick", id_of(ADA), "--room", "hall"));
	moderated_relay_await(&members[ADA].has_ended);
	assert_false(members[BOB].has_ended);
}

static void a_ban_sends_its_members_away_and_ends_by_itself(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("-q"));
	moderated_relay_join(ADA, "lobby");
	tell(WORDS("ban", "127.0.0.1/8", "--for", "3s", "--why", "a test"));
	expect_said("banned 127.0.0.0/8 until 2");
	expect_said(": 1 member sent away");
	moderated_relay_await(&members[ADA].has_ended);
	assert_int_equal(members[ADA].reason, STARLING_REASON_BANNED);
	assert_non_null(strstr(members[ADA].end, ": a test; ask"));
	tell(WORDS("bans"));
	expect_said("127.0.0.0/8 ");
	expect_said("a test");
	moderated_relay_open(BOB, "lobby");
	moderated_relay_await(&members[BOB].has_ended);
	assert_int_equal(members[BOB].reason, STARLING_REASON_BANNED);
	assert_false(members[BOB].is_ready);
	moderated_relay_run(3);
	moderated_relay_join(EVE, "lobby");
	tell(WORDS("bans"));
	expect_said("no bans");
}

static void a_ban_is_lifted_by_its_own_prefix(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("-q"));
	tell(WORDS("ban", "127.0.0.0/8"));
	expect_said("banned 127.0.0.0/8 for good: 0 members");
	assert_int_equal(moderated_relay_tell(WORDS("unban", "127.0.0.1")), 1);
	assert_non_null(strstr(moderated.moderate.err_text, "no ban of exactly 127.0.0.1"));
	tell(WORDS("unban", "127.0.0.0/8"));
	moderated_relay_join(ADA, "lobby");
}

static void a_muted_member_is_not_heard_until_it_is_unmuted(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("-q"));
	moderated_relay_join(ADA, "lobby");
	moderated_relay_join(BOB, "lobby");
	tell(WORDS("mute", id_of(ADA)));
	say(ADA, "unheard");
	moderated_relay_run(0.3);
	assert_int_equal(members[BOB].messages, 0);
	tell(WORDS("list"));
	expect_said("m0  (muted)");
	tell(WORDS("unmute", id_of(ADA)));
	say(ADA, "heard");
	moderated_relay_run(0.3);
	assert_int_equal(members[BOB].messages, 1);
	assert_string_equal(members[BOB].text, "heard");
	process_signal(&moderated.relay, SIGUSR1);
	assert_true(process_await_out(&moderated.relay, "\"muted\"", MODERATED_PATIENCE_S));
	assert_true(process_figure(&moderated.relay, "\"events\":{", "muted") == 1);
}

static void a_closed_room_is_empty_until_it_is_opened(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("-q"));
	moderated_relay_join(ADA, "pitch");
	moderated_relay_join(BOB, "hall");
	tell(WORDS("close", "pitch", "--why", "rain"));
	expect_said("closed room \"pitch\": 1 member sent away");
	moderated_relay_await(&members[ADA].has_ended);
	assert_int_equal(members[ADA].reason, STARLING_REASON_ROOM_CLOSED);
	assert_non_null(strstr(members[ADA].end, ": rain; join another"));
	moderated_relay_open(EVE, "pitch");
	moderated_relay_await(&members[EVE].has_ended);
	assert_int_equal(members[EVE].reason, STARLING_REASON_ROOM_CLOSED);
	tell(WORDS("list"));
	expect_said("room \"pitch\": closed: rain");
	assert_false(members[BOB].has_ended);
	tell(WORDS("open", "pitch"));
	moderated_relay_join(EVE, "pitch");
	assert_int_equal(moderated_relay_tell(WORDS("open", "pitch")), 1);
}

static void a_message_reaches_one_room_or_all(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("-q"));
	moderated_relay_join(ADA, "pitch");
	moderated_relay_join(BOB, "hall");
	tell(WORDS("message", "back at noon"));
	expect_said("told 2 members");
	moderated_relay_run(0.3);
	assert_int_equal(members[ADA].messages, 1);
	assert_int_equal(members[ADA].from, 0);
	assert_string_equal(members[ADA].text, "back at noon");
	assert_string_equal(members[BOB].text, "back at noon");
	tell(WORDS("message", "--room", "hall", "only here"));
	moderated_relay_run(0.3);
	assert_int_equal(members[ADA].messages, 1);
	assert_string_equal(members[BOB].text, "only here");
	assert_int_equal(moderated_relay_tell(WORDS("message", "--room", "attic", "x")), 1);
}

static void bans_in_a_file_survive_the_relays_death(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("--bans", moderated.bans));
	tell(WORDS("ban", "203.0.113.0/24", "--why", "cheats"));
	tell(WORDS("ban", "127.0.0.1", "--for", "1h"));
	tell(WORDS("ban", "2001:db8::1", "--for", "1s"));
	process_signal(&moderated.relay, SIGKILL);
	process_finish(&moderated.relay, MODERATED_PATIENCE_S);
	process_end(&moderated.relay);
	sleep(2);
	moderated_relay_start(WORDS("--bans", moderated.bans));
	tell(WORDS("bans"));
	expect_said("203.0.113.0/24                for good              cheats\n");
	expect_said("127.0.0.1  ");
	assert_null(strstr(moderated.moderate.out_text, "2001"));
	moderated_relay_open(ADA, "lobby");
	moderated_relay_await(&members[ADA].has_ended);
	assert_int_equal(members[ADA].reason, STARLING_REASON_BANNED);
}

static void write_bans(const char *text)
{
	FILE *out = fopen(moderated.bans, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void a_file_of_bans_is_read_again_on_sighup_unless_it_has_an_error(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("--bans", moderated.bans));
	moderated_relay_join(ADA, "lobby");
	write_bans("# by hand\n\n127.0.0.0/8 for-good a test\n");
	process_signal(&moderated.relay, SIGHUP);
	moderated_relay_await(&members[ADA].has_ended);
	assert_int_equal(members[ADA].reason, STARLING_REASON_BANNED);
	write_bans("10.0.0.1 for-good\n10.0.0.2 tomorrow\n");
	process_signal(&moderated.relay, SIGHUP);
	assert_true(process_await_err(&moderated.relay, "line 2: an end as", MODERATED_PATIENCE_S));
	tell(WORDS("bans"));
	expect_said("127.0.0.0/8");
	assert_null(strstr(moderated.moderate.out_text, "10.0.0.1"));
}

static void a_file_of_bans_that_cannot_be_read_keeps_the_relay_from_starting(void **state)
{
	(void)state;
	write_bans("10.0.0.300 for-good\n");
	process_expect_failure(WORDS("starlingd", "--port", "0", "--bans", moderated.bans), 1,
			       "line 1: \"10.0.0.300\" is no address", moderated.bans);
	process_expect_failure(WORDS("starlingd", "--port", "0", "--bans", "/no/such/bans"), 1,
			       "/no/such/bans", "give a file in a folder that exists");
}

static struct stat status_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status;
}

static void the_socket_is_its_users_alone_and_goes_with_the_relay(void **state)
{
	struct stat status;

	(void)state;
	moderated_relay_start(WORDS("-q"));
	status = status_of(moderated.socket);
	assert_true(S_ISSOCK(status.st_mode));
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_uid, geteuid());
	process_signal(&moderated.relay, SIGTERM);
	assert_int_equal(process_finish(&moderated.relay, MODERATED_PATIENCE_S), 0);
	assert_int_equal(access(moderated.socket, F_OK), -1);
}

static void started_by_root_all_works_as_the_user_in_its_sandbox(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");

	(void)state;
	if (geteuid() != 0 || !nobody)
		skip();
	moderated_relay_start(WORDS("--user", "nobody", "--bans", moderated.bans));
	assert_int_equal(status_of(moderated.socket).st_uid, nobody->pw_uid);
	moderated_relay_join(ADA, "lobby");
	tell(WORDS("ban", "203.0.113.0/24"));
	tell(WORDS("ban", "127.0.0.1", "--for", "1h"));
	moderated_relay_await(&members[ADA].has_ended);
	assert_int_equal(status_of(moderated.bans).st_uid, nobody->pw_uid);
	assert_int_equal(status_of(moderated.bans).st_mode & 07777, 0600);
	process_signal(&moderated.relay, SIGHUP);
	assert_true(
		process_await_err(&moderated.relay, "SIGHUP: 2 bans now", MODERATED_PATIENCE_S));
	process_signal(&moderated.relay, SIGTERM);
	assert_int_equal(process_finish(&moderated.relay, MODERATED_PATIENCE_S), 0);
	assert_int_equal(access(moderated.socket, F_OK), -1);
	assert_null(strstr(moderated.relay.err_text, "sandbox"));
}

static void a_folder_that_the_user_may_not_write_in_is_said_at_the_start(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(moderated.folder, 0755), 0);
	process_expect_failure(WORDS("starlingd", "--port", "0", "--json", "-q", "--user", "nobody",
				     "--control", moderated.socket, "--bans", moderated.bans),
			       1, moderated.bans, "a folder that the relay's user may write in");
	unlink(moderated.socket);
}

#define TEST(test)                                                                                 \
	cmocka_unit_test_setup_teardown(test, moderated_relay_set_up, moderated_relay_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(members_are_listed_with_room_address_and_name),
		TEST(who_is_kicked_is_told_why_and_does_not_come_back),
		TEST(an_absent_member_is_listed_and_can_be_kicked),
		TEST(a_kick_of_one_bot_leaves_the_others_in_the_room),
		TEST(a_member_that_is_nowhere_or_in_two_rooms_is_said_to_be),
		TEST(a_ban_sends_its_members_away_and_ends_by_itself),
		TEST(a_ban_is_lifted_by_its_own_prefix),
		TEST(a_muted_member_is_not_heard_until_it_is_unmuted),
		TEST(a_closed_room_is_empty_until_it_is_opened),
		TEST(a_message_reaches_one_room_or_all),
		TEST(bans_in_a_file_survive_the_relays_death),
		TEST(a_file_of_bans_is_read_again_on_sighup_unless_it_has_an_error),
		TEST(a_file_of_bans_that_cannot_be_read_keeps_the_relay_from_starting),
		TEST(the_socket_is_its_users_alone_and_goes_with_the_relay),
		TEST(started_by_root_all_works_as_the_user_in_its_sandbox),
		TEST(a_folder_that_the_user_may_not_write_in_is_said_at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
