/*
 * The vectors of proto/vectors (or of the folder named as the first argument), against the wire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "proto/wire/states.h"
#include "proto/wire/text.h"
#include "tests/fixtures/wire/message_json.h"
#include "tests/fixtures/wire/reencode.h"
#include "tests/fixtures/wire/vectors.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum {
	KD_TREE_MAX_BYTES = 48,
};

static const char *folder = "proto/vectors";

static const char *const files[] = {
	"hello",    "welcome", "refused", "settings", "joined", "left",    "state",  "snapshot",
	"keyframe", "gone",    "event",   "clock",    "leave",  "goodbye", "report",
};

static void load(struct vectors *vectors, const char *file)
{
	char path[512], why[640];

	snprintf(path, sizeof(path), "%s/%s.json", folder, file);
	if (!vectors_load(vectors, path, why, sizeof(why)))
		fail_msg("%s", why);
	assert_true(vectors->count > 0);
}

static enum wire_type type_named(const char *name)
{
	for (int type = WIRE_HELLO; type < WIRE_TYPE_END; type++)
		if (strcmp(wire_type_text((enum wire_type)type), name) == 0)
			return (enum wire_type)type;
	fail_msg("no message is called %s", name);
	return 0;
}

/* A receiver: it knows itself which messages it may get; the decoder checks the rest. */
static enum wire_error receive(const struct vector *vector, uint8_t *again, size_t *again_size,
			       size_t *entries)
{
	enum wire_type type = type_named(vector->type);
	enum reencode_direction direction =
		strcmp(vector->to, "relay") == 0 ? REENCODE_TO_RELAY : REENCODE_TO_MEMBER;
	enum wire_error error =
		reencode(type, vector->bytes, vector->size, again, again_size, entries);

	return error == WIRE_OK && !reencode_is_sent(type, direction) ? WIRE_TYPE : error;
}

static bool is_as_stated(const struct vector *vector)
{
	uint8_t again[WIRE_MESSAGE_MAX_BYTES];
	size_t again_size, entries;
	enum wire_error error = receive(vector, again, &again_size, &entries);
	bool is_same = vector->fields ? error == WIRE_OK
				      : strcmp(wire_error_name(error), vector->error) == 0;
	cJSON *fields;

	if (!is_same) {
		print_error("%s: \"%s\" gives %s\n", vector->type, vector->name,
			    wire_error_name(error));
		return false;
	}
	if (!vector->fields)
		return true;
	fields = message_json_of(type_named(vector->type), vector->bytes, vector->size);
	is_same = fields && message_json_is_equal(fields, vector->fields);
	if (!is_same)
		print_error("%s: \"%s\" has other values\n", vector->type, vector->name);
	cJSON_Delete(fields);
	return is_same;
}

static void each_vector_gives_exactly_the_stated_reason_or_values(void **state)
{
	struct vectors vectors;
	size_t wrong = 0;

	load(&vectors, *state);
	for (size_t i = 0; i < vectors.count; i++)
		wrong += !is_as_stated(&vectors.rows[i]);
	vectors_fini(&vectors);
	assert_int_equal(wrong, 0);
}

static void each_valid_vector_encodes_back_to_its_bytes(void **state)
{
	struct vectors vectors;
	uint8_t again[WIRE_MESSAGE_MAX_BYTES];
	size_t again_size, entries, valid = 0;

	load(&vectors, *state);
	for (size_t i = 0; i < vectors.count; i++) {
		const struct vector *vector = &vectors.rows[i];

		if (!vector->fields)
			continue;
		assert_int_equal(receive(vector, again, &again_size, &entries), WIRE_OK);
		assert_int_equal(again_size, vector->size);
		assert_memory_equal(again, vector->bytes, vector->size);
		valid++;
	}
	vectors_fini(&vectors);
	assert_true(valid > 0);
}

/*
 * A list cut between two entries is a shorter list, and fill that is cut is shorter fill. No other
 * cut message may be accepted.
 */
