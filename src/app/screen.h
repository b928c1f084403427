#pragma once

#include "cli/terminal.h"

// What standard output can show, by what it is and by the environment.
namespace syncer {

// It is a terminal, not a dumb one, and the user did not say otherwise (no-color.org).
bool screen_has_colours();
// Of the terminal: what it says itself, else $COLUMNS and $LINES; 0: it is none, or nobody knows.
ScreenSize screen_size();
// It is a terminal whose cursor can be moved.
bool screen_is_drawn_on();
// The locale does not name another character set, and the terminal is no dumb one. Without any
// locale, as in an image, it is the terminal at the other end that counts, and that knows UTF-8.
bool screen_has_unicode();
// From now on SIGINT and SIGTERM end the process with 0, after writing this to standard output. It
// must live for ever.
void end_screen_quietly(const char* last_words);

} // namespace syncer
