/* play_screen: draws the game's view model on the screen that screen_open took over. */
#ifndef STARLING_CLIENT_PLAY_PLAY_SCREEN_H
#define STARLING_CLIENT_PLAY_PLAY_SCREEN_H

#include "client/play/view_model.h"

/* Shows the model. Only what differs from what is shown already is sent to the terminal. */
void play_screen_draw(const struct view_model *model);

#endif
