/* play_measure: the connection's figures, once a second, and whether the relay is silent. */
#include "client/play/play_internal.h"

#include "client/terminal/screen.h"

enum {
	SECOND_US = 1000000,
};

/*
 * The bound of a silence, above the wait for the relay's flush. We publish with each frame, and the
 * relay echoes our states, so even a player alone gets datagrams.
 */
static const double cut_off_s = 0.7;

static void announce(struct play *play, const struct starling_stats *stats)
{
	double rtt_ms = stats->rtt_s * 1000;
	struct game_message message = { .type = GAME_MESSAGE_STATUS,
					.mode = play->mode,
					.rtt_ms = GAME_MESSAGE_RTT_UNKNOWN,
					.points = play->tag.points,
					.member = play->tag.it };

	if (rtt_ms >= 0 && rtt_ms < GAME_MESSAGE_RTT_UNKNOWN)
		message.rtt_ms = (uint16_t)(rtt_ms + 0.5);
	play_send(play, STARLING_TO_OTHERS, 0, &message, false);
}

void play_measure(struct play *play)
{
	bool is_second = play->now_us - play->second_us >= SECOND_US;
	struct starling_stats stats, *before = &play->second_stats;
	double span_s = (double)(play->now_us - play->second_us) / SECOND_US;

	players_measure(&play->players, play->session, is_second);
	if (!is_second)
		return;
	screen_repair();
	starling_stats(play->session, &stats);
	play->in_hz = (double)(stats.datagrams_in - before->datagrams_in) / span_s;
	play->out_hz = (double)(stats.datagrams_out - before->datagrams_out) / span_s;
	*before = stats;
	play->second_us = play->now_us;
	if (play->is_in)
		announce(play, &stats);
}

void play_update_silence(struct play *play)
{
	struct starling_stats stats;

	starling_stats(play->session, &stats);
	silence_update(&play->silence, stats.datagrams_in, play->now_us);
}

bool play_is_cut_off(const struct play *play)
{
	struct starling_settings settings;

	starling_settings(play->session, &settings);
	return play->is_in &&
	       silence_s(&play->silence, play->now_us) > cut_off_s + settings.flush_s;
}
