#pragma once

#include <cstddef>

// What standard output can show, by what it is and by the environment.
namespace syncer {

// It is a terminal, not a dumb one, and the user did not say otherwise (no-color.org).
bool screen_has_colours();
// Columns of the terminal: what it says itself, else $COLUMNS; 0: it is none, or nobody knows.
std::size_t screen_width();
// The locale does not name another character set, and the terminal is no dumb one. Without any
// locale, as in an image, it is the terminal at the other end that counts, and that knows UTF-8.
bool screen_has_unicode();

} // namespace syncer
