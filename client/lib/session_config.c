#include "client/lib/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/wire/text.h"

enum {
	TIMEOUT_MAX_S = 3600,
	REJOIN_MAX_S = 3600,
	SETTLE_MAX_S = 3600,
};

static const double timeout_min_s = 0.5;
static const double radius_max_m = 2e6; /* the reach of a coordinate in a grain of 1 mm */

void starling_default_config(struct starling_config *config)
{
	*config = (struct starling_config){
		.host = "127.0.0.1",
		.port = STARLING_DEFAULT_PORT,
		.room = "lobby",
		.name = "anonymous",
		.up = STARLING_UNSEQUENCED,
		.down = STARLING_UNSEQUENCED,
		.interest = STARLING_ALL,
		.settle_s = 0.25,
		.timeout_s = 8,
		.rejoin_s = 0.5,
	};
}

__attribute__((format(printf, 2, 3))) static int refuse(struct starling_error *error,
							const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

/* `what` is "room" or "name"; `copy` has room for WIRE_NAME_MAX_BYTES and a NUL. */
static int copy_name(char *copy, const char *what, const char *text, struct starling_error *error)
{
	const char *fault;
	size_t size;

	if (!text)
		return refuse(error, "no %s was given; set config.%s", what, what);
	size = strlen(text);
	if (size < 1 || size > WIRE_NAME_MAX_BYTES)
		return refuse(error, "the %s is %zu bytes long; give 1 to %d bytes", what, size,
			      WIRE_NAME_MAX_BYTES);
	fault = text_name_fault(text, size);
	if (fault)
		return refuse(error, "the %s is not printable UTF-8, as it %s", what, fault);
	memcpy(copy, text, size + 1);
	return 0;
}

static int copy_host(struct session_config *copy, const struct starling_config *config,
		     struct starling_error *error)
{
	const char *colon;
	size_t size;

	if (!config)
		return refuse(error, "no config was given; fill one in with "
				     "starling_default_config");
	if (!config->host || config->host[0] == '\0')
		return refuse(error, "no host was given; set config.host to a name or an address");
	colon = strchr(config->host, ':');
	if (config->host[0] == '[' || (colon && !strchr(colon + 1, ':')))
		return refuse(error,
			      "the host %s holds brackets or a port; give a name or an address "
			      "alone, and the port in config.port",
			      text_shown(config->host).text);
	size = strlen(config->host);
	if (size > SESSION_HOST_MAX_BYTES)
		return refuse(error, "the host's name is %zu bytes long; give at most %d", size,
			      SESSION_HOST_MAX_BYTES);
	if (config->port == 0)
		return refuse(error, "port 0 cannot be connected to; give 1 to 65535 (usually %d)",
			      STARLING_DEFAULT_PORT);
	memcpy(copy->host, config->host, size + 1);
	return 0;
}

static int copy_token(struct session_config *copy, const struct starling_config *config,
		      struct starling_error *error)
{
	if (config->token_bytes > sizeof(copy->token))
		return refuse(error, "the token is %zu bytes long; give at most %d",
			      config->token_bytes, WIRE_TOKEN_MAX_BYTES);
	if (config->token_bytes > 0 && !config->token)
		return refuse(error, "token_bytes is %zu but there is no token; set config.token",
			      config->token_bytes);
	if (config->token_bytes > 0)
		memcpy(copy->token, config->token, config->token_bytes);
	return 0;
}

static int check_mode(const char *what, enum starling_mode mode, struct starling_error *error)
{
	if ((unsigned)mode < WIRE_MODE_COUNT)
		return 0;
	return refuse(error, "%s mode %d does not exist; give unsequenced, sequenced or reliable",
		      what, (int)mode);
}

static int check_interest(const struct starling_config *config, struct starling_error *error)
{
	switch (config->interest) {
	case STARLING_ALL:
		return 0;
	case STARLING_RADIUS:
		if (config->radius_m > 0 && config->radius_m <= radius_max_m)
			return 0;
		return refuse(error, "a radius of %g m is out of range; give more than 0 to %g",
			      config->radius_m, radius_max_m);
	case STARLING_NEAREST:
		if (config->nearest >= 1 && config->nearest <= WIRE_NEAREST_MAX)
			return 0;
		return refuse(error, "nearest %u is out of range; give 1 to %d", config->nearest,
			      WIRE_NEAREST_MAX);
	}
	return refuse(error, "interest %d does not exist; give all, radius or nearest",
		      (int)config->interest);
}

/* NaN fails both comparisons. */
static int check_span(const char *what, double value_s, double least_s, int most_s,
		      struct starling_error *error)
{
	if (value_s >= least_s && value_s <= most_s)
		return 0;
	return refuse(error, "%s of %g is out of range; give %g to %d seconds", what, value_s,
		      least_s, most_s);
}

static int check_mtu(unsigned mtu, struct starling_error *error)
{
	if (mtu == 0 || mtu >= STARLING_MTU_MIN)
		return 0;
	return refuse(error,
		      "an mtu of %u bytes is out of range; give %d or more, or 0 for the usual",
		      mtu, STARLING_MTU_MIN);
}

int session_config_copy(struct session_config *copy, const struct starling_config *config,
			struct starling_error *error)
{
	if (copy_host(copy, config, error) < 0 ||
	    copy_name(copy->room, "room", config->room, error) < 0 ||
	    copy_name(copy->name, "name", config->name, error) < 0 ||
	    copy_token(copy, config, error) < 0 || check_mode("up", config->up, error) < 0 ||
	    check_mode("down", config->down, error) < 0 || check_interest(config, error) < 0 ||
	    check_span("settle_s", config->settle_s, 0, SETTLE_MAX_S, error) < 0 ||
	    check_span("timeout_s", config->timeout_s, timeout_min_s, TIMEOUT_MAX_S, error) < 0 ||
	    check_span("rejoin_s", config->rejoin_s, 0, REJOIN_MAX_S, error) < 0 ||
	    check_mtu(config->mtu, error) < 0)
		return -EINVAL;
	copy->values = *config;
	copy->values.host = copy->host;
	copy->values.room = copy->room;
	copy->values.name = copy->name;
	copy->values.token = copy->token;
	return 0;
}

struct wire_settings session_config_settings(const struct starling_config *config,
					     uint32_t grain_um)
{
	struct wire_settings settings = {
		.up = (enum wire_mode)config->up,
		.down = (enum wire_mode)config->down,
		.echo = config->echo,
		.interest = (enum wire_interest)config->interest,
	};
	double grains;

	switch (config->interest) {
	case STARLING_ALL:
		break;
	case STARLING_RADIUS:
		grains = config->radius_m * 1e6 / grain_um + 0.5; /* rounded */
		settings.range = grains < INT32_MAX ? (uint32_t)grains : INT32_MAX;
		if (settings.range == 0)
			settings.range = 1;
		break;
	case STARLING_NEAREST:
		settings.range = config->nearest;
		break;
	}
	return settings;
}
