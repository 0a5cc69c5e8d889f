/* play_key: the effect of the keys. */
#include "client/play/play_internal.h"

#include "client/terminal/screen.h"

enum {
	MODE_COUNT = STARLING_RELIABLE + 1,
};

static void send_chat(struct play *play)
{
	if (play->editor.bytes > 0)
		play_send(play, STARLING_TO_ALL, 0,
			  &(struct game_message){ .type = GAME_MESSAGE_CHAT,
						  .text = play->editor.text,
						  .text_bytes = play->editor.bytes },
			  true);
	line_editor_close(&play->editor);
}

static void chat_key(struct play *play, const struct screen_key *key)
{
	switch (key->type) {
	case SCREEN_ENTER:
		send_chat(play);
		break;
	case SCREEN_ESCAPE:
		line_editor_close(&play->editor);
		break;
	case SCREEN_BACKSPACE:
		line_editor_erase(&play->editor);
		break;
	case SCREEN_TEXT:
		line_editor_add(&play->editor, key->point);
		break;
	default:
		break;
	}
}

static void change_mode(struct play *play)
{
	play->mode = (enum starling_mode)((play->mode + 1) % MODE_COUNT);
	/* Outside a room the next welcome asks for it. */
	starling_set_modes(play->session, play->mode, play->mode);
	view_model_add_line(&play->model, "mode %s, both ways", starling_mode_text(play->mode));
}

static void letter(struct play *play, uint32_t point)
{
	switch (point) {
	case 'a':
	case 'A':
		play->mover.heading = ARENA_LEFT;
		break;
	case 'd':
	case 'D':
		play->mover.heading = ARENA_RIGHT;
		break;
	case 'w':
	case 'W':
		play->mover.heading = ARENA_UP;
		break;
	case 's':
	case 'S':
		play->mover.heading = ARENA_DOWN;
		break;
	case ' ':
		play->mover.heading = ARENA_STOP;
		break;
	case 'm':
	case 'M':
		change_mode(play);
		break;
	case 't':
	case 'T':
		line_editor_open(&play->editor);
		break;
	case 'q':
	case 'Q':
		play->quits = true;
		break;
	default:
		break;
	}
}

void play_key(struct play *play, const struct screen_key *key)
{
	if (play->editor.is_open) {
		chat_key(play, key);
		return;
	}
	switch (key->type) {
	case SCREEN_LEFT:
		play->mover.heading = ARENA_LEFT;
		break;
	case SCREEN_RIGHT:
		play->mover.heading = ARENA_RIGHT;
		break;
	case SCREEN_UP:
		play->mover.heading = ARENA_UP;
		break;
	case SCREEN_DOWN:
		play->mover.heading = ARENA_DOWN;
		break;
	case SCREEN_ENTER:
		line_editor_open(&play->editor);
		break;
	case SCREEN_TEXT:
		letter(play, key->point);
		break;
	default:
		break;
	}
}
