/* SPDX-License-Identifier: Apache-2.0 */
/* session/user_names.c - what users are called, by etc/passwd alone */
#include "session/user_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"

/* A host of many users has them in a directory, and not there. */
enum { FILE_BYTES_MAX = 1 << 20 };

/* "name:password:uid:gid:...", passwd(5); taken apart. */
static void add_line(struct user_names *names, char *line)
{
    const char *name = strsep(&line, ":");
    const char *password = line == NULL ? NULL : strsep(&line, ":");
    const char *number = line == NULL ? NULL : strsep(&line, ":");
    struct user_name *user;
    uint64_t uid;

    if (password == NULL || number == NULL || name[0] == '\0' || !number_parse_u64(number, &uid) ||
        uid > UINT32_MAX ||
        array_reserve(&names->items, &names->capacity, names->count + 1, sizeof(*names->items)) < 0)
        return;
    user = &names->items[names->count++];
    user->uid = (uint32_t)uid;
    text_copy_clean(user->name, sizeof(user->name), name);
}

void user_names_parse(char *text, struct user_names *names_out)
{
    struct user_names names = { 0 };
    char *rest = text;
    char *line;

    while ((line = strsep(&rest, "\n")) != NULL)
        add_line(&names, line);
    *names_out = names;
}

void user_names_read(int etc_fd, struct user_names *names_out)
{
    AICO2_CLEANUP(freep) char *text = NULL;

    *names_out = (struct user_names){ 0 };
    if (fs_read_all_at(etc_fd, "passwd", FILE_BYTES_MAX, &text, NULL) > 0)
        user_names_parse(text, names_out);
}

void user_names_deinit(struct user_names *names)
{
    free(names->items);
    *names = (struct user_names){ 0 };
}

void user_names_find(const struct user_names *names, uint32_t uid, char out[USER_NAME_SIZE])
{
    for (size_t i = 0; i < names->count; i++) {
        if (names->items[i].uid == uid) {
            memcpy(out, names->items[i].name, USER_NAME_SIZE);
            return;
        }
    }
    (void)snprintf(out, USER_NAME_SIZE, "%" PRIu32, uid);
}
