/* SPDX-License-Identifier: Apache-2.0 */
/* session/user_names.h - what users are called, by etc/passwd alone: no directory is asked over a network */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { USER_NAME_SIZE = 16 };

struct user_name {
    uint32_t uid;
    char name[USER_NAME_SIZE]; /* cleaned, and cut */
};

struct user_names {
    struct user_name *items; /* as the file has them */
    size_t count;
    size_t capacity;
};

/* Lines of passwd(5), of which some may be broken; taken apart. */
void user_names_parse(char *text, struct user_names *names_out);
/* etc_fd: -1: there is none, and users have numbers alone. */
void user_names_read(int etc_fd, struct user_names *names_out);
void user_names_deinit(struct user_names *names);

/* The name, or the number. */
void user_names_find(const struct user_names *names, uint32_t uid, char out[USER_NAME_SIZE]);
