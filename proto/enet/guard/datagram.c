#include "proto/enet/guard/datagram.h"

enum {
	COMMAND_HEADER_BYTES = 4,
	COMMAND_KIND_MASK = 0x0f,
	SESSION_MAX = DATAGRAM_HEAD_SESSION_MASK,
};

const char *datagram_error_text(enum datagram_error error)
{
	static const char *const texts[DATAGRAM_ERROR_COUNT] = {
		[DATAGRAM_OK] = "is well-formed",
		[DATAGRAM_ERROR_HEAD] = "ends inside its head",
		[DATAGRAM_ERROR_TOO_LONG] = "is longer than ENet's largest",
		[DATAGRAM_ERROR_COMPRESSED] = "is compressed",
		[DATAGRAM_ERROR_EMPTY] = "holds no command",
		[DATAGRAM_ERROR_TOO_MANY] = "holds more commands than ENet sends at once",
		[DATAGRAM_ERROR_TRAILING] = "has bytes left over after the last command",
		[DATAGRAM_ERROR_KIND] = "holds a command that does not exist",
		[DATAGRAM_ERROR_FLAGS] = "holds a command with flags that it never has",
		[DATAGRAM_ERROR_TIME] = "wants an acknowledgement of a time that it does not tell",
		[DATAGRAM_ERROR_CHANNEL] = "holds a command on a channel that it cannot have",
		[DATAGRAM_ERROR_RECEIVER] = "holds a command that this receiver is never sent",
		[DATAGRAM_ERROR_FIELDS] = "ends inside a command",
		[DATAGRAM_ERROR_LENGTH] = "holds a command whose data go beyond the end",
		[DATAGRAM_ERROR_PEER] = "names a peer that no host can have",
		[DATAGRAM_ERROR_SESSION] = "names a session that no connection can have",
		[DATAGRAM_ERROR_CHANNELS] = "asks for no channel, or for more than there can be",
		[DATAGRAM_ERROR_NO_DATA] = "holds a fragment without data",
		[DATAGRAM_ERROR_FRAGMENT] = "holds a fragment that no message can have",
	};

	return (unsigned)error < DATAGRAM_ERROR_COUNT ? texts[error] : "is wrong in an unknown way";
}

const char *datagram_error_name(enum datagram_error error)
{
	static const char *const names[DATAGRAM_ERROR_COUNT] = {
		[DATAGRAM_OK] = "ok",
		[DATAGRAM_ERROR_HEAD] = "head",
		[DATAGRAM_ERROR_TOO_LONG] = "too_long",
		[DATAGRAM_ERROR_COMPRESSED] = "compressed",
		[DATAGRAM_ERROR_EMPTY] = "empty",
		[DATAGRAM_ERROR_TOO_MANY] = "too_many",
		[DATAGRAM_ERROR_TRAILING] = "trailing",
		[DATAGRAM_ERROR_KIND] = "kind",
		[DATAGRAM_ERROR_FLAGS] = "flags",
		[DATAGRAM_ERROR_TIME] = "time",
		[DATAGRAM_ERROR_CHANNEL] = "channel",
		[DATAGRAM_ERROR_RECEIVER] = "receiver",
		[DATAGRAM_ERROR_FIELDS] = "fields",
		[DATAGRAM_ERROR_LENGTH] = "length",
		[DATAGRAM_ERROR_PEER] = "peer",
		[DATAGRAM_ERROR_SESSION] = "session",
		[DATAGRAM_ERROR_CHANNELS] = "channels",
		[DATAGRAM_ERROR_NO_DATA] = "no_data",
		[DATAGRAM_ERROR_FRAGMENT] = "fragment",
	};

	return (unsigned)error < DATAGRAM_ERROR_COUNT ? names[error] : "unknown";
}

static uint32_t read_u32(struct cursor_reader *reader)
{
	const uint32_t high = datagram_read_u16(reader);

	return high << 16 | datagram_read_u16(reader);
}

/*
 * The fields of each kind. A field beyond the end reads as 0; the caller finds that out first, and
 * only then looks at the error returned. `size` is set where data follow.
 */

static enum datagram_error read_nothing(struct cursor_reader *reader, struct datagram_command *out)
{
	(void)reader;
	(void)out;
	return DATAGRAM_OK;
}

