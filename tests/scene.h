/*
 * scene: a house of rooms with a few clients that talk to it, for tests of the relay's rules. What
 * the rules send lies in the postbox; the n-th client's peer is the address of its dialog.
 */
#ifndef STARLING_TESTS_SCENE_H
#define STARLING_TESTS_SCENE_H

#include "relay/peer/dialog.h"
#include "tests/postbox.h"

#define MS INT64_C(1000000)

enum {
	SCENE_CLIENTS = 8,
};

struct scene {
	struct config config;
	struct postbox postbox;
	struct house house;
	struct dialog client[SCENE_CLIENTS];
	int64_t now_ns;
};

/* A cmocka test with a scene of its own, at whose end the ledger must balance and nothing be left.
 */
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)
int scene_set_up(void **state);
int scene_tear_down(void **state);

struct wire_bytes scene_text(const char *words);

/* What a client does: connects with this data, says something, HELLO, a state, SETTINGS. */
void scene_connect(struct scene *scene, size_t client, uint32_t data);
void scene_take(struct scene *scene, size_t client, unsigned channel, const void *data,
		size_t size);
void scene_hello(struct scene *scene, size_t client, const char *room, const char *name, bool echo);
void scene_publish(struct scene *scene, size_t client, uint16_t index, uint16_t seq, int32_t x);
void scene_set(struct scene *scene, size_t client, struct wire_settings settings);

/* Says GONE of an entity; `owner` is the client whose it is. */
void scene_remove(struct scene *scene, size_t client, size_t owner, uint16_t index, uint16_t seq);

/* Connects and says HELLO, as "c" and its number; fails the test if it is not let in. */
void scene_join(struct scene *scene, size_t client, const char *room);

/* The same of the first so many clients, in their order. */
void scene_join_all(struct scene *scene, size_t count, const char *room);

/* So much time passes, and the house takes its turn. */
void scene_pass(struct scene *scene, int64_t ms);

/* How many messages of this type a client was sent. */
size_t scene_count(const struct scene *scene, size_t client, enum wire_type type);

/* The records of all SNAPSHOTs (or KEYFRAMEs) that went to a client, in order; how many there are.
 */
size_t scene_records(const struct scene *scene, size_t client, enum wire_type type,
		     struct states_record *out, size_t capacity);

/* The reason and the words with which a client was REFUSED; fails the test if it was not. */
enum wire_reason scene_refusal(const struct scene *scene, size_t client, char *words);

#endif