static void check_prefixes(const struct vector *vector)
{
	enum wire_type type = type_named(vector->type);
	uint8_t again[WIRE_MESSAGE_MAX_BYTES];
	const cJSON *fill = cJSON_GetObjectItem(vector->fields, "fill");
	const size_t fill_bytes = fill ? (size_t)fill->valuedouble : 0;
	size_t again_size, entries, all, taken = 0;

	assert_int_equal(reencode(type, vector->bytes, vector->size, again, &again_size, &all),
			 WIRE_OK);
	for (size_t size = 0; size < vector->size; size++) {
		enum wire_error error =
			reencode(type, vector->bytes, size, again, &again_size, &entries);

		if (error == WIRE_OK) {
			assert_true(entries < all || size >= vector->size - fill_bytes);
			assert_int_equal(again_size, size);
			assert_memory_equal(again, vector->bytes, size);
			taken++;
		} else {
			assert_true(error == WIRE_SHORT || error == WIRE_EMPTY);
		}
	}
	if (type == WIRE_KEYFRAME)
		assert_int_equal(taken, all);
	else
		assert_int_equal(taken, all > 0 ? all - 1 + fill_bytes : 0);
}

static void each_prefix_of_a_valid_vector_is_rejected(void **state)
{
	struct vectors vectors;

	load(&vectors, *state);
	for (size_t i = 0; i < vectors.count; i++)
		if (vectors.rows[i].fields)
			check_prefixes(&vectors.rows[i]);
	vectors_fini(&vectors);
}

/* Every value that any of its first bytes could have: no reader overrun, no second encoding. */
static void check_neighbours(const struct vector *vector)
{
	enum wire_type type = type_named(vector->type);
	uint8_t again[WIRE_MESSAGE_MAX_BYTES];
	size_t again_size, entries;

	for (size_t at = 0; at < vector->size && at < KD_TREE_MAX_BYTES; at++) {
		uint8_t kept = vector->bytes[at];

		for (unsigned value = 0; value < 256; value++) {
			vector->bytes[at] = (uint8_t)value;
			if (reencode(type, vector->bytes, vector->size, again, &again_size,
				     &entries) != WIRE_OK)
				continue;
			assert_int_equal(again_size, vector->size);
			assert_memory_equal(again, vector->bytes, vector->size);
		}
		vector->bytes[at] = kept;
	}
}

static void each_valid_vector_with_a_byte_changed_is_rejected_or_has_one_encoding(void **state)
{
	struct vectors vectors;

	load(&vectors, *state);
	for (size_t i = 0; i < vectors.count; i++)
		if (vectors.rows[i].fields)
			check_neighbours(&vectors.rows[i]);
	vectors_fini(&vectors);
}

static void each_message_has_a_valid_vector_in_each_direction_it_goes(void **state)
{
	(void)state;
	for (size_t file = 0; file < COUNT_OF(files); file++) {
		struct vectors vectors;
		unsigned seen = 0, wanted = 0;

		load(&vectors, files[file]);
		for (size_t i = 0; i < vectors.count; i++)
			if (vectors.rows[i].fields)
				seen |= strcmp(vectors.rows[i].to, "relay") == 0
						? REENCODE_TO_RELAY
						: REENCODE_TO_MEMBER;
		for (unsigned way = REENCODE_TO_RELAY; way <= REENCODE_TO_MEMBER; way++)
			if (reencode_is_sent(type_named(vectors.rows[0].type), way))
				wanted |= way;
		vectors_fini(&vectors);
		assert_int_equal(seen, wanted);
	}
}

static void every_reason_is_given_by_some_vector(void **state)
{
	size_t given[WIRE_ERROR_COUNT] = { 0 };

	(void)state;
	for (size_t file = 0; file < COUNT_OF(files); file++) {
		struct vectors vectors;

		load(&vectors, files[file]);
		for (size_t i = 0; i < vectors.count; i++)
			for (size_t error = 0; error < WIRE_ERROR_COUNT; error++)
				given[error] +=
					vectors.rows[i].error &&
					strcmp(vectors.rows[i].error, wire_error_name(error)) == 0;
		vectors_fini(&vectors);
	}
	for (size_t error = WIRE_OK + 1; error < WIRE_ERROR_COUNT; error++)
		assert_true(given[error] > 0);
}