static enum datagram_error read_acknowledge(struct cursor_reader *reader,
					    struct datagram_command *out)
{
	out->acknowledge.number = datagram_read_u16(reader);
	out->acknowledge.sent_time = datagram_read_u16(reader);
	return DATAGRAM_OK;
}

static bool is_session(const struct datagram_command *command, uint8_t session)
{
	return session <= SESSION_MAX ||
	       (command->kind == DATAGRAM_CONNECT && session == DATAGRAM_SESSION_UNKNOWN);
}

static enum datagram_error check_connection(const struct datagram_command *command)
{
	const struct datagram_connection *connection = &command->connection;

	if (connection->peer >= DATAGRAM_NOBODY)
		return DATAGRAM_ERROR_PEER;
	if (!is_session(command, connection->incoming_session) ||
	    !is_session(command, connection->outgoing_session))
		return DATAGRAM_ERROR_SESSION;
	if (connection->channels < 1 || connection->channels > DATAGRAM_CHANNELS_MAX)
		return DATAGRAM_ERROR_CHANNELS;
	return DATAGRAM_OK;
}

static enum datagram_error read_connection(struct cursor_reader *reader,
					   struct datagram_command *out)
{
	struct datagram_connection *connection = &out->connection;

	connection->peer = datagram_read_u16(reader);
	connection->incoming_session = cursor_read_u8(reader);
	connection->outgoing_session = cursor_read_u8(reader);
	connection->mtu = read_u32(reader);
	connection->window_bytes = read_u32(reader);
	connection->channels = read_u32(reader);
	connection->incoming_bandwidth = read_u32(reader);
	connection->outgoing_bandwidth = read_u32(reader);
	connection->throttle_interval_ms = read_u32(reader);
	connection->throttle_acceleration = read_u32(reader);
	connection->throttle_deceleration = read_u32(reader);
	connection->id = read_u32(reader);
	connection->data = out->kind == DATAGRAM_CONNECT ? read_u32(reader) : 0;
	return check_connection(out);
}

static enum datagram_error read_disconnect(struct cursor_reader *reader,
					   struct datagram_command *out)
{
	out->disconnect_data = read_u32(reader);
	return DATAGRAM_OK;
}

static enum datagram_error read_reliable(struct cursor_reader *reader, struct datagram_command *out)
{
	out->size = datagram_read_u16(reader);
	return DATAGRAM_OK;
}

static enum datagram_error read_unreliable(struct cursor_reader *reader,
					   struct datagram_command *out)
{
	out->unreliable_number = datagram_read_u16(reader);
	out->size = datagram_read_u16(reader);
	return DATAGRAM_OK;
}

static enum datagram_error read_unsequenced(struct cursor_reader *reader,
					    struct datagram_command *out)
{
	out->group = datagram_read_u16(reader);
	out->size = datagram_read_u16(reader);
	return DATAGRAM_OK;
}

/* Whether a message is cut so: at multiples of one size, and as often as its length needs. */
static bool is_cut(const struct datagram_fragment *fragment, size_t size)
{
	const uint64_t before = (uint64_t)fragment->count - 1;
	uint64_t step;

	if (fragment->count < 2 || fragment->number > before)
		return false;
	step = fragment->number < before ? size : fragment->offset_bytes / before;
	if (step < DATAGRAM_FRAGMENT_MIN_BYTES || fragment->offset_bytes != fragment->number * step)
		return false;
	if (fragment->number == before && fragment->total_bytes - fragment->offset_bytes != size)
		return false;
	return fragment->total_bytes <= DATAGRAM_MESSAGE_MAX_BYTES &&
	       fragment->total_bytes > before * step &&
	       fragment->total_bytes <= fragment->count * step;
}

static enum datagram_error read_fragment(struct cursor_reader *reader, struct datagram_command *out)
{
	struct datagram_fragment *fragment = &out->fragment;

	fragment->start = datagram_read_u16(reader);
	out->size = datagram_read_u16(reader);
	fragment->count = read_u32(reader);
	fragment->number = read_u32(reader);
	fragment->total_bytes = read_u32(reader);
	fragment->offset_bytes = read_u32(reader);
	if (out->size == 0)
		return DATAGRAM_ERROR_NO_DATA;
	return is_cut(fragment, out->size) ? DATAGRAM_OK : DATAGRAM_ERROR_FRAGMENT;
}

