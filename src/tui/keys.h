/* SPDX-License-Identifier: Apache-2.0 */
/* tui/keys.h - what a key or a click changes of the view */
#pragma once

#include "tui/view.h"

/* What is no character. */
enum key {
    KEY_OF_NONE = 0x110000, /* above every character */
    KEY_OF_UP,
    KEY_OF_DOWN,
    KEY_OF_LEFT,
    KEY_OF_RIGHT,
    KEY_OF_PAGE_UP,
    KEY_OF_PAGE_DOWN,
    KEY_OF_HOME,
    KEY_OF_END,
    KEY_OF_BACKSPACE,
    KEY_OF_ENTER,
    KEY_OF_ESCAPE,
    KEY_OF_TAB,
    KEY_OF_BACK_TAB,
    KEY_OF_F1,
    KEY_OF_F10 = KEY_OF_F1 + 9,
    KEY_OF_CLICK,
    KEY_OF_WHEEL_UP,
    KEY_OF_WHEEL_DOWN,
};

struct input {
    uint32_t key; /* a character, or one of those */
    int row;      /* of a click */
    int column;
};

/* rows, columns: of the screen, as it was drawn last. */
void keys_take(struct view *view, const struct input *input, int rows, int columns);

/* "F1", "Help": the row at the bottom; NULL ends it. columns: where each begins on a screen so wide. */
struct key_hint {
    const char *key;
    const char *text;
    uint32_t sends;
};
const struct key_hint *keys_hints(const struct view *view);