/* The primitives: which read, and the value that it gave. */
static enum wire_error read_primitive(const struct vector *vector, double *value)
{
	struct cursor_reader reader = cursor_reader_init(vector->bytes, vector->size);

	if (strcmp(vector->type, "varint32") == 0)
		*value = cursor_read_varint32(&reader);
	else if (strcmp(vector->type, "varint53") == 0)
		*value = (double)cursor_read_varint53(&reader);
	else if (strcmp(vector->type, "zigzag32") == 0)
		*value = cursor_read_zigzag32(&reader);
	else if (strcmp(vector->type, "u16") == 0)
		*value = cursor_read_u16(&reader);
	else
		fail_msg("no primitive is called %s", vector->type);
	return cursor_done(&reader);
}

static void check_text(const struct vector *vector)
{
	const char *value;

	assert_int_equal(strcmp(vector->type, "name") == 0
				 ? !text_name_fault(vector->bytes, vector->size)
				 : text_is_printable(vector->bytes, vector->size),
			 !vector->error);
	if (vector->error) {
		assert_string_equal(vector->error, "TEXT");
		return;
	}
	value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(vector->fields, "value"));
	assert_int_equal(strlen(value), vector->size);
	assert_memory_equal(value, vector->bytes, vector->size);
}

static void check_primitive(const struct vector *vector)
{
	double value = -1;
	enum wire_error error = read_primitive(vector, &value);

	assert_string_equal(wire_error_name(error), vector->error ? vector->error : "OK");
	if (!vector->error) {
		double stated = cJSON_GetNumberValue(
			cJSON_GetObjectItemCaseSensitive(vector->fields, "value"));

		assert_true(value >= stated && value <= stated);
	}
}

static void each_primitive_gives_exactly_the_stated_reason_or_value(void **state)
{
	struct vectors vectors;

	(void)state;
	load(&vectors, "primitives");
	for (size_t i = 0; i < vectors.count; i++) {
		if (strcmp(vectors.rows[i].type, "text") == 0 ||
		    strcmp(vectors.rows[i].type, "name") == 0)
			check_text(&vectors.rows[i]);
		else
			check_primitive(&vectors.rows[i]);
	}
	vectors_fini(&vectors);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *says;
		CMUnitTestFunction run;
	} properties[] = {
		{ "each vector gives exactly the stated reason or values",
		  each_vector_gives_exactly_the_stated_reason_or_values },
		{ "each valid vector encodes back to its bytes",
		  each_valid_vector_encodes_back_to_its_bytes },
		{ "each prefix of a valid vector is rejected",
		  each_prefix_of_a_valid_vector_is_rejected },
		{ "each valid vector with a byte changed is rejected or has one encoding",
		  each_valid_vector_with_a_byte_changed_is_rejected_or_has_one_encoding },
	};
	const struct CMUnitTest once[] = {
		cmocka_unit_test(each_message_has_a_valid_vector_in_each_direction_it_goes),
		cmocka_unit_test(every_reason_is_given_by_some_vector),
		cmocka_unit_test(each_primitive_gives_exactly_the_stated_reason_or_value),
	};
	struct CMUnitTest rows[COUNT_OF(properties) * COUNT_OF(files)] = { 0 };
	char names[COUNT_OF(rows)][112];
	int failed;

	if (argc > 1)
		folder = argv[1];
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *file = files[i % COUNT_OF(files)];

		snprintf(names[i], sizeof(names[i]), "%s: %s", file,
			 properties[i / COUNT_OF(files)].says);
		rows[i] = (struct CMUnitTest){ .name = names[i],
					       .test_func = properties[i / COUNT_OF(files)].run,
					       .initial_state = (void *)(uintptr_t)file };
	}
	failed = _cmocka_run_group_tests("vectors", rows, COUNT_OF(rows), NULL, NULL);
	failed += cmocka_run_group_tests_name("vectors as a whole", once, NULL, NULL);
	return failed != 0;
}