static enum datagram_error read_bandwidth(struct cursor_reader *reader,
					  struct datagram_command *out)
{
	out->bandwidth.incoming = read_u32(reader);
	out->bandwidth.outgoing = read_u32(reader);
	return DATAGRAM_OK;
}

static enum datagram_error read_throttle(struct cursor_reader *reader, struct datagram_command *out)
{
	out->throttle.interval_ms = read_u32(reader);
	out->throttle.acceleration = read_u32(reader);
	out->throttle.deceleration = read_u32(reader);
	return DATAGRAM_OK;
}

/* One bit for each setting of a command's flags. */
#define FLAGS(flags) (1u << ((unsigned)(flags) >> 6))

enum {
	PLAIN = FLAGS(0),
	UNSEQUENCED = FLAGS(DATAGRAM_FLAG_UNSEQUENCED),
	ACKNOWLEDGED = FLAGS(DATAGRAM_FLAG_ACKNOWLEDGE),
	UNUSED_FLAGS = 0x30,

	TO_PEER = 1,
	TO_NOBODY = 2,
	TO_BOTH = TO_PEER | TO_NOBODY,

	ON_NONE = 1,
	ON_CHANNEL = 2,
	ON_ANY = ON_NONE | ON_CHANNEL,
};

/*
 * How ENet sends each kind. A DISCONNECT is acknowledged when the connection stood, unsequenced
 * when it did not, and plain when it is all that an address is told. A host that is not answered
 * yet may acknowledge, give up, or set its throttle.
 */
static const struct shape {
	uint8_t flags, receivers, channels;
	enum datagram_error (*read)(struct cursor_reader *reader, struct datagram_command *out);
} shapes[DATAGRAM_KIND_COUNT] = {
	[DATAGRAM_ACKNOWLEDGE] = { PLAIN | ACKNOWLEDGED, TO_BOTH, ON_ANY, read_acknowledge },
	[DATAGRAM_CONNECT] = { ACKNOWLEDGED, TO_NOBODY, ON_NONE, read_connection },
	[DATAGRAM_VERIFY_CONNECT] = { ACKNOWLEDGED, TO_PEER, ON_NONE, read_connection },
	[DATAGRAM_DISCONNECT] = { PLAIN | UNSEQUENCED | ACKNOWLEDGED, TO_BOTH, ON_NONE,
				  read_disconnect },
	[DATAGRAM_PING] = { ACKNOWLEDGED, TO_PEER, ON_NONE, read_nothing },
	[DATAGRAM_RELIABLE] = { ACKNOWLEDGED, TO_PEER, ON_CHANNEL, read_reliable },
	[DATAGRAM_UNRELIABLE] = { PLAIN, TO_PEER, ON_CHANNEL, read_unreliable },
	[DATAGRAM_FRAGMENT] = { ACKNOWLEDGED, TO_PEER, ON_CHANNEL, read_fragment },
	[DATAGRAM_UNSEQUENCED] = { UNSEQUENCED, TO_PEER, ON_CHANNEL, read_unsequenced },
	[DATAGRAM_BANDWIDTH_LIMIT] = { ACKNOWLEDGED, TO_PEER, ON_NONE, read_bandwidth },
	[DATAGRAM_THROTTLE_CONFIGURE] = { ACKNOWLEDGED, TO_BOTH, ON_NONE, read_throttle },
	[DATAGRAM_UNRELIABLE_FRAGMENT] = { PLAIN, TO_PEER, ON_CHANNEL, read_fragment },
};

enum datagram_error datagram_open(struct datagram *datagram, const void *bytes, size_t size)
{
	struct cursor_reader reader = cursor_reader_init(bytes, size);
	const uint16_t head = datagram_read_u16(&reader);

	*datagram = (struct datagram){
		.peer = datagram_head_peer(head),
		.session = datagram_head_session(head),
		.has_sent_time = head & DATAGRAM_HEAD_SENT_TIME,
	};
	if (datagram->has_sent_time)
		datagram->sent_time = datagram_read_u16(&reader);
	datagram->cursor = reader;
	if (reader.error != WIRE_OK)
		datagram->error = DATAGRAM_ERROR_HEAD;
	else if (size > DATAGRAM_MAX_BYTES)
		datagram->error = DATAGRAM_ERROR_TOO_LONG;
	else if (head & DATAGRAM_HEAD_COMPRESSED)
		datagram->error = DATAGRAM_ERROR_COMPRESSED;
	else if (cursor_left(&reader) == 0)
		datagram->error = DATAGRAM_ERROR_EMPTY;
	return datagram->error;
}

/* Only a cookie (cookie.h) acknowledges and wants to be acknowledged: no channel has it. */
static bool is_cookie(unsigned receiver, unsigned channel)
{
	return receiver == TO_PEER && channel == ON_NONE;
}

/* Whether ENet sends a command of this header to this receiver. */
static enum datagram_error check_header(const struct datagram *datagram,
					const struct datagram_command *command)
{
	const struct shape *shape = &shapes[command->kind];
	const unsigned receiver = datagram->peer == DATAGRAM_NOBODY ? TO_NOBODY : TO_PEER;
	const unsigned channel = command->channel == DATAGRAM_CHANNEL_NONE ? ON_NONE : ON_CHANNEL;

	if (command->flags & UNUSED_FLAGS || !(shape->flags & FLAGS(command->flags)))
		return DATAGRAM_ERROR_FLAGS;
	if (command->kind == DATAGRAM_ACKNOWLEDGE && command->flags != 0 &&
	    !is_cookie(receiver, channel))
		return DATAGRAM_ERROR_FLAGS;
	if (command->flags & DATAGRAM_FLAG_ACKNOWLEDGE && !datagram->has_sent_time)
		return DATAGRAM_ERROR_TIME;
	if (!(shape->channels & channel))
		return DATAGRAM_ERROR_CHANNEL;
	return shape->receivers & receiver ? DATAGRAM_OK : DATAGRAM_ERROR_RECEIVER;
}

static enum datagram_error read_header(struct datagram *datagram, struct datagram_command *out)
{
	uint8_t first;

	if (datagram->commands == DATAGRAM_COMMANDS_MAX)
		return DATAGRAM_ERROR_TOO_MANY;
	if (cursor_left(&datagram->cursor) < COMMAND_HEADER_BYTES)
		return DATAGRAM_ERROR_TRAILING;
	first = cursor_read_u8(&datagram->cursor);
	out->kind = first & COMMAND_KIND_MASK;
	out->flags = first & (uint8_t)~COMMAND_KIND_MASK;
	out->channel = cursor_read_u8(&datagram->cursor);
	out->number = datagram_read_u16(&datagram->cursor);
	if (out->kind >= DATAGRAM_KIND_COUNT || !shapes[out->kind].read)
		return DATAGRAM_ERROR_KIND;
	return check_header(datagram, out);
}

static enum datagram_error read_command(struct datagram *datagram, struct datagram_command *out)
{
	struct cursor_reader *reader = &datagram->cursor;
	enum datagram_error error = read_header(datagram, out);

	if (error != DATAGRAM_OK)
		return error;
	error = shapes[out->kind].read(reader, out);
	if (reader->error != WIRE_OK)
		return DATAGRAM_ERROR_FIELDS;
	if (error != DATAGRAM_OK)
		return error;
	out->data = cursor_read_bytes(reader, out->size);
	return out->data ? DATAGRAM_OK : DATAGRAM_ERROR_LENGTH;
}

bool datagram_next(struct datagram *datagram, struct datagram_command *command)
{
	const uint8_t *begin = datagram->cursor.at;

	if (datagram->error != DATAGRAM_OK || cursor_left(&datagram->cursor) == 0)
		return false;
	*command = (struct datagram_command){ 0 };
	datagram->error = read_command(datagram, command);
	if (datagram->error != DATAGRAM_OK)
		return false;
	datagram->commands++;
	command->whole = begin;
	command->whole_size = (size_t)(datagram->cursor.at - begin);
	return true;
}

enum datagram_error datagram_check(const void *bytes, size_t size)
{
	struct datagram datagram;
	struct datagram_command command;

	datagram_open(&datagram, bytes, size);
	while (datagram_next(&datagram, &command))
		;
	return datagram.error;
}
